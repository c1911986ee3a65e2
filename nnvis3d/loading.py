"""Imports PyTorch and loads networks beside the first pictures: nobody waits for it in front of a dead
window."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from nnvis3d.errors import UserError
from nnvis3d.network.catalog import NETWORKS
from nnvis3d.options import Options

if TYPE_CHECKING:
    from nnvis3d.runtime.explain import Explainer
    from nnvis3d.runtime.runner import Runner
    from nnvis3d.runtime.tracing.runner import TracedRunner
    from nnvis3d.runtime.worker import Worker

    AnyRunner = Runner | TracedRunner


@dataclass(frozen=True)
class Loaded:
    """What came of a request."""

    name: str
    runner: "AnyRunner | None"
    apart: bool = False
    """Whether it is too slow to run inside a tick."""
    error: str = ""
    """Why there is no runner, in words for people."""


def import_runtime() -> None:
    """PyTorch and what runs networks, which take a second the first time."""
    import nnvis3d.runtime.registry
    import nnvis3d.runtime.runner
    import nnvis3d.runtime.tracing.runner  # noqa: F401


def load_runner(name: str, weights: Path | None = None, options: Options | None = None) -> "AnyRunner":
    """The network `name`, ready to answer: a built-in one, or one that Python code or a file brings.

    Args:
        options: what the person said of the network that `options.model` names; others get none of it.

    Raises:
        UserError: no such network, or unusable weights.
    """
    meant = options is None or options.model == name
    weights = weights if meant else None
    if name in NETWORKS:
        return _builtin_runner(name, weights)
    from nnvis3d.runtime.bringing.bring import bring
    from nnvis3d.runtime.bringing.examples import Wanted
    from nnvis3d.runtime.tracing.runner import TracedRunner

    wanted = Wanted(options.input_shape, options.picture) if options is not None and meant else None
    return TracedRunner(bring(name, weights, wanted))


def _builtin_runner(name: str, weights: Path | None) -> "AnyRunner":
    from nnvis3d.runtime.registry import load_network
    from nnvis3d.runtime.runner import Runner
    from nnvis3d.runtime.tracing.runner import TracedRunner

    network = load_network(name, weights)
    return Runner(network) if network.trace is None else TracedRunner(network.trace)


def runs_apart(runner: "AnyRunner") -> bool:
    """Whether a network is too slow to run inside a tick: measured."""
    from nnvis3d.runtime.worker import runs_apart

    return runs_apart(runner)


def worker_of(runner: "AnyRunner") -> "Worker":
    """Who runs a slow network beside the picture."""
    from nnvis3d.runtime.worker import Worker

    return Worker(runner)


def explainer_of(runner: "AnyRunner") -> "Explainer":
    """Who explains what this runner's network computes."""
    if hasattr(runner, "explainer"):  # it is in another process, see viewing/
        return runner.explainer()
    from nnvis3d.runtime.explain import Explainer

    return Explainer(runner.module, runner.spec, lenient=runner.spec.name not in NETWORKS)


class NetworkLoader:
    """Loads one network after another beside the tick, which polls for the results in that order."""

    def __init__(self, load: Callable[[str], "AnyRunner"] = load_runner):
        self._load = load
        self._results: SimpleQueue[Loaded] = SimpleQueue()
        self.pending = 0
        """Requests that are not answered yet."""
        self._newest: threading.Thread | None = None

    def request(self, name: str) -> None:
        """Begin to load; `poll` tells when it is done."""
        self.pending += 1
        work = threading.Thread(
            target=self._work, args=(name, self._newest), name=f"load-{name}", daemon=True
        )
        self._newest = work
        work.start()

    def _work(self, name: str, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        try:
            runner = self._load(name)
            self._results.put(Loaded(name, runner, runs_apart(runner)))
        except UserError as error:
            self._results.put(Loaded(name, None, error=str(error)))
        except Exception as error:  # nobody else hears of it, and the window would wait for ever
            self._results.put(Loaded(name, None, error=f"{name}: cannot be loaded ({error})"))

    def poll(self) -> Loaded | None:
        """The next finished request, if any."""
        try:
            result = self._results.get_nowait()
        except Empty:
            return None
        self.pending -= 1
        return result


class DirectLoader(NetworkLoader):
    """Loads while it is asked: for recordings, where a network must arrive in the same tick every time."""

    def request(self, name: str) -> None:
        self.pending += 1
        self._work(name, None)
