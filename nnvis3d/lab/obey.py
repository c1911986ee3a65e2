"""One table: which function of the lab does which command."""

from collections.abc import Callable, Mapping
from typing import Any

from nnvis3d.errors import UserError
from nnvis3d.lab import commands_keep, commands_show, commands_steer, commands_train
from nnvis3d.lab.lab import Lab
from nnvis3d.network.lab_commands import Command

Handler = Callable[[Lab, Any], None]

HANDLERS: Mapping[type, Handler] = {
    **commands_train.HANDLERS,
    **commands_steer.HANDLERS,
    **commands_show.HANDLERS,
    **commands_keep.HANDLERS,
}


def do(lab: Lab, command: Command) -> None:
    """Do `command`.

    Raises:
        UserError: it cannot be done; nothing has changed.
    """
    handler = HANDLERS.get(type(command))
    if handler is None:
        raise UserError(f"{type(command).__name__}: the lab does not know this command")
    handler(lab, command)


def obey(lab: Lab, command: Command) -> None:
    """Do `command`; what cannot be done is said in the lab's message and changes nothing."""
    try:
        do(lab, command)
    except UserError as error:
        lab.say(str(error))
