"""Makes of a lab what a viewer is told."""

import numpy as np

from nnvis3d.lab.history import bytes_of
from nnvis3d.lab.lab import Lab
from nnvis3d.network.lab_snapshot import (
    BranchInfo,
    EmbeddingView,
    FrozenState,
    HistoryInfo,
    LabSnapshot,
    ShownNetwork,
)


class Snapshots:
    """Takes snapshots of one lab; parts that did not change are the same objects as before."""

    def __init__(self, lab: Lab, network: bool = True):
        self._lab, self._network = lab, network
        self._layout = lab.layout  # of its window when it was saved; what windows say later, they know
        self._serial = 0

    def take(self) -> LabSnapshot:
        """Everything, now."""
        lab, trainer = self._lab, self._lab.trainer
        self._serial += 1
        return LabSnapshot(
            serial=self._serial,
            running=lab.running,
            step=trainer.step,
            epoch=trainer.sampler.epoch,
            epoch_progress=trainer.sampler.position / max(trainer.sampler.size, 1),
            examples=trainer.examples,
            branch=lab.line.name,
            options=trainer.options,
            numbers=lab.recent.numbers(lab.validation),
            layers=lab.meter.layers,
            shown=self._shown(),
            compared=self._compared(),
            curves={name: line.curve.curve for name, line in lab.lines.items()},
            frozen=self._frozen(),
            alarms=lab.alarms.standing,
            actions=lab.line.actions,
            branches=tuple(self._branch(name) for name in lab.lines),
            history=HistoryInfo(
                lab.line.history.steps,
                bytes_of(line.history for line in lab.lines.values()),
                lab.line.history.budget,
            ),
            viewing=lab.viewing,
            embeddings=self._embeddings(),
            perplexity=lab.embeddings.board.perplexity,
            rate=lab.embeddings.board.rate,
            embedding_paused=lab.embeddings.board.paused,
            classes=lab.embeddings.classes.view() if lab.embeddings.classes else None,
            removal=lab.removal,
            move=lab.move,
            validation=lab.validation,
            message=lab.message,
            message_serial=lab.message_serial,
            can_undo=bool(lab.line.undo),
            can_redo=bool(lab.line.redo),
            data=lab.data.title,
            skipped=lab.data.skipped,
            saved_step=lab.keeper.step,
            saved_seconds_ago=lab.keeper.seconds_ago,
            saved_unasked=lab.keeper.unasked,
            layout=self._layout,
        )

    def _shown(self) -> ShownNetwork:
        lab = self._lab
        if not self._network:
            return lab.display.unseen(lab.line.name)
        image, label = lab.current_image()
        if lab.viewing is not None:
            kept = lab.line.history.at(lab.viewing)
            if kept is not None:
                return lab.display.kept(kept.state, image, label, lab.line.name)
        return lab.display.live(image, label, lab.line.name)

    def _compared(self) -> ShownNetwork | None:
        """The other branch's network on the same image, now or as it was at the step that is viewed."""
        lab = self._lab
        line = lab.lines.get(lab.compared or "")
        if not self._network or line is None or line is lab.line or line.resting is None:
            lab.display.leave("compared")
            return None
        kept = line.history.at(lab.viewing) if lab.viewing is not None else None
        state = line.resting if kept is None else kept.state
        return lab.display.kept(state, *lab.current_image(), line.name, "compared")

    def _embeddings(self) -> tuple[EmbeddingView, ...]:
        """Now, or as they were at the step that is viewed."""
        lab, board = self._lab, self._lab.embeddings.board
        past = lab.line.history.at(lab.viewing) if lab.viewing is not None else None
        if past is not None:
            return tuple(
                EmbeddingView(layer, kind, places, np.zeros(len(places), np.float32), float("nan"))
                for (layer, kind), places in past.embeddings.items()
            )
        return tuple(
            EmbeddingView(
                layer,
                kind,
                picture.places,
                lab.meter.change(layer, len(picture.places)),
                board.divergence((layer, kind)),
            )
            for (layer, kind), picture in board.pictures.items()
        )

    def _frozen(self) -> FrozenState:
        trainer = self._lab.trainer
        filters = {name: tuple(sorted(rows)) for name, rows in trainer.frozen.items() if rows}
        freezer = trainer.freezer
        share = self._lab.saved_share if filters else 0.0
        return FrozenState(filters, freezer.layers, freezer.lowest_trainable, share)

    def _branch(self, name: str) -> BranchInfo:
        lab = self._lab
        line = lab.lines[name]
        return line.info(line.resting.step if line.resting is not None else lab.trainer.step)
