"""`nnvis3d lab --headless`: trains without a window, alone or under `torchrun`; or follows a training that
runs elsewhere."""

import argparse
import json
import math
import sys
import time
from typing import TYPE_CHECKING

from nnvis3d.commands.lab_wanted import key_of, wanted
from nnvis3d.network.lab_commands import Evaluate, Start

if TYPE_CHECKING:
    from pathlib import Path

    from nnvis3d.lab.lab import Lab
    from nnvis3d.lab.ranks import Ranks
    from nnvis3d.network.lab_snapshot import LabSnapshot


def run(options: argparse.Namespace) -> int:
    """The exit status: 1 where the loss became no number, and training ended for that.

    Raises:
        UserError: it cannot be opened, or what it was to write cannot be written.
    """
    if options.attach is not None:
        report = follow(options)
        print(json.dumps(report) if options.json else _line(report))
        return 0
    from nnvis3d.lab.opening import opened
    from nnvis3d.lab.ranks import Ranks, under_torchrun
    from nnvis3d.lab.threads import on_one_thread
    from nnvis3d.memory import keep_freed

    on_one_thread()
    keep_freed(one_pool=True)
    lab = opened(wanted(options))
    if lab.message:
        sys.stderr.write(lab.message + "\n")
    ranks = Ranks() if under_torchrun() else None
    report = train(lab, options.epochs, options.steps, options.save, ranks)
    if ranks is not None:
        ranks.close()
    if ranks is None or ranks.rank == 0:
        for sentence in lab.data.skipped:
            sys.stderr.write(sentence + "\n")
        print(json.dumps(report) if options.json else _as_text(report))
    lost = [alarm.sentence for alarm in lab.alarms.standing if alarm.kind == "nan"]
    if lost and (ranks is None or ranks.rank == 0):
        sys.stderr.write(lost[0] + "\n")
    return 1 if lost else 0


def train(
    lab: "Lab",
    epochs: int | None,
    steps: int | None,
    folder: "Path | None" = None,
    ranks: "Ranks | None" = None,
) -> dict:
    """Train through the same session that the window has; a bar on stderr. What came of it.

    Args:
        folder: where it is kept; None: nowhere.
        ranks: who trains together; the first of them keeps and speaks.
    """
    from tqdm import tqdm

    from nnvis3d.lab.session import LabSession

    first = ranks is None or ranks.rank == 0
    if ranks is not None:
        lab.trainer.ranks = ranks
    if folder is not None and first:
        lab.keeper.save(folder)
    batch, begin, seen = lab.trainer.options.batch_size, lab.trainer.step, lab.trainer.examples
    total = steps or (epochs or 5) * -(-len(lab.data.train) // batch)
    session = LabSession(lab, snapshot_seconds=0.5, network=False).open()
    started = time.perf_counter()
    session.send(Start(total))
    name = f"lab {lab.trainer.network.plan.model}"
    with tqdm(total=total, unit="step", desc=name, dynamic_ncols=True, disable=not first) as bar:
        while True:
            session.wait(1.0)
            if session.failure is not None:
                raise session.failure
            snapshot = session.latest()
            if snapshot is None:
                continue
            bar.update(max(snapshot.step - begin, 0) - bar.n)
            if math.isfinite(snapshot.numbers.loss):
                bar.set_postfix({"loss": f"{snapshot.numbers.loss:.4f}"}, refresh=False)
            if _has_ended(snapshot, begin):
                break
    seconds = time.perf_counter() - started
    session.send(Evaluate())
    session.close()
    if session.failure is not None:
        raise session.failure
    return _report(lab, seconds, lab.trainer.examples - seen)


def _has_ended(snapshot: "LabSnapshot", begin: int) -> bool:
    """It paused by itself: after the last step, or where the loss was no number. That may have been before
    the first kept step, and then no step of this training is left."""
    lost = any(alarm.kind == "nan" for alarm in snapshot.alarms)
    return not snapshot.running and (lost or snapshot.step > begin)


def _report(lab: "Lab", seconds: float, examples: int) -> dict:
    validation, trainer = lab.validation or lab.validate(), lab.trainer
    return {
        "model": trainer.network.plan.model,
        "data": lab.data.title,
        "steps": trainer.step,
        "epochs": trainer.examples / len(lab.data.train),
        "examples": trainer.examples,
        "seconds": round(seconds, 3),
        "examples_per_s": round(examples / seconds, 1),
        "validation_accuracy": validation.accuracy,
        "validation_loss": validation.loss,
        "message": lab.message,
    }


def _as_text(report: dict) -> str:
    return (
        f"{report['steps']:,} steps, {report['examples']:,} images; {report['seconds']:.1f} s\n"
        f"validation: {100 * report['validation_accuracy']:.2f} % right, loss {report['validation_loss']:.4f}"
    )


def follow(options: argparse.Namespace) -> dict:
    """Tell about a training that runs elsewhere, on stderr, until its step --steps or Ctrl+C: the newest."""
    from nnvis3d.lab.attach import Attached, address

    viewer = Attached(*address(options.attach), key_of(options)).open()
    sys.stderr.write(f"waiting for {options.attach}\n")
    said = 0
    newest: dict = {"step": 0, "loss": float("nan"), "examples_per_s": float("nan")}
    try:
        while options.steps is None or newest["step"] < options.steps:
            if not viewer.wait(0.5):
                if viewer.failure is not None:
                    raise viewer.failure
                continue
            snapshot = viewer.latest()
            if snapshot is not None:
                numbers = snapshot.numbers
                newest = {
                    "step": snapshot.step,
                    "loss": numbers.loss,
                    "examples_per_s": round(numbers.examples_per_s, 1),
                }
                fresh = snapshot.message if snapshot.message_serial != said else ""
                said = snapshot.message_serial
                sys.stderr.write((fresh or _line(newest)) + "\n")
    except KeyboardInterrupt:
        pass
    finally:
        viewer.close()
    return newest


def _line(seen: dict) -> str:
    return f"step {seen['step']:,}: loss {seen['loss']:.4f}, {seen['examples_per_s']:,.0f} images a second"
