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
    Binding("next_pen_color", "Draw", ("shift-p",), "Next colour of the pen, for networks that see colours"),
    Binding("pen_color", "Draw", (), "Draw in this colour"),
    Binding("fill_paper", "Draw", ("shift-b",), "Paint the paper in the pen's colour"),
    Binding("next_sample", "Draw", ("n",), "Next sample or picture", repeats=True),
    Binding("previous_sample", "Draw", ("shift-n",), "Previous sample or picture", repeats=True),
    Binding("paste_picture", "Draw", ("control-v",), "Paste a picture"),
    Binding("open_files", "Draw", (), "Open picture files, as when they are dropped on the window"),
    Binding("toggle_camera", "Draw", ("shift-v",), "Camera on or off"),
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
    Binding("fold_layer", "Show", ("z",), "Fold the layer or block under the pointer, or unfold it"),
    Binding("layer_style", "Show", ("shift-z",), "Its maps in a grid, in a row, stacked"),
    Binding("fold_shows", "Show", ("shift-m",), "Folded layers show their strongest map, or the mean"),
    Binding("unfold_all", "Show", ("shift-h",), "Unfold all layers and blocks"),
    Binding("fold_groups", "Show", ("shift-g",), "Fold blocks as in the first view"),
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
    Binding("select", "Explore", (), "Select a neuron, or none"),
    Binding("inspector_pin", "Explore", ("shift-enter",), "Keep the inspector open"),
    Binding("inspector_copy", "Explore", ("control-c",), "Copy the inspector as text"),
    Binding("inspector_save", "Explore", ("control-s",), "Save the inspector as a picture"),
    Binding("inspector_close", "Explore", (), "Close the inspector"),
    Binding("edges_mode", "Explore", ("i",), "Edges: what it reads, what reads it, the strongest path"),
    Binding("edges_quantity", "Explore", ("u",), "Edges: weight × activation, weight, activation"),
    Binding("more_edges", "Explore", ("shift-i",), "All edges, or the strongest"),
    Binding("wave", "Explore", ("space",), "A wave through the network; while stepping: play, pause"),
    Binding("toggle_wave", "Explore", ("shift-space",), "A wave after every stroke, or none"),
    Binding("step", "Explore", ("y",), "Step through what computes the layer"),
    Binding("step_softmax", "Explore", (), "Step through the softmax of the outputs"),
    Binding("step_play", "Explore", (), "Steps: play, pause"),
    Binding("step_back", "Explore", (",",), "Steps: one back", repeats=True),
    Binding("step_forward", "Explore", (".",), "Steps: one forward", repeats=True),
    Binding("step_speed", "Explore", (), "Steps: how fast"),
    Binding("step_close", "Explore", (), "Steps: back to the whole network"),
    Binding("find", "Explore", ("/", "control-f"), "Find a layer or a neuron"),
    Binding("find_query", "Explore", (), "What to find"),
    Binding("find_choose", "Explore", (), "Choose what was found"),
    Binding("find_go", "Explore", (), "Go to what was found"),
    Binding("find_close", "Explore", (), "Close the find box"),
    Binding("play_tour", "Record", ("f5",), "Play the tour that was made last, or stop"),
    Binding("keyframe", "Record", ("f6",), "Drop a keyframe where the camera is"),
    Binding("keyframe_move", "Record", (), "Move a keyframe to another time"),
    Binding("keyframe_remove", "Record", (), "Remove a keyframe"),
    Binding("keyframe_show", "Record", (), "Look from a keyframe"),
    Binding("record_tour", "Record", ("f7",), "Write down what you do as a tour; again: done"),
    Binding("tour_strip", "Record", ("f8",), "The strip of keyframes"),
    Binding("record_video", "Record", ("f9",), "Film what you see; again: done"),
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
    ("Explore", "Point at a neuron", "Its value and its edges"),
    ("Explore", "Click a neuron", "Its inspector"),
)
"""What is no key: (group, gesture, text) for the help."""
