"""The lab in the window: an App with a real lab on its thread, small data, a pointer as people move it."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

import nnvis3d
from nnvis3d.app.app import App
from nnvis3d.app.lab import TRAINING_TICK_SECONDS, LabOpener
from nnvis3d.errors import UserError
from nnvis3d.lab import keeper
from nnvis3d.lab.attach import Attached
from nnvis3d.lab.build import plan_for
from nnvis3d.lab.data import LabData, StoredImages
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.session import SNAPSHOT_SECONDS, LabSession
from nnvis3d.lab.trainer import first_state
from nnvis3d.network import lab_commands as commands
from nnvis3d.network.lab_snapshot import Alarm, TrainingOptions
from nnvis3d.network.spec import NeuronId
from nnvis3d.options import Options
from nnvis3d.scene.host import Host
from nnvis3d.scene.hud.lab_curves import _axes
from nnvis3d.scene.hud.lab_past import saved_words
from nnvis3d.scene.hud.lab_scope import own_words
from nnvis3d.scene.hud.labels import LABEL
from nnvis3d.scene.hud.plot import smoothed, thinned
from nnvis3d.scene.input_events import ButtonChanged, PointerMoved, Wheel
from nnvis3d.scene.theme import DARK
from nnvis3d.tools.lab_marks import ICE, lab_marks
from tests.lab_parts import CLASSES, Chain
from tests.large_networks import CIFAR
from tests.program import refusal  # noqa: F401 (a fixture)

SIZE = (1280, 720)


def stripes(count: int, seed: int, side: int) -> StoredImages:
    """Ten classes that a network tells apart by where the bright stripe is."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    pixels = rng.integers(0, 90, (count, 1, side, side), dtype=np.uint8)
    for k, label in enumerate(labels):
        pixels[k, 0, 2 + 2 * label : 5 + 2 * label] += 150
    return StoredImages(torch.from_numpy(pixels), torch.from_numpy(labels))


def small_lab(model: str = "cnn", labels: tuple[str, ...] = tuple("0123456789")) -> Lab:
    torch.set_num_threads(1)
    plan = plan_for(model, 1, labels)
    side = plan.input_shape[1]
    data = LabData("240 stripes", stripes(240, 1, side), stripes(40, 2, side), labels)
    return Lab(data, first_state(plan, TrainingOptions(learning_rate=0.02, batch_size=16)))


class Person:
    """An App that is ticked until something is so, and the hand of who sits before it."""

    def __init__(self, app: App):
        self.app = app

    def until(self, true: Callable[[], bool], most: int = 3000) -> None:
        for _ in range(most):
            self.app.tick(0.05, draw=False)
            if true():
                return
            time.sleep(0.002)
        raise AssertionError("it never came")

    @property
    def snapshot(self):
        return self.app.lab.snapshot

    def invoke(self, action: str, argument: object = None) -> None:
        self.app.invoke(action, argument)

    def place(self, name: str) -> tuple[float, float]:
        """The middle of a thing to press."""
        self.until(lambda: name in self.app.panels.hud.places)
        left, top, right, bottom = self.app.panels.hud.places[name]
        return (left + right) / 2, (top + bottom) / 2

    def press(self, name: str) -> None:
        x, y = self.place(name)
        for event in (PointerMoved(x, y), ButtonChanged(0, True, x, y), ButtonChanged(0, False, x, y)):
            self.app.input.inject(event)
            self.app.tick(0.05, draw=False)
        for _ in range(4):
            self.app.tick(0.05, draw=False)

    def drag(self, name: str, dx: float) -> None:
        x, y = self.place(name)
        steps = [PointerMoved(x, y), ButtonChanged(0, True, x, y), PointerMoved(x + dx, y)]
        for event in (*steps, ButtonChanged(0, False, x + dx, y)):
            self.app.input.inject(event)
            for _ in range(3):
                self.app.tick(0.05, draw=False)


@pytest.fixture(scope="module")
def opened() -> Iterator[App]:
    host = Host(SIZE, offscreen=True)
    lab = LabOpener(lambda: LabSession(small_lab(), snapshot_seconds=0.02).open())
    app = App(host, Options(model="cnn", size=SIZE), lab=lab)
    Person(app).until(lambda: app.lab.snapshot is not None and app.frame is not None)
    yield app
    app.close()


@pytest.fixture
def person(opened) -> Iterator[Person]:
    person = Person(opened)
    yield person
    if person.snapshot.running:
        person.invoke("lab_toggle")
        person.until(lambda: not person.snapshot.running)
    person.invoke("lab_tab", "train")
    person.invoke("lab_source", "drawing")


def test_the_button_trains_and_the_network_answers_the_pad_with_the_newest_weights(person):
    app = person.app
    before, drawn, step = app.frame, app.pad.version, person.snapshot.step
    person.press("lab_toggle")
    person.until(lambda: person.snapshot.step > step + 5 and app.frame.serial > before.serial + 2)
    assert app.pad.version == drawn and np.array_equal(app.frame.image, before.image)
    assert not np.array_equal(app.frame.values, before.values)
    person.press("lab_toggle")
    person.until(lambda: not person.snapshot.running)
    step = person.snapshot.step
    person.press("lab_step")
    person.until(lambda: person.snapshot.step == step + 1 and not person.snapshot.running)
    assert len(person.snapshot.curves["main"].step) == step + 1


def test_each_snapshot_is_a_new_picture_though_hardly_anything_changes(person):
    app, rate = person.app, person.snapshot.options.learning_rate
    person.invoke("lab_option", ("learning_rate", 1e-7))
    person.invoke("lab_toggle")
    person.until(lambda: person.snapshot.running and not app.tick(0.05, draw=False))  # all that eases rests
    for _ in range(3):
        serial, drawn = person.snapshot.serial, False
        while person.snapshot.serial == serial and person.snapshot.running:
            drawn = app.tick(0.05, draw=False)
            time.sleep(0.001)
        assert drawn
    person.invoke("lab_toggle")
    person.until(lambda: not person.snapshot.running)
    person.invoke("lab_option", ("learning_rate", rate))
    person.until(lambda: person.snapshot.options.learning_rate == rate)
    assert SNAPSHOT_SECONDS < TRAINING_TICK_SECONDS  # so there is one for each picture


def test_the_training_image_on_the_stage_says_what_the_lab_itself_computes(person):
    person.invoke("lab_source", "sample")
    person.invoke("lab_step")
    step = person.snapshot.step
    person.until(lambda: person.snapshot.step > step and not person.snapshot.running)
    person.until(lambda: person.app.frame.image.tobytes() == person.snapshot.shown.image.tobytes())
    person.app.tick(0.05, draw=False)
    assert np.allclose(person.app.frame.values, person.snapshot.shown.activations, atol=1e-4)
    held = person.app.frame.image.copy()
    person.invoke("lab_source", "hold")
    person.invoke("lab_step")
    person.until(lambda: person.snapshot.step > step + 1)
    assert np.array_equal(person.app.frame.image, held)
    assert "class" not in person.app.lab.desk.seen


def test_a_slider_says_its_value_once_when_it_is_let_go(person):
    done = len(person.snapshot.actions)
    person.drag("lab_momentum", -40)
    person.until(lambda: len(person.snapshot.actions) > done)
    assert 0.1 < person.snapshot.options.momentum < 0.9
    for _ in range(20):
        person.app.tick(0.05, draw=False)
    assert [a.title.split()[0] for a in person.snapshot.actions[done:]] == ["momentum"]
    person.press("lab_optimizer/adam")
    person.until(lambda: person.snapshot.options.optimizer == "adam")


def test_a_layer_has_options_of_its_own_until_it_is_trained_as_the_others_again(person):
    person.invoke("lab_choose", ("conv1", None))
    person.press("lab_alone/next")
    assert (person.app.lab.desk.layer, person.app.lab.desk.alone) == ("conv2", True)
    general = person.snapshot.options.learning_rate
    person.drag("lab_learning_rate/conv2", -40)
    person.until(lambda: "conv2" in person.snapshot.options.layer_learning_rate)
    options = person.snapshot.options
    assert options.own("conv2")["learning_rate"] < general == options.learning_rate
    assert own_words(person.app.lab.state(), "conv2").startswith("learning rate ")
    assert own_words(person.app.lab.state(), "fc1") == ""
    person.press("lab_as_others")
    person.until(lambda: not person.snapshot.options.layer_learning_rate)
    person.invoke("lab_undo")
    person.until(lambda: person.snapshot.options == options)
    person.invoke("lab_undo")
    person.until(lambda: not person.snapshot.options.layer_learning_rate)
    person.invoke("lab_choose", ("output", None))
    person.until(lambda: "lab_momentum/output" in person.app.panels.hud.places)
    assert "lab_dropout/output" not in person.app.panels.hud.places
    person.press("lab_alone/all")
    with pytest.raises(ValueError, match="option of a layer: expected one of"):
        person.app.actions.invoke("lab_option", ("batch_size", 8, "conv1"))


def test_what_the_lab_refuses_is_said_in_the_window(person):
    person.invoke("lab_option", ("batch_size", 100_000))
    person.until(lambda: any("batch size" in said.text for said in person.app.panels.messages.shown))


def test_a_lab_that_cannot_be_opened_says_why_and_the_window_stays():
    def refuse():
        raise UserError("--data nowhere: there is no such folder")

    host = Host((640, 360), offscreen=True)
    app = App(host, Options(model="mlp", size=(640, 360)), lab=LabOpener(refuse))
    try:
        Person(app).until(lambda: bool(app.panels.messages.shown))
        assert app.panels.messages.shown[0].text == "--data nowhere: there is no such folder"
        app.invoke("lab_toggle")
        app.tick(0.05)
    finally:
        app.close()


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [("--model", "alexnet", "no such network"), ("--data", "nowhere", "no such file or folder")],
)
def test_a_wrong_name_is_refused_before_a_window_opens(refusal, monkeypatch, option, value, words):  # noqa: F811
    monkeypatch.setenv("DISPLAY", ":none")
    assert words in refusal("lab", option, value)


def test_thinned_curves_keep_their_mean_and_drop_what_is_no_number():
    x, y = np.arange(1000), np.linspace(2, 0, 1000)
    y[::50] = np.nan
    few, means = thinned(x, y, 50)
    assert len(few) == 50 and np.all(np.diff(few) > 0) and np.all(np.diff(means) < 0)
    assert means.mean() == pytest.approx(np.nanmean(y), abs=0.01)
    assert np.allclose(smoothed(np.full(40, 3.0)), 3.0)


def test_the_first_validation_stays_in_the_plot_though_the_mean_has_long_fallen():
    mean = smoothed(np.concatenate([[2.3, 0.1], np.zeros(150)]))
    axes = _axes(1000, mean, np.array([1.2, 0.01]), 2.3)
    assert axes.high >= 1.2
    assert _axes(1000, np.append(mean, 1e6), np.array([1.2]), 2.3).high < 10


# Layers, steering, the past, embeddings.


def trained(person: Person, steps: int) -> None:
    """Paused, after so many more steps."""
    begin = person.snapshot.step
    person.invoke("lab_toggle")
    person.until(lambda: person.snapshot.step >= begin + steps)
    person.invoke("lab_toggle")
    person.until(lambda: not person.snapshot.running)


def test_a_filter_is_added_and_undone_by_buttons_and_the_stage_follows(person):
    app = person.app
    person.press("lab_tab/steer")
    person.press("lab_choose/conv2")
    width, before = person.snapshot.shown.spec.by_name["conv2"].shape[0], app.frame
    person.press("lab_add/+ filter")
    person.until(lambda: app.show.network.spec.by_name["conv2"].shape[0] == width + 1)
    person.until(lambda: app.frame is not None and app.frame.spec is app.show.network.spec)
    assert np.allclose(app.frame.layer("output"), before.layer("output"), atol=1e-4)
    assert person.snapshot.actions[-1].loss_after == pytest.approx(
        person.snapshot.actions[-1].loss_before, 1e-5
    )
    person.press("lab_undo")
    person.until(lambda: app.show.network.spec.by_name["conv2"].shape[0] == width)


def test_removing_shows_the_cost_of_every_filter_first_and_then_does_what_it_said(person):
    trained(person, 3)
    person.invoke("lab_tab", "steer")
    person.invoke("lab_choose", ("conv1", 2))
    person.press("lab_remove/Remove…")
    person.until(lambda: person.snapshot.removal is not None and person.snapshot.removal.layer == "conv1")
    width = person.snapshot.shown.spec.by_name["conv1"].shape[0]
    assert person.snapshot.removal.losses.shape == (width,)
    least = int(person.snapshot.removal.losses.argmin())
    expected = float(person.snapshot.removal.losses[least])
    person.press(f"lab_remove/{least}")
    person.until(lambda: person.snapshot.shown.spec.by_name["conv1"].shape[0] == width - 1)
    assert person.snapshot.actions[-1].loss_after == pytest.approx(expected, rel=1e-4)
    person.invoke("lab_undo")
    person.until(lambda: person.snapshot.shown.spec.by_name["conv1"].shape[0] == width)


def test_a_frozen_filter_is_marked_on_the_stage_and_thaws(person):
    person.invoke("lab_tab", "steer")
    person.invoke("select", NeuronId("pool1", 3, 2, 2))
    person.until(lambda: (person.app.lab.desk.layer, person.app.lab.desk.filter) == ("conv1", 3))
    person.invoke("lab_freeze", None)
    person.until(lambda: person.snapshot.frozen.filters.get("conv1") == (3,))
    marks = lab_marks(person.app.lab.desk.state(person.snapshot), DARK).rectangles
    assert any((m.layer, m.channel, m.color) == ("conv1", 3, ICE) for m in marks)
    person.invoke("lab_thaw", None)
    person.until(lambda: not person.snapshot.frozen.filters)
    person.invoke("select", None)


def test_bars_are_as_long_as_what_they_say(person):
    trained(person, 3)
    person.until(lambda: "conv1" in person.snapshot.layers)
    numbers = person.snapshot.layers["conv1"]
    accent = tuple(value / 255 for value in DARK.accent[:3])
    said = {
        "activation": np.abs(numbers.mean_activation),
        "gradient": numbers.filter_gradient,  # all zero, once everything is learnt
        "change": numbers.filter_change,
    }
    for kind, values in said.items():
        person.invoke("lab_bars", kind)
        marks = lab_marks(person.app.lab.desk.state(person.snapshot), DARK).rectangles
        bars = {
            m.channel: m.right
            for m in marks
            if m.layer == "conv1" and m.style == "fill" and m.color == accent
        }
        shares = values / max(values.max(), 1e-12)
        assert bars == {
            channel: pytest.approx(28 * share, rel=1e-4)
            for channel, share in enumerate(shares)
            if share > 0.005
        }
        assert kind != "activation" or max(bars.values()) == pytest.approx(28)
    person.invoke("lab_bars", "none")


def test_the_past_is_shown_and_left_again(person):
    trained(person, 12)
    person.press("lab_tab/past")
    now, shown = person.snapshot.step, person.app.frame.values.copy()
    first = int(person.snapshot.history.steps[0])
    person.invoke("lab_view", first)
    person.until(lambda: person.snapshot.viewing == first)
    person.until(lambda: not np.allclose(person.app.frame.values, shown))
    person.press("lab_now")
    person.until(lambda: person.snapshot.viewing is None and person.snapshot.step == now)
    person.until(lambda: np.allclose(person.app.frame.values, shown, atol=1e-5))


def test_pointing_at_a_point_lights_up_its_map_and_a_drag_moves_the_filter(person):
    app = person.app
    person.invoke("lab_points", ("conv2", "coefficients"))
    person.until(lambda: any(v.layer == "conv2" for v in person.snapshot.embeddings), 6000)
    person.invoke("lab_embedding", ("paused", True))
    person.until(lambda: person.snapshot.embedding_paused)
    done, name = len(person.snapshot.actions), "lab_point/conv2/coefficients/7"
    x, y = person.place(name)
    app.input.inject(PointerMoved(x, y))
    person.until(lambda: app.lab.desk.pointed is not None and app.lab.desk.pointed[0] == "conv2")
    pointed = app.lab.desk.pointed[1]
    assert app.lab.desk.pointed == ("conv2", pointed)
    person.drag(name, 60)
    person.until(lambda: len(person.snapshot.actions) > done)
    moved = person.snapshot.move
    assert moved is not None and (app.lab.desk.layer, app.lab.desk.filter) == ("conv2", moved.filter)
    assert person.snapshot.actions[-1].title.startswith(f"conv2: filter {moved.filter} moved toward")
    person.invoke("lab_undo")
    person.invoke("lab_points", ("conv2", "coefficients"))
    assert not app.lab.desk.points


def test_the_lab_is_saved_and_exported_beside_the_working_folders_files(person, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    person.press("lab_tab/past")
    person.press("lab_save")
    person.until(lambda: (tmp_path / "nnvis3d-lab-001" / "lab.json").exists())
    person.press("lab_export_curves")
    person.press("lab_export_weights")
    for ending in ("csv", "safetensors"):
        person.until(lambda ending=ending: (tmp_path / f"nnvis3d-lab-001.{ending}").exists())
    person.until(lambda: person.snapshot.saved_step == person.snapshot.step)


def drawn(person) -> np.ndarray:
    """The picture when everything has come to rest."""
    for _ in range(8):
        person.app.tick(0.2, draw=False)
    person.app.host.render()
    return person.app.host.picture().astype(int)


def test_every_alarm_can_be_read(person):
    person.invoke("lab_tab", "layers")
    standing = person.app.lab.session._lab.alarms._standing
    for k in range(9):
        sentence = f"conv{k}: its gradient vanishes, and it hardly learns"
        standing["vanishing", f"conv{k}"] = Alarm("vanishing", f"conv{k}", sentence, 1)
    person.invoke("lab_evaluate")
    person.until(lambda: len(person.snapshot.alarms) >= 9)
    person.until(lambda: "lab_bars/none" in person.app.panels.hud.places)
    first = drawn(person)
    person.app.input.inject(PointerMoved(150.0, 545.0))
    person.app.input.inject(Wheel(0.0, -30.0, 150.0, 545.0))
    red = [np.abs(picture[:, 30:340] - DARK.error[:3]).max(axis=2) < 60 for picture in (first, drawn(person))]
    assert (red[0] != red[1]).any()
    assert red[1][500:596].any()
    standing.clear()


def test_what_freezing_saves_stands_beside_what_is_frozen(person):
    """Both in one row: neither is written over the other."""
    person.invoke("lab_tab", "steer")
    person.invoke("lab_choose", "conv2")
    ui = person.app.panels.hud._ui
    words = []
    write = ui.text

    def text(x, y, what, *rest, align=0.0, **more):
        width = write(x, y, what, *rest, align=align, **more)
        words.append((x - align * width, x + (1 - align) * width, y, what))
        return width

    person.invoke("lab_freeze", ("conv2", None))
    person.until(lambda: "conv2" in person.snapshot.frozen.layers)
    person.app.lab.session._lab.saved_share = 0.49
    ui.text = text
    try:
        person.invoke("lab_evaluate")
        person.until(lambda: any("saves 49" in what for *_, what in words))
    finally:
        ui.text = write
    found = {what: (start, end, y) for start, end, y, what in words}
    (left,) = [place for what, place in found.items() if what.startswith("conv2: 16 filters")]
    (right,) = [place for what, place in found.items() if "saves 49" in what]
    assert left[2] == right[2] and left[1] < right[0]
    person.invoke("lab_undo")
    person.until(lambda: "conv2" not in person.snapshot.frozen.layers)


def test_a_last_save_that_fails_is_told_to_whoever_closed_the_window(tmp_path):
    made = small_lab()
    made.keeper.save(tmp_path / "my.lab")
    made.train_step()
    shutil.rmtree(tmp_path / "my.lab")
    (tmp_path / "my.lab").write_text("in its place")
    host = Host((640, 360), offscreen=True)
    app = App(host, Options(model="cnn", size=(640, 360)), lab=LabOpener(lambda: LabSession(made).open()))
    Person(app).until(lambda: app.lab.snapshot is not None)
    assert not app.lab.unsaid
    app.close()
    assert app.lab.unsaid.startswith(f"{tmp_path / 'my.lab'}: cannot be written")


def test_a_lab_that_has_ended_says_how_it_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "SECONDS", 0.0)
    session = LabSession(small_lab(), snapshot_seconds=0.02)
    app = App(Host(SIZE, offscreen=True), Options(model="cnn", size=SIZE), lab=LabOpener(session.open))
    someone = Person(app)
    someone.until(lambda: app.lab.snapshot is not None)
    app.lab.send(commands.KeepIn(str(tmp_path / "kept")))
    app.lab.send(commands.Start(2))
    someone.until(lambda: app.lab.snapshot.saved_step is not None)
    session.failure = RuntimeError("status -9")
    someone.until(lambda: app.panels.messages.shown)
    said = app.panels.messages.shown[-1].text
    assert said == "The lab has ended: status -9; nnvis3d lab --last goes on with what was kept"
    app.close()


def test_that_it_is_not_saved_any_more_is_said_for_as_long_as_it_is_so(person):
    saved = replace(person.snapshot, step=90, saved_step=80, saved_seconds_ago=12.0)
    assert saved_words(saved) == ("saved at step 80, and every 20 s", False)
    assert saved_words(replace(saved, saved_seconds_ago=50.0)) == ("not saved since step 80", True)
    assert not saved_words(replace(saved, step=80, saved_seconds_ago=50.0))[1]
    assert saved_words(replace(saved, saved_step=None)) == ("saved nowhere yet", False)
    kept = replace(saved, saved_unasked=True)
    assert saved_words(kept) == ("not saved; kept for now, step 80", False)


def test_a_deep_networks_layers_leave_room_for_what_steers_them():
    host = Host(SIZE, offscreen=True)
    opener = LabOpener(lambda: LabSession(small_lab("resnet20"), snapshot_seconds=0.02).open())
    app = App(host, Options(model="resnet20", size=SIZE), lab=opener)
    someone = Person(app)
    try:
        someone.until(lambda: app.lab.snapshot is not None and app.frame is not None)
        someone.invoke("lab_tab", "steer")
        someone.place("lab_undo")
        someone.press(f"lab_costs/{'What would removing each filter cost?'}")
        someone.until(lambda: any(name.startswith("lab_remove/") for name in app.panels.hud.places))
        places = app.panels.hud.places
        lowest = places["lab_source/drawing"][1] - 30
        steering = ("lab_undo", "lab_redo", "lab_choose/", "lab_remove/", "lab_add/", "lab_costs/")
        assert all(box[3] <= lowest for name, box in places.items() if name.startswith(steering))
        assert "lab_choose/output" not in places
        app.input.inject(PointerMoved(150.0, 200.0))
        app.input.inject(Wheel(0.0, -30.0, 150.0, 200.0))
        someone.until(lambda: "lab_choose/output" in app.panels.hud.places)
    finally:
        app.close()


def test_names_of_classes_end_before_the_layers_of_a_short_network():
    host = Host(SIZE, offscreen=True)
    names = ("airplane", "automobile", *CIFAR[2:])
    opener = LabOpener(lambda: LabSession(small_lab("cifar3", names), snapshot_seconds=0.02).open())
    app = App(host, Options(model="cnn", size=SIZE), lab=opener)
    try:
        Person(app).until(lambda: app.lab.snapshot is not None and app.frame is not None)
        for _ in range(40):
            app.tick(0.05, draw=False)
        layout = app.show.arrangement.layout
        corners, _ = app.show.rig.project(layout.layers["pool3"].corners())
        under = app.panels.hud._under.places
        starts = [under[f"{LABEL}class/{k}"][0] for k in range(2)]
        assert min(starts) > corners[:, 0].max() - 4
    finally:
        app.close()


def test_a_message_is_not_under_the_labs_panels_and_a_long_one_has_lines(person):
    messages = person.app.panels.messages
    words = "the loss is not a number; training paused, back at step 1,000: lower the learning rate; "
    before = drawn(person)
    messages.say(words * 2 + "END", "error", 60.0)
    person.app.tick(0.05, draw=False)
    after = drawn(person)
    changed = np.abs(after - before).max(axis=2) > 24
    rows, columns = np.nonzero(changed[560:670, :])
    assert columns.min() > 358
    assert rows.max() - rows.min() > 50
    messages.clear()


def test_what_could_not_be_read_of_the_data_is_said():
    made = small_lab()
    made.data = replace(
        made.data, skipped=tuple(f"a/{k}.png: cannot be read (cut); skipped" for k in range(3))
    )
    host = Host(SIZE, offscreen=True)
    app = App(host, Options(model="cnn", size=SIZE), lab=LabOpener(lambda: LabSession(made).open()))
    Person(app).until(lambda: app.lab.snapshot is not None)
    said = [message.text for message in app.panels.messages.shown]
    app.close()
    assert said == ["3 files passed over; a/0.png: cannot be read (cut)"]


def test_a_training_elsewhere_is_watched_with_nothing_to_press_that_it_does_not_allow():
    model = Chain()
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    watch = nnvis3d.watch(model, optimizer, labels=CLASSES, port=0)
    host = Host(SIZE, offscreen=True)
    lab = LabOpener(lambda: Attached("127.0.0.1", watch.port).open())
    app = App(host, Options(model="mlp", size=SIZE), lab=lab)
    person = Person(app)
    images, labels = torch.rand(6, 1, 8, 8), torch.arange(6) % 3

    def stepped() -> bool:
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        watch.step(loss, images)
        return app.frame is not None and app.lab.snapshot is not None and app.lab.snapshot.step > 3

    try:
        person.until(stepped)
        assert [layer.name for layer in app.frame.spec.layers][1] == "conv1"
        person.until(lambda: np.array_equal(app.frame.values, app.lab.snapshot.shown.activations))
        app.tick(0.05)
        pressed = {name.partition("/")[0] for name in app.panels.hud.places}
        assert not pressed & {"lab_toggle", "lab_step", "lab_tab", "lab_learning_rate", "lab_source"}
    finally:
        app.close()
        watch.close()
