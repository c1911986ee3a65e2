"""Draws a long or large network: a page a layer, plates and rims beneath, lines between. See pages.py."""

from collections.abc import Iterable

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.frame import CODES, ActivationFrame
from nnvis3d.network.layout import Layout
from nnvis3d.network.links import Link, Pieces, links, pieces
from nnvis3d.network.means import MeanPlan, with_means
from nnvis3d.network.row_ends import true_colors
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.scene.arcs import Arcs
from nnvis3d.scene.layer_nodes import LayerNode
from nnvis3d.scene.layer_presence import LayerPresence
from nnvis3d.scene.output_bars import OutputBars
from nnvis3d.scene.pages import Pages
from nnvis3d.scene.plates import Plates
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import table_texture


class PagedView:
    """The node `network`, for networks that stand in rows; what NetworkView is for the others.

    Shows the newest frame as it comes: nothing eases, for that would need every activation a second time.
    """

    def __init__(self, spec: NetworkSpec, layout: Layout, parent: p3d.NodePath, shaders: ShaderLibrary):
        self.spec = spec
        self.path = parent.attach_new_node("network")
        places = list(layout.layers.values())
        self.layers = {place.spec.name: LayerNode(place, self.path, maps=False) for place in places}
        self.plan = MeanPlan(spec)
        self._shaders = shaders
        self._layout = layout
        self._pages: Pages | None = None
        self._make_pages(np.uint8)
        self.plates = Plates(spec, self.path, shaders)
        self.arcs = Arcs(self.path, shaders)
        self.bars = OutputBars(spec, layout, self.layers[spec.output.name].path, shaders)
        self.lines: Pieces = pieces(layout, ())
        """Between the layers, as they are drawn."""
        self._links: tuple[Link, ...] = ()
        self._folds: object = None
        self._presence = LayerPresence(self.layers)
        self._wave = dict.fromkeys(self.layers, 0.0)
        self._stale = True
        self._rest()

    @property
    def pages(self) -> Pages:
        assert self._pages is not None
        return self._pages

    def _make_pages(self, dtype: type) -> None:
        if self._pages is not None:
            self._pages.path.remove_node()
        colored = self.spec.input.name if true_colors(self.spec) else None
        places = list(self._layout.layers.values())
        self._pages = Pages(places, self.plan, colored, self.path, self._shaders, dtype)
        self._dtype = dtype

    def _rest(self) -> None:
        """Show a network that has seen nothing."""
        zero = CODES[np.dtype(self._dtype)].zero
        texels: np.ndarray = np.zeros(self.spec.neurons, self._dtype)
        means: np.ndarray = np.zeros(self.plan.length, self._dtype)
        for layer in self.spec.layers:
            if layer.signed:
                for level, one in enumerate(self.plan.levels[layer.name]):
                    target = texels if level == 0 else means
                    target[one.first : one.first + one.texels(layer.map_shape[0])] = zero
        self.pages.show(texels, means)

    @property
    def hidden(self) -> frozenset[str]:
        """Names of the layers that are hidden."""
        return self._presence.hidden

    def show(self, frame: ActivationFrame | None, ease: bool) -> None:
        """Show this frame from now on (None: at rest), as soon as it is uploaded."""
        self.bars.show(None if frame is None else frame.probabilities, ease)
        self._stale = True
        if frame is None:
            self._rest()
            return
        if frame.texels.dtype != self._dtype:
            self._make_pages(frame.texels.dtype.type)
            self._recolor()
        if frame.means is None:
            frame = with_means(self.plan, frame)
        assert frame.means is not None
        self.pages.show(frame.texels, frame.means)

    def set_colors(self, colors: ColorMap) -> None:
        """Colour activations with this map."""
        tables = np.stack([colors.sequential, colors.diverging])
        self.path.set_shader_input("u_color_map", table_texture("colormap", tables))

    def _recolor(self) -> None:
        self.pages.set_layout(list(self._layout.layers.values()))
        self.pages.set_state(self._presence.shares, self._wave)

    def set_folds(self, folds: frozenset[str]) -> None:
        """Which blocks are folded, or going to be: lines run between what is seen then."""
        if folds != self._folds:
            self._folds = folds
            self._links = links(self.spec, folds)
            self._draw_lines()

    def set_layout(self, layout: Layout) -> None:
        """Stand so from now on."""
        self._layout = layout
        places = [layout.layers[name] for name in self.layers]
        self.pages.set_layout(places)
        for name, node in self.layers.items():
            node.set_layout(layout.layers[name])
        self._draw_lines()
        self._stale = True

    def _draw_lines(self) -> None:
        self.plates.set_layout(self._layout, self._presence.hidden)
        self.lines = pieces(self._layout, self._links, self._presence.hidden)
        self.arcs.show(self.lines)

    def set_faces(self, layout: Layout) -> None:
        """Layers of long networks do not fold to one map: blocks do."""

    def set_hidden(self, names: Iterable[str]) -> None:
        """Hide these layers, show all others; they fade."""
        self._presence.hide(names)
        self._draw_lines()

    def fade_in(self) -> None:
        """Come out of nothing from now on."""
        self._presence.come()
        self._stale = True

    def set_wave(self, brightness: dict[str, float]) -> None:
        """How bright the passing wave makes each layer (0-1)."""
        self._wave = {name: brightness.get(name, 0.0) for name in self.layers}
        self._stale = True

    def update(self, dt: float) -> bool:
        """Ease by `dt` seconds; True if anything that is drawn has changed."""
        changed = self.bars.update(dt)
        faded = self._presence.ease(dt)
        if faded or self._stale:
            self.pages.set_state(self._presence.shares, self._wave)
            self.bars.set_presence(self._presence.shares[self.spec.output.name])
        changed |= faded | self.pages.update() | self._stale
        self._stale = False
        return changed

    def look_from(self, pose: CameraPose, size: tuple[int, int], flatness: float) -> None:
        """The camera stands here now; `size` of the picture in pixels."""
        self.arcs.resize(size[1])
        self.pages.look_from(pose, size)

    def set_reflected(self, reflected: bool) -> None:
        """Long networks are not mirrored in the floor."""

    def remove(self) -> None:
        """Take the network off the stage."""
        self.path.remove_node()
