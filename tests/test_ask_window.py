"""Asking neurons with a real pointer and real keys in a real window, in space and in the plane."""

import ctypes
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import panda3d.core as p3d
import pytest
from PIL import Image

from nnvis3d.app.app import App, Options
from nnvis3d.inputs.samples import sample_digits
from nnvis3d.network import poses, wording
from nnvis3d.network.spec import NeuronId
from nnvis3d.scene.host import Host
from nnvis3d.scene.theme import DARK
from nnvis3d.tools import clipboard
from nnvis3d.tools.key_bindings import BINDINGS
from tests.cards import adds_up, written
from tests.xvfb import Display

SIZE = (960, 540)
CONV = NeuronId("conv2", 3, 5, 4)
OTHER = NeuronId("conv2", 5, 2, 7)
DENSE = NeuronId("fc1", 40)
CARD, OTHER_CARD = f"inspector/{CONV}", f"inspector/{OTHER}"
PR_SET_PDEATHSIG = 1  # of Linux: what a process is sent when its parent has ended
DIGIT = sample_digits()[2].drawing


class Window:
    """The program in a window, and a hand before it. Time passes only when `tick` says so."""

    def __init__(self, display: Display):
        self.display = display
        self.app = App(Host(SIZE, offscreen=False), Options())
        self.app.answering.wait()
        self.asking = self.app.asking
        self.tool = self.app.asking.tool
        self.tick(3)

    # time

    def tick(self, count: int = 1, dt: float = 0.05) -> None:
        for _ in range(count):
            self.app.tick(dt)

    def settle(self) -> None:
        """Until nothing moves any more."""
        for _ in range(200):
            if not self.app.tick(0.1, draw=False):
                self.app.host.render()
                return
        pytest.fail("it never comes to rest")

    def until(self, happened: Callable[[], object], ticks: int = 200) -> None:
        for _ in range(ticks):
            if happened():
                return
            self.tick()
            time.sleep(0.002)  # for the X server to pass it on
        pytest.fail(f"did not happen within {ticks} ticks")

    # the hand

    def move(self, x: float, y: float) -> None:
        """The pointer to a pixel of the window."""
        at = round(x), round(y)
        window = self.app.host.output.get_properties()
        self.display.do("mousemove", window.get_x_origin() + at[0], window.get_y_origin() + at[1])
        self.until(lambda: self.app.show.pointing.pixel == at)

    def leave(self) -> None:
        """The pointer out of the window."""
        self.display.do("mousemove", 1, 1)
        self.until(lambda: self.app.show.pointing.pixel is None)

    def do(self, *arguments: object) -> None:
        """What xdotool calls this; all of it has arrived afterwards."""
        self.display.do(*arguments)
        time.sleep(0.02)  # for the X server to pass it on
        self.tick(4)
        for _ in range(30):
            if not self.app.panels.overlay.restless:
                break
            self.tick()
        self.tick(2)

    def keys(self, *names: str) -> None:
        for name in names:
            self.do("key", name)

    def shortcut(self, action: str) -> None:
        """The first key of a named action."""
        self.do("key", key_of(action))

    def click(self, neuron: NeuronId) -> None:
        self.point_at(neuron)
        self.do("click", 1)

    def point_at(self, neuron: NeuronId) -> None:
        self.move(*self.pixel(neuron))
        self.until(lambda: self.tool.hovered == neuron)

    def press(self, thing: str) -> None:
        """Click on something of the panels."""
        self.until(lambda: thing in self.places)
        left, top, right, bottom = self.places[thing]
        self.move((left + right) / 2, (top + bottom) / 2)
        self.do("click", 1)

    # what is there

    @property
    def places(self) -> dict:
        return self.app.panels.hud.places

    @property
    def said(self) -> list[str]:
        return [message.text for message in self.app.panels.messages.shown]

    @property
    def cards(self) -> set[str]:
        return {name for name in self.places if re.fullmatch(r"inspector/\w+:\d+:\d+:\d+", name)}

    def lines(self, neuron: NeuronId) -> tuple[tuple[str, str], ...]:
        """The calculation on a neuron's card."""
        states = self.asking.answers.inspectors(self.app.show.colors)
        (state,) = (state for state in states if state.id == str(neuron))
        return state.lines

    def pixel(self, neuron: NeuronId) -> np.ndarray:
        """Whole pixel of a neuron that nothing hides."""
        layout = self.app.show.arrangement.layout
        (pixel,), (visible,) = self.app.show.rig.project(layout.position(neuron)[None])
        assert visible
        return pixel.round()

    def pad_pixel(self, x: float, y: float) -> np.ndarray:
        """Pixel of a place on the pad, 0-1."""
        layout = self.app.show.arrangement.layout
        local = np.array([[(x - 0.5) * layout.pad_size, 0, (0.5 - y) * layout.pad_size]])
        return self.app.show.rig.project(layout.pad.to_scene(local))[0][0]

    def empty_pixel(self) -> tuple[int, int]:
        """A pixel that shows neither neuron nor pad nor panel."""
        show, taken = self.app.show, self.app.panels.overlay.taken
        for y in range(SIZE[1] - 90, 90, -10):
            for x in range(40, SIZE[0] - 40, 10):
                free = not any(a - 9 <= x < c + 9 and b - 9 <= y < d + 9 for a, b, c, d in taken)
                if free and show.pointing.pick(x, y) is None and show.pointing.to_pad(x, y, False) is None:
                    return x, y
        pytest.fail("there is no empty space")

    def picture(self) -> np.ndarray:
        """int (H, W, 3), with all of the room drawn."""
        self.app.show.keep(moved=True, drawn=True)
        self.app.host.render()
        return self.app.host.picture().astype(int)

    def reset(self, flat: bool) -> None:
        """As it was at the beginning, with a digit on the pad."""
        app, tool = self.app, self.tool
        if app.show.network.spec.name != "cnn":
            app.answering.request("cnn")
            self.until(lambda: app.show.network.spec.name == "cnn" and app.frame is not None, 2000)
        for name in app.show.hidden:
            app.show.toggle_layer(name)
        for card in tool.cards.neurons:
            tool.cards.close(str(card))
        tool.select(None)
        tool.steps.close()
        tool.box.close()
        tool.choice.set_mode("incoming")
        tool.choice.set_quantity("contribution")
        tool.choice.everything = False
        self.asking.wave.stop()
        app.panels.layers_open = False
        app.panels.messages.clear()
        app.pad.put(DIGIT)
        self.leave()
        app.show.set_flat(flat)
        app.show.framing.go_home()
        self.settle()


def lasting_screen() -> Display:
    """A display that ends with this process: Panda3D says farewell to it when all else is over."""
    ready, write = os.pipe()
    prctl = ctypes.CDLL(None).prctl
    subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-noreset"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
    )
    os.close(write)
    with os.fdopen(ready) as pipe:
        return Display(f":{int(pipe.readline())}")


@pytest.fixture(scope="module")
def one_window() -> Iterator[Window]:
    """One for all tests here: opening it is what takes longest."""
    with pytest.MonkeyPatch.context() as patch:
        display = lasting_screen()
        patch.setenv("DISPLAY", display.name)
        # Panda3D has read the environment when it was imported.
        page = p3d.load_prc_file_data("screen", f"display {display.name}")
        window = Window(display)
        yield window
        window.app.close()
        p3d.unload_prc_file(page)


def key_of(action: str) -> str:
    """Its first key as xdotool calls it."""
    (key,) = (binding.keys[0] for binding in BINDINGS if binding.action == action)
    return {".": "period", ",": "comma", "/": "slash"}.get(key, key.replace("-", "+"))


@pytest.fixture(scope="module", params=["3d", "2d"])
def arrangement(request) -> str:
    return request.param


@pytest.fixture
def window(one_window, arrangement, tmp_path, monkeypatch) -> Window:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clipboard, "COMMANDS", ())  # this machine has no clipboard
    one_window.reset(arrangement == "2d")
    return one_window


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """bool (H, W): pixels that anyone sees to be others."""
    return np.abs(after - before).max(axis=2) > 16


def between(window: Window, picture: np.ndarray, start: NeuronId, end: NeuronId) -> np.ndarray:
    """The columns of `picture` strictly between two neurons, for the height that both span."""
    (x0, y0), (x1, y1) = window.pixel(start), window.pixel(end)
    columns = np.linspace(x0 + 0.35 * (x1 - x0), x0 + 0.9 * (x1 - x0), 12).astype(int)
    low, high = int(min(y0, y1)), int(max(y0, y1))
    return picture[low - 12 : high + 13, columns]


# Pointing.


def test_pointing_at_a_neuron_names_it_marks_it_and_draws_its_edges(window):
    window.tick()
    before = window.picture()
    window.point_at(CONV)
    window.settle()
    after = window.picture()

    tooltip = window.asking.answers.tooltip(*window.app.show.pointing.pixel)
    assert tooltip.title == "conv2 · map 3 · row 5 · column 4"
    assert tooltip.value == wording.number(window.app.frame.value(CONV))
    x, y = window.pixel(CONV).astype(int)
    words = changed(before, after)[max(y - 80, 0) : y - 16, x + 20 : x + 120]
    assert words.sum() > 300

    (edges,) = window.asking.answers.edges()
    order = np.argsort(-np.abs(edges.values))
    for k in order[:5]:
        source = window.app.frame.spec.by_name["pool1"].neuron(int(edges.sources[k]))
        seen = between(window, changed(before, after), source, CONV)
        assert seen.any(axis=0).all(), source

    legend = window.asking.answers.edge_legend(window.app.show.colors)
    assert legend.title == "Edges: weight × activation" and "colour: its sign; width: its size" in legend.note
    assert legend.high == pytest.approx(np.abs(edges.values).max()) and legend.low == -legend.high
    left, top, right, bottom = (int(edge) for edge in window.places["next_colormap"])
    assert changed(before, after)[top:bottom, left:right].mean() > 0.03

    window.leave()
    window.settle()
    assert window.asking.answers.edges() == ()
    assert changed(before, window.picture()).sum() == 0


def test_a_ring_is_drawn_around_the_neuron_and_frames_around_its_windows(window):
    window.point_at(CONV)
    window.settle()
    with_marks = window.picture()
    marks = window.asking.marks.path
    marks.stash()
    apart = changed(window.picture(), with_marks)
    marks.unstash()
    x, y = window.pixel(CONV).astype(int)
    ring = apart[y - 9 : y + 10, x - 9 : x + 10]
    for side in (ring[:9], ring[10:], ring[:, :9], ring[:, 10:]):
        assert side.sum() >= 3
    corner = window.app.show.arrangement.layout.layers["pool1"]
    for channel in range(6):  # the kernel's window on each map that it reads
        box = [window.pixel(NeuronId("pool1", channel, row, column)) for row, column in ((5, 4), (9, 8))]
        (left, top), (right, bottom) = (point.astype(int) for point in box)
        around = apart[top - 6 : bottom + 7, left - 6 : right + 7]
        assert around.sum() > 10, (channel, corner)


def test_over_a_still_room_edges_go_behind_layers_as_ever(window, arrangement):
    camera = window.app.show.camera
    if arrangement == "3d":  # from behind, layers stand before what the neuron reads
        camera.jump(poses.orbit(camera.pose, 150 / poses.DEGREES_PER_PICTURE * SIZE[1], 0.0, SIZE))
        window.app.show.stale = True
        window.tick()
    window.point_at(DENSE)
    window.tick(10)
    assert window.app.show.still.kept
    shown = window.app.host.picture().astype(int)
    # A texture counts rows of pixels from the other end: edges that pass through centres round otherwise.
    assert changed(shown, window.picture()).mean() < 1e-3


# Clicking.


def test_a_click_opens_the_inspector_and_its_numbers_add_up(window):
    window.click(CONV)
    window.until(lambda: CARD in window.places)
    window.settle()
    lines = window.lines(CONV)
    assert adds_up(lines)
    assert lines[-1][0].startswith("= ReLU(")
    assert written(lines[-1][1]) == pytest.approx(window.app.frame.value(CONV), abs=1e-3)
    left, top, right, _ = (int(edge) for edge in window.places[CARD])
    title = np.abs(window.picture()[top : top + 30, left:right] - DARK.selection[:3]).max(axis=2) < 40
    assert title.sum() > 50


def test_two_cards_with_a_pin_and_one_without(window):
    window.click(CONV)
    window.settle()
    window.press(f"inspector_pin/{CONV}")
    window.settle()
    window.click(OTHER)
    window.settle()
    assert window.cards == {CARD, OTHER_CARD}
    a, b = window.places[CARD], window.places[OTHER_CARD]
    assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]  # neither lies on the other
    assert adds_up(window.lines(CONV)) and adds_up(window.lines(OTHER))
    window.press(f"inspector_close/{OTHER}")
    assert window.cards == {CARD}
    window.press(f"inspector_close/{CONV}")
    assert window.cards == set()


def test_copied_as_text_and_saved_as_a_picture(window, tmp_path):
    window.click(CONV)
    window.settle()
    window.keys("ctrl+c")
    text = (tmp_path / clipboard.FILE).read_text()
    assert any("No clipboard here" in word for word in window.said)
    assert text.startswith("conv2 · map 3 · row 5 · column 4\n")
    rows = [line.split("\t") for line in text.splitlines() if line.startswith("pool1:")]
    bias = next(line.split()[-1] for line in text.splitlines() if line.startswith("bias"))
    assert len(rows) == 150
    total = sum(float(row[3]) for row in rows) + written(bias)
    assert max(total, 0) == pytest.approx(window.app.frame.value(CONV), abs=1e-3)
    (tmp_path / clipboard.FILE).unlink()
    window.press(f"inspector_copy/{CONV}")
    assert (tmp_path / clipboard.FILE).read_text() == text

    window.app.panels.messages.clear()
    left, top, right, bottom = (round(edge) for edge in window.places[CARD])
    window.leave()
    window.settle()
    card = window.picture()[top:bottom, left:right]
    for ask in (lambda: window.keys("ctrl+s"), lambda: window.press(f"inspector_save/{CONV}")):
        ask()
        window.until(lambda: list(tmp_path.glob("*.png")))
        (saved,) = tmp_path.glob("*.png")
        assert f"Saved {saved}" in window.said
        found = np.asarray(Image.open(saved)).astype(int)
        assert found.shape == card.shape
        assert changed(card, found).mean() < 0.05  # but for the pointer's glow on a button
        saved.unlink()
        window.app.panels.messages.clear()


def test_arrows_tab_and_enter_walk_from_neuron_to_neuron(window):
    window.keys("Right")
    assert window.tool.selected is not None and window.tool.selected.layer == "conv1"
    window.keys("Escape")
    assert window.tool.selected is None
    window.click(CONV)
    window.leave()
    for key, row, column in (("Right", 5, 5), ("Down", 6, 5), ("Left", 6, 4), ("Up", 5, 4)):
        window.keys(key)
        neuron = NeuronId("conv2", 3, row, column)
        assert window.tool.selected == neuron
        assert window.cards == {f"inspector/{neuron}"}  # the card goes along
    window.keys("Tab")
    assert window.tool.selected.layer == "pool2"
    window.keys("shift+Tab")
    assert window.tool.selected.layer == "conv2"
    window.keys("Return")
    assert window.cards == set() and window.tool.selected is not None
    window.keys("Right", "Return")
    assert window.cards == {f"inspector/{window.tool.selected}"}


def test_a_drag_selects_nothing_and_a_click_on_nothing_deselects(window):
    pose = window.app.show.camera.pose
    x, y = window.pixel(CONV)
    window.move(x, y)
    window.do("mousedown", 1)
    for step in range(1, 5):
        window.move(x + 15 * step, y + 4 * step)
    assert window.asking.answers.edges() == ()  # nothing is pointed at meanwhile
    window.do("mouseup", 1)
    window.settle()
    assert window.tool.selected is None and window.cards == set()
    assert window.app.show.camera.pose != pose

    window.click(CONV)
    window.settle()
    assert window.tool.selected == CONV and window.cards == {CARD}
    window.move(*window.empty_pixel())
    window.do("click", 1)
    assert window.tool.selected is None and window.cards == set()


def test_who_has_come_near_stays_there_when_a_card_opens(window):
    window.move(*window.pixel(CONV))
    window.do("click", "--repeat", 4, 4)  # the wheel
    window.settle()
    near = window.app.show.camera.pose
    assert near.view_height < 0.7 * window.app.show.framing.home().view_height
    window.click(CONV)
    window.settle()
    assert window.cards == {CARD} and window.app.show.camera.pose == near


# Edges.


def strongest(window: Window, layer: str) -> NeuronId:
    index = int(window.app.frame.layer(layer).argmax())
    return window.app.frame.spec.by_name[layer].neuron(index)


def test_keys_choose_which_edges_are_drawn(window):
    window.click(CONV)
    window.leave()
    window.settle()

    def layers() -> list[tuple[str, str]]:
        return [(edges.source, edges.target) for edges in window.asking.answers.edges()]

    assert layers() == [("pool1", "conv2")]
    incoming = window.picture()
    window.shortcut("edges_mode")
    assert layers() == [("conv2", "pool2")] and "what reads it" in window.said[-1]
    window.app.panels.messages.clear()
    window.settle()
    assert changed(incoming, window.picture()).sum() > 200
    window.tool.select(strongest(window, "conv2"))
    window.shortcut("edges_mode")
    order = [layer.name for layer in window.app.frame.spec.layers]
    assert layers() == list(pairwise(order))  # from the pixels to the outputs
    window.shortcut("edges_mode")
    assert layers() == [("pool1", "conv2")]
    for quantity in ("weight", "activation", "contribution"):
        window.shortcut("edges_quantity")
        (edges,) = window.asking.answers.edges()
        assert edges.by == quantity
        legend = window.asking.answers.edge_legend(window.app.show.colors)
        words = {"contribution": "weight × activation"}.get(quantity, quantity)
        assert legend.title == f"Edges: {words}"

    window.click(NeuronId("fc1", 40))
    window.leave()
    assert [len(edges) for edges in window.asking.answers.edges()] == [64]
    window.shortcut("more_edges")
    assert [len(edges) for edges in window.asking.answers.edges()] == [400]
    window.shortcut("more_edges")
    assert [len(edges) for edges in window.asking.answers.edges()] == [64]


# Steps.


def test_a_convolution_is_walked_through_step_by_step(window):
    steps = window.tool.steps
    window.click(CONV)
    window.leave()
    window.settle()
    rest = window.picture()
    window.shortcut("step")
    assert {"step_back", "step_play", "step_forward", "step_close"} <= set(window.places)
    assert steps.state.playing and steps.state.title.startswith("conv2 · map 3")
    before = steps.key
    window.tick(10)
    assert steps.key != before  # it goes on by itself

    window.press("step_play")
    assert not steps.state.playing
    still = steps.key
    window.tick(10)
    assert steps.key == still
    assert changed(rest, window.picture()).sum() > 500  # window, products, sum: all of it in the scene
    at = phase(window)
    window.shortcut("step_forward")
    window.settle()
    assert phase(window) >= at and steps.stepper.share == 1.0
    at = phase(window)
    window.shortcut("step_forward")
    window.settle()
    assert phase(window) == at + 1
    window.shortcut("step_back")
    assert phase(window) == at
    window.press("step_forward")
    window.settle()
    assert phase(window) == at + 1
    window.press("step_back")
    assert phase(window) == at

    while steps.stepper.phase.value != "drop":
        window.shortcut("step_forward")
        window.settle()
    assert written(re.findall(r"[−\d.]+", steps.state.running)[-1]) == pytest.approx(
        window.app.frame.value(steps.stepper.neuron), abs=1e-3
    )
    window.press("step_close")
    assert steps.state is None and "step_play" not in window.places
    window.shortcut("step")
    assert steps.state is not None
    window.keys("Escape")
    assert steps.state is None and window.tool.selected == CONV


def phase(window: Window) -> int:
    """How many phases of how many cells are behind the walk."""
    walk = window.tool.steps.stepper
    phases = list(type(walk.phase))
    return walk.layer.index(walk.neuron) * len(phases) + phases.index(walk.phase)


# Search.


def test_what_is_typed_into_the_find_box_is_flown_to(window):
    window.leave()
    window.shortcut("find")
    window.until(lambda: window.app.panels.overlay.wants_keyboard)
    assert window.asking.answers.find.query == ""
    window.do("type", "conv2:3:5:4")
    window.until(lambda: window.asking.answers.find.query == "conv2:3:5:4")
    assert window.asking.answers.find.results[0][0] == "conv2 · map 3 · row 5 · column 4"
    window.do("key", "Return")
    window.until(lambda: CARD in window.places)
    assert "find_close" not in window.places and window.tool.selected == CONV
    far = window.app.show.framing.home().view_height
    window.settle()
    pose = window.app.show.camera.pose
    assert pose.target == pytest.approx(window.app.show.arrangement.layout.position(CONV), abs=0.5)
    assert pose.view_height < far / 2
    x, y = window.pixel(CONV)
    left, top, right, bottom = window.places[CARD]
    assert not (left <= x < right and top <= y < bottom)  # its card does not hide it

    window.shortcut("find")
    window.until(lambda: window.app.panels.overlay.wants_keyboard)
    window.do("type", "by")  # keys of actions, were it not a text field
    window.until(lambda: window.asking.answers.find.query == "by")
    window.do("key", "Escape")
    window.until(lambda: window.asking.answers.find is None)
    assert window.app.show.network.spec.name == "cnn" and window.tool.steps.state is None
    assert window.tool.selected == CONV


# The wave.


def test_space_runs_one_wave_and_it_ends(window):
    window.leave()
    window.settle()
    rest = window.picture()
    window.display.do("key", key_of("wave"))
    window.until(lambda: window.asking.wave.running)
    lit = []
    for _ in range(100):
        window.tick()
        if not window.asking.wave.running:
            break
        brightness = window.asking.wave.brightness()
        lit.append(max(brightness, key=brightness.get))
        if len(lit) == 14:
            assert changed(rest, window.picture()).sum() > 1000
    assert not window.asking.wave.running
    order = [layer.name for layer in window.app.frame.spec.layers]
    assert list(dict.fromkeys(lit)) == order
    window.settle()
    assert not window.app.tick(0.05)
    assert changed(rest, window.picture()).sum() == 0


# The drawing of the moment.


def test_the_inspector_follows_the_pen(window):
    window.click(CONV)
    window.settle()
    seen = {window.lines(CONV)}
    window.move(*window.pad_pixel(0.2, 0.3))
    window.do("mousedown", 1)
    for x in (0.35, 0.5, 0.65):
        window.move(*window.pad_pixel(x, 0.3))
        assert window.app.pad.stroking
        lines = window.lines(CONV)
        assert adds_up(lines)
        assert written(lines[-1][1]) == pytest.approx(window.app.frame.value(CONV), abs=1e-3)
        seen.add(lines)
    assert len(seen) == 4
    window.do("mouseup", 1)
    assert not window.app.pad.stroking and window.cards == {CARD}


# What is gone.


def test_hiding_its_layer_closes_the_inspector_with_a_word(window):
    window.click(CONV)
    window.settle()
    window.press(f"drag/{CONV}")  # its card comes forward
    window.settle()
    window.shortcut("toggle_layers_panel")
    window.press("layer/conv2")
    assert window.cards == set() and window.tool.selected is None
    assert "conv2 is hidden: its inspector was closed" in window.said
    window.settle()
    window.move(*window.pixel(CONV))
    assert window.tool.hovered is None or window.tool.hovered.layer != "conv2"
    window.press("layer/conv2")
    window.settle()
    window.point_at(CONV)


def test_another_network_closes_the_inspector_with_a_word(window):
    window.click(CONV)
    window.settle()
    window.shortcut("step")
    window.press("choose_network/mlp")
    window.until(lambda: window.app.show.network.spec.name == "mlp", 2000)
    window.tick(3)
    assert window.cards == set() and window.tool.selected is None and window.tool.steps.state is None
    assert any(word.startswith("Another network is shown") for word in window.said)
    window.settle()
    window.click(NeuronId("fc1", 40))
    window.until(lambda: "inspector/fc1:40:0:0" in window.places)
    assert adds_up(window.lines(NeuronId("fc1", 40)))
