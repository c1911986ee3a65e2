"""Which lab the command line asks for: what is wrong with that, and how it is opened beside a window."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.errors import UserError
from nnvis3d.lab.kept_labs import KeptLabs
from nnvis3d.lab.wanted import DIGITS, MODELS

if TYPE_CHECKING:
    from nnvis3d.app.lab import Session
    from nnvis3d.lab.opening import Wanted
    from nnvis3d.lab.trainer import BaseFactory

_MANIFEST = "lab.json"


def check(options: argparse.Namespace) -> None:
    """What can be found wrong before a window opens, and before PyTorch is there.

    Raises:
        UserError: something is.
    """
    if options.folder is not None:
        if options.open is not None:
            raise UserError(f"lab: both {options.folder} and --open {options.open}: open one of them")
        options.open = options.folder
    if options.last:
        _find_last(options)
    if options.attach is not None:
        _check_attached(options)
        return
    if options.key is not None:
        raise UserError("--key: goes with --attach only")
    if options.model not in MODELS and ":" not in options.model:
        raise UserError(
            f"--model {options.model}: the lab has no such network; choose one of {', '.join(MODELS)}, or "
            "give package.module:factory"
        )
    if options.input_shape is not None and (":" not in options.model or len(options.input_shape) != 3):
        raise UserError("--input-shape: CxHxW, and goes with --model package.module:factory only")
    if options.open is not None and not (options.open / _MANIFEST).is_file():
        raise UserError(f"--open {options.open}: no saved lab is there")
    if options.open is not None:
        _check_opened(options)
    options.moved = options.data is not None
    options.data = options.data or DIGITS
    if options.data != DIGITS and ":" not in options.data and not Path(options.data).exists():
        raise UserError(f"--data {options.data}: there is no such file or folder")
    _check_save(options)


def _find_last(options: argparse.Namespace) -> None:
    if options.open is not None or options.attach is not None:
        raise UserError("--last: goes on with the lab that was open last; name no other one")
    options.open = KeptLabs().last()
    if options.open is None:
        raise UserError("--last: no lab was kept yet; a new one opens without it")


def _check_opened(options: argparse.Namespace) -> None:
    """A saved lab has its own options; only its data may have moved."""
    for name in ("batch", "rate", "optimizer"):
        if getattr(options, name) is not None:
            raise UserError(f"--{name}: begins a new lab; {options.open} goes on with the one that it has")


def _check_save(options: argparse.Namespace) -> None:
    folder = options.save
    if folder is None or (options.open is not None and folder.resolve() == options.open.resolve()):
        return
    if (folder / _MANIFEST).exists():
        raise UserError(f"--save {folder}: holds a lab already; go on with it by --open {folder} as well")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"--save {folder}: is not an empty folder; name a new one")


def _check_attached(options: argparse.Namespace) -> None:
    from nnvis3d.lab.attach import address
    from nnvis3d.lab.wire import check_key, zeromq

    address(options.attach)
    for name in ("open", "save", "steps", "epochs"):
        if getattr(options, name) is not None and not (name == "steps" and options.headless):
            raise UserError(f"--attach: shows a training that runs elsewhere; leave --{name} out")
    key = key_of(options)
    if key is not None:
        check_key(key)
    zeromq()


def key_of(options: argparse.Namespace) -> str | None:
    """What --key's file holds.

    Raises:
        UserError: it cannot be read.
    """
    if options.key is None:
        return None
    try:
        return options.key.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise UserError(f"--key {options.key}: cannot be read ({reason})") from error


def session_of(options: argparse.Namespace) -> "Session":
    """The lab that was asked for, in a process of its own: a window would hold up a thread.

    Raises:
        UserError: as `check`.
    """
    if options.attach is not None:
        from nnvis3d.lab.attach import Attached, address

        return Attached(*address(options.attach), key_of(options)).open()
    from nnvis3d.lab.process import LabProcess
    from nnvis3d.network.lab_commands import KeepIn, Save

    process = LabProcess(wanted(options)).open()
    if options.save is not None:
        process.send(Save(str(options.save)))
    elif options.kept is not None:
        process.send(KeepIn(str(options.kept)))
    return process


def waiting(options: argparse.Namespace) -> str:
    """What the window says until the first snapshot comes."""
    return f"Waiting for {options.attach}…" if options.attach is not None else "Waking the lab…"


def own_base(options: argparse.Namespace) -> "BaseFactory | None":
    """Makes the module that --model names, if it is the user's own.

    Raises:
        UserError: it cannot be made.
    """
    if ":" not in options.model:
        return None
    from nnvis3d.lab.custom import custom

    return custom(options.model).base


def wanted(options: argparse.Namespace) -> "Wanted":
    from nnvis3d.lab.wanted import Wanted

    given = {
        "seed": options.seed,
        "batch_size": options.batch,
        "learning_rate": options.rate,
        "optimizer": options.optimizer,
    }
    folder = None if options.open is None else str(options.open)
    chosen = {name: value for name, value in given.items() if value is not None}
    moved = options.data if folder is not None and options.moved else None
    return Wanted(options.model, options.data, chosen, folder, moved, options.input_shape)
