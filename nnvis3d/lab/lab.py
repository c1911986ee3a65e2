"""The training lab without a window or a thread: does what commands say, one step at a time, and tells what
there is to see."""

import math
import time
from collections.abc import Callable
from dataclasses import replace

import torch

from nnvis3d.errors import UserError
from nnvis3d.lab.alarms import Alarms
from nnvis3d.lab.data import LabData
from nnvis3d.lab.display import Display
from nnvis3d.lab.embeddings import Embeddings
from nnvis3d.lab.history import Kept
from nnvis3d.lab.keeper import Keeper
from nnvis3d.lab.line import Line, Moment
from nnvis3d.lab.meter import Meter
from nnvis3d.lab.pace import Clock
from nnvis3d.lab.recent import Recent
from nnvis3d.lab.state import TrainingState
from nnvis3d.lab.trainer import CROSS_ENTROPY, BaseFactory, Loss, StepResult, Trainer, named_base
from nnvis3d.lab.validation import FixedBatch, mean_loss, validate
from nnvis3d.network.lab_snapshot import TRAINING, ActionRecord, MovePreview, RemovalCost, Validation

_VALIDATION_SHARE, _VALIDATION_SECONDS = 150, 120.0
"""Validation waits so many times as long as it takes, but no longer than so many seconds."""


class Lab:
    """Everything that a lab is. One thread owns it: see `LabSession`."""

    def __init__(
        self,
        data: LabData,
        state: TrainingState,
        base: BaseFactory = named_base,
        clock: Clock = time.perf_counter,
        source: str = "",
        loss: Loss = CROSS_ENTROPY,
    ):
        """
        Args:
            base: makes the module of a plan.
            source: what `--data` named, for a saved lab to find its data again.
            loss: what is trained on; what is told of validation is always the cross entropy.
        """
        self.data, self.clock, self.source = data, clock, source
        self.layout = ""
        """What the window wants to find again, in its own words."""
        self.trainer = Trainer(state, data, base, loss)
        self.line = Line("main")
        self.lines = {"main": self.line}
        self.display = Display(self.trainer)
        self.fixed = FixedBatch(data.validation, self.trainer.prepared, self.trainer.network)
        self.recent, self.keeper = Recent(), Keeper(self)
        self.embeddings = Embeddings(self.fixed)
        self.meter, self.alarms = Meter(self.fixed), Alarms()
        self.meter.begin_epoch(self.trainer.network)
        self.running = False
        self.remaining: int | None = None
        """Steps until it pauses by itself; None: it does not."""
        self.to_epoch: int | None = None
        """The epoch at whose begin it pauses."""
        self.validation: Validation | None = None
        self.probe: torch.Tensor | None = None
        self.sample = (data.train.batch(torch.tensor([0]))[0], int(data.train.labels[0]))
        """Image (C, H, W) and class of the moment."""
        self._sampled: torch.Tensor | None = None  # index of the sample of the moment
        self.viewing: int | None = None
        """The kept step that is shown; None: now."""
        self.compared: str | None = None
        """The branch that is shown beside the current one."""
        self._validation_due = 0.0
        self.removal: RemovalCost | None = None
        self.move: MovePreview | None = None
        self.saved_share = 0.0
        """Share of a step's time that freezing saves."""
        self.message, self.message_serial = "", 0
        self.keep()
        self._training: Line | None = None  # the line whose newest action is the training that goes on

    def unseen(self) -> None:
        """Nobody looks while it trains: less is measured, and less of the past is kept."""
        self.meter.seen = False
        self.line.history.sparse()

    # --- Training ---------------------------------------------------------------------------------------

    def start(self, steps: int | None = None, to_epoch: int | None = None) -> None:
        self.running, self.remaining, self.to_epoch = True, steps, to_epoch

    def pause(self) -> None:
        self.running, self.remaining, self.to_epoch = False, None, None
        self.end_training()
        self.recent.pause()

    def train_step(self) -> None:
        """One step, and what it makes due: the curve, the past, validation at an epoch's end, a pause."""
        trainer, line = self.trainer, self.line
        if self._training is not line:
            self._begin_training()
        epoch = trainer.sampler.epoch
        self.meter.begin(trainer.network, self.clock())
        result = trainer.train_step()
        if not math.isfinite(result.loss):
            self._go_back()
            return
        self._measure(result)
        line.curve.add(trainer.step, result.loss, result.correct, result.count)
        self._sampled = result.indices[:1]
        if line.history.wants(trainer.step):
            self.keep()
        if trainer.sampler.epoch != epoch:
            self.meter.begin_epoch(trainer.network)
            self._validate_if_affordable()
        if self.remaining is not None:
            self.remaining -= 1
        if self.remaining == 0 or (self.to_epoch is not None and trainer.sampler.epoch >= self.to_epoch):
            self.pause()

    def _validate_if_affordable(self) -> None:
        """At an epoch's end, unless the last one was a moment ago; always where training was to end there."""
        started = self.clock()
        if started >= self._validation_due or self.to_epoch is not None:
            self.validate()
            self.note_training()
            ended = self.clock()
            wait = min(_VALIDATION_SHARE * (ended - started), _VALIDATION_SECONDS)
            self._validation_due = ended + wait

    def _measure(self, result: StepResult) -> None:
        self.recent.add(result, self.clock())
        self.alarms.trained()
        if self.meter.measuring:
            self.meter.end(self.trainer, self.clock)
            self.alarms.measured(self.meter.layers, self.trainer.step, result.loss)

    def _go_back(self) -> None:
        """The loss is not a number: pause, at the newest kept step whose numbers are all finite."""
        step = self.trainer.step
        good = self.line.history.newest_finite()
        self.running, self.remaining, self.to_epoch = False, None, None
        self.trainer.restore(good.state)
        self.line.curve = self.line.curve.until(good.state.step)
        self.line.history = self.line.history.until(good.state.step)
        self.end_training()
        self.recent.pause()
        self.say(self.alarms.not_a_number(step, good.state.step).sentence)

    def work(self) -> bool:
        """What there is to do between two looks at the commands; whether there was anything."""
        worked = self.running
        if self.running:
            self.train_step()
        return self.embed() or worked

    def embed(self) -> bool:
        """Let the embeddings move on, if it is time; whether anything did."""
        serial = self.trainer.weights_serial
        return self.embeddings.work(self.trainer.network, serial, self.clock, self.running)

    def _begin_training(self) -> None:
        """Training is an action as well: undone, it never was."""
        state = self.trainer.state()
        loss = self.fixed_loss()
        self.line.did(
            ActionRecord(state.step, TRAINING, loss, loss),
            self.line.moment(state, self.embeddings.board.places),
        )
        self._training = self.line

    def note_training(self) -> None:
        """The training that goes on says how long it has been, and what it has done to the loss so far."""
        if self._training is None:
            return
        record = self._training.undo[-1].record
        count = self.trainer.step - record.step
        title = f"trained {count:,} step{'s' if count != 1 else ''}"
        self._training.replace_newest(replace(record, title=title, loss_after=self.fixed_loss()))

    def end_training(self) -> None:
        """The training that goes on becomes an action that is done."""
        if self._training is None:
            return
        self.note_training()
        self._training = None
        self.keep()

    def keep(self) -> None:
        """Keep this step for the past."""
        self.line.history.add(Kept(self.trainer.state(), self.embeddings.board.places))

    def validate(self) -> Validation:
        """Measure the whole validation set now."""
        trainer = self.trainer
        self.validation = validate(
            trainer.network.module,
            self.data.validation,
            trainer.prepared,
            len(self.data.labels),
            trainer.step,
        )
        self.line.curve.validated(trainer.step, self.validation.loss, self.validation.accuracy)
        return self.validation

    def fixed_loss(self) -> float:
        """Loss of the fixed validation batch."""
        return mean_loss(self.trainer.network.module, self.fixed.inputs, self.fixed.labels)

    # --- Actions ----------------------------------------------------------------------------------------

    def act(self, title: str, change: Callable[[TrainingState], TrainingState]) -> None:
        """Do something that can be undone, and note what it did to the loss.

        Raises:
            UserError: `change` refuses; then nothing was done.
        """
        self.end_training()
        before, loss = self.trainer.state(), self.fixed_loss()
        moment = self.line.moment(before, self.embeddings.board.places)
        after = change(before)
        self.trainer.restore(after)
        self.embeddings.again()
        self.line.did(ActionRecord(before.step, title, loss, self.fixed_loss()), moment)
        self.keep()

    def undo(self) -> None:
        """Raises UserError: there is nothing to undo."""
        self.pause()
        if not self.line.undo:
            raise UserError("undo: nothing was done yet")
        self._stand(self.line.back(self._moment()))

    def redo(self) -> None:
        """Raises UserError: nothing was undone."""
        self.pause()
        if not self.line.redo:
            raise UserError("redo: nothing was undone")
        self._stand(self.line.forth(self._moment()))

    def _moment(self) -> Moment:
        return self.line.moment(self.trainer.state(), self.embeddings.board.places)

    def _stand(self, moment: Moment) -> None:
        """Everything is as it was then."""
        self.trainer.restore(moment.state)
        self.embeddings.board.put(moment.places)
        self.embeddings.again()

    def switch(self, line: Line) -> None:
        """Another branch is the current one."""
        self.pause()
        now = self.trainer.state()
        self.line.resting = now
        self.line = line
        state = line.resting or now
        line.resting = None
        self.trainer.restore(state)

    def say(self, message: str) -> None:
        self.message, self.message_serial = message, self.message_serial + 1

    def current_image(self) -> tuple[torch.Tensor, int]:
        """The probe, or the training sample of the moment: (C, H, W), 0 to 1, and its class or -1."""
        if self.probe is not None:
            return self.probe, -1
        if self._sampled is not None:
            image = self.data.train.batch(self._sampled)[0]
            self.sample = image, int(self.data.train.labels[self._sampled[0]])
        return self.sample
