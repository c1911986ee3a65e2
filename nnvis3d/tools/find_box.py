"""The find box: what is typed, what was found, which of it is meant."""

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.scene.hud.ask_state import FindState
from nnvis3d.tools.finder import Finder, Found, find_state

Target = str | NeuronId
"""The name of a layer, or a neuron."""


class FindBox:
    """Open or closed; searches one network."""

    def __init__(self) -> None:
        self.state: FindState | None = None
        """For the panel; None: closed."""
        self._finder: Finder | None = None
        self._results: tuple[Found, ...] = ()
        self._opened = 0

    def set_network(self, spec: NetworkSpec | None) -> None:
        """Search this one; what was found in another is gone."""
        self._finder = Finder(spec) if spec is not None else None
        self.close()

    def open(self, frame: ActivationFrame | None = None) -> None:
        """With all layers to choose from; opened again, it takes the keyboard again."""
        if self._finder is None:
            return
        self._opened += 1
        self.query("", frame)

    def query(self, text: str, frame: ActivationFrame | None = None, here: str = "") -> None:
        """Look for `text`.

        Args:
            here: the layer that is meant by "here".
        """
        if self._finder is None:
            return
        self._results = self._finder.find(text, frame, here)
        self.state = find_state(text, self._results, 0, self._opened)

    def choose(self, index: int) -> None:
        """Which of the results Enter goes to."""
        if self.state is not None and 0 <= index < len(self._results):
            self.state = find_state(self.state.query, self._results, index, self._opened)

    def go(self, index: int | None = None) -> Target | None:
        """Close and return what was found; None, and it stays open, where nothing was.

        Args:
            index: of the result; None: the chosen one.
        """
        if self.state is None:
            return None
        index = self.state.chosen if index is None else index
        if not 0 <= index < len(self._results):
            return None
        target = self._results[index].target
        self.close()
        return target

    def close(self) -> None:
        self.state = None
        self._results = ()
