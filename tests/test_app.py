"""Everything together, without a window: what events, networks and options do to frames and pictures."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from nnvis3d.app.app import TICK_SECONDS, App, Options
from nnvis3d.bench.hand import pointer_events
from nnvis3d.errors import UserError
from nnvis3d.inputs.samples import sample_digits, sample_strokes
from nnvis3d.inputs.strokes import Drawing, Stroke
from nnvis3d.loading import NetworkLoader, load_runner
from nnvis3d.resources import resource
from nnvis3d.runtime.runner import Runner
from nnvis3d.scene.host import Host
from nnvis3d.scene.input_events import ButtonChanged, CloseRequested, KeyChanged, PointerMoved, WindowResized
from tests.networks import DIGITS

SIZE = (640, 360)
THREE = sample_strokes()[3].drawing
Start = Callable[..., App]


class CountingHost(Host):
    """Knows how many pictures it drew."""

    pictures = 0

    def render(self, draw: bool = True) -> None:
        super().render(draw)
        self.pictures += draw


@pytest.fixture
def start() -> Iterator[Start]:
    """Opens an App, and closes the one before."""
    open_ones: list[App] = []

    def close() -> None:
        while open_ones:
            open_ones.pop().close()

    def begin(loader: NetworkLoader | None = None, **options: object) -> App:
        close()
        host = CountingHost(SIZE, offscreen=True)
        open_ones.append(App(host, Options(**{"size": SIZE, "model": "mlp", **options}), loader))
        return open_ones[-1]

    yield begin
    close()


@pytest.fixture
def app(start) -> App:
    """The mlp at rest, nothing drawn."""
    app = start()
    app.settle()
    return app


def tick(app: App, count: int = 1) -> list[bool]:
    return [app.tick(TICK_SECONDS) for _ in range(count)]


def draw(app: App, drawing: Drawing = THREE) -> None:
    """With the pointer, an event a tick."""
    for event in pointer_events(app, drawing):
        app.input.inject(event)
        tick(app)


def answer(app: App) -> str:
    """The likeliest class; "" without a guess."""
    return "".join(label for label, _ in app.frame.guesses(1))


def said(app: App, kind: str = "error") -> str:
    return " ".join(message.text for message in app.panels.messages.shown if message.kind == kind)


def until(app: App, condition: Callable[[], object]) -> None:
    """Tick, as long as a network takes to be loaded."""
    gate = threading.Event()
    for _ in range(6000):
        if condition():
            return
        tick(app)
        gate.wait(0.01)
    raise AssertionError("it never came")


# One tick.


@pytest.mark.parametrize("model", ["cnn", "mlp"])
def test_a_tick_takes_a_pointer_event_all_the_way_to_the_picture(start, model):
    app = start(model=model)
    app.settle()
    layer = app.runner.spec.layers[1]
    pixels, _ = app.show.rig.project(
        app.show.arrangement.layout.layers[layer.name].cells(np.arange(layer.neurons))
    )
    columns, rows = pixels.astype(int).T
    strokes = [event for event in pointer_events(app, THREE) if not isinstance(event, ButtonChanged)]
    app.input.inject(strokes[0])
    app.input.inject(ButtonChanged(0, True, strokes[0].x, strokes[0].y))
    tick(app, 30)
    changes = []
    for event in strokes[1::6]:
        serial, version, before = app.frame.serial, app.pad.version, app.host.picture()[rows, columns]
        app.input.inject(event)
        assert tick(app) == [True]
        assert (app.frame.serial, app.pad.version) == (serial + 1, version + 1)
        after = app.host.picture()[rows, columns]
        changes.append((np.abs(after.astype(int) - before).max(axis=1) > 8).sum())
    assert min(changes) > 0 and np.median(changes) > 0.03 * layer.neurons
    assert app.pad.stroking


def test_many_events_in_one_tick_are_one_pass_and_none_are_none(app):
    serial = app.frame.serial
    for event in pointer_events(app, THREE):
        app.input.inject(event)
    tick(app)
    assert app.frame.serial == serial + 1 and answer(app) == "3"
    tick(app, 5)
    assert app.frame.serial == serial + 1


@pytest.mark.parametrize("model", ["cnn", "mlp"])
def test_ten_people_s_digits_drawn_with_the_pointer_are_what_they_are(start, model):
    app = start(model=model)
    app.settle()
    answers = []
    for item in sample_strokes()[:10]:
        app.invoke("clear")
        tick(app)
        assert app.frame.blank and answer(app) == ""
        for event in pointer_events(app, item.drawing):
            app.input.inject(event)
        tick(app)
        answers.append((item.label, answer(app)))
    assert sum(str(label) == found for label, found in answers) >= 9, answers


def test_a_blank_pad_gives_no_guess_and_neither_does_one_rubbed_clean(app):
    assert app.frame.blank and app.frame.guesses() == []
    app.pad.put(sample_digits()[7].drawing)
    tick(app)
    assert answer(app) == str(sample_digits()[7].label)
    app.pad.put(Drawing())
    tick(app)
    assert app.frame.blank and answer(app) == ""
    dot = Stroke(np.array([(0.5, 0.5)]), 0.04)
    app.pad.put(Drawing((dot, Stroke(np.array([(0.4, 0.5), (0.6, 0.5)]), 0.3, "eraser"))))
    tick(app)
    assert app.frame.blank and answer(app) == ""
    for normalize in (False, True):
        app.pad.set_normalize(normalize)
        tick(app)
        assert app.frame.blank


# At rest.


def test_what_has_settled_does_not_draw_again(app):
    app.pad.put(THREE)
    app.settle()
    pictures, frame = app.host.pictures, app.frame
    assert not any(tick(app, 100))
    assert app.host.pictures == pictures and app.frame is frame
    app.input.inject(PointerMoved(3.0, 3.0))
    app.input.inject(PointerMoved(4.0, 3.0))
    tick(app, 20)
    assert not any(tick(app, 20)), "a pointer that went over a panel and stopped"


def test_settling_ends_even_if_something_moves_for_ever(app):
    app.show.camera.set_fly(True)
    app.input.inject(KeyChanged("w", True))
    pictures = app.host.pictures
    app.settle(longest=0.5)
    assert app.host.pictures == pictures + 1


def test_the_invitation_on_an_empty_pad_comes_to_rest_too(start):
    app = start()
    app.answering.wait()
    moving = [app.tick(TICK_SECONDS, draw=False) for _ in range(450)]
    assert moving[0] and any(moving[200:280]) and not any(moving[400:])


def test_the_same_events_give_the_same_picture_byte_for_byte(start):
    """A picture in the middle of everything: the way back from 2D, a new drawing, other colours, a wave."""
    pictures = []
    for _ in range(2):
        app = start(model="cnn")
        app.settle()
        draw(app)
        app.invoke("toggle_arrangement")
        tick(app, 20)
        app.invoke("toggle_arrangement")
        app.input.inject(PointerMoved(300.0, 180.0))
        for key in ("k", "n"):
            app.input.inject(KeyChanged(key, True))
        tick(app, 5)
        pictures.append((app.host.picture(), app.frame.values.tobytes()))
        app.settle()
        pictures[-1] += (app.host.picture(),)
    (moving, values, resting), (moving2, values2, resting2) = pictures
    assert np.array_equal(moving, moving2) and np.array_equal(resting, resting2) and values == values2
    assert not np.array_equal(moving, resting) and resting.std() > 10


# Networks that arrive, and such that do not.


def test_what_is_drawn_before_the_network_is_there_is_answered_when_it_comes(start):
    gate = threading.Event()

    def load(name: str) -> Runner:
        assert gate.wait(60)
        return load_runner(name)

    app = start(NetworkLoader(load))
    tick(app, 5)
    assert app.show.network is not None and app.frame is None and "network" in app.panels.loading
    draw(app)
    assert len(app.pad.drawing.strokes) == 1 and app.frame is None
    app.host.picture()
    gate.set()
    until(app, lambda: app.frame)
    assert answer(app) == "3" and app.panels.loading == ""


def test_a_network_that_cannot_be_loaded_is_said_and_the_old_one_stays(start):
    def load(name: str) -> Runner:
        if name == "cnn":
            raise UserError("cnn.safetensors: conv1.weight: 3 of 150 values are NaN or infinite")
        if name == "other":
            raise KeyError("something that nobody thought of")
        return load_runner(name)

    app = start(NetworkLoader(load))
    app.settle()
    runner, frame = app.runner, app.frame
    for name, words in (("cnn", "3 of 150 values are NaN"), ("other", "nobody thought of")):
        app.invoke("choose_network", name)
        assert name in app.panels.loading
        until(app, lambda: not app.answering.loader.pending)
        assert words in said(app) and app.panels.loading == ""
        assert app.runner is runner and app.frame is frame and app.show.network.spec == runner.spec
    draw(app)
    assert answer(app) == "3"


def test_an_unknown_network_is_said_and_the_old_one_stays(app):
    app.invoke("choose_network", "resnet")
    until(app, lambda: not app.answering.loader.pending)
    assert "resnet" in said(app) and "cnn, mlp" in said(app)
    draw(app)
    assert answer(app) == "3" and app.show.network.spec.name == "mlp"


def test_the_network_that_was_asked_for_last_is_shown_however_long_others_take(start):
    gate = threading.Event()

    def load(name: str) -> Runner:
        if name == "cnn":
            assert gate.wait(60)
        return load_runner(name)

    app = start(NetworkLoader(load))
    app.settle()
    for name in ("cnn", "mlp"):
        app.invoke("choose_network", name)
    tick(app, 10)
    gate.set()
    until(app, lambda: not app.answering.loader.pending)
    assert app.runner.spec.name == app.show.network.spec.name == "mlp"


def test_networks_take_turns_and_answer_the_same_drawing(app):
    app.pad.put(THREE)
    for name in ("resnet20", "cnn", "mlp"):
        app.invoke("next_network")
        until(app, lambda name=name: app.frame and app.frame.spec.name == name)
        app.settle()
        assert app.show.network.spec.name == name and app.pad.colored == (name == "resnet20")
        assert answer(app) == "3" or app.pad.colored
        assert len(app.show.root.find_all_matches("**/network")) == 1


def weights_with(change: Callable[[dict[str, np.ndarray]], None], folder) -> object:
    """A weights file of the mlp that was changed so."""
    tensors = {
        name: array.copy() for name, array in load_file(resource("weights", "mlp.safetensors")).items()
    }
    change(tensors)
    save_file(tensors, folder / "changed.safetensors")
    return folder / "changed.safetensors"


def test_damaged_weights_are_said_and_the_window_goes_on(start, tmp_path):
    path = weights_with(lambda tensors: tensors["fc2.weight"].fill(np.nan), tmp_path)
    app = start(weights=path)
    until(app, lambda: not app.answering.loader.pending)
    assert "changed.safetensors: fc2.weight" in said(app) and "NaN" in said(app)
    draw(app)
    assert len(app.pad.drawing.strokes) == 1 and app.frame is None and app.host.picture().std() > 5
    with pytest.raises(UserError, match="fc2"):
        app.settle()


def test_weights_whose_answers_are_no_numbers_are_said_and_no_guess_is_made(start, tmp_path, recwarn):
    def swell(tensors: dict[str, np.ndarray]) -> None:
        for name in ("fc1.weight", "fc2.weight", "output.weight"):
            tensors[name] *= np.float32(1e18)

    app = start(weights=weights_with(swell, tmp_path))
    app.settle()
    app.pad.put(THREE)
    app.settle()
    assert not np.isfinite(app.frame.layer("output")).all()
    assert "mlp: its outputs are not finite numbers" in said(app)
    assert app.frame.guesses() == [] and not app.frame.blank
    assert not any(tick(app, 30)), "nothing trembles for ever"
    assert not [w for w in recwarn if issubclass(w.category, RuntimeWarning)]


# What can be switched: each changes the picture, and back it is the very same one.


def picture(app: App) -> np.ndarray:
    app.panels.messages.dismiss()
    app.settle()
    return app.host.picture().astype(int)


@pytest.mark.parametrize(
    ("action", "argument", "times"),
    [
        ("toggle_theme", None, 2),
        ("next_colormap", None, 3),
        ("toggle_arrangement", None, 2),
        ("toggle_dock", None, 2),
        ("toggle_labels", None, 2),
        ("toggle_layer", "fc1", 2),
        ("toggle_layers_panel", None, 2),
        ("toggle_help", None, 2),
    ],
)
def test_what_is_switched_is_seen_and_back_again_it_is_the_same_picture(app, action, argument, times):
    app.pad.put(THREE)
    first = picture(app)
    for turn in range(times):
        app.invoke(action, argument)
        changed = picture(app)
        if turn + 1 < times:
            assert (np.abs(changed - first).max(axis=2) > 25).sum() > 100, action
    assert np.array_equal(changed, first)


@pytest.mark.parametrize(("theme", "light"), [("dark", False), ("light", True)])
def test_an_app_opens_in_its_theme(start, theme, light):
    app = start(theme=theme)
    assert (np.median(picture(app)) > 128) == light


def test_an_app_opens_flat(start):
    app = start(flat=True)
    app.settle()
    assert app.show.arrangement.flat and app.show.camera.mode == "flat"
    draw(app)
    assert answer(app) == "3"


@pytest.mark.parametrize("flat", [False, True])
def test_a_docked_pad_can_be_drawn_on_where_it_is_seen(app, flat):
    if flat:
        app.invoke("toggle_arrangement")
        app.settle()
    standing = next(event for event in pointer_events(app, THREE) if isinstance(event, PointerMoved))
    app.invoke("toggle_dock")
    app.settle()
    place = app.show.framing.dock_place
    points = THREE.strokes[0].points * place.side + (place.left, place.top)
    before = app.host.picture().astype(int)
    app.input.inject(PointerMoved(*points[0]))
    app.input.inject(ButtonChanged(0, True, *points[0]))
    for x, y in points[1:].tolist():
        app.input.inject(PointerMoved(x, y))
        tick(app)
    app.input.inject(ButtonChanged(0, False, *points[-1]))
    app.settle()
    assert answer(app) == "3"
    assert np.allclose(
        app.pad.drawing.strokes[0].points[[0, -1]], THREE.strokes[0].points[[0, -1]], atol=1e-3
    )
    columns, rows = points[5:-5].astype(int).T
    after = app.host.picture().astype(int)
    assert (after[rows, columns].sum(axis=1) > before[rows, columns].sum(axis=1) + 150).mean() > 0.8

    # Where it stood before there is nothing to draw on: but for what of it the docked one covers.
    if app.show.framing.dock_place.to_pad(standing.x, standing.y, False) is None:
        strokes = len(app.pad.drawing.strokes)
        for down in (True, False):
            app.input.inject(ButtonChanged(0, down, standing.x, standing.y))
        tick(app)
        assert len(app.pad.drawing.strokes) == strokes
    app.invoke("toggle_dock")
    app.settle()
    draw(app)
    assert len(app.pad.drawing.strokes) == 2


# Messages.


def test_a_message_is_seen_rests_fades_and_is_gone(app):
    app.pad.put(THREE)
    app.settle()
    before = app.host.picture()
    app.panels.messages.say("Saved a picture", seconds=1.0)
    drawn = tick(app, 12)
    shown = app.host.picture()
    assert drawn[0] and (np.abs(shown.astype(int) - before).max(axis=2) > 50).sum() > 50
    assert not any(tick(app, 15)), "while it can be read nothing has to be drawn"
    assert sum(tick(app, 40)) > 8
    app.settle()
    assert not app.panels.messages.shown and np.array_equal(app.host.picture(), before)


def test_escape_closes_help_then_messages_then_the_layers(app):
    app.invoke("toggle_layers_panel")
    app.invoke("toggle_help")
    app.panels.messages.error("something")
    states = []
    for _ in range(4):
        states.append((app.panels.help_open, bool(app.panels.messages.shown), app.panels.layers_open))
        for down in (True, False):
            app.input.inject(KeyChanged("escape", down))
        tick(app)
    assert states == [(True, True, True), (False, True, True), (False, False, True), (False, False, False)]


# Window and end.


@pytest.mark.parametrize("size", [(1, 1), (120, 900), (1500, 200), (900, 600)])
def test_a_picture_of_any_size_is_drawn_and_the_pad_is_where_it_is_seen(app, size):
    app.host.resize(*size)
    app.input.inject(WindowResized(*size))
    app.settle()
    assert app.host.picture().shape == (size[1], size[0], 3) and app.show.rig.size == size
    app.host.resize(*SIZE)
    app.input.inject(WindowResized(*SIZE))
    app.settle()
    draw(app)
    assert answer(app) == "3"


def test_asking_to_close_ends_the_loop(app):
    app.input.inject(CloseRequested())
    app.run()
    assert app.quit
    app.quit = False
    app.input.inject(KeyChanged("q", True, modifiers=frozenset({"control"})))
    app.run()
    assert app.quit


def test_every_answer_of_a_network_is_a_label(app):
    app.pad.put(THREE)
    tick(app)
    assert [label for label, _ in app.frame.guesses(10)] != list(DIGITS)
    assert sorted(label for label, _ in app.frame.guesses(10)) == list(DIGITS)
