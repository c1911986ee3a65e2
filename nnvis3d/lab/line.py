"""One line of training, a branch: what was done on it, its curve, its past, and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from nnvis3d.lab.curve import CurveBuilder
from nnvis3d.lab.history import History
from nnvis3d.lab.state import TrainingState
from nnvis3d.network.lab_snapshot import ActionRecord, BranchInfo

MOST_UNDO = 100


@dataclass(frozen=True, eq=False)
class Moment:
    """Where a line stood: going back to it brings back its state, its curve and its kept past."""

    state: TrainingState
    curve: CurveBuilder
    history: History
    places: Mapping[tuple[str, str], np.ndarray]
    """float32 (F, 2) by (layer, kind): where the embeddings' points were."""


@dataclass(frozen=True, eq=False)
class Done:
    """An action, and the moment on its other side."""

    record: ActionRecord
    moment: Moment
    """Before it, in the list to undo; after it, in the list to redo."""


@dataclass
class Line:
    """A branch."""

    name: str
    history: History = field(default_factory=History)
    curve: CurveBuilder = field(default_factory=CurveBuilder)
    parent: str = ""
    parent_step: int = 0
    undo: list[Done] = field(default_factory=list)
    redo: list[Done] = field(default_factory=list)
    resting: TrainingState | None = None
    """Its state while another branch is current."""

    def moment(self, state: TrainingState, places: Mapping[tuple[str, str], np.ndarray]) -> Moment:
        """Where it stands now."""
        return Moment(state, self.curve.copy(), self.history.copy(), places)

    def did(self, record: ActionRecord, before: Moment) -> None:
        """Note an action that has just been done."""
        self.undo.append(Done(record, before))
        self.redo.clear()
        self._forget()

    def replace_newest(self, record: ActionRecord) -> None:
        """The newest action says something else of itself now: training goes on."""
        self.undo[-1] = replace(self.undo[-1], record=record)

    def _forget(self) -> None:
        """The oldest ways back go when they are too many, or hold too much memory."""
        del self.undo[:-MOST_UNDO]
        held = 0
        for k in range(len(self.undo) - 1, -1, -1):
            held += self.undo[k].moment.state.bytes
            if held > self.history.budget and k < len(self.undo) - 1:
                del self.undo[: k + 1]
                break

    def back(self, now: Moment) -> Moment:
        """The moment before the newest action, which can be done again from `now`."""
        done = self.undo.pop()
        self.redo.append(Done(done.record, now))
        return self._stand(done.moment)

    def forth(self, now: Moment) -> Moment:
        """The moment after the action that was undone last."""
        done = self.redo.pop()
        self.undo.append(Done(done.record, now))
        return self._stand(done.moment)

    def _stand(self, moment: Moment) -> Moment:
        self.curve, self.history = moment.curve.copy(), moment.history.copy()
        return moment

    @property
    def actions(self) -> tuple[ActionRecord, ...]:
        done = [item.record for item in self.undo]
        return tuple(done + [replace(item.record, undone=True) for item in reversed(self.redo)])

    def info(self, step: int) -> BranchInfo:
        return BranchInfo(self.name, step, self.parent, self.parent_step)
