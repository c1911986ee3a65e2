"""What `nnvis3d doctor` looks at: each check is a function that returns lines, and none of them may raise.

Only the standard library is imported up here: the doctor must be able to say that everything else is missing.
"""

import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from nnvis3d import __version__
from nnvis3d.errors import UserError
from nnvis3d.resources import resource

OPENGL_PACKAGES = "libegl1 libgl1 libgl1-mesa-dri"
REQUIRED = (
    *("panda3d", "numpy", "pillow", "safetensors", "imgui-bundle", "msgspec", "tqdm", "av"),
    *("arabic-reshaper", "python-bidi", "threadpoolctl", "filelock"),
    *(("python-xlib",) if sys.platform == "linux" else ()),
)
"""Of pyproject.toml's dependencies, those beside torch, which has a line of its own."""
FONTS = (
    *("NotoSans-Regular.ttf", "NotoSans-SemiBold.ttf", "NotoSansMath-Regular.ttf"),
    *("NotoSansArabic-Medium.ttf", "NotoSansJP-Medium.ttf"),
)
NETWORKS = ("cnn", "mlp", "resnet20")
REINSTALL = "get a whole copy again: `git checkout -- assets shaders weights` in a checkout, else pip install"
ENOUGH_MB = 700
"""Free memory that the program, PyTorch and a software driver need."""


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    name: str
    status: str
    """ "ok", "missing", or "optional": not there, and nothing that exists today needs it."""
    found: str
    """What is there, or why it is not."""
    fix: str = ""
    """What to do about it."""
    needed: bool = False
    """Whether the main job cannot run without it."""


@dataclass
class Report:
    """All lines, and the facts behind them."""

    checks: list[Check] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def problem(self) -> Check | None:
        """The first thing that keeps the main job from running, with or without a window."""
        return next((check for check in self.checks if check.needed and check.status == "missing"), None)

    def look(self, name: str, check: Callable[["Report"], None], needed: bool = False) -> None:
        """Run one check; whatever goes wrong in it becomes its line."""
        try:
            check(self)
        except Exception as error:  # the doctor reports what it cannot explain, too
            words = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            self.checks.append(Check(name, "missing", words.splitlines()[0], REINSTALL, needed))

    def ok(self, name: str, found: str) -> None:
        self.checks.append(Check(name, "ok", found))


def examine() -> Report:
    """Look at everything; takes a few seconds, most of them to import PyTorch."""
    report = Report()
    report.look("program", _program)
    report.look("packages", _packages, needed=True)
    report.look("torch", _torch, needed=True)
    report.look("memory", _memory)
    report.look("OpenGL", _opengl, needed=True)
    report.look("fonts", _fonts, needed=True)
    for name in NETWORKS:
        report.look(f"weights {name}", partial(_weights, name), needed=name == NETWORKS[0])
    report.look("digits", _digits)
    report.look("pictures", _pictures)
    report.look("pen strokes", _strokes)
    report.look("training digits", _training_digits)
    report.look("video codecs", _codecs)
    report.look("optional", _optional)
    return report


def _program(report: Report) -> None:
    report.facts["machine"] = {
        "nnvis3d": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": _cores(),
        "memory_mb": _meminfo("MemTotal"),
        "available_mb": _meminfo("MemAvailable"),
    }
    where = resource("shaders").parent
    system = f"{platform.system()} {platform.machine()}"
    report.ok("program", f"nnvis3d {__version__} in {where}, Python {platform.python_version()}, {system}")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _packages(report: Report) -> None:
    found, absent = [], []
    for name in REQUIRED:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            absent.append(name)
    if absent:
        fix = f"pip install {' '.join(absent)}"
        report.checks.append(Check("packages", "missing", ", ".join(absent), fix, needed=True))
    else:
        report.ok("packages", ", ".join(found))


def _torch(report: Report) -> None:
    try:
        import torch
    except (ImportError, OSError) as error:
        words = str(error).splitlines()[0]
        report.checks.append(Check("torch", "missing", words, "pip install torch==2.13.0", needed=True))
        return
    threads = torch.get_num_threads()
    build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU"
    report.facts["torch"] = {"version": torch.__version__, "threads": threads, "build": build}
    report.ok("torch", f"{torch.__version__}, {build} build, {threads} threads (the renderer leaves it one)")


def _memory(report: Report) -> None:
    available, total = _meminfo("MemAvailable"), _meminfo("MemTotal")
    if available is None or total is None:
        report.checks.append(Check("memory", "optional", "this system does not say how much is free"))
    elif available < ENOUGH_MB:
        found = f"{available:,} MB of {total:,} MB are free, {ENOUGH_MB} are wanted"
        report.checks.append(Check("memory", "missing", found, "close other programs"))
    else:
        report.ok("memory", f"{available:,} MB of {total:,} MB are free; {_cores()} cores")


def _meminfo(name: str) -> int | None:
    """Megabytes, as Linux tells them."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith(f"{name}:")), None)


def _opengl(report: Report) -> None:
    from nnvis3d.scene import probe

    headless = probe.ask("offscreen")
    window = probe.ask("window") if _display() else {"error": "there is no display to open one on"}
    report.facts["opengl"] = {"offscreen": headless, "window": window}
    report.facts["gamepads"] = headless.get("gamepads", [])
    usable = "error" not in headless or "error" not in window
    report.checks.append(_drawing("OpenGL, no window", headless, OPENGL_PACKAGES, needed=not usable))
    report.checks.append(_display_line())
    if _display():
        report.checks.append(_drawing("OpenGL, window", window, "libgl1 libgl1-mesa-dri", needed=False))
    best = headless if "error" in window else window
    if "error" not in best:
        report.ok("shaders", f"{best['shaders']} programs, compiled by this driver")
        report.checks.append(_renderer(best))


def _display() -> str:
    """The display that a window would open on; "" if there is none."""
    if sys.platform.startswith("linux"):
        return os.environ.get("DISPLAY", "")
    return platform.system()


def _display_line() -> Check:
    if _display():
        return Check("display", "ok", _display())
    found = "DISPLAY is not set: no window can open; `nnvis3d` renders pictures instead"
    fix = "start it in a desktop session"
    if "WAYLAND_DISPLAY" in os.environ:
        fix = "Panda3D needs X11: on Debian, apt-get install xwayland, and start it from the desktop again"
    return Check("display", "missing", found, fix)


def _drawing(name: str, facts: dict, packages: str, needed: bool) -> Check:
    """Whether there is OpenGL of this kind; `packages`: Debian's, if it is missing altogether."""
    if "error" not in facts:
        gl, glsl = (".".join(map(str, facts[key])) for key in ("gl", "glsl"))
        return Check(name, "ok", f"OpenGL {gl}, GLSL {glsl}, {facts['renderer']}, {facts['vendor']}")
    found, fix = facts["error"].split("; on Debian")[0], f"on Debian: apt-get install {packages}"
    if facts.get("gl", [9, 9]) < [3, 3]:
        found = f"OpenGL {'.'.join(map(str, facts['gl']))} on {facts['renderer']}; 3.3 is needed"
        fix = "update the graphics driver, or draw on the CPU: LIBGL_ALWAYS_SOFTWARE=1 nnvis3d"
    elif "cannot be opened" in found:
        fix = "start that X server, or unset DISPLAY: `nnvis3d` then renders pictures instead"
    return Check(name, "missing", found, fix, needed)


def _renderer(facts: dict) -> Check:
    """Whether a GPU draws."""
    if not facts["software"]:
        return Check("graphics card", "ok", facts["renderer"])
    cards = sorted(str(path) for path in Path("/dev/dri").glob("renderD*")) + _existing("/dev/nvidiactl")
    if cards:
        fix = "on Debian: apt-get install libgl1-mesa-dri, or nvidia-driver; be in the group render"
        return Check("graphics card", "missing", f"the CPU draws, although {cards[0]} is there", fix)
    return Check(
        "graphics card", "optional", "none found: the CPU draws, fast enough for the built-in networks"
    )


def _existing(*paths: str) -> list[str]:
    return [path for path in paths if Path(path).exists()]


def _fonts(report: Report) -> None:
    from PIL import ImageFont

    names = [ImageFont.truetype(resource("assets", f"fonts/{name}")).getname() for name in FONTS]
    report.ok("fonts", ", ".join(" ".join(filter(None, name)) for name in names))


def _weights(name: str, report: Report) -> None:
    from nnvis3d.runtime.registry import load_network

    network = load_network(name)
    right = ""
    if network.spec.accuracy:
        data, accuracy = next(iter(network.spec.accuracy.items()))
        right = f", {100 * accuracy:.2f} % right on {data.replace('_', ' ')}"
    report.ok(f"weights {name}", f"{network.spec.parameters:,} parameters, all finite{right}")


def _digits(report: Report) -> None:
    from nnvis3d.inputs.samples import sample_digits

    report.ok("digits", f"{len(sample_digits())} MNIST test digits to step through")


def _pictures(report: Report) -> None:
    from nnvis3d.inputs.samples import sample_pictures

    report.ok("pictures", f"{len(sample_pictures())} CIFAR-10 test pictures to step through")


def _strokes(report: Report) -> None:
    from nnvis3d.inputs.samples import sample_strokes

    report.ok("pen strokes", f"{len(sample_strokes())} digits drawn by people")


def _training_digits(report: Report) -> None:
    from nnvis3d.inputs.idx import read_labelled

    images, _ = read_labelled(resource("assets", "mnist/train-images-idx3-ubyte.gz"))
    report.ok("training digits", f"{len(images):,} for `nnvis3d train --data shipped`")


def _codecs(report: Report) -> None:
    """What `nnvis3d record` can write."""
    from nnvis3d.recording.encoders import CODECS, require

    found, absent = [], []
    for codec in CODECS:
        try:
            require(codec)
            found.append(codec or "gif, webp")
        except UserError:
            absent.append(codec or "gif, webp")
    report.facts["video"] = found
    words = f"{', '.join(found) or 'none'}; PNG files in any case"
    if absent:
        fix = "pip install --force-reinstall av"
        report.checks.append(Check("video codecs", "missing", f"{words}; not {', '.join(absent)}", fix))
    else:
        report.ok("video codecs", words)


def _camera(cameras: list[str]) -> Check:
    """For `run --camera`."""
    if importlib.util.find_spec("cv2") is None:
        return Check("camera", "optional", "OpenCV is not installed", "pip install 'nnvis3d[camera]'")
    return Check("camera", "ok" if cameras else "optional", ", ".join(cameras) or "none connected")


def _optional(report: Report) -> None:
    """What the main job does not need."""
    pads = report.facts.get("gamepads", [])
    cameras = sorted(path.name for path in Path("/dev").glob("video*"))
    report.facts["cameras"] = cameras
    report.checks += [
        Check("gamepad", "ok" if pads else "optional", ", ".join(pads) or "none connected"),
        _camera(cameras),
    ]
