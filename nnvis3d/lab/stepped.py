"""A lab that trains when it is told that time has passed: for films, which must be the same every time."""

from dataclasses import replace

from threadpoolctl import threadpool_limits

from nnvis3d.lab.lab import Lab
from nnvis3d.lab.obey import do
from nnvis3d.lab.snapshots import Snapshots
from nnvis3d.lab.threads import on_one_thread
from nnvis3d.network.lab_commands import Command
from nnvis3d.network.lab_snapshot import LabSnapshot

_UNKNOWN = float("nan")


class SteppedLab:
    """A lab without a thread and without a clock of its own; else as `LabSession`.

    Training steps are due at even distances of the time that passes, whoever draws how many pictures of it.
    What a snapshot says follows from that alone: what is measured with a clock is left out.
    """

    def __init__(self, lab: Lab, steps: float):
        """
        Args:
            lab: a new one; it has the time of the film from now on.
            steps: training steps a second.
        """
        self._lab, self._every = lab, 1 / steps
        self._now = 0.0
        self._taken = 0  # steps that were due so far, trained or not
        self._snapshots = Snapshots(lab)
        self._latest: LabSnapshot | None = None
        lab.clock = lambda: self._now
        lab.embeddings.step_seconds = 0.0  # points move with every picture, or they would jerk
        self._threads: threadpool_limits | None = None
        self.failure: BaseException | None = None
        self.alive = True

    def open(self) -> "SteppedLab":
        """From now on PyTorch and numpy's BLAS work on one thread: with more, sums come in another order."""
        self._threads = on_one_thread()
        return self

    def send(self, command: Command) -> None:
        """Do it at once.

        Raises:
            UserError: it cannot be done; nothing has changed.
        """
        do(self._lab, command)
        self._latest = None

    def pass_time(self, seconds: float) -> None:
        """Train what is due in the next `seconds`, and let embeddings move on by a step."""
        end = self._now + seconds
        while (due := (self._taken + 1) * self._every) <= end + 1e-9:
            self._now, self._taken = due, self._taken + 1
            if self._lab.running:
                self._lab.train_step()
                self._latest = None
        self._now = end
        if self._lab.embed():
            self._latest = None

    def latest(self) -> LabSnapshot:
        """Everything as it is now."""
        if self._latest is None:
            self._latest = _untimed(self._snapshots.take())
        return self._latest

    def wait(self, seconds: float) -> bool:
        """There is never anything to wait for."""
        return False

    def close(self) -> None:
        self.alive = False
        if self._threads is not None:
            self._threads.restore_original_limits()


def _untimed(snapshot: LabSnapshot) -> LabSnapshot:
    """Without what another run would measure differently."""
    numbers = replace(snapshot.numbers, forward_ms=_UNKNOWN, backward_ms=_UNKNOWN, examples_per_s=_UNKNOWN)
    return replace(snapshot, numbers=numbers, frozen=replace(snapshot.frozen, saved_share=_UNKNOWN))
