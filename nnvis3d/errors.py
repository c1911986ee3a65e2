"""The one error type that a user sees."""


class UserError(Exception):
    """Something that the user gave cannot be used.

    The message is one sentence that names the file or option and says what to do. The command line prints it
    on stderr and exits with status 2; the window shows it and keeps the state it had.
    """
