"""The panels: what can be pressed, what is seen, when they are built, how they behave in small pictures."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from nnvis3d.network.wording import percent
from nnvis3d.scene.host import Host
from nnvis3d.scene.hud.help import columns
from nnvis3d.scene.hud.labels import Placed, choose
from nnvis3d.scene.hud.legend import number
from nnvis3d.scene.hud.places import hud_margins
from nnvis3d.scene.hud.state import (
    AnswerState,
    HelpRow,
    Invocation,
    Message,
    PadState,
    Picture,
    SceneLabel,
)
from nnvis3d.scene.theme import DARK, LIGHT, contrast, interface_scale, over
from tests.hud_page import FIND, INSPECTOR, STEPPER, Page, everything, first_view, open_page

SIZE = (1280, 720)


@pytest.fixture(scope="module")
def opened() -> Iterator[Page]:
    page = open_page(Host(SIZE, offscreen=True))
    yield page
    page.hud.close()
    page.overlay.destroy()
    page.host.close()


@pytest.fixture
def page(opened: Page) -> Page:
    """The page with the first view at rest and no pointer on it."""
    opened.overlay.leave()
    opened.show(first_view(), 12)
    return opened


FIRST = {
    "choose_network/mlp": Invocation("choose_network", "mlp"),
    "toggle_arrangement/2d": Invocation("toggle_arrangement"),
    "camera/fly": Invocation("fly"),
    "home": Invocation("home"),
    "toggle_layers_panel": Invocation("toggle_layers_panel"),
    "toggle_labels": Invocation("toggle_labels"),
    "toggle_theme": Invocation("toggle_theme"),
    "toggle_help": Invocation("toggle_help"),
    "pen": Invocation("pen"),
    "eraser": Invocation("eraser"),
    "hand": Invocation("hand"),
    "undo": Invocation("undo"),
    "redo": Invocation("redo"),
    "clear": Invocation("clear"),
    "toggle_normalize": Invocation("toggle_normalize"),
    "reset_drawing_transform": Invocation("reset_drawing_transform"),
    "previous_sample": Invocation("previous_sample"),
    "next_sample": Invocation("next_sample"),
    "next_colormap": Invocation("next_colormap"),
}
OTHER = {
    "toggle_layers_panel/close": (first_view(layers_open=True), Invocation("toggle_layers_panel")),
    "layer/fc1": (first_view(layers_open=True), Invocation("toggle_layer", "fc1")),
    "layer_style/conv1": (first_view(layers_open=True), Invocation("layer_style", "conv1")),
    "fold_layer/conv1": (first_view(layers_open=True), Invocation("fold_layer", "conv1")),
    "fold_shows": (first_view(layers_open=True), Invocation("fold_shows")),
    "toggle_help/close": (first_view(help_open=True), Invocation("toggle_help")),
    "dismiss_message/0": (first_view(messages=(Message("no"),)), Invocation("dismiss_message", "no")),
    "find_close": (first_view(find=FIND), Invocation("find_close")),
    "find/1": (first_view(find=FIND), Invocation("find_go", 1)),
    "step_back": (first_view(stepper=STEPPER), Invocation("step_back")),
    "step_play": (first_view(stepper=STEPPER), Invocation("step_play")),
    "step_forward": (first_view(stepper=STEPPER), Invocation("step_forward")),
    "step_close": (first_view(stepper=STEPPER), Invocation("step_close")),
    **{
        f"inspector_{verb}/{INSPECTOR.id}": (
            first_view(inspectors=(INSPECTOR,)),
            Invocation(f"inspector_{verb}", INSPECTOR.id),
        )
        for verb in ("pin", "copy", "save", "close")
    },
}


@pytest.mark.parametrize("name", FIRST)
def test_each_thing_of_the_first_view_can_be_pressed(page, name):
    assert page.click(first_view(), name) == [FIRST[name]]


@pytest.mark.parametrize("name", OTHER)
def test_each_thing_of_the_other_panels_can_be_pressed(page, name):
    state, wanted = OTHER[name]
    page.show(state, 8)
    assert page.click(state, name) == [wanted]


def test_nothing_to_press_was_forgotten_above(page):
    page.hud.places.clear()
    page.show(everything(), 2)
    chosen = {"choose_network/cnn", "toggle_arrangement/3d", "camera/orbit"}  # already so: nothing to ask
    sliders = {"brush_size", "step_speed"}
    others = {
        "layer/conv1",
        "find/0",
        "dismiss_message/1",
        f"drag/{INSPECTOR.id}",
        f"inspector/{INSPECTOR.id}",
    }
    assert set(page.hud.places) == set(FIRST) | set(OTHER) | chosen | sliders | others


def test_what_cannot_be_done_cannot_be_pressed(page):
    state = first_view(pad=PadState())
    page.show(state, 3)
    for name in ("undo", "redo", "clear"):
        assert page.click(state, name) == []


def test_what_is_chosen_already_asks_for_nothing(page):
    assert page.click(first_view(), "choose_network/cnn") == []


def test_the_brush_slider_runs_from_the_smallest_to_the_largest(page):
    left, top, right, bottom = page.hud.places["brush_size"]
    page.overlay.pointer(left + 20, (top + bottom) / 2)
    page.show(first_view())
    page.overlay.button(0, True)
    page.show(first_view(), 2)
    values = []
    for x in (left - 50, right + 50):
        page.overlay.pointer(x, top)
        values.append(page.show(first_view())[-1])
    page.overlay.button(0, False)
    page.show(first_view(), 3)
    assert values == [Invocation("brush_size", 6.0), Invocation("brush_size", 40.0)]


def test_an_inspector_is_dragged_by_its_head(page):
    state = first_view(inspectors=(INSPECTOR,))
    page.show(state, 4)
    before = page.hud.places[f"drag/{INSPECTOR.id}"]
    page.overlay.pointer(before[0] + 20, before[1] + 10)
    page.show(state)
    page.overlay.button(0, True)
    page.show(state)
    page.overlay.pointer(before[0] - 280, before[1] + 110)
    page.show(state, 2)
    page.overlay.button(0, False)
    page.show(state, 3)
    after = page.hud.places[f"drag/{INSPECTOR.id}"]
    assert (after[0] - before[0], after[1] - before[1]) == (-300, 100)


def test_the_find_box_takes_the_keyboard_and_gives_it_back(page):
    state = first_view(find=replace(FIND, query="", serial=7))
    page.show(state, 4)
    assert page.overlay.wants_keyboard
    page.overlay.text("fc")
    assert page.show(state, 3) == [Invocation("find_query", "fc")]
    page.overlay.key("arrow_down", True)
    page.overlay.key("arrow_down", False)
    assert page.show(state, 3) == [Invocation("find_choose", 1)]
    page.overlay.key("enter", True)
    page.overlay.key("enter", False)
    assert page.show(state, 3) == [Invocation("find_go", 0)]
    page.show(first_view(), 4)
    assert not page.overlay.wants_keyboard


def test_a_hint_names_the_key_after_a_rest(page):
    before = page.picture(first_view())
    left, top, right, bottom = page.hud.places["pen"]
    page.overlay.pointer((left + right) / 2, (top + bottom) / 2)
    page.show(first_view(), 2)
    page.host.render()
    early = page.host.picture()
    after = page.picture(first_view())
    above = np.s_[int(top) - 60 : int(top) - 4, :300]
    assert (early[above] == before[above]).all()
    assert (after[above] != before[above]).any()


def test_a_tick_in_which_nothing_changed_builds_nothing(page):
    builds = page.hud.builds
    assert page.show(first_view(), 100) == []
    assert page.hud.builds == builds
    page.show(first_view(network="mlp"))
    assert page.hud.builds == builds + 1


def test_all_panels_come_to_rest(page):
    page.show(everything(), 30)
    builds = page.hud.builds
    page.show(everything(), 30)
    assert page.hud.builds == builds


def test_the_answer_is_large_and_an_empty_pad_shows_no_guess(page):
    card = np.s_[5:63, 980:1270]
    three = page.picture(first_view())[card].astype(int)
    accent = np.abs(three - DARK.accent[:3]).max(axis=2) < 40
    rows = np.flatnonzero(accent.any(axis=1))
    assert rows[-1] - rows[0] > 40
    blank = page.picture(first_view(answer=AnswerState()))[card].astype(int)
    assert (np.abs(blank - DARK.accent[:3]).max(axis=2) < 40).sum() < accent.sum() / 2


def changed_columns(page, state, other):
    """Where two pictures differ: x of every column."""
    apart = page.picture(state).astype(int) - page.picture(other)
    return np.flatnonzero((np.abs(apart) > 24).any(axis=(0, 2)))


def test_a_text_ends_where_it_is_said_to(page):
    columns = changed_columns(page, first_view(rate="12 passes a second, " * 3 + "all."), first_view())
    card = SIZE[0] - 264 - 10
    assert card - 14 - 4 <= columns[-1] <= card - 14


def test_the_surest_answer_stays_in_its_card(page):
    one, other = (first_view(answer=AnswerState(((name, 1.0), ("8", 0.0)), False)) for name in "38")
    assert changed_columns(page, one, first_view(answer=AnswerState()))[-1] < SIZE[0] - 10 - 6
    assert len(changed_columns(page, one, other))


def test_a_long_name_gives_way_to_how_sure_the_network_is(page):
    long, short = (
        first_view(answer=AnswerState(((name, 0.365), ("red", 0.3)), False))
        for name in ("a very long class name", "a much longer name of a class")
    )
    columns = changed_columns(page, long, short)
    assert columns[-1] < SIZE[0] - 10 - 14 - 70  # left of "36.50 %"


def test_nothing_stands_where_the_network_is(page):
    picture = page.picture(first_view(labels=()))
    _, _, bottom, top = hud_margins(*SIZE, 1.0)
    network = picture[round(top * 720) : 720 - round(bottom * 720)]
    assert (np.abs(network.astype(int) - DARK.backdrop[:3]) <= 1).all()
    for left, upper, right, lower in page.hud.places.values():
        assert 0 <= left < right <= 1280
        assert 0 <= upper < lower <= 720


def test_the_toolbar_hangs_under_the_pad_in_rows(page):
    state = first_view(pad=PadState(place=(40.0, 400.0, 250.0)))
    page.show(state, 3)
    boxes = [page.hud.places[name] for name in ("pen", "undo", "next_sample")]
    assert boxes[0][:2] == (40, 400)
    assert max(box[2] for box in boxes) <= 290
    assert boxes[2][1] > boxes[0][1]


def test_without_a_pad_there_are_no_tools_and_its_place_says_why(page):
    page.show(first_view(pad=None), 3)
    assert "home" in page.hud.places and not {"pen", "undo", "next_sample"} & set(page.hud.places)
    empty, said = (page.picture(first_view(pad=None, no_pad=words)) for words in ("", "Reads no image"))
    rows, columns = np.nonzero((empty != said).any(axis=2))
    assert rows.min() > SIZE[1] - 62 and 20 < columns.max() < 300


@pytest.mark.parametrize("size", [(1, 1), (90, 40), (360, 640), (640, 360), (1920, 1080)])
@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_every_size_of_picture_works(opened, size, theme):
    host = opened.host
    host.resize(*size)
    host.render()
    page = open_page(host, theme)
    picture = page.picture(everything())
    page.hud.close()
    page.overlay.destroy()
    host.resize(*SIZE)
    host.output.set_clear_color(tuple(value / 255 for value in DARK.backdrop))
    host.render()
    assert picture.shape == (size[1], size[0], 3)


def test_a_size_that_changes_is_followed(page):
    page.host.resize(640, 360)
    page.host.render()
    assert page.picture(first_view()).shape == (360, 640, 3)
    page.host.resize(*SIZE)
    page.host.render()
    page.show(first_view(), 3)
    assert page.hud.places["next_colormap"][2] == 1270


def test_a_label_of_lower_priority_gives_way(page):
    label = SceneLabel(("one",), 100, 100)
    boxes = [(0, 0, 50, 20), (40, 10, 90, 30), (45, 0, 95, 9)]
    placed = [Placed(replace(label, priority=p), box) for p, box in zip((1, 2, 0), boxes, strict=True)]
    assert choose(placed, []) == {1, 2}
    assert choose(placed, [(80, 0, 95, 9)]) == {1}


def test_a_label_beside_a_panel_keeps_its_head(page):
    label = SceneLabel(("Convolution 1", "6 × 28 × 28"), 640, 74, (0.5, 1.0), key="close")
    picture = page.picture(first_view(labels=(label,)))
    head, panel = picture[54:74, 560:720], picture[48:53, 560:720]
    assert head.max() > 200
    assert panel.max() < 200


def test_a_label_fades_in_and_reads_on_any_ground(page):
    state = first_view(labels=(SceneLabel(("fresh label",), 640, 400, size="large", key="fresh"),))
    page.show(state, 1, dt=0.05)
    page.host.render()
    early = page.host.picture()[380:420, 500:780].max()
    late = page.picture(state)[380:420, 500:780].max()
    assert early < 150 < 220 < late


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_text_has_contrast(theme):
    for ground in (
        over(theme.panel, theme.backdrop),
        over(theme.panel_solid, theme.backdrop),
        theme.backdrop,
    ):
        for name in ("text", "muted", "accent", "selection", "error"):
            assert contrast(theme.role(name), ground) >= 4.5, name
    panel = over(theme.panel, theme.backdrop)
    assert contrast(theme.accent, over((*theme.accent[:3], round(0.17 * 255)), panel)) >= 4.5
    assert contrast(theme.on_accent, theme.accent) >= 4.5


def test_contrast_is_that_of_the_standard():
    assert contrast((255, 255, 255, 255), (0, 0, 0, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118, 255), (255, 255, 255, 255)) == pytest.approx(4.54, abs=0.01)


def test_the_scale_follows_the_picture():
    assert interface_scale(1280, 720) == 1.0
    assert interface_scale(1920, 1080) == 1.5
    assert interface_scale(3840, 2160) == 3.0
    assert interface_scale(360, 640) == 0.75
    assert interface_scale(1280, 720, 1.25) == 1.25


def test_pictures_are_equal_only_if_they_are_the_same():
    pixels = np.zeros((2, 2), np.uint8)
    assert Picture(pixels) == Picture(pixels)
    assert Picture(pixels) != Picture(pixels, 1)
    assert Picture(pixels) != Picture(pixels.copy())


def test_numbers_for_people():
    assert percent(0.9912, 1) == "99.1\u2009%"
    assert percent(0.99999, 1) == "99.9\u2009%"
    assert percent(1.0, 1) == "100.0\u2009%"
    assert number(-0.314) == "\u22120.31"
    assert number(1234.5) == "1234"


def test_help_keeps_groups_together():
    rows = tuple(HelpRow(group, "x", f"{group}{k}") for group in "abc" for k in range(4))
    left, right = columns(rows)
    assert [text for _, text in left + right] == [
        text for group in "abc" for text in (group, *(f"{group}{k}" for k in range(4)))
    ]
    assert {len(left), len(right)} == {5, 10}
