"""The lab's rows of the table of keys; the lab's window has them besides those of every window."""

from dataclasses import replace

from nnvis3d.tools.key_bindings import BINDINGS, Binding

GROUP = "Lab"

LAB_BINDINGS = (
    Binding("lab_toggle", GROUP, ("space",), "Train, pause"),
    Binding("lab_step", GROUP, ("shift-arrow_right",), "Train one step", repeats=True),
    Binding("lab_epoch", GROUP, ("shift-e",), "Train to the end of the epoch"),
    Binding("lab_option", GROUP, (), "Set the learning rate, momentum, …"),
    Binding("lab_source", GROUP, ("shift-s",), "What the network on the stage sees"),
    Binding("lab_tab", GROUP, (), "Open a tab of the lab"),
)
_MOVED = {"wave": ("control-space",)}
"""Keys that mean something else in the lab -> where they are then."""
_GONE = ("next_network", "choose_network")
"""The lab has the one network that it trains."""


def lab_table() -> tuple[Binding, ...]:
    """Every key of the lab's window."""
    common = [replace(row, keys=_MOVED.get(row.action, row.keys)) for row in BINDINGS]
    common = [replace(row, keys=()) if row.action in _GONE else row for row in common]
    return (*LAB_BINDINGS, *common)
