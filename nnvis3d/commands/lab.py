"""`nnvis3d lab`: trains a network to be watched and steered; `--headless` without a window."""

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING

from nnvis3d.errors import UserError
from nnvis3d.network.lab_commands import OPTIMIZERS

if TYPE_CHECKING:
    from nnvis3d.lab.lab import Lab


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", default="cnn", metavar="NAME", help="cnn, mlp, cifar3, resnet20 (default: cnn)"
    )
    parser.add_argument(
        "--data",
        default="digits",
        metavar="DIR",
        help="MNIST's files, CIFAR-10's train.npz, or a subfolder of images a class; `digits`: the "
        "5,000 that ship (default)",
    )
    parser.add_argument("--headless", action="store_true", help="train without a window")
    parser.add_argument("--epochs", type=_positive, metavar="N", help="how long, headless (default: 5)")
    parser.add_argument("--steps", type=_positive, metavar="N", help="how long in batches instead")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same numbers (default: 1)")
    parser.add_argument("--batch", type=_positive, metavar="N", help="images a step")
    parser.add_argument("--rate", type=float, metavar="R", help="learning rate")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, help="how the weights move")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")


def run(options: argparse.Namespace) -> int:
    if not options.headless:
        raise UserError("lab: the window is not there yet; train with --headless")
    import torch

    from nnvis3d.lab.open_lab import open_lab

    torch.set_num_threads(1)
    lab = open_lab(options.model, options.data, **_training_options(options))
    for sentence in lab.data.skipped:
        sys.stderr.write(sentence + "\n")
    report = train(lab, options.epochs, options.steps)
    print(json.dumps(report) if options.json else _as_text(report))
    return 0


def _training_options(options: argparse.Namespace) -> dict[str, object]:
    """What was given on the command line."""
    given = {
        "seed": options.seed,
        "batch_size": options.batch,
        "learning_rate": options.rate,
        "optimizer": options.optimizer,
    }
    return {name: value for name, value in given.items() if value is not None}


def train(lab: "Lab", epochs: int | None, steps: int | None) -> dict:
    """Train through the same session that the window has; a bar on stderr. What came of it."""
    from tqdm import tqdm

    from nnvis3d.lab.session import LabSession
    from nnvis3d.network.lab_commands import Evaluate, Start

    batch = lab.trainer.options.batch_size
    total = steps or (epochs or 5) * -(-len(lab.data.train) // batch)
    session = LabSession(lab, snapshot_seconds=0.5, network=False).open()
    started = time.perf_counter()
    session.send(Start(total))
    with tqdm(
        total=total, unit="step", desc=f"lab {lab.trainer.network.plan.model}", dynamic_ncols=True
    ) as bar:
        while True:
            session.wait(1.0)
            if session.failure is not None:
                raise session.failure
            snapshot = session.latest()
            if snapshot is None:
                continue
            bar.update(snapshot.step - bar.n)
            bar.set_postfix({"loss": f"{snapshot.numbers.loss:.4f}"}, refresh=False)
            if snapshot.step and not snapshot.running:
                break
    seconds = time.perf_counter() - started
    session.send(Evaluate())
    session.close()
    return _report(lab, seconds)


def _report(lab: "Lab", seconds: float) -> dict:
    validation, trainer = lab.validation or lab.validate(), lab.trainer
    return {
        "model": trainer.network.plan.model,
        "data": lab.data.title,
        "steps": trainer.step,
        "epochs": trainer.examples / len(lab.data.train),
        "examples": trainer.examples,
        "seconds": round(seconds, 3),
        "examples_per_s": round(trainer.examples / seconds, 1),
        "validation_accuracy": validation.accuracy,
        "validation_loss": validation.loss,
        "message": lab.message,
    }


def _as_text(report: dict) -> str:
    return (
        f"{report['steps']:,} steps, {report['examples']:,} images in {report['seconds']:.1f} s\n"
        f"validation: {100 * report['validation_accuracy']:.2f} % right, loss {report['validation_loss']:.4f}"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {number}")
    return number
