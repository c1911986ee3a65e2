"""Which edges stand in the scene now: those of the neuron that is asked, or those that the wave grows."""

from nnvis3d.network.edges import SceneEdges, to_scene
from nnvis3d.network.layout import Layout
from nnvis3d.tools.ask_answers import AskAnswers
from nnvis3d.tools.latest import Latest
from nnvis3d.tools.wave import Wave


class EdgesInScene:
    """Says what to draw only when that has changed."""

    def __init__(self, answers: AskAnswers, wave: Wave):
        self._answers = answers
        self._wave = wave
        self._placed: Latest[SceneEdges] = Latest()
        self._told: SceneEdges | None = None

    def changed(self, layout: Layout) -> SceneEdges | None:
        """What is to be drawn from now on, as edges.to_scene says it; None: as before."""
        sets = self._answers.answer_path() if self._wave.running else self._answers.edges()
        edges = self._placed.of((), (sets, layout), lambda: to_scene(layout, sets))
        if self._wave.running:
            edges = self._wave.grown(sets, edges)
        if edges is self._told:
            return None
        none_before = self._told is None or not len(self._told[0])
        self._told = edges
        return None if none_before and not len(edges[0]) else edges
