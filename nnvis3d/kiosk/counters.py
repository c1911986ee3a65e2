"""What is counted: visitors, strokes, restarts, frame times. A local file, and text for Prometheus."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

HELP = {
    "visitors": "Visits that began with a touch.",
    "strokes": "Strokes that were drawn by visitors.",
    "touches": "Touches of the screen.",
    "guided": "Guided paths that were finished.",
    "challenges_won": "Challenges that a visitor met.",
    "languages": "Times that a language was chosen.",
    "resets": "Visits that ended without a touch.",
    "results_taken": "Pictures that visitors took with them.",
    "starts": "Starts of the exhibit.",
    "restarts": "Restarts after a fault, by its kind.",
    "curtain_starts": "Starts of the process that holds screen and keyboard.",
    "screen_changes": "Times that the screen was dark, or had another size.",
    "touch_changes": "Times that a touch screen or a mouse was gone, or back.",
    "errors": "Errors that were logged.",
    "lost_messages": "Messages of the exhibit that were no messages.",
}
"""Counter -> what it counts. They only grow, over restarts and reboots."""
GAUGES = {
    "frame_ms_median": "Time that a tick takes, milliseconds: median of the last minute.",
    "frame_ms_p95": "Time that a tick takes, milliseconds: 95th percentile of the last minute.",
    "memory_mb": "Memory of the exhibit, megabytes.",
    "uptime_seconds": "Since the exhibit was last started.",
    "up": "Whether the exhibit draws.",
}
LABELS = {"languages": "language", "restarts": "reason"}


class Counters:
    """Totals that survive restarts, in one JSON file that is replaced whole."""

    def __init__(self, path: Path):
        self.path = path
        self.totals: dict[str, dict[str, int]] = {name: {} for name in HELP}
        """Counter -> label ("" for none) -> how many."""
        self.gauges: dict[str, float] = dict.fromkeys(GAUGES, 0.0)
        self.changed = True
        self._read()

    def add(self, name: str, label: str = "", count: int = 1) -> None:
        """
        Raises:
            KeyError: nothing is counted by that name.
        """
        kinds = self.totals[name]
        if label in kinds or len(kinds) < 64:  # a fault must not make labels without end
            kinds[label] = kinds.get(label, 0) + count
            self.changed = True

    def total(self, name: str) -> int:
        return sum(self.totals[name].values())

    def save(self) -> bool:
        """Replace the file by one with the numbers as they are now; False if that cannot be done."""
        beside = self.path.with_name(self.path.name + ".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("w", encoding="utf-8") as file:
                json.dump({"counters": self.totals, "gauges": self.gauges}, file, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())  # or a power cut leaves an empty file with the right name
            os.replace(beside, self.path)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            return False
        self.changed = False
        return True

    def _read(self) -> None:
        """What was counted before; a damaged file counts as none, for the exhibit must start."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))["counters"]
            for name in HELP:
                found = kept.get(name, {})
                self.totals[name] = {str(label): int(count) for label, count in found.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return

    def prometheus(self) -> str:
        """The text exposition format, version 0.0.4."""
        lines: list[str] = []
        for name, text in HELP.items():
            lines += _metric(f"nnvis3d_{name}_total", text, "counter", self._samples(name))
        for name, text in GAUGES.items():
            lines += _metric(f"nnvis3d_{name}", text, "gauge", [("", self.gauges[name])])
        return "\n".join(lines) + "\n"

    def _samples(self, name: str) -> Iterable[tuple[str, float]]:
        label = LABELS.get(name)
        if label is None:
            return [("", self.total(name))]
        return [
            (f'{{{label}="{_escaped(kind)}"}}', count) for kind, count in sorted(self.totals[name].items())
        ]


def _metric(name: str, text: str, kind: str, samples: Iterable[tuple[str, float]]) -> list[str]:
    return [
        f"# HELP {name} {text}",
        f"# TYPE {name} {kind}",
        *(f"{name}{label} {v:g}" for label, v in samples),
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
