"""Actions: one table, no key twice, and what is asked for by name is what runs."""

import pytest

from nnvis3d.scene.input_events import KeyChanged, PointerMoved, TextTyped
from nnvis3d.tools.actions import Action, Actions
from nnvis3d.tools.key_bindings import BINDINGS, GESTURES

AGREED = {
    *("pen", "eraser", "hand", "undo", "redo", "clear", "next_sample", "previous_sample", "brush_size"),
    *("toggle_normalize", "reset_drawing_transform", "toggle_arrangement", "choose_network", "home", "focus"),
    *("toggle_dock", "toggle_help", "toggle_layer", "next_colormap", "toggle_theme", "toggle_labels"),
    *("toggle_layers_panel", "fly", "orbit", "toggle_fullscreen", "screenshot", "dismiss_message", "quit"),
}


def press(name: str, *modifiers: str, repeat: bool = False) -> KeyChanged:
    return KeyChanged(name, True, repeat, frozenset(modifiers))


@pytest.fixture
def asked() -> list:
    return []


@pytest.fixture
def actions(asked) -> Actions:
    """All of the key table, each noting its name and argument."""
    actions = Actions()
    for binding in BINDINGS:
        actions.on(binding.action, lambda argument, name=binding.action: asked.append((name, argument)))
    return actions


def test_the_key_table_has_every_agreed_name_and_no_key_twice(actions):
    names = [binding.action for binding in BINDINGS]
    assert set(names) >= AGREED and len(set(names)) == len(names)


def test_no_action_takes_a_key_that_flies():
    keys = {key for binding in BINDINGS for key in binding.keys}
    assert not keys & set("wasdqe")


def test_invoke_runs_with_the_argument(actions, asked):
    actions.invoke("brush_size", 0.1)
    actions.invoke("undo")
    assert asked == [("brush_size", 0.1), ("undo", None)]


def test_an_unknown_name_says_so(actions):
    with pytest.raises(LookupError, match="no action 'udno'; there are pen, "):
        actions.invoke("udno")
    with pytest.raises(LookupError, match="no action 'udno' in the key table"):
        actions.on("udno", print)


def test_a_name_or_a_key_that_is_taken_is_refused(actions):
    with pytest.raises(ValueError, match="'pen' is already registered"):
        actions.on("pen", print)
    with pytest.raises(ValueError, match=r"other: 'control-shift-z' already invokes 'redo'"):
        actions.register(Action("other", "Draw", ("shift-control-z",), "Other", print))
    with pytest.raises(ValueError, match="'ctrl-z'"):
        actions.register(Action("other", "Draw", ("ctrl-z",), "Other", print))
    with pytest.raises(LookupError):
        actions.invoke("other")


@pytest.mark.parametrize(
    "event, name",
    [
        (press("p"), "pen"),
        (press("p", "control"), None),
        (press("z", "control"), "undo"),
        (press("z", "control", "shift"), "redo"),
        (press("z", "control", repeat=True), "undo"),
        (press("p", repeat=True), None),
        (KeyChanged("p", False), None),
        (press("n", "shift"), "previous_sample"),
        (press("f1"), "toggle_help"),
        (TextTyped("?"), "toggle_help"),
        (TextTyped("?", repeat=True), None),
        (press("/", "shift"), None),  # what it types decides
        (TextTyped("/"), "find"),
        (press("["), None),
        (TextTyped("["), "brush_smaller"),
        (TextTyped("p"), None),  # letters are keys: once is enough
        (PointerMoved(1, 2), None),
    ],
)
def test_keys_find_their_action(actions, event, name):
    assert actions.for_key(event) == name


def test_a_key_without_a_registered_action_does_nothing():
    assert Actions().for_key(press("p")) is None


def test_the_help_has_a_row_for_each_key_and_gesture_grouped(actions):
    rows = actions.rows()
    assert ("Draw", "Ctrl+Shift+Z, Ctrl+Y", "Redo") in rows
    assert ("Window", "F1, ?", "This help") in rows
    assert ("Explore", "←", "Neuron to the left") in rows
    assert set(GESTURES) <= set(rows)
    assert len(rows) == len([b for b in BINDINGS if b.keys]) + len(GESTURES)
    groups = [group for group, _, _ in rows]
    assert list(dict.fromkeys(groups)) == ["Draw", "View", "Show", "Explore", "Record", "Window"]
    assert groups == sorted(groups, key=groups.index)
