"""The lab's rows of the table of keys; the lab's window has them besides those of every window."""

from dataclasses import replace

from nnvis3d.tools.key_bindings import BINDINGS, Binding

GROUP = "Lab"

LAB_BINDINGS = (
    Binding("lab_toggle", GROUP, ("space",), "Train, pause"),
    Binding("lab_step", GROUP, ("shift-arrow_right",), "Train one step", repeats=True),
    Binding("lab_epoch", GROUP, ("shift-e",), "Train to the end of the epoch"),
    Binding("lab_option", GROUP, (), "Set the learning rate, momentum, …"),
    Binding("lab_alone", GROUP, ("shift-a",), "Options of the chosen layer alone, or of all"),
    Binding("lab_as_others", GROUP, (), "Train the chosen layer as the others"),
    Binding("lab_source", GROUP, ("shift-s",), "What the network on the stage sees"),
    Binding("lab_show", GROUP, (), "Show the network this picture"),
    Binding("lab_tab", GROUP, (), "Open a tab of the lab"),
    Binding("lab_evaluate", GROUP, (), "Measure the unseen images"),
    Binding("lab_bars", GROUP, (), "What the bars on the feature maps say"),
    Binding("lab_choose", GROUP, (), "Choose a layer or a filter to steer"),
    Binding("lab_add", GROUP, ("insert",), "Add a filter to the chosen layer"),
    Binding("lab_add_layer", GROUP, (), "Add a layer behind the chosen one"),
    Binding("lab_remove", GROUP, ("shift-delete",), "Remove the chosen filter: its cost first"),
    Binding("lab_remove_now", GROUP, (), "Remove a filter"),
    Binding("lab_costs", GROUP, (), "What removing each filter of a layer would cost"),
    Binding("lab_freeze", GROUP, ("shift-f",), "Freeze the chosen filter or layer"),
    Binding("lab_thaw", GROUP, ("shift-t",), "Thaw the chosen filter or layer"),
    Binding("lab_reset", GROUP, (), "New random weights"),
    Binding("lab_undo", GROUP, ("alt-z",), "Undo in the lab", repeats=True),
    Binding("lab_redo", GROUP, ("alt-y",), "Redo in the lab", repeats=True),
    Binding("lab_view", GROUP, (), "Show a step of the past"),
    Binding("lab_play", GROUP, (), "Play the training so far"),
    Binding("lab_goto", GROUP, (), "Go on from a step of the past"),
    Binding("lab_branch", GROUP, (), "A new branch"),
    Binding("lab_switch", GROUP, (), "Go to another branch"),
    Binding("lab_compare", GROUP, ("shift-c",), "Another branch's network beside this one, or only this one"),
    Binding("lab_delete", GROUP, (), "Delete a branch"),
    Binding("lab_save", GROUP, ("alt-s",), "Save the lab"),
    Binding("lab_export_weights", GROUP, (), "Write the weights into a file"),
    Binding("lab_export_curves", GROUP, (), "Write the curves into a file"),
    Binding("lab_points", GROUP, (), "Open or close an embedding"),
    Binding("lab_stand", GROUP, ("shift-o",), "Embeddings in the scene above their layers, or in the dock"),
    Binding("lab_classes", GROUP, (), "Embed unseen images by a layer's activations"),
    Binding("lab_pointed", GROUP, (), "Point at a filter"),
    Binding("lab_embedding", GROUP, (), "Perplexity, rate and pause of the embeddings"),
    Binding("lab_restart", GROUP, (), "Start embeddings anew"),
    Binding("lab_move", GROUP, (), "Move a filter toward its neighbours in an embedding"),
)
LAB_ACTIONS = frozenset(binding.action for binding in LAB_BINDINGS)
_MOVED = {"wave": ("control-space",)}
"""Keys that mean something else in the lab -> where they are then."""
_GONE = ("next_network", "choose_network")
"""The lab has the one network that it trains."""


def lab_table() -> tuple[Binding, ...]:
    """Every key of the lab's window."""
    common = [replace(row, keys=_MOVED.get(row.action, row.keys)) for row in BINDINGS]
    common = [replace(row, keys=()) if row.action in _GONE else row for row in common]
    return (*LAB_BINDINGS, *common)
