"""The forward pass as motion: a wave that runs from the pixels to the answer, layer by layer. No clock."""

from collections.abc import Sequence

import numpy as np

from nnvis3d.network.edges import EdgeSet, SceneEdges
from nnvis3d.network.spec import NetworkSpec

SECONDS = 1.8
"""From start to end."""
AFTERGLOW = 0.55
"""Seconds in which a layer that was reached fades, and at the end the edges."""
_AHEAD = 0.45  # how far before the front, in layers, a layer begins to light up


class Wave:
    """Where the wave is: how bright each layer is, how far the edges between them have come."""

    def __init__(self, spec: NetworkSpec | None = None, after_strokes: bool = False):
        """
        Args:
            after_strokes: whether it runs by itself when a stroke is finished.
        """
        self.after_strokes = after_strokes
        self._time: float | None = None
        self._strokes: int | None = None
        self.set_network(spec)

    def set_network(self, spec: NetworkSpec | None) -> None:
        """Another network; a running wave ends."""
        self._all = [layer.name for layer in spec.layers] if spec is not None else []
        self._away: frozenset[str] = frozenset()
        self._number()
        self.stop()

    def leave_out(self, away: frozenset[str]) -> None:
        """Do not run through these layers: they are folded into others, and it would seem to stand still."""
        if away != self._away:
            self._away = away
            self._number()

    def _number(self) -> None:
        self._names = [name for name in self._all if name not in self._away]
        self._index = {name: i for i, name in enumerate(self._names)}

    # what can be done

    @property
    def running(self) -> bool:
        return self._time is not None

    def start(self) -> None:
        """From the pixels on, also out of a running one."""
        self._time = 0.0 if self._names else None

    def stop(self) -> None:
        self._time = None

    def toggle(self) -> bool:
        """Whether it runs after every stroke from now on."""
        self.after_strokes = not self.after_strokes
        return self.after_strokes

    def follow(self, finished_strokes: int, stroking: bool) -> bool:
        """Call in every tick: ends when a stroke begins, and starts when one is finished, if that is wanted.

        Args:
            finished_strokes: how many there were, a count that grows.

        Returns:
            Whether anything is to be drawn anew.
        """
        finished = self._strokes is not None and finished_strokes > self._strokes
        self._strokes = finished_strokes
        if stroking and self.running:
            self.stop()
            return True
        if finished and not stroking and self.after_strokes:
            self.start()
            return self.running
        return False

    def update(self, dt: float) -> bool:
        """Let `dt` seconds pass; whether anything is to be drawn anew."""
        if self._time is None:
            return False
        self._time += dt
        if self._time >= SECONDS:
            self.stop()
        return True

    # what is to be seen

    @property
    def front(self) -> float:
        """Which layer it has reached, as a number between their indices; at rest the last."""
        last = len(self._names) - 1
        if self._time is None:
            return float(last)
        share = min(self._time / (SECONDS - AFTERGLOW), 1.0)
        return -_AHEAD + share * (last + _AHEAD)

    def brightness(self) -> dict[str, float]:
        """For each layer how much brighter it shines than at rest, 0-1."""
        if self._time is None:
            return dict.fromkeys(self._all, 0.0)
        glows = {name: self._glow(i) for name, i in self._index.items()}
        return dict.fromkeys(self._all, 0.0) | glows

    def reached(self) -> dict[str, float]:
        """For each layer how far it has lit up, 0-1: at rest 1, ahead of the wave 0."""
        if self._time is None:
            return dict.fromkeys(self._all, 1.0)
        front = self.front
        lit = {name: _smooth((front - i) / _AHEAD + 1) for name, i in self._index.items()}
        return dict.fromkeys(self._all, 1.0) | lit

    def edge_share(self, edges: EdgeSet) -> float:
        """How far the edges from one layer to another have grown, 0-1; at rest 0."""
        if self._time is None or not {edges.source, edges.target} <= self._index.keys():
            return 0.0
        start, end = self._index[edges.source], self._index[edges.target]
        return min(max((self.front - start) / max(end - start, 1), 0.0), 1.0)

    @property
    def edge_alpha(self) -> float:
        """Of all edges, 0-1: at the end they fade."""
        if self._time is None:
            return 0.0
        return 1 - _smooth((self._time - (SECONDS - AFTERGLOW)) / AFTERGLOW)

    def _glow(self, index: int) -> float:
        assert self._time is not None
        last = len(self._names) - 1
        reached = (index + _AHEAD) / (last + _AHEAD) * (SECONDS - AFTERGLOW)
        rise = _smooth((self.front - index) / _AHEAD + 1)
        return rise * (1 - _smooth((self._time - reached) / AFTERGLOW))

    def grown(self, sets: Sequence[EdgeSet], edges: SceneEdges) -> SceneEdges:
        """`edges`, which edges.to_scene made of `sets` without leaving any out, as far as the wave has come.

        Those that it has not reached are left out.
        """
        counts = [len(one) for one in sets if len(one)]
        shares = [self.edge_share(one) for one in sets if len(one)]
        share = np.repeat(np.array(shares, np.float32), counts)[:, None]  # (n, 1)
        starts, ends, strengths, signs = edges
        seen = share[:, 0] > 0
        ends = (starts + (ends - starts) * share)[seen]
        return starts[seen], ends, strengths[seen] * np.float32(self.edge_alpha), signs[seen]


def _smooth(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)
