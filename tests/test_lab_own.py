"""A network of one's own in the lab's window: it answers the pad; where it cannot, the window says why."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import nn

from nnvis3d.app.app import App
from nnvis3d.app.lab import LabOpener
from nnvis3d.lab.custom import base_of
from nnvis3d.lab.open_lab import open_custom
from nnvis3d.lab.session import LabSession
from nnvis3d.options import Options
from nnvis3d.scene.host import Host
from tests.test_lab_app import SIZE, Person, trained

NET = """
import torch
from torch import nn

class Shy(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 5, stride=3)
        self.output = nn.Linear(300, 10)

    def forward(self, images):
        if float(images.max()) == float(images.min()) and len(images) == 1 and Shy.shy:
            raise ValueError("nothing to see")
        return self.output(self.conv(images).relu().flatten(1))

Shy.shy = False

def shy():
    return Shy()

def make():
    return nn.Sequential(nn.Conv2d(1, 4, 5, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(196, 10))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("own") / "lab_own_net.py"
    path.write_text(NET)
    return str(path)


@contextmanager
def window(model: str, base: Callable | None) -> Iterator[Person]:
    lab = LabOpener(lambda: LabSession(open_custom(model, "digits"), 0.02).open(), base=base)
    app = App(Host(SIZE, offscreen=True), Options(model="mlp", size=SIZE), lab=lab)
    person = Person(app)
    try:
        person.until(lambda: app.lab.snapshot is not None and app.frame is not None)
        yield person
    finally:
        app.close()


def said(person: Person, words: str) -> bool:
    return any(words in message.text for message in person.app.panels.messages.shown)


def test_it_answers_the_pad_with_the_newest_weights(folder):
    model = f"{folder}:make"
    with window(model, base_of(model)) as person:
        app = person.app
        assert app.frame.spec.name == model and app.runner.spec.drawable
        before = app.frame.values
        trained(person, 3)
        app.pad.step_sample(1)
        person.until(
            lambda: not np.array_equal(app.frame.image, before[: app.frame.image.size].reshape(1, 32, 32))
        )
        person.until(lambda: app.lab.snapshot.shown.step == app.lab.snapshot.step)
        module = base_of(model)(None)
        weights = {name: torch.tensor(value) for name, value in app.lab.snapshot.shown.weights.items()}
        module.load_state_dict(weights)
        with torch.no_grad():
            expected = module(torch.from_numpy(app.frame.image)[None])[0].numpy()
        assert np.allclose(app.frame.layer(app.frame.spec.output.name), expected, atol=1e-4)
        assert "lab_source/hold" in app.panels.hud.places


def test_code_that_makes_another_network_here_is_said_and_what_the_lab_computes_is_shown(folder):
    with window(f"{folder}:make", lambda plan: nn.Sequential(nn.Flatten(), nn.Linear(1024, 10))) as person:
        app = person.app
        person.until(lambda: said(person, "cannot be made a second time, to answer the pad"))
        assert not app.runner.spec.drawable and app.lab.desk.source == "sample"
        person.invoke("lab_step")
        person.until(lambda: person.snapshot.step == 1 and not person.snapshot.running)
        person.until(lambda: np.array_equal(app.frame.values, person.snapshot.shown.activations))
        app.tick(0.05, draw=False)
        assert not any(name.startswith("lab_source") for name in app.panels.hud.places)


def test_a_picture_that_its_code_refuses_is_said_and_the_last_one_stays(folder):
    model = f"{folder}:shy"
    base = base_of(model)
    with window(model, base) as person:
        app, frame = person.app, person.app.frame
        type(base(None)).shy = True
        app.pad.clear()
        person.until(lambda: said(person, "does not answer this picture (ValueError: nothing to see)"))
        assert app.frame is frame
        app.pad.step_sample(1)
        person.until(lambda: app.frame is not frame)
