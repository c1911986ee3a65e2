"""Embeddings that stand in the scene: drawn there, pointed at, dragged, in an App with a real lab."""

from collections.abc import Iterator

import numpy as np
import pytest

from nnvis3d.app.app import App
from nnvis3d.app.lab import LabOpener
from nnvis3d.lab.session import LabSession
from nnvis3d.network.filter_pictures import filter_sheet
from nnvis3d.network.lab_commands import KINDS
from nnvis3d.options import Options
from nnvis3d.scene.host import Host
from nnvis3d.scene.input_events import ButtonChanged, PointerMoved
from nnvis3d.scene.stand_rows import LARGEST_NUMBER, NUMBER_HEIGHT
from tests.test_lab_app import SIZE, Person, small_lab

ITEM = ("conv2", KINDS[0])
PLACES = np.array([(x, y) for y in (-3, -1, 1, 3) for x in (-3, -1, 1, 3)], np.float32)
"""Of conv2's filters, wherever t-SNE would have them by now: far enough apart to see each of them whole."""


class Visitor(Person):
    """Knows where the points of standing embeddings are."""

    @property
    def stand(self):
        return next(one for one in self.app.show.arrangement.layout.stands if one.item == ITEM)

    @property
    def cloud(self):
        return self.app.lab.standing.clouds.cloud(self.stand)

    def pixels(self, places: np.ndarray) -> np.ndarray:
        """Of places (n, 2) on the card."""
        local = np.insert(places, 1, 0.0, axis=1)
        return self.app.show.rig.project(self.stand.placement.to_scene(local))[0]

    def free_point(self) -> tuple[int, tuple[float, float]]:
        """The point over which no other lies, and its pixel."""
        cloud = self.cloud
        index = int(cloud.order[-1])
        return index, tuple(self.pixels(cloud.places[index : index + 1])[0].tolist())

    def does(self, *events) -> None:
        for event in events:
            self.app.input.inject(event)
            for _ in range(3):
                self.app.tick(0.05, draw=False)


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    host = Host(SIZE, offscreen=True)
    lab = small_lab()
    lab.embeddings.board.set(None, None, paused=True)
    lab.embeddings.board.put({ITEM: PLACES})
    opener = LabOpener(lambda: LabSession(lab, snapshot_seconds=0.02).open())
    app = App(host, Options(model="cnn", size=SIZE), lab=opener)
    visitor = Visitor(app)
    visitor.until(lambda: app.lab.snapshot is not None and app.frame is not None)
    visitor.invoke("lab_points", ITEM)
    visitor.until(lambda: visitor.snapshot.embeddings)
    assert visitor.snapshot.embedding_paused
    visitor.press("lab_stand")
    for _ in range(60):
        app.tick(0.05, draw=False)
    yield visitor
    app.close()


def test_the_button_stands_it_in_the_scene_and_the_dock_leaves_its_room(visitor):
    app = visitor.app
    assert app.lab.desk.standing and visitor.stand.presence == 1
    places = app.panels.hud.places
    assert "lab_perplexity" in places and not any(name.startswith("lab_cloud/") for name in places)
    pixels, seen = app.show.rig.project(visitor.stand.corners())
    assert seen.all() and pixels[:, 1].max() < places["lab_stand"][1]
    visitor.invoke("lab_stand")
    visitor.until(lambda: not app.show.arrangement.layout.stands)
    assert "lab_cloud/conv2/coefficients" in app.panels.hud.places
    visitor.invoke("lab_stand")
    visitor.until(lambda: app.show.arrangement.layout.stands and visitor.stand.presence == 1)


def test_a_point_is_drawn_as_its_filters_picture_in_one_call(visitor):
    app = visitor.app
    for _ in range(40):
        app.tick(0.05)
    sheet = filter_sheet(visitor.snapshot.shown, "conv2", app.show.colors.diverging)
    index = visitor.free_point()[0]
    place, half = visitor.cloud.places[index], visitor.cloud.halves[index]
    steps = (np.arange(5) - 2) / 2.5  # the middles of five cells
    grid = np.array([(x, -y) for y in steps for x in steps]) * half + place
    picture = app.host.picture()[..., :3].astype(int)
    x, y = visitor.pixels(grid).round().astype(int).T
    left, top, right, bottom = sheet.places()[index]
    expected = sheet.pixels[top:bottom, left:right].reshape(25, 3).astype(int)
    assert np.abs(picture[y, x] - expected).max() <= 2
    assert app.lab.standing.view.path.node().get_num_geoms() == 1


def test_the_numbers_of_points_can_be_read_from_where_all_of_the_network_is_seen(visitor):
    visitor.invoke("home")
    for _ in range(60):
        visitor.app.tick(0.05, draw=False)
    index = visitor.free_point()[0]
    half = float(visitor.cloud.halves[index])
    tall = np.array([0.0, min(NUMBER_HEIGHT * half, LARGEST_NUMBER)])
    ends = visitor.pixels(visitor.cloud.places[index] + np.array([tall, -tall]))
    assert abs(ends[1, 1] - ends[0, 1]) >= 10.0  # CLEAR_DIGIT of the shader


def test_pointing_at_a_point_lights_its_map_and_pointing_at_a_map_its_point(visitor):
    app = visitor.app
    index, (x, y) = visitor.free_point()
    visitor.does(PointerMoved(x, y))
    assert app.lab.desk.pointed == ("conv2", index)
    assert app.show.pointing.hover is None
    card = app.panels.standing.card()
    assert card.title == f"conv2 · filter {index}" and card.channels.count == 6
    layer = app.show.arrangement.layout.layers["conv2"]
    place = layer.placement.to_scene(np.insert(layer.centres[3:4].astype(float), 1, 0.0, axis=1))
    visitor.does(PointerMoved(*app.show.rig.project(place)[0][0].tolist()))
    assert app.lab.desk.pointed == ("conv2", 3) and app.panels.standing.card() is None
    visitor.does(PointerMoved(SIZE[0] - 5, 300))
    assert app.lab.desk.pointed is None


def test_a_dragged_point_moves_its_filter_with_what_that_does_to_the_loss_said_first(visitor):
    app = visitor.app
    index, (x, y) = visitor.free_point()
    done, pose = len(visitor.snapshot.actions), app.show.camera.pose
    visitor.does(PointerMoved(x, y), ButtonChanged(0, True, x, y))
    assert (app.lab.desk.layer, app.lab.desk.filter) == ("conv2", index)
    for step in range(1, 6):
        visitor.does(PointerMoved(x + 6 * step, y + 3 * step))
    visitor.until(lambda: visitor.snapshot.move is not None and visitor.snapshot.move.filter == index)
    assert any("loss" in line for line in app.panels.standing.card().lines)
    assert len(visitor.snapshot.actions) == done
    visitor.does(ButtonChanged(0, False, x + 30, y + 15))
    visitor.until(lambda: len(visitor.snapshot.actions) > done)
    assert visitor.snapshot.actions[-1].title.startswith(f"conv2: filter {index} moved toward")
    assert visitor.snapshot.actions[-1].loss_after == pytest.approx(visitor.snapshot.move.moved_loss, 1e-5)
    assert app.show.camera.pose == pose
    visitor.invoke("lab_undo")
    visitor.invoke("select", None)


def test_perplexity_and_rate_are_set_by_sliders_wherever_the_embeddings_are(visitor):
    before = visitor.snapshot.perplexity, visitor.snapshot.rate
    for name in ("lab_perplexity", "lab_rate"):
        visitor.drag(name, 15)
    visitor.until(lambda: visitor.snapshot.perplexity > before[0] and visitor.snapshot.rate > before[1])
    visitor.invoke("lab_restart")
    stand, places = visitor.stand, visitor.cloud.places
    visitor.until(lambda: not np.allclose(visitor.app.lab.standing.clouds.cloud(stand).places, places))


def test_a_filter_more_is_a_point_more_at_once(visitor):
    before = len(visitor.cloud.places)
    visitor.invoke("lab_add", "conv2")
    visitor.until(lambda: len(visitor.cloud.places) == before + 1, 9000)
    assert visitor.stand.presence == 1
    visitor.invoke("lab_undo")
    visitor.until(lambda: len(visitor.cloud.places) == before, 9000)


def test_nothing_is_drawn_anew_while_nothing_moves(visitor):
    app = visitor.app
    visitor.does(PointerMoved(SIZE[0] - 5, 300))
    visitor.until(lambda: not app.tick(0.05, draw=False))
    shown: list = []
    app.lab.standing.view.show = lambda *_: shown.append(1)  # type: ignore[method-assign]
    try:
        for _ in range(5):
            app.tick(0.05, draw=False)
    finally:
        del app.lab.standing.view.show
    assert not shown
