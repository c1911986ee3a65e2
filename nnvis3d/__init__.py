"""nnvis3d: draw a digit and watch every neuron of a network answer, in 3D, in the same frame.

In Python, `nnvis3d.view(module, example_input)` opens a window on any torch.nn.Module, and
`nnvis3d.watch(model, optimizer)` shows a training to `nnvis3d lab --attach`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnvis3d.viewing.view import View, view
    from nnvis3d.watching import watch

__all__ = ["View", "view", "watch"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """PyTorch is imported when a window is asked for, not before: `nnvis3d --help` answers at once."""
    if name == "watch":
        from nnvis3d.watching import watch

        return watch
    if name in __all__:
        from nnvis3d.viewing import view as viewing

        return getattr(viewing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
