"""The real thing: a window, a pointer that really moves, a digit drawn on the pad in the scene."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import av
import numpy as np
import pytest

from nnvis3d.inputs.samples import sample_digits, sample_strokes
from nnvis3d.network.layer_bodies import OUTPUT_BAR_LENGTH
from nnvis3d.scene import stage
from tests.program import CHECKOUT
from tests.watched import PATIENCE, Person, Watched, wait_for
from tests.xvfb import display, virtual_display  # noqa: F401

ACCENT = np.array(stage.DARK.accent) * 255
CLOSE = 45
"""Of 255, a channel: how near a bar's colour must come to the accent's."""


@pytest.fixture(scope="module")
def program(display) -> Iterator[Watched]:  # noqa: F811
    with Watched(display) as watched:
        yield watched


@pytest.fixture
def window(program) -> Watched:
    """An empty pad in the first view, the pen in the hand, the pointer out of the way."""
    program.hand("mouseup", 1, *program.at(640, 715))
    for panel in ("help_open", "layers_open"):
        program.ask(f"setattr(app.panels, {panel!r}, False)")
    for action in ("clear", "pen", "home"):
        program.ask(f"app.invoke({action!r})")
    program.pass_ticks(3)
    program.until("app.show.camera.pose == app.show.camera.goal and app.frame.blank")
    return program


def strokes(label: int) -> list[np.ndarray]:
    """A person's, (n, 2) each, pad units."""
    (drawing,) = {
        item.label: item.drawing for item in reversed(sample_strokes()) if item.label == label
    }.values()
    return [stroke.points for stroke in drawing.strokes]


def bar_pixels(window: Watched, share: float = 0.45) -> np.ndarray:
    """Where each class's bar is, int (10, 2): so far along the whole length."""
    layout = window.ask("app.show.arrangement.layout")
    layer = layout.layers["output"]
    local = np.zeros((10, 3))
    local[:, [0, 2]] = layer.centres
    local[:, 0] += layer.pitch * 0.62 + share * OUTPUT_BAR_LENGTH
    return window.project(layer.placement.to_scene(local)).round().astype(int)


def filled_bars(window: Watched, picture: np.ndarray) -> list[int]:
    """The classes whose bars reach that far, by what is to be seen."""
    x, y = bar_pixels(window).T
    return filled(picture[y, x])


def filled(bars: np.ndarray) -> list[int]:
    """Those of the colours (10, 3) that a full bar has."""
    return np.flatnonzero(np.abs(bars - ACCENT).max(axis=1) < CLOSE).tolist()


def answer(window: Watched) -> str:
    """The likeliest class; "" without a guess."""
    guesses = window.ask("app.frame.guesses(1)")
    return guesses[0][0] if guesses else ""


def empty_place(window: Watched) -> tuple[int, int]:
    """A pixel of the scene's middle with nothing at it: no neuron, no pad, no panel."""
    return window.ask(
        "next((x, y) for x in range(640, 900, 7) for y in range(640, 100, -7)"
        " if app.show.pointing.pick(x, y) is None and app.show.pointing.to_pad(x, y, False) is None"
        " and not any(l <= x < r and t <= y < b for l, t, r, b in app.panels.overlay.taken))"
    )


def camera_rests(window: Watched) -> None:
    window.pass_ticks(3)
    window.until("app.show.camera.pose == app.show.camera.goal")


def turn_camera(window: Watched, dx: float, dy: float, button: int = 1) -> None:
    x, y = empty_place(window)
    steps = np.linspace(0, 1, 12)[:, None]
    window.drag(np.array([x, y]) + steps * [dx, dy], button)
    camera_rests(window)


# Drawing.


@pytest.mark.parametrize("view", ["first", "turned"])
def test_a_3_that_is_drawn_on_the_pad_in_the_scene_is_answered(window, view):
    if view == "turned":
        heading = window.ask("app.show.camera.pose.heading")
        turn_camera(window, -150, 40)
        assert abs(window.ask("app.show.camera.pose.heading") - heading) > 20
        assert window.ask("app.pad.drawing.empty and app.frame.blank"), "it was a drag beside the pad"
    assert filled_bars(window, window.screen()) == []
    corners = window.pad_pixels(np.array([(0, 0), (1, 0), (1, 1), (0, 1)]))
    assert (corners > 0).all() and (corners < (1280, 720)).all()

    (path,) = strokes(3)
    pixels = window.pad_pixels(path)
    half = len(pixels) // 2
    before = window.screen()
    with window.each_tick("(app.pad.stroking, app.frame.serial)") as seen:
        window.hand(*window.at(*pixels[0]), "mousedown", 1, *window.path(pixels[:half]))
        window.rest()
        assert window.ask("app.pad.stroking"), "the button is still down"
        during, guess = window.screen(), window.ask("app.frame.guesses()")
        window.hand(*window.path(pixels[half:]), "mouseup", 1)
        window.until("app.pad.finished_strokes and not app.pad.stroking")
        window.rest()

    # It answered during the stroke, on the screen too.
    assert len({serial for stroking, serial in seen if stroking}) > 8
    assert len(guess) == 2
    x, y = window.neuron_pixels("conv1").T
    assert (np.abs(during[y, x] - before[y, x]).max(axis=1) > 40).sum() > 100
    middle = pixels[half // 2].round().astype(int)
    assert during[middle[1], middle[0]].min() > 150 > before[middle[1], middle[0]].max(), "there is ink"

    # And at its end it is a 3: as a number, and as the one bar that is full.
    assert answer(window) == "3" and window.ask("app.frame.probabilities.max()") > 0.5
    assert filled_bars(window, window.screen()) == [3]
    assert filled_bars(window, window.ask("app.host.picture()").astype(int)) == [3]
    drawn = window.ask("[stroke.points for stroke in app.pad.drawing.strokes]")
    assert len(drawn) == 1
    apart = np.linalg.norm(window.pad_pixels(drawn[0])[:, None] - pixels[None], axis=2)
    assert apart.min(axis=0).max() < 1.5 and apart.min(axis=1).max() < 1.5


def test_a_stroke_goes_on_over_panels_and_below_the_pad(window):
    top = window.pad_pixels(np.array([(0.5, 0.3)]))[0]
    toolbar = window.ask("app.panels.hud.places['eraser']")
    over = ((toolbar[0] + toolbar[2]) / 2, (toolbar[1] + toolbar[3]) / 2)
    window.drag(np.array([top, over, (640, 719), over, (0, 400), top]))
    # Not by a count of strokes: those of the tests before are in it.
    window.until("len(app.pad.drawing.strokes) == 1 and not app.pad.stroking")
    assert window.ask("(app.pad.tool, len(app.pad.drawing.strokes))") == ("pen", 1)
    assert window.ask("app.pad.drawing.strokes[0].points[:, 1].max()") > 1.1


def test_a_drag_from_beside_the_pad_draws_nothing_on_it(window):
    pose = window.ask("app.show.camera.pose")
    middle = window.pad_pixels(np.array([(0.5, 0.5)]))[0]
    window.drag(np.linspace(empty_place(window), middle, 10))
    camera_rests(window)
    assert window.ask("app.pad.drawing.empty") and window.ask("app.show.camera.pose") != pose


# Keys.


def test_undo_redo_and_clear(window):
    window.draw(*strokes(3), np.array([(0.1, 0.9), (0.9, 0.9)]))
    count = "len(app.pad.drawing.strokes)"
    for keys, left in (("ctrl+z", 1), ("ctrl+z", 0), ("ctrl+shift+z", 1), ("ctrl+y", 2), ("ctrl+z", 1)):
        window.key(keys)
        window.until(f"{count} == {left}")
    window.rest()
    assert answer(window) == "3" and filled_bars(window, window.screen()) == [3]
    window.key("Delete")
    window.until("app.pad.drawing.empty and app.frame.blank")
    assert answer(window) == ""
    window.until("not app.show.network.bars.values.any()")
    window.pass_ticks(2)
    assert filled_bars(window, window.screen()) == []


def test_v_flattens_the_scene_and_a_click_on_3d_raises_it_again(window):
    window.draw(*strokes(7))
    place = "tuple(app.show.arrangement.layout.layers['output'].placement.position)"
    ends = {False: window.ask(place)}
    for flat in (True, False):
        with window.each_tick(f"({place}, app.show.arrangement.flatness)") as seen:
            if flat:
                window.key("v")
            else:
                window.click("toggle_arrangement/3d")
            window.until(f"app.show.arrangement.flat == {flat} and not app.show.arrangement.moving")
            window.rest()
        ends[flat] = window.ask(place)
        between = [at for at, flatness in seen if 0.02 < flatness < 0.98]
        assert len(set(between)) > 5, "it was seen on its way"
        low, high = np.minimum(ends[True], ends[False]), np.maximum(ends[True], ends[False])
        assert ((np.array(between) >= low - 1e-6) & (np.array(between) <= high + 1e-6)).all()
        if flat:
            assert window.ask("app.show.camera.mode") == "flat" and ends[True] != ends[False]
            assert filled_bars(window, window.screen()) == [7]
            window.key("Delete")
            window.until("app.frame.blank")
            window.draw(*strokes(3))
            window.rest()
            assert answer(window) == "3" and filled_bars(window, window.screen()) == [3]
    assert window.ask("app.show.camera.mode") == "orbit" and window.ask(place) == ends[False]
    assert filled_bars(window, window.screen()) == [3]


def test_v_twice_turns_back_half_way(window):
    with window.each_tick("app.show.arrangement.flatness") as seen:
        window.hand("key", "v", "sleep", 0.4, "key", "v")
        window.pass_ticks(3)
        window.until("not app.show.arrangement.moving")
    assert 0 < max(seen) < 1 and not window.ask("app.show.arrangement.flat")
    assert np.abs(np.diff(seen)).max() < 0.35


def test_b_shows_the_other_network_which_answers_the_same_drawing(window):
    window.draw(*strokes(3))
    for name in ("mlp", "resnet20", "cnn"):
        window.key("b")
        window.until(f"app.runner.spec.name == {name!r} and app.frame and app.frame.spec.name == {name!r}")
        window.rest()
        assert window.ask("app.show.network.spec.name") == name
        if name != "resnet20":  # it reads coloured pictures, not digits
            assert answer(window) == "3" and filled_bars(window, window.screen()) == [3]
    window.click("choose_network/mlp")
    window.until("app.frame and app.frame.spec.name == 'mlp'")
    window.click("choose_network/cnn")
    window.until("app.frame and app.frame.spec.name == 'cnn'")


def test_k_walks_through_the_colour_maps(window):
    window.draw(*strokes(3))
    x, y = window.neuron_pixels("pool1").T
    window.rest()
    names, pictures = [window.ask("app.show.colors.name")], [window.screen()[y, x]]
    for _ in range(3):
        window.key("k")
        window.until(f"app.show.colors.name != {names[-1]!r}")
        window.pass_ticks(3)
        names.append(window.ask("app.show.colors.name"))
        pictures.append(window.screen()[y, x])
        title = window.ask("app.show.colors.title")
        assert any(title in text for text in window.ask("[m.text for m in app.panels.messages.shown]"))
    assert len(set(names)) == 3 and names[3] == names[0]
    differing = np.abs(pictures[3] - pictures[0]).max(axis=1) > 0
    assert differing.mean() < 0.1, "but for those behind the message"
    for one, other in pairwise(pictures):
        assert (np.abs(one - other).max(axis=1) > 30).sum() > 50


def test_t_is_light_and_dark(window):
    window.draw(*strokes(3))
    for theme in ("light", "dark"):
        window.key("t")
        window.until(f"app.show.theme_name == {theme!r}")
        window.pass_ticks(3)
        assert (np.median(window.screen()) > 128) == (theme == "light")


def test_help_opens_and_escape_closes_it(window):
    plain = window.screen()
    for keys in ("F1", "question"):
        window.key(keys)
        window.until("app.panels.help_open")
        window.pass_ticks(3)
        assert (np.abs(window.screen() - plain).max(axis=2) > 20).mean() > 0.1
        window.key("Escape")
        window.until("not app.panels.help_open")
    window.key("F1")
    window.until("app.panels.help_open")
    window.hand(*window.at(640, 400), "click", 1)
    window.until("not app.panels.help_open")
    window.key("Escape")
    window.pass_ticks(3)
    assert not window.ask("app.quit")


def test_h_brings_the_first_view_back(window):
    home = window.ask("app.show.camera.pose")
    turn_camera(window, 90, 30)
    assert window.ask("app.show.camera.pose") != home
    window.key("h")
    camera_rests(window)
    assert window.ask("app.show.camera.pose") == home


def test_l_opens_the_layers_and_a_click_hides_one(window):
    window.draw(*strokes(3))

    def lit(name: str) -> int:
        """How many of the layer's neurons are bright on the screen."""
        x, y = window.neuron_pixels(name).T
        return int((window.screen()[y, x].max(axis=1) > 120).sum())

    window.rest()
    before = {name: lit(name) for name in ("conv1", "conv2")}
    assert min(before.values()) > 50
    window.key("l")
    window.until("app.panels.layers_open")
    window.click("layer/conv1")
    window.until("app.show.hidden == {'conv1'}")
    window.rest()
    assert lit("conv1") == 0 and lit("conv2") == before["conv2"]
    window.click("layer/conv1")
    window.until("not app.show.hidden")
    window.rest()
    assert lit("conv1") == before["conv1"]
    window.key("l")
    window.until("not app.panels.layers_open")


# The toolbar.


def test_the_toolbar_s_buttons_do_what_they_say_and_nothing_behind_them_moves(window):
    pose = window.ask("app.show.camera.pose")
    for tool in ("eraser", "hand", "pen"):
        window.click(tool)
        assert window.ask("app.pad.tool") == tool
    window.click("next_sample")
    window.until("not app.frame.blank")
    window.rest()
    label = sample_digits()[0].label
    assert window.ask("app.pad.sample") == 0 and answer(window) == str(label)
    assert filled_bars(window, window.screen()) == [label]
    window.click("next_sample")
    window.click("previous_sample")
    assert window.ask("app.pad.sample") == 0
    seen = window.ask("app.frame.serial")
    window.click("toggle_normalize")
    assert not window.ask("app.pad.normalize") and window.ask("app.frame.serial") > seen
    window.click("toggle_normalize")
    assert window.ask("app.pad.normalize")
    window.click("undo")
    assert window.ask("app.pad.sample") == 1
    window.click("redo")
    assert window.ask("app.pad.sample") == 0
    window.click("clear")
    assert window.ask("app.pad.drawing.empty and app.frame.blank")
    assert window.ask("app.show.camera.pose") == pose
    assert window.ask("all(s is None for s in (app.pad._live, app.show.camera._drag))")


def test_the_eraser_erases(window):
    window.draw(*strokes(3))
    window.click("eraser")
    x, y = strokes(3)[0].mean(axis=0)
    rub = np.array([(x + dx, y + dy) for dy in np.linspace(-0.5, 0.5, 14) for dx in (-0.45, 0.45)])
    window.ask("app.pad.set_brush(1.0)")
    window.draw(rub.clip(0.02, 0.98))
    assert window.ask("int(app.pad.canvas.pixels.max())") == 0 and window.ask("app.frame.blank")
    window.ask("app.pad.set_brush(0.04)")


# The hand, the wheel, the other buttons.


def test_the_hand_moves_the_drawing(window):
    window.draw(*strokes(3))
    window.key("m")
    window.until("app.pad.tool == 'hand'")
    before = window.ask("app.pad.drawing.centre")
    pose = window.ask("app.show.camera.pose")
    window.drag(window.pad_pixels(np.linspace((0.4, 0.5), (0.6, 0.4), 8)))
    window.until("app.pad.transformed and not app.pad.stroking")
    moved = np.subtract(window.ask("app.pad.drawing.centre"), before)
    assert moved == pytest.approx((0.2, -0.1), abs=0.01)
    assert window.ask("app.show.camera.pose") == pose and answer(window) == "3"
    window.hand(*window.at(*window.pad_pixels(np.array([(0.5, 0.5)]))[0]), "click", 5, "click", 5)
    window.until("app.pad.drawing.placement.scale < 0.95")
    assert window.ask("app.show.camera.pose") == pose, "over the pad the wheel is the hand's"
    window.key("r")
    window.until("not app.pad.transformed")
    window.key("p")
    window.until("app.pad.tool == 'pen'")


def test_the_wheel_zooms_at_the_pointer_and_the_right_button_pans(window):
    home = window.ask("app.show.camera.pose")
    x, y = empty_place(window)
    window.hand(*window.at(x, y), *["click", 4] * 4)
    camera_rests(window)
    near = window.ask("app.show.camera.pose")
    assert near.view_height < 0.7 * home.view_height
    window.hand(*["click", 5] * 4)
    camera_rests(window)
    assert window.ask("app.show.camera.pose.view_height") == pytest.approx(home.view_height, rel=0.01)
    turn_camera(window, 100, 0, button=3)
    panned = window.ask("app.show.camera.pose")
    assert panned.heading == pytest.approx(home.heading) and panned.target[0] < home.target[0] - 5


# The window.


def test_a_window_as_small_as_a_pixel_comes_back(window):
    window.hand("windowsize", window.window, 1, 1)
    window.until("app.host.size == (1, 1)")
    window.key("n", "v", "v", "t", "t")
    window.pass_ticks(20)
    window.hand("windowsize", window.window, 1280, 720)
    window.until("app.host.size == (1280, 720) and app.show.rig.size == (1280, 720)")
    window.until("not app.show.arrangement.moving")
    window.key("Delete", "h")
    window.until("app.frame.blank")
    window.until("app.show.camera.pose == app.show.camera.goal")
    window.draw(*strokes(3))
    window.rest()
    assert answer(window) == "3" and filled_bars(window, window.screen()) == [3]


def test_in_a_window_of_another_shape_the_pad_is_where_it_is_seen(window):
    window.hand("windowsize", window.window, 900, 700)
    window.until("app.host.size == (900, 700) and app.show.rig.size == (900, 700)")
    window.until("app.show.camera.pose == app.show.camera.goal")
    corners = window.ask(
        "app.show.rig.project(app.show.arrangement.layout.pad.to_scene(c))[0]",
        c=np.array([(x * 41.0, 0, z * 41.0) for x, z in ((-1, 1), (1, 1), (1, -1), (-1, -1))]),
    )
    assert (corners > 0).all() and (corners < (900, 700)).all()
    window.drag(np.linspace(corners[0] * 0.9 + corners[2] * 0.1, corners[0] * 0.1 + corners[2] * 0.9, 9))
    window.until("app.pad.drawing.strokes and not app.pad.stroking")
    ends = window.ask("app.pad.drawing.strokes[0].points[[0, -1]]")
    assert np.abs(ends - [(0.1, 0.1), (0.9, 0.9)]).max() < 0.02
    window.hand("windowsize", window.window, 1280, 720)
    window.until("app.host.size == (1280, 720) and app.show.rig.size == (1280, 720)")


def test_a_window_that_was_put_away_goes_on_when_it_is_back(window):
    window.hand("windowunmap", "--sync", window.window)
    window.pass_ticks(20)
    window.ask("app.invoke('next_sample')")
    window.pass_ticks(20)
    window.hand("windowmap", "--sync", window.window)
    window.hand("windowfocus", "--sync", window.window)
    window.key("Delete")
    window.until("app.frame.blank")
    window.draw(*strokes(3))
    window.rest()
    assert answer(window) == "3" and filled_bars(window, window.screen()) == [3]


def test_the_program_is_started_drawn_on_and_closed_with_its_cross(window, tmp_path):
    """`python main.py run`: the digit is drawn before the network is there."""
    path, (x, y) = window.pad_pixels(strokes(3)[0]), bar_pixels(window).T
    with virtual_display() as other:
        program = subprocess.Popen(
            [sys.executable, str(CHECKOUT / "main.py"), "run"],
            env=other.environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            person = Person(other, int(other.do("search", "--sync", "--onlyvisible", "--name", "^nnvis3d$")))
            wait_for(lambda: person.screen()[y, x].any(), "anything on the screen")
            person.drag(path)
            wait_for(lambda: filled(person.screen()[y, x]) == [3], "the bar of the 3")
            other.ask_to_close(person.window)
            output, errors = program.communicate(timeout=PATIENCE)
        finally:
            program.kill()
            program.wait()
    assert (program.returncode, output, errors) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_f9_films_what_is_seen(window, tmp_path):
    window.ask("__import__('os').chdir(folder)", folder=str(tmp_path))
    window.key("F9")
    window.until("app.directing.filming.video and app.directing.filming.video.begun")
    window.draw(*strokes(3))
    window.rest()
    seen = window.screen()
    window.key("F9")
    (path,) = wait_for(lambda: list(tmp_path.glob("*.mp4")), "the film")
    window.ask("__import__('os').chdir(folder)", folder=str(CHECKOUT))
    with av.open(str(path)) as file:
        *_, last = file.decode(video=0)
    shown = last.to_ndarray(format="rgb24").astype(int)
    assert shown.shape == seen.shape
    assert np.abs(shown - seen)[:, :300].mean() < 4  # words of the program's stand elsewhere, and fade


def test_control_q_quits(window):
    """The last one: there is no window after it."""
    window.key("ctrl+q")
    assert window.process.wait(PATIENCE) == 0
