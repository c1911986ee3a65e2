"""A whole lab in a folder: `lab.json`, and one safetensors file for each kept state in `states/`.

States never change, so a save writes only those that are new; then `lab.json` replaces the old one in one
step, and only then do files go that nothing names any more. Whoever is killed in between keeps the save
before.
"""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import torch
from safetensors.torch import save

from nnvis3d.errors import UserError
from nnvis3d.lab.line import Line
from nnvis3d.lab.state import TrainingState
from nnvis3d.network.lab_snapshot import ActionRecord, Curve, NetworkPlan, TrainingOptions
from nnvis3d.runtime.weights import write_atomically

if TYPE_CHECKING:
    from nnvis3d.lab.lab import Lab

MANIFEST, STATES = "lab.json", "states"
VERSION = 1


@dataclass(frozen=True)
class SavedState:
    """A TrainingState but for its tensors."""

    file: str
    step: int
    epoch: int
    position: int
    examples: int
    plan: NetworkPlan
    options: TrainingOptions
    frozen: Mapping[str, list[int]]


@dataclass(frozen=True)
class SavedLine:
    """A branch."""

    name: str
    parent: str
    parent_step: int
    state: SavedState
    interval: int
    history: list[SavedState]
    stride: int
    curve: Mapping[str, list[float]]
    done: list[tuple[ActionRecord, SavedState]]


@dataclass(frozen=True)
class SavedClasses:
    """The class view that is open."""

    layer: str
    samples: int
    places: list[tuple[float, float]]
    """Of the images, in order; empty: it had none yet."""


@dataclass(frozen=True)
class SavedBoard:
    """What is set for all embeddings."""

    perplexity: float
    rate: float
    paused: bool


@dataclass(frozen=True)
class Manifest:
    """`lab.json`."""

    version: int
    data: str
    current: str
    lines: list[SavedLine]
    layout: str = ""
    shown: list[tuple[str, str]] = field(default_factory=list)
    compared: str = ""
    """The branch that is shown beside the current one; "": none."""
    board: SavedBoard | None = None
    """None: saved before there was any."""
    classes: SavedClasses | None = None


class Store:
    """Saves one lab into one folder, again and again."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._written: dict[int, tuple[TrainingState, str]] = {}  # the state itself keeps its id from reuse

    def save(self, lab: "Lab", layout: str = "") -> None:
        """Raises UserError: the folder cannot be written to; what was saved before is whole."""
        states = self.folder / STATES
        try:
            states.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{self.folder}: cannot be written ({error.strerror or error})") from error
        lines = [self._line(lab, line) for line in lab.lines.values()]
        shown: list[tuple[str, str]] = [(layer, kind) for layer, kind in lab.embeddings.items]
        board, classes = _board(lab), _classes(lab)
        parts = lab.source, lab.line.name, lines, layout, shown, lab.compared or "", board, classes
        manifest = Manifest(VERSION, *parts)
        write_atomically(self.folder / MANIFEST, msgspec.json.encode(_finite(manifest)))
        self._sweep(states, lines)

    def _sweep(self, states: Path, lines: list[SavedLine]) -> None:
        """Files that nothing names go."""
        named = {kept.file for line in lines for kept in _states_of(line)}
        self._written = {key: pair for key, pair in self._written.items() if pair[1] in named}
        for path in states.glob("*.safetensors"):
            if path.name not in named:
                with suppress(OSError):  # somebody reads it: the next save removes it
                    path.unlink(missing_ok=True)

    def _line(self, lab: "Lab", line: Line) -> SavedLine:
        now = line.resting or lab.trainer.state()
        places = lab.embeddings.board.places if line is lab.line else {}
        curve = line.curve.curve
        columns = {name: getattr(curve, name).tolist() for name in Curve.__annotations__}
        kept = [self._state(item.state, item.embeddings) for _, item in sorted(line.history.kept.items())]
        done = [(item.record, self._state(item.moment.state, item.moment.places)) for item in line.undo]
        return SavedLine(
            line.name,
            line.parent,
            line.parent_step,
            self._state(now, places),
            line.history.interval,
            kept,
            line.curve.stride,
            columns,
            done,
        )

    def _state(self, state: TrainingState, places: Mapping[tuple[str, str], np.ndarray]) -> SavedState:
        known = self._written.get(id(state))
        if known is None or not (self.folder / STATES / known[1]).exists():  # somebody has tidied up
            name = f"{uuid.uuid4().hex}.safetensors"
            write_atomically(self.folder / STATES / name, save(_tensors(state, places)))
            known = self._written[id(state)] = (state, name)
        frozen = {layer: sorted(rows) for layer, rows in state.frozen.items()}
        return SavedState(
            known[1],
            state.step,
            state.epoch,
            state.position,
            state.examples,
            state.plan,
            state.options,
            frozen,
        )


def _board(lab: "Lab") -> SavedBoard:
    board = lab.embeddings.board
    return SavedBoard(board.perplexity, board.rate, board.paused)


def _classes(lab: "Lab") -> SavedClasses | None:
    classes = lab.embeddings.classes
    if classes is None:
        return None
    view = classes.view()
    places = [] if view is None else view.positions.astype(np.float64).round(3).tolist()
    return SavedClasses(classes.layer, classes.samples, places)


def _states_of(line: SavedLine) -> list[SavedState]:
    return [line.state, *line.history, *(state for _, state in line.done)]


def _finite(manifest: Manifest) -> Any:
    """JSON knows no NaN: a loss that was none is saved as 0."""

    def clean(item: Any) -> Any:
        if isinstance(item, float):
            return item if np.isfinite(item) else 0.0
        if isinstance(item, dict):
            return {key: clean(value) for key, value in item.items()}
        return [clean(part) for part in item] if isinstance(item, list) else item

    return clean(msgspec.to_builtins(manifest))


def _tensors(state: TrainingState, places: Mapping[tuple[str, str], np.ndarray]) -> dict[str, torch.Tensor]:
    """Everything in one flat namespace; `/` parts the names."""
    found = {f"module/{name}": tensor.contiguous() for name, tensor in state.tensors.items()}
    for name, kept in state.optimizer.items():
        found |= {f"optimizer/{name}/{key}": tensor.contiguous() for key, tensor in kept.items()}
    for (layer, kind), points in places.items():
        found[f"places/{layer}/{kind}"] = torch.from_numpy(np.ascontiguousarray(points))
    return found
