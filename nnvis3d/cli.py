"""The command line: one parser, one module for each command, imported only when it is the one that runs."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from nnvis3d import __version__
from nnvis3d.errors import UserError

# name -> one-line help; the module is nnvis3d.commands.<name>. `run` is what no command means.
COMMANDS = {
    "run": "open the window: network, pad, cameras (the default)",
    "snapshot": "one picture, headless",
    "record": "a tour as a video, headless",
    "evaluate": "accuracy on drawn strokes or on images",
    "train": "train a network and write its weights",
    "lab": "train a network, watch it learn and steer it",
    "bench": "measure speed and memory",
    "models": "list the built-in networks",
    "kiosk": "the exhibit for museums and labs, under its supervisor",
    "doctor": "say what this machine has, what is missing, what to do",
}


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, as every other error of the program."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _with_default_command(arguments: Sequence[str]) -> list[str]:
    """`nnvis3d --model mlp` means `nnvis3d run --model mlp`."""
    if not arguments or (arguments[0] not in COMMANDS and arguments[0] not in ("-h", "--help", "--version")):
        if arguments and not arguments[0].startswith("-"):
            return list(arguments)
        return ["run", *arguments]
    return list(arguments)


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="nnvis3d", description="Draw a digit and watch every neuron of a network answer.")
    parser.add_argument("--version", action="version", version=f"nnvis3d {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if arguments and arguments[0] == name:  # the others' modules stay unimported: start-up time
            module = importlib.import_module(f"nnvis3d.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(execute=module.run)
    return parser


def _fill_streams() -> None:
    """Whoever starts a program may have closed its standard streams: what is opened first would get their
    numbers, a video for one, and whatever a driver prints would be written into it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # gets the lowest number: this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 2 after a one-line message on stderr."""
    _fill_streams()
    given = _with_default_command(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parser(given).parse_args(given)
        return options.execute(options)
    except UserError as error:
        sys.stderr.write(f"nnvis3d: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`nnvis3d models | head -1`): nothing left to say to it.
        sys.stderr.close()
        return 141
