"""`nnvis3d lab`: trains a network to be watched and steered; `--headless` without a window."""

import argparse
import os
import sys
from pathlib import Path

from nnvis3d.commands.arguments import add_appearance, shape
from nnvis3d.commands.lab_wanted import check, own_base, session_of, waiting
from nnvis3d.errors import UserError
from nnvis3d.lab.kept_labs import KeptLabs
from nnvis3d.lab.wanted import MODELS
from nnvis3d.network.lab_commands import OPTIMIZERS
from nnvis3d.processes import late_interrupt

ENDED = "The lab before this one was ended by an accident; nnvis3d lab --last goes on with it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        default="cnn",
        metavar="NAME",
        help=f"{', '.join(MODELS)} (default: cnn), or package.module:factory, which makes a module, or a "
        "module and its loss",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="MNIST's files, CIFAR-10's train.npz, or a subfolder of images a class, or "
        "package.module:factory, which makes two Datasets and the names of their classes; `digits`: the "
        "5,000 that ship (default); of a saved lab: where its data is now",
    )
    add_appearance(parser)
    # view and theme that are not said: as a lab that was saved says, else as ever
    parser.set_defaults(view=None, theme=None, kept=None)
    parser.add_argument("--fullscreen", action="store_true", help="fill the screen")
    parser.add_argument(
        "--input-shape", type=shape, metavar="CxHxW", help="what a factory's module reads, such as 3x64x64"
    )
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the same as --open FOLDER")
    parser.add_argument("--open", type=Path, metavar="FOLDER", help="go on with a lab that was saved")
    parser.add_argument(
        "--last", action="store_true", help="go on with the lab that was open last, whether saved or not"
    )
    parser.add_argument(
        "--save", type=Path, metavar="FOLDER", help="keep the lab there: every 20 seconds, and at the end"
    )
    parser.add_argument(
        "--attach", metavar="HOST:PORT", help="show a training that runs elsewhere and calls nnvis3d.watch"
    )
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="holds the key that the training listens with"
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
    """Raises UserError: there is no display, or nothing that could be opened."""
    check(options)
    if not options.headless:
        return show(options)
    from nnvis3d.commands import lab_headless

    return lab_headless.run(options)


def show(options: argparse.Namespace) -> int:
    """The window.

    Raises:
        UserError: there is no display, or what was trained last could not be saved when it closed.
    """
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        raise UserError("lab: no display to open a window on; train with --headless")
    labs = KeptLabs()
    if options.save is None and options.attach is None:
        options.kept = labs.claim()
    try:
        return _window(options, labs)
    finally:
        labs.release()


def _window(options: argparse.Namespace, labs: KeptLabs) -> int:
    with late_interrupt():
        from nnvis3d.app.app import App
        from nnvis3d.app.lab import LabOpener
        from nnvis3d.options import Options
        from nnvis3d.scene.host import Host

    ended = options.open is None and labs.ended()
    if options.open is not None:
        labs.taken_over(options.open)
    opener = LabOpener(lambda: session_of(options), waiting(options), own_base(options), options.data)
    model = options.model if options.model in MODELS else MODELS[0]
    theme = options.theme or "dark"
    chosen = Options(model, options.size, options.view == "2d", theme, options.scale)
    with late_interrupt():
        host = Host(chosen.size, offscreen=False, fullscreen=options.fullscreen)
        app = App(host, chosen, lab=opener)
    try:
        labs.sweep(options.open)
        if ended:
            app.panels.messages.say(ENDED, seconds=12.0)
        if app.lab is not None:
            app.lab.desk.folder = options.save
            app.lab.layout.given = frozenset(name for name in ("view", "theme") if getattr(options, name))
        app.input.accept_files()
        app.run()
    finally:
        app.close()
    if app.lab is not None and app.lab.unsaid:
        raise UserError(app.lab.unsaid)
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {number}")
    return number
