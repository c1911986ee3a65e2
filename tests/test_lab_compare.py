"""Two branches' networks on the stage: the same pad feeds both, each answers with its own weights."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from nnvis3d.app.app import App
from nnvis3d.app.compare import Comparison
from nnvis3d.app.lab import LabOpener
from nnvis3d.lab.build import build
from nnvis3d.lab.display import activations
from nnvis3d.lab.obey import obey
from nnvis3d.lab.open_lab import open_lab
from nnvis3d.lab.restore import load_lab
from nnvis3d.lab.session import LabSession
from nnvis3d.network.lab_commands import KINDS, Branch, CompareBranch, Save, ShowEmbeddings
from nnvis3d.network.lab_snapshot import ShownNetwork
from nnvis3d.network.spec import NeuronId
from nnvis3d.options import Options
from nnvis3d.scene.host import Host
from nnvis3d.scene.hud.compare import HEAD, HEIGHT, WIDTH
from nnvis3d.scene.hud.places import EDGE
from nnvis3d.scene.hud.state import AnswerState
from nnvis3d.scene.input_events import KeyChanged, PointerMoved
from nnvis3d.scene.theme import DARK
from tests.test_lab_app import SIZE, Person, small_lab, trained


class Comparing(Person):
    """Has seen what the network was when "main" was left."""

    main: ShownNetwork

    @property
    def comparison(self) -> Comparison:
        return self.app.lab.comparison

    def expected(self) -> np.ndarray:
        """What main's weights, as they were when it was left, say of the picture that the stage shows."""
        plan = self.main.plan
        network = build(plan, self.main.weights)
        image = torch.from_numpy(self.app.frame.image)
        prepared = (image - torch.tensor(plan.mean)) / torch.tensor(plan.std)
        return activations(network, prepared[None], image)

    def answers(self) -> list[AnswerState]:
        """Of both, as their cards have them."""
        return [network.answer for network in self.comparison.state(self.app.frame, 0.0).networks]


@pytest.fixture(scope="module")
def opened() -> Iterator[Comparing]:
    host = Host(SIZE, offscreen=True)
    lab = LabOpener(lambda: LabSession(small_lab(), snapshot_seconds=0.02).open())
    app = App(host, Options(model="cnn", size=SIZE), lab=lab)
    person = Comparing(app)
    person.until(lambda: app.lab.snapshot is not None and app.frame is not None)
    yield person
    app.close()


@pytest.fixture
def person(opened) -> Comparing:
    """On the branch "branch 2", a filter wider and some steps further than "main", with main beside it."""
    person, app = opened, opened.app
    if "branch 2" not in {branch.name for branch in person.snapshot.branches}:
        trained(person, 3)
        person.main = person.snapshot.shown
        person.invoke("lab_branch", None)
        person.until(lambda: person.snapshot.branch == "branch 2")
        person.invoke("lab_add", "conv1")
        trained(person, 6)
        person.press("lab_tab/past")
        person.press("lab_compare/main")
    if person.snapshot.branch != "branch 2":
        person.invoke("lab_switch", "branch 2")
    person.until(lambda: person.snapshot.branch == "branch 2")
    if person.snapshot.compared is None:
        person.invoke("lab_compare", None)
    person.until(
        lambda: (
            person.snapshot.compared is not None
            and app.frame is not None
            and app.frame.spec.by_name["conv1"].shape[0] == 7
            and person.comparison.frame is not None
            and person.comparison.shown.branch == "main"
            and np.array_equal(person.comparison.frame.image, app.frame.image)
        )
    )
    return person


def test_both_see_the_pad_and_each_answers_with_its_own_weights(person):
    app, comparison = person.app, person.comparison
    assert app.show.beside.spec.by_name["conv1"].shape[0] == 6
    before = app.frame.image
    assert np.allclose(comparison.frame.values, person.expected(), atol=1e-5)
    app.pad.step_sample(1)
    person.until(lambda: not np.array_equal(comparison.frame.image, before))
    assert np.array_equal(comparison.frame.image, app.frame.image)
    assert np.allclose(comparison.frame.values, person.expected(), atol=1e-5)
    upper, lower = comparison.state(app.frame, 0.0).networks
    assert (upper.name, upper.current, lower.name, lower.current) == ("main", False, "branch 2", True)
    assert upper.answer.guesses == tuple(comparison.frame.guesses(2)) != lower.answer.guesses
    assert lower.step > upper.step and upper.middle < lower.middle
    app.pad.clear()
    person.until(lambda: all(answer.blank for answer in person.answers()))
    app.pad.step_sample(1)
    person.until(lambda: not any(answer.blank for answer in person.answers()))


def test_what_is_as_bright_in_both_is_as_large(person):
    app, comparison = person.app, person.comparison
    app.pad.step_sample(2)

    def scales() -> list[np.ndarray]:
        return [frame.scales for frame in (app.frame, comparison.frame)]

    person.until(lambda: np.allclose(*scales(), rtol=0.02))
    for name, *both in zip((layer.name for layer in app.frame.spec.layers), *scales(), strict=True):
        for frame, scale in zip((app.frame, comparison.frame), both, strict=True):
            assert scale >= 0.999 * np.abs(frame.layer(name)).max(), name


def test_training_goes_on_in_the_one_and_the_other_stays(person):
    app, comparison = person.app, person.comparison
    kept, before = comparison.frame.values.copy(), app.frame.values.copy()
    trained(person, 3)
    person.until(lambda: not np.allclose(app.frame.values, before))
    assert np.array_equal(comparison.frame.values, kept)
    app.pad.step_sample(1)
    person.until(lambda: not np.array_equal(comparison.frame.values, kept))


def test_switching_changes_places_undo_and_the_past_go_on(person):
    person.press("lab_switch/main")
    person.until(lambda: person.snapshot.branch == "main" and person.app.frame is not None)
    person.until(lambda: person.app.show.beside is not None and person.comparison.shown.branch == "branch 2")
    person.until(lambda: np.allclose(person.app.frame.values, person.expected(), atol=1e-5))
    wide = person.app.show.beside.spec.by_name["conv1"].shape[0]
    person.invoke("lab_undo")
    person.until(lambda: person.snapshot.can_redo)
    person.invoke("lab_redo")
    person.until(lambda: not person.snapshot.can_redo)
    first = int(person.snapshot.history.steps[0])
    person.invoke("lab_view", first)
    person.until(lambda: person.comparison.shown.step == first)
    narrow = person.app.show.arrangement.spec.by_name["conv1"].shape[0]
    person.until(lambda: person.app.show.beside.spec.by_name["conv1"].shape[0] == narrow)
    person.press("lab_now")
    person.until(lambda: person.app.show.beside.spec.by_name["conv1"].shape[0] == wide)


@pytest.mark.parametrize("how", ["button", "card", "escape"])
def test_it_is_ended_by_its_buttons_and_by_escape(person, how):
    app = person.app
    person.invoke("lab_tab", "past")
    lifted = app.show.goal.upper[2]
    app.panels.messages.dismiss()
    if how == "escape":
        app.invoke("select", None)
        app.input.inject(KeyChanged("escape", True))
    else:
        person.press("lab_compare/main" if how == "button" else "lab_compare/end")
    person.until(lambda: person.snapshot.compared is None and app.show.beside is None)
    assert app.show.goal.upper[2] < lifted - 100
    person.until(lambda: app.show.camera.goal == app.show.framing.home())
    assert person.comparison.state(app.frame, 0.0) is None


def test_pointing_at_either_says_both_values(person):
    app, comparison = person.app, person.comparison
    person.until(lambda: not app.show.arrangement.moving and app.show.camera.goal == app.show.camera.pose)
    neuron = NeuronId("pool2", 3, 2, 2)
    spoken = []
    for layout in (app.show.beside.layout(app.show.arrangement), app.show.arrangement.layout):
        x, y = app.show.rig.project(layout.position(neuron)[None])[0][0].tolist()
        app.input.inject(PointerMoved(x, y))
        person.until(lambda: app.asking.tool.hovered == neuron and app.show.beside.pointed == neuron)
        spoken.append(app.panels._tooltip().value)
    assert spoken[0] == spoken[1]
    assert spoken[0].startswith("branch 2 ") and " · main " in spoken[0]
    added = NeuronId("conv1", app.frame.spec.by_name["conv1"].shape[0] - 1, 3, 3)
    app.show.beside.pointed = None
    x, y = app.show.rig.project(app.show.arrangement.layout.position(added)[None])[0][0].tolist()
    app.input.inject(PointerMoved(x, y))
    person.until(lambda: app.asking.tool.hovered == added)
    assert app.show.beside.pointed is None and "main" not in app.panels._tooltip().value
    person.invoke("lab_switch", "main")  # now it is the upper one that has a neuron more
    person.until(
        lambda: comparison.shown.branch == "branch 2" and app.show.beside.spec.by_name["conv1"].shape[0] > 6
    )
    person.until(lambda: not app.show.arrangement.moving and app.show.camera.goal == app.show.camera.pose)
    x, y = app.show.rig.project(app.show.beside.layout(app.show.arrangement).position(added)[None])[0][
        0
    ].tolist()
    app.input.inject(PointerMoved(x, y))
    person.until(lambda: app.show.beside.pointed == added and app.asking.tool.hovered is None)
    assert "main has no such neuron" in app.panels._tooltip().note


def test_the_view_changes_between_space_and_plane_for_both(person):
    app = person.app
    for flat in ("2d", "3d"):
        person.invoke("toggle_arrangement", flat)
        person.until(lambda: not app.show.arrangement.moving and not app.show.beside.arrangement.moving)
        upper = app.show.beside.layout(app.show.arrangement)
        assert upper.arrangement == app.show.arrangement.layout.arrangement == flat
        for name, layer in upper.layers.items():
            assert layer.placement.position[0] == pytest.approx(
                app.show.arrangement.layout.layers[name].placement.position[0], abs=1e-6
            )


def test_each_card_has_its_digit_beside_its_network(person):
    app = person.app
    app.invoke("dismiss_message") if app.panels.messages.shown else None
    person.until(lambda: not app.show.arrangement.moving and app.show.camera.goal == app.show.camera.pose)
    for _ in range(8):
        app.tick(0.05)
    app.show.keep(moved=True, drawn=True)
    app.host.render()
    picture = app.host.picture().astype(int)[..., :3]
    upper, lower = person.comparison.state(app.frame, 0.0).networks
    for network, color in ((upper, DARK.text), (lower, DARK.accent)):
        top, left = round(network.middle) - HEIGHT // 2, SIZE[0] - EDGE - WIDTH
        card = picture[top + HEAD + 4 : top + HEIGHT, round(left) : round(left) + 60]
        assert (np.abs(card - color[:3]).max(axis=2) < 30).sum() > 150


def test_what_is_deleted_leaves_the_stage_and_alone_there_is_nothing_to_compare_with(person):
    person.invoke("lab_switch", "main")
    person.until(lambda: person.snapshot.branch == "main" and person.comparison.shown.branch == "branch 2")
    person.press("lab_delete/branch 2")
    person.until(lambda: person.app.show.beside is None and person.comparison.frame is None)
    person.invoke("lab_compare", None)
    assert any("one branch only" in said.text for said in person.app.panels.messages.shown)


def test_what_was_open_in_a_saved_lab_is_open_again(tmp_path):
    made, items = open_lab("mlp", "digits", batch_size=8), (("output", KINDS[0]),)
    made.train_step()
    for command in (Branch("wider", 0), CompareBranch("main"), ShowEmbeddings(items)):
        obey(made, command)
    obey(made, Save(str(tmp_path / "my.lab")))
    lab = LabOpener(lambda: LabSession(load_lab(tmp_path / "my.lab")).open())
    app = App(Host(SIZE, offscreen=True), Options(model="mlp", size=SIZE), lab=lab)
    try:
        again = Comparing(app)
        again.until(lambda: again.comparison.frame is not None)
        upper, lower = again.comparison.state(app.frame, 0.0).networks
        assert (upper.name, upper.step, lower.name, lower.step) == ("main", 1, "wider", 0)
        assert app.lab.desk.points == items
        assert app.show.framing.room[2] > 0  # the dock of embeddings has its place
    finally:
        app.close()
