"""What the command line asks for, opened: a new lab, a saved one, a network of the user's own."""

from nnvis3d.lab.custom import custom
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.open_lab import open_custom, open_lab
from nnvis3d.lab.restore import load_lab
from nnvis3d.lab.wanted import Wanted
from nnvis3d.runtime.bringing.factory import is_factory


def opened(wanted: Wanted) -> Lab:
    """
    Raises:
        UserError: it cannot be opened.
    """
    own = is_factory(wanted.model)
    if wanted.folder is not None:
        made = custom(wanted.model, wanted.shape) if own else None
        return load_lab(wanted.folder, made, wanted.moved)
    if own:
        return open_custom(wanted.model, wanted.data, wanted.shape, **wanted.options)
    return open_lab(wanted.model, wanted.data, **wanted.options)
