"""What tests of asking share: a shipped network, an Explainer, frames of sample digits."""

from functools import cache

import numpy as np

from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.samples import sample_digits
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.layout import Layout, arrange
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.runtime.explain import Explainer
from nnvis3d.runtime.registry import load_network
from nnvis3d.runtime.runner import Runner
from nnvis3d.tools.ask_answers import AskAnswers
from nnvis3d.tools.ask_tool import AskTool


class Counting:
    """An Explainer that notes which of its methods were called."""

    def __init__(self, explainer: Explainer):
        self._explainer = explainer
        self.asked: list[str] = []

    def __getattr__(self, name: str):
        self.asked.append(name)
        return getattr(self._explainer, name)


class Asking:
    """An AskTool on a shipped network that has seen a digit."""

    def __init__(self, name: str = "cnn", digit: int | None = 3):
        runner, explainer = shipped(name)
        self.spec: NetworkSpec = runner.spec
        self.explainer = Counting(explainer)
        self.layout: Layout = arrange(self.spec)
        self.ask = AskTool(self.spec, self.explainer)
        self.answers = AskAnswers(self.ask)
        self.frame = frame(name, digit)
        self.ask.update(0.0, self.frame)

    def see(self, digit: int | None) -> ActivationFrame:
        """The drawing has become another one."""
        self.frame = frame(self.spec.name, digit)
        self.ask.update(0.0, self.frame)
        return self.frame


@cache
def shipped(name: str) -> tuple[Runner, Explainer]:
    network = load_network(name)
    return Runner(network), Explainer(network.module, network.spec)


def frame(name: str, digit: int | None) -> ActivationFrame:
    """Of a sample digit; None: of the empty pad."""
    runner, _ = shipped(name)
    if digit is None:
        return runner.run(np.zeros(runner.spec.preprocessing.shape, np.float32), blank=True)
    seen = reduce_drawing(sample_digits()[digit].drawing, runner.spec.preprocessing.shape, True)
    return runner.run(seen.image, seen.blank)
