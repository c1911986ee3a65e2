"""`nnvis3d lab`: trains a network to be watched and steered; `--headless` without a window."""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.commands.arguments import add_appearance
from nnvis3d.errors import UserError
from nnvis3d.network.lab_commands import OPTIMIZERS

if TYPE_CHECKING:
    from nnvis3d.lab.attach import Attached
    from nnvis3d.lab.lab import Lab
    from nnvis3d.lab.process import LabProcess


MODELS = ("cnn", "mlp", "cifar3", "resnet20")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="cnn", metavar="NAME", help=f"{', '.join(MODELS)} (default: cnn)")
    parser.add_argument(
        "--data",
        default="digits",
        metavar="DIR",
        help="MNIST's files, CIFAR-10's train.npz, or a subfolder of images a class; `digits`: the "
        "5,000 that ship (default)",
    )
    add_appearance(parser)
    parser.add_argument("--fullscreen", action="store_true", help="fill the screen")
    parser.add_argument("--open", type=Path, metavar="FOLDER", help="go on with a lab that was saved")
    parser.add_argument(
        "--attach", metavar="HOST:PORT", help="watch a script that called nnvis3d.watch, instead of training"
    )
    parser.add_argument(
        "--key", metavar="TEXT", help="that the script was given too, to attach from elsewhere"
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
        return show(options)
    if options.open is not None:
        raise UserError("--open: a saved lab opens in a window; leave --headless out")
    import torch

    from nnvis3d.lab.open_lab import open_lab

    torch.set_num_threads(1)
    lab = open_lab(options.model, options.data, **_training_options(options))
    for sentence in lab.data.skipped:
        sys.stderr.write(sentence + "\n")
    report = train(lab, options.epochs, options.steps)
    print(json.dumps(report) if options.json else _as_text(report))
    return 0


def show(options: argparse.Namespace) -> int:
    """The window.

    Raises:
        UserError: there is no display, or no such network or data.
    """
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        raise UserError("lab: no display to open a window on; train with --headless")
    from nnvis3d.app import App
    from nnvis3d.app_lab import LabOpener
    from nnvis3d.options import Options
    from nnvis3d.scene.host import Host

    _check(options)
    flat = options.view == "2d"
    chosen = Options(options.model, options.size, flat, options.theme, options.scale)
    host = Host(chosen.size, offscreen=False, fullscreen=options.fullscreen)
    app = App(host, chosen, lab=LabOpener(lambda: opened(options)))
    try:
        app.run()
    finally:
        app.close()
    return 0


def _check(options: argparse.Namespace) -> None:
    """What can be found wrong before a window opens.

    Raises:
        UserError: no such network, or no such data.
    """
    if options.model not in MODELS:
        raise UserError(f"--model {options.model}: the lab has no such network; it has {', '.join(MODELS)}")
    if options.attach is not None:
        from nnvis3d.lab.attach import address

        address(options.attach)
    if options.open is not None and not (options.open / "lab.json").is_file():
        raise UserError(f"--open {options.open}: no saved lab is there")
    if options.data != "digits" and not Path(options.data).exists():
        raise UserError(f"--data {options.data}: there is no such file or folder")


def opened(options: argparse.Namespace) -> "LabProcess | Attached":
    """The lab that was asked for, in a process of its own: a window would hold up a thread.

    Raises:
        UserError: `--attach` without pyzmq, or with a key that is too short.
    """
    from nnvis3d.lab.attach import Attached, address
    from nnvis3d.lab.process import LabProcess

    if options.attach is not None:
        return Attached(*address(options.attach), options.key).open()
    folder = None if options.open is None else str(options.open)
    return LabProcess(options.model, options.data, _training_options(options), folder).open()


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
