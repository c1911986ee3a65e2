"""Finds what ships beside the code: `shaders/`, `assets/`, `weights/`.

In a checkout the three folders stand at the top level; in an installed wheel they stand inside the package.
"""

from pathlib import Path

from nnvis3d.errors import UserError

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE.parent, _PACKAGE)


def resource(folder: str, name: str = "") -> Path:
    """Path of `folder/name`, the checkout's copy first.

    Raises:
        UserError: neither the checkout nor the installed package has it.
    """
    for root in _ROOTS:
        path = root / folder / name
        # A stray top-level folder named like ours in site-packages must not win over the package's own.
        if path.exists() and (root is _PACKAGE or (root / "pyproject.toml").exists()):
            return path
    raise UserError(f"{folder}/{name}: not found beside the program; reinstall it with `pip install nnvis3d`")
