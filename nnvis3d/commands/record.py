"""`nnvis3d record`: a tour as a video, headless, deterministic."""

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.commands.arguments import positive, seconds, size
from nnvis3d.errors import UserError
from nnvis3d.processes import late_interrupt

if TYPE_CHECKING:
    from nnvis3d.recording.settings import Settings
    from nnvis3d.tour.timeline import Timeline

CONTAINERS = {".mp4": "mp4", ".webm": "webm", ".gif": "gif", ".webp": "webp", "": "png"}
CODECS = {"mp4": ("h264", "av1"), "webm": ("vp9", "av1"), "gif": ("",), "webp": ("",), "png": ("",)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tour", metavar="TOUR.toml", help="a tour file, or the name of one that ships")
    parser.add_argument(
        "--output", type=Path, metavar="F", help="F.mp4, F.webm, F.gif, F.webp, or a folder for PNG files"
    )
    _add_picture(parser)
    _add_work(parser)


def _add_picture(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--size", type=size, metavar="WxH", help="picture size (the tour's, or 1280x720)")
    add("--fps", type=_rate, metavar="N", help="frames a second, 1 to 240 (the tour's, or 30)")
    add("--codec", choices=("h264", "vp9", "av1"), help="in .mp4 h264 or av1, in .webm vp9 or av1")
    add("--quality", choices=("draft", "good", "best"), default="good", help="of the video (good)")
    add("--samples", type=_count, default=1, metavar="N", help="pictures a pixel, 1 to 16: smooths edges (1)")
    add("--blur", type=_count, default=1, metavar="N", help="moments a frame, 1 to 16: motion blur (1)")
    add("--shutter", type=_share, default=0.5, metavar="S", help="share of a frame it is open, 0-1 (0.5)")
    add("--alpha", action="store_true", help="PNG files: what is behind the network is transparent")
    add("--scale", type=positive, metavar="N", help="how much larger all text and panels are (1)")
    add("--language", default="en", metavar="L", help="of captions that are in several (en)")
    add("--no-captions", action="store_true", help="no words in the picture")
    add("--subtitles", choices=("srt", "vtt"), help="also write the captions to a file beside the video")
    add("--weights", type=Path, metavar="FILE", help="weights other than those that ship")


def _add_work(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--range", type=_range, metavar="A:B", help="only frames A to B - 1")
    add("--still", type=seconds, metavar="S", help="only the picture at S seconds, as a PNG file")
    add("--sheet", type=_count, metavar="N", help="only a contact sheet of N times N pictures, a PNG file")
    add("--resume", action="store_true", help="go on with a recording that was interrupted")
    add("--dry-run", action="store_true", help="tell length, frames and expected time; record nothing")
    add("--workers", type=_count, default=1, metavar="N", help="processes on this machine, 1 to 16 (1)")
    add("--scheduler", metavar="ADDRESS", help="record on the Dask cluster there: tcp://host:8786")
    add("--json", action="store_true", help="print one JSON object")


def _rate(text: str) -> float:
    return _number(text, 1, 240, "frames a second")


def _share(text: str) -> float:
    return _number(text, 0.01, 1, "a share")


def _number(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text}: expected {what}, from {low:g} to {high:g}")
    return value


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 16:
        raise argparse.ArgumentTypeError(f"{text}: expected a whole number from 1 to 16")
    return int(text)


def _range(text: str) -> tuple[int, int]:
    first, colon, last = text.partition(":")
    if not colon or not (first.isdigit() and last.isdigit()) or int(first) >= int(last):
        raise argparse.ArgumentTypeError(f"{text}: expected FIRST:LAST frame, as in 0:90 for the first 90")
    return int(first), int(last)


def run(options: argparse.Namespace) -> int:
    with late_interrupt():
        from nnvis3d.app.film import frame_count
        from nnvis3d.commands.record_work import Recording
        from nnvis3d.tour.compiling import compile_tour
        from nnvis3d.tour.reading import read_tour

    tour = read_tour(tour_path(options.tour))
    timeline = compile_tour(tour)
    _check_world(timeline)
    if timeline.stage.lab is not None and options.weights is not None:
        raise UserError("--weights: a tour of the lab begins with an untrained network; leave it out")
    settings = settings_of(options, timeline)
    settings.check()
    if options.still is not None or options.sheet is not None:
        if options.dry_run:
            raise UserError("--dry-run: tells of a whole video; leave out --still and --sheet")
        from nnvis3d.commands.record_still import sheet, still

        return (still if options.still is not None else sheet)(timeline, settings, options)
    frames = frame_count(timeline, settings)
    first, last = options.range or (0, frames)
    if last > frames:
        raise UserError(f"--range {first}:{last}: this tour has {frames} frames at {settings.fps:g} a second")
    _check_output(options, settings)
    recording = Recording(tour, timeline, settings, options, (first, last))
    began = time.perf_counter()
    report = recording.dry_run() if options.dry_run else recording.make()
    report |= {"took_s": round(time.perf_counter() - began, 2)}
    print(json.dumps(report) if options.json else _words(report))
    return 0


def tour_path(name: str) -> Path:
    """The file of that name, or the shipped tour.

    Raises:
        UserError: there is neither.
    """
    from nnvis3d.resources import resource

    path = Path(name)
    if path.exists():
        return path
    shipped = sorted(file.stem for file in resource("assets", "tours").glob("*.toml"))
    if path.suffix in ("", ".toml") and path.name == name and path.stem in shipped:
        return resource("assets", f"tours/{path.stem}.toml")
    raise UserError(f"{name}: no such tour file; those that ship are {', '.join(shipped)}")


def _check_world(timeline: "Timeline") -> None:
    """What can be said before a window, a network or PyTorch is there."""
    from nnvis3d.app.film_lab import has_data
    from nnvis3d.app.tour import spec_of
    from nnvis3d.lab.wanted import MODELS
    from nnvis3d.network.colormaps import color_maps
    from nnvis3d.tools.lab_bindings import LAB_ACTIONS, lab_table
    from nnvis3d.tour.checks import World, check

    actions = [binding.action for binding in lab_table()]
    colors = [colors.name for colors in color_maps(False)]
    check(timeline, World(actions, colors, spec_of, LAB_ACTIONS, MODELS, has_data))


def settings_of(options: argparse.Namespace, timeline: "Timeline") -> "Settings":
    """
    Raises:
        UserError: a file of that kind, or with that codec, cannot be written.
    """
    from nnvis3d.recording.settings import Settings

    container, codec = "png", ""
    if options.output is not None and options.still is None and options.sheet is None:
        suffix = options.output.suffix.lower()
        if suffix == ".png":
            raise UserError(f"{options.output}: PNG files need a folder, --output {options.output.stem}/")
        if suffix not in CONTAINERS:
            raise UserError(f"{options.output}: expected {', '.join(k for k in CONTAINERS if k)} or a folder")
        container = CONTAINERS[suffix]
        codec = options.codec or CODECS[container][0]
        if codec not in CODECS[container]:
            known = " or ".join(CODECS[container]) or "no codec"
            raise UserError(f"--codec {codec}: {suffix or 'PNG files'} can hold {known}")
    picture = options.size or timeline.size
    return Settings(
        size=picture,
        fps=options.fps or timeline.fps,
        container=container,
        codec=codec,
        quality=options.quality,
        samples=options.samples,
        blur=options.blur,
        shutter=options.shutter,
        alpha=options.alpha,
        scale=options.scale or _scale(picture, timeline.stage.lab is not None),
        captions=not options.no_captions,
        language=options.language,
    )


def _scale(size: tuple[int, int], lab: bool) -> float:
    """What panels are scaled by beside what their picture's size does. In a small picture they are kept
    legible; but the lab's would leave no room, and take the share that they take of 1280x720."""
    if not lab:
        return 1.0
    from nnvis3d.scene.theme import REFERENCE, interface_scale

    share = min(size[0] / REFERENCE[0], size[1] / REFERENCE[1])
    return round(min(share / interface_scale(*size), 1.0), 4)


def _check_output(options: argparse.Namespace, settings: "Settings") -> None:
    """Said before minutes of work, not after them."""
    from nnvis3d.recording.encoders import require

    if options.output is None:
        if options.dry_run:
            return
        raise UserError("--output is missing: F.mp4, F.webm, F.gif, F.webp, or a folder for PNG files")
    folder = options.output.absolute().parent
    if not folder.is_dir():
        raise UserError(f"{options.output}: there is no folder {folder}")
    if settings.container == "png":
        if options.output.exists() and (not options.output.is_dir() or any(options.output.iterdir())):
            raise UserError(f"{options.output}: exists already; name a folder that does not")
        return
    if options.output.is_dir():
        raise UserError(f"{options.output}: is a folder; name a file")
    with late_interrupt():
        require(settings.codec)


def _words(report: dict) -> str:
    width, height = report["size"]
    what = (
        f"{report['frames']} frames, {report['length_s']:g} s at {report['fps']:g} a second, {width}x{height}"
    )
    if "expected_s" in report:
        return f"{what}; about {_duration(report['expected_s'])} on this machine"
    size_mb = f"{report['bytes'] / 1e6:.1f} MB"
    return f"{report['output']}: {what}, {size_mb}; took {_duration(report['took_s'])}"


def _duration(span: float) -> str:
    minutes, rest = divmod(round(span), 60)
    return f"{minutes} min {rest} s" if minutes else f"{span:.1f} s"
