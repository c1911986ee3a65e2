"""Makes the one file of the segments that wait for it. It gets its name when all of it is written."""

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from nnvis3d.errors import UserError
from nnvis3d.recording.encoders import require
from nnvis3d.recording.segments import Segment, Workplace
from nnvis3d.recording.trouble import said_as_user_error

WEBP = {"lossless": "0", "quality": "86", "compression_level": "3"}
FOREVER = {"loop": "0"}
"""How often a WebP plays. FFmpeg's file says so, not its encoder, and once is what it takes otherwise."""


def join(place: Workplace, segments: list[Segment]) -> None:
    """Put the recording under its name and remove its workplace.

    Raises:
        UserError: it cannot be written.
    """
    if place.settings.container == "png":
        _name_folder(place, segments)
        return
    part = place.folder / f"whole.{place.settings.container}"
    paths = [place.folder / segment.files(place.settings)[0] for segment in segments]
    with said_as_user_error(place.output):
        try:
            if place.settings.container in ("mp4", "webm"):
                _chain(paths, segments, part, place)
            else:
                _transcode(paths, part, place)
            os.replace(part, place.output)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    place.discard()


def _name_folder(place: Workplace, segments: list[Segment]) -> None:
    wanted = {name for segment in segments for name in segment.files(place.settings)}
    with said_as_user_error(place.output):
        if place.output.exists():
            if any(place.output.iterdir()):
                raise UserError(
                    f"{place.output}: has become a folder with files; the frames are in {place.folder}"
                )
            place.output.rmdir()
        for path in place.folder.iterdir():  # also what an earlier run with another range left
            if path.name not in wanted:
                path.unlink(missing_ok=True)  # a worker that was replaced may still be at its last
        os.rename(place.folder, place.output)


def _chain(paths: list[Path], segments: list[Segment], part: Path, place: Workplace) -> None:
    """The segments' packets one after the other, as they are."""
    av = require(place.settings.codec)
    container = place.settings.container
    options = {"movflags": "+faststart"} if container == "mp4" else {}
    step = 1 / place.settings.rate
    with av.open(str(part), "w", format=container, options=options) as whole:
        stream: Any = None
        for path, segment in zip(paths, segments, strict=True):
            with av.open(str(path)) as piece:
                source = piece.streams.video[0]
                if stream is None:
                    # "opaque": the name of AV1's decoder, which is what the source has, is none of an encoder
                    stream = whole.add_stream_from_template(source, opaque=True)
                start = segment.first - segments[0].first
                for packet in piece.demux(source):
                    if packet.dts is None:  # the end
                        continue
                    whole.mux(_moved(packet, start, step, stream))


def _moved(packet: Any, start: int, step: Fraction, stream: Any) -> Any:
    """The packet `start` frames later; in times of whole frames, `step` seconds each."""
    for name in ("pts", "dts"):
        frames = round(getattr(packet, name) * packet.time_base / step)
        setattr(packet, name, frames + start)
    packet.duration = 1
    packet.time_base = step
    packet.stream = stream
    return packet


def _pictures(av: Any, paths: list[Path]) -> Iterator[Any]:
    for path in paths:
        with av.open(str(path)) as piece:
            yield from piece.decode(video=0)


def _transcode(paths: list[Path], part: Path, place: Workplace) -> None:
    """Lossless segments into one GIF or WebP."""
    av = require("")
    settings = place.settings
    name = "gif" if settings.container == "gif" else "libwebp_anim"
    options = FOREVER if settings.container == "webp" else {}
    with av.open(str(part), "w", format=settings.container, options=options) as whole:
        stream = whole.add_stream(name, rate=settings.rate)
        stream.width, stream.height = settings.size
        stream.pix_fmt = "pal8" if name == "gif" else "bgra"
        if name != "gif":
            stream.options = WEBP
        for number, picture in enumerate(_pictures(av, paths)):
            picture.pts, picture.time_base = number, 1 / settings.rate
            pictures = _with_palette(av, picture) if name == "gif" else [picture.reformat(format="bgra")]
            for one in pictures:
                one.pts, one.time_base = number, 1 / settings.rate
                whole.mux(stream.encode(one))
        whole.mux(stream.encode())


def _with_palette(av: Any, picture: Any) -> list[Any]:
    """The picture in the 256 colours that suit it best: a film with fades needs more than 256 in all."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=picture.width, height=picture.height, format=picture.format, time_base=picture.time_base
    )
    split, palette, use = (graph.add(*given) for given in (
        ("split",), ("palettegen", "stats_mode=single"), ("paletteuse", "new=1:dither=bayer:bayer_scale=4"),
    ))  # fmt: skip
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    graph.push(picture)
    graph.push(None)
    return [graph.pull()]
