"""`nnvis3d bench`: speed and memory, offscreen at 1280x720."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from nnvis3d.errors import UserError

NETWORKS = ("cnn", "mlp", "resnet20")
PARTS = ("startup", "idle", "memory", "networks", "scale", "lab", "record")
KIOSK = "kiosk"
"""Only if it is asked for: it takes as long as one wants."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="a short version, less exact")
    parser.add_argument("--only", metavar="NAME", help=f"one part: {', '.join((*PARTS, *NETWORKS, KIOSK))}")
    parser.add_argument(
        "--soak-minutes",
        type=_minutes,
        default=3.0,
        metavar="N",
        help="how long visitors keep --only kiosk busy",
    )
    parser.add_argument(
        "--soak-log", type=Path, metavar="FILE", help="write its table, a line a minute, here"
    )


def _minutes(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.05 <= value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text}: expected minutes, from 0.05 to 100000")
    return value


def run(options: argparse.Namespace) -> int:
    if options.only is not None and options.only not in (*PARTS, *NETWORKS, KIOSK):
        raise UserError(
            f"--only {options.only}: no such part; choose one of {', '.join((*PARTS, *NETWORKS, KIOSK))}"
        )
    log = _checked(options.soak_log)
    report = measure(options.only, options.quick, options.soak_minutes, log)
    if options.json:
        from nnvis3d.bench.process import as_json

        print(as_json(report))
    else:
        _print(report)
    return 1 if report.get(KIOSK, {}).get("soak", {}).get("failed") else 0


def _checked(log: Path | None) -> str:
    """Before half an hour is spent on it."""
    try:
        if log is not None:
            log.open("a").close()
    except OSError as error:
        raise UserError(f"--soak-log {log}: cannot be written ({error.strerror or error})") from error
    return str(log or "")


def measure(only: str | None, quick: bool, soak_minutes: float = 3.0, soak_log: str = "") -> dict:
    """The report, as DESIGN's contract names its fields."""
    from nnvis3d.bench import process
    from nnvis3d.bench.scale import measure_scale

    parts: dict[str, Callable[[], object]] = {
        "startup": lambda: process.measure_startup(1 if quick else 5),
        "idle": lambda: process.measure_idle(3.0 if quick else 10.0),
        "memory": lambda: process.measure_memory(2000 if quick else 20000),
        "scale": lambda: measure_scale(quick),
        "lab": lambda: _lab(quick),
        "record": lambda: _recording(quick),
    }
    fields = {part: part for part in parts} | {"idle": "idle_cores"}
    report: dict = {"machine": process.machine()}
    for part, work in parts.items():
        if only in (None, part):
            _say(part)
            report[fields[part]] = work()
    if only == KIOSK:
        _say(f"visitors for {soak_minutes:g} minutes")
        report["kiosk"] = {"soak": process.measure_soak(soak_minutes, soak_log)}
    chosen = NETWORKS if only in (None, "networks") else tuple(name for name in NETWORKS if name == only)
    if chosen:
        report["networks"] = {name: _network(name, quick) for name in chosen}
    return report


def _lab(quick: bool) -> dict:
    from nnvis3d.bench.lab import measure_lab

    return measure_lab(quick)


def _recording(quick: bool) -> dict:
    from nnvis3d.bench.recording import measure_recording

    return measure_recording(quick)


def _network(name: str, quick: bool) -> dict:
    from nnvis3d.bench.networks import measure_network

    figures = {}
    for view in ("3d", "2d"):
        _say(f"{name} {view}")
        figures[view] = measure_network(name, view == "2d", quick)
    return figures


def _say(what: str) -> None:
    print(f"measuring {what} …", file=sys.stderr, flush=True)


def _print(report: dict) -> None:
    for field, value in report.items():
        if field != "networks":
            print(f"{field}: {value}")
    for name, views in report.get("networks", {}).items():
        for view, figures in views.items():
            print(f"\n{name}, {view} (milliseconds)          median       p95")
            for figure, times in figures.items():
                print(f"  {figure:30} {times['median']:10.2f} {times['p95']:9.2f}")
