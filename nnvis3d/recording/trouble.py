"""What the system refuses while a recording is written, in a sentence."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nnvis3d.errors import UserError

GOES_ON = "the same command with --resume goes on"


class InterruptedRecordingError(UserError):
    """It ended for a reason that has nothing to do with what is recorded: it can go on from there."""


@contextmanager
def said_as_user_error(path: Path) -> Iterator[None]:
    """While `path` is written.

    Raises:
        UserError: it cannot be written; an InterruptedRecordingError where there is no space left.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
            raise InterruptedRecordingError(
                f"{path}: no space left to write it; free some, or write elsewhere"
            ) from error
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error
