"""The whole program with a long network: blocks fold and open, a slow network runs beside the picture."""

import time

import numpy as np
import pytest

from nnvis3d.app import answering
from nnvis3d.app.app import TICK_SECONDS, App
from nnvis3d.errors import UserError
from nnvis3d.loading import NetworkLoader
from nnvis3d.network.spec import NeuronId
from nnvis3d.options import Options
from nnvis3d.scene import input_events as events
from nnvis3d.scene.host import Host
from tests.large_networks import MadeUp, resnet20, transformer
from tests.networks import without_image

SIZE = (960, 540)


class Silent:
    """Explains nothing: these tests ask no weights."""

    def __getattr__(self, name: str):
        raise LookupError(name)


@pytest.fixture
def start(monkeypatch):
    monkeypatch.setattr(answering, "explainer_of", lambda runner: Silent())
    begun = []

    def start(runner: MadeUp) -> App:
        host = Host(SIZE, offscreen=True)
        begun.append(App(host, Options(model=runner.spec.name, size=SIZE), NetworkLoader(lambda _: runner)))
        begun[-1].settle()
        return begun[-1]

    yield start
    for app in begun:
        app.close()


def test_blocks_open_and_fold_by_action_by_label_and_all_at_once(start):
    app = start(MadeUp(resnet20()))
    arrangement = app.show.arrangement
    shown = lambda: set(app.show.network.layers) - arrangement.layout.away  # noqa: E731
    assert len(shown()) == 9
    app.invoke("fold_layer", "layer2")
    app.settle()
    assert len(shown()) == 11 and arrangement.folds >= {"layer2.0", "layer2.1", "layer2.2"}
    box = app.panels.hud._under.places["label/group/layer1"]
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for down in (True, False):
        app.input.inject(events.PointerMoved(x, y))
        app.input.inject(events.ButtonChanged(0, down, x, y))
        app.tick(TICK_SECONDS)
    app.settle()
    assert "layer1" not in arrangement.folds and "layer1.0" in arrangement.folds
    app.invoke("unfold_all")
    app.settle()
    assert not arrangement.layout.away
    app.invoke("fold_layer", "layer1.0.bn1")  # the innermost block around it
    assert arrangement.folds == {"layer1.0"}
    app.invoke("fold_groups")
    app.settle()
    assert len(shown()) == 9


def test_a_neuron_that_is_folded_away_is_not_picked_but_found(start):
    app = start(MadeUp(resnet20()))
    neuron = NeuronId("layer2.1.conv2", 3, 4, 5)
    app.asking.fly_to(neuron)
    app.settle()
    layout = app.show.arrangement.layout
    assert neuron.layer not in layout.away
    pixels, seen = app.show.rig.project(layout.position(neuron)[None])
    assert seen[0]
    assert app.show.pointing.pick(*pixels[0]).neuron == neuron


def test_hiding_a_block_hides_all_of_it(start):
    app = start(MadeUp(resnet20()))
    app.invoke("toggle_layer", "layer3")
    assert len(app.show.hidden) == 21
    app.invoke("toggle_layer", "layer3")
    assert not app.show.hidden


def test_what_cannot_be_drawn_for_has_no_pad(start):
    app = start(MadeUp(transformer(2)))
    assert app.show.pad_view.path.is_hidden()
    x, y = app.show.rig.project(app.show.arrangement.layout.pad.to_scene(np.zeros((1, 3))))[0][0]
    assert app.show.pointing.to_pad(float(x), float(y), False) is None
    labels = app.panels._title_labels(app.show.arrangement.layout, True)
    assert any("Nothing to draw here:" in label.lines for label in labels)
    assert "pen" not in app.panels.hud.places


def test_a_short_network_that_reads_no_image_is_shown_without_a_pad(start):
    app = start(MadeUp(without_image((8,), (1, 3, 12), (3,))))
    assert app.show.pad_view.path.is_hidden()
    labels = app.panels._title_labels(app.show.arrangement.layout, True)
    assert [label.key for label in labels] == ["layer/input", "layer/layer1", "layer/layer2"]
    boxes = [app.panels.hud._under.places[f"label/{label.key}"] for label in labels]
    assert min(box[0] for box in boxes) > 0 and max(box[2] for box in boxes) < SIZE[0]
    assert "home" in app.panels.hud.places and "pen" not in app.panels.hud.places


def test_a_slow_network_answers_beside_the_picture_and_what_fails_is_said(start):
    class Slow(MadeUp):
        fails = False

        def run(self, image, blank=False):
            if self.fails:
                raise UserError("layer2.0.conv1: fails")
            time.sleep(0.006)
            return super().run(image, blank)

    runner = Slow(resnet20())
    app = start(runner)
    assert app.answering.worker is not None and app.frame is not None
    first = app.frame
    runner.fails = True
    app.pad.clear()
    app.answering.again()
    app.settle()
    assert app.frame is first
    assert any("layer2.0.conv1: fails" in message.text for message in app.panels.messages.shown)
