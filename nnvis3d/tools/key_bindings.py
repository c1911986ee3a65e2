"""The one table of keys: which action each invokes, and what the help says of it.

Keys are written as "p", "control-shift-z", "arrow_left". A punctuation mark stands for what was typed,
wherever it is on the keyboard: "?" is shift and / on one, shift and ß on another.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Binding:
    """One named action and its keys."""

    action: str
    group: str
    """Heading in the help."""
    keys: tuple[str, ...]
    """Any of them; empty: only the mouse, the panels or a tour ask for it."""
    text: str
    """What it does, for people."""
    repeats: bool = False
    """Whether a key held down goes on invoking it."""


BINDINGS = (
    Binding("pen", "Draw", ("p",), "Pen"),
    Binding("eraser", "Draw", ("x",), "Eraser"),
    Binding("hand", "Draw", ("m",), "Move, turn and scale the drawing"),
    Binding("undo", "Draw", ("control-z",), "Undo", repeats=True),
    Binding("redo", "Draw", ("control-shift-z", "control-y"), "Redo", repeats=True),
    Binding("clear", "Draw", ("delete", "backspace"), "Clear the pad"),
    Binding("brush_smaller", "Draw", ("[",), "Finer brush", repeats=True),
    Binding("brush_bigger", "Draw", ("]",), "Broader brush", repeats=True),
    Binding("brush_size", "Draw", (), "Set the brush's width"),
    Binding("next_sample", "Draw", ("n",), "Next sample digit", repeats=True),
    Binding("previous_sample", "Draw", ("shift-n",), "Previous sample digit", repeats=True),
    Binding("toggle_normalize", "Draw", ("c",), "Centre and scale the drawing, or leave it as it is"),
    Binding("reset_drawing_transform", "Draw", ("r",), "Put the moved drawing back"),
    Binding("toggle_dock", "Draw", ("o",), "Pad in the scene, or docked to the screen"),
    Binding("home", "View", ("h", "home"), "The whole network"),
    Binding("focus", "View", ("f",), "Go to what is under the pointer"),
    Binding("toggle_arrangement", "View", ("v",), "3D or flat"),
    Binding("toggle_fly", "View", ("g",), "Fly, or turn around the network"),
    Binding("fly", "View", (), "Fly"),
    Binding("orbit", "View", (), "Turn around the network"),
    Binding("next_network", "Show", ("b",), "Next network"),
    Binding("choose_network", "Show", (), "Show the named network"),
    Binding("toggle_layers_panel", "Show", ("l",), "Layers: show and hide"),
    Binding("toggle_layer", "Show", (), "Show or hide the named layer"),
    Binding("toggle_labels", "Show", ("j",), "Labels"),
    Binding("next_colormap", "Show", ("k",), "Next colour map"),
    Binding("toggle_theme", "Show", ("t",), "Dark or light"),
    Binding("next_layer", "Explore", ("tab",), "Next layer", repeats=True),
    Binding("previous_layer", "Explore", ("shift-tab",), "Previous layer", repeats=True),
    Binding("neuron_left", "Explore", ("arrow_left",), "Neuron to the left", repeats=True),
    Binding("neuron_right", "Explore", ("arrow_right",), "Neuron to the right", repeats=True),
    Binding("neuron_up", "Explore", ("arrow_up",), "Neuron above", repeats=True),
    Binding("neuron_down", "Explore", ("arrow_down",), "Neuron below", repeats=True),
    Binding("inspect", "Explore", ("enter",), "Open the neuron's inspector"),
    Binding("find", "Explore", ("/", "control-f"), "Find a layer or a neuron"),
    Binding("toggle_help", "Window", ("f1", "?"), "This help"),
    Binding("toggle_fullscreen", "Window", ("f11",), "Full screen"),
    Binding("screenshot", "Window", ("f12",), "Save a picture"),
    Binding("dismiss_message", "Window", ("escape",), "Close what is open"),
    Binding("quit", "Window", ("control-q",), "Quit"),
)

GESTURES = (
    ("Draw", "Drag on the pad", "Draw"),
    ("View", "Drag", "Turn around; in 2D: move"),
    ("View", "Right drag", "Move sideways"),
    ("View", "Wheel", "Nearer and farther, at the pointer"),
    ("View", "W A S D  Q E", "Fly, down and up; drag to look"),
    ("View", "Shift", "Fly faster"),
)
"""What is no key: (group, gesture, text) for the help."""
