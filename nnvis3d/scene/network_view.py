"""Draws a network: its layers, fed from one texture of activations."""

from collections.abc import Iterable

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.frame import TEXEL_ZERO, ActivationFrame
from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.scene.layer_nodes import LayerNode
from nnvis3d.scene.layer_presence import LayerPresence
from nnvis3d.scene.output_bars import OutputBars
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.slab_faces import SlabFaces
from nnvis3d.scene.textures import FlatTexture, table_texture
from nnvis3d.scene.tiles import Tiles
from nnvis3d.scene.voxels import Voxels

EASE_SECONDS = 0.22
"""Time constant with which activations ease to new values when they do not follow a stroke."""
SMALL = 200_000
"""Neurons up to which easing on the CPU costs nothing that anyone sees."""


class NetworkView:
    """The node `network`. Shows the newest frame; eases what it shows; hides and shows layers."""

    def __init__(self, spec: NetworkSpec, layout: Layout, parent: p3d.NodePath, shaders: ShaderLibrary):
        self.spec = spec
        self.path = parent.attach_new_node("network")
        self.faces = SlabFaces(spec)
        self._activations = FlatTexture("activations", spec.neurons + len(self.faces.shown))
        places = [layout.layers[layer.name] for layer in spec.layers]
        self.layers = {place.spec.name: LayerNode(place, self.path) for place in places}
        self.tiles = Tiles(places, spec.offsets, self.faces.offsets, self.path, shaders, self._activations)
        self.voxels = Voxels(places, self.faces.offsets, self.path, shaders)
        self.bars = OutputBars(spec, layout, self.layers[spec.output.name].path, shaders)
        self._shown = self._rest()
        self._target = self._shown
        self._presence = LayerPresence(self.layers)
        self._wave = dict.fromkeys(self.layers, 0.0)
        self._stale = True
        self.faces.set_layout(places, self._shown, spec.offsets)
        self._write_activations()

    def _rest(self) -> np.ndarray:
        """float32 (neurons,): texels of a network that has seen nothing."""
        rest = np.zeros(self.spec.neurons, np.float32)
        for layer in self.spec.layers:
            if layer.signed:
                start = self.spec.offsets[layer.name]
                rest[start : start + layer.neurons] = TEXEL_ZERO
        return rest

    @property
    def hidden(self) -> frozenset[str]:
        """Names of the layers that are hidden."""
        return self._presence.hidden

    def show(self, frame: ActivationFrame | None, ease: bool) -> None:
        """Show this frame from now on (None: at rest); at once, or easing from what is shown."""
        texels = self._rest() if frame is None else frame.texels
        self.bars.show(None if frame is None else frame.probabilities, ease)
        self._target = texels
        self.faces.follow(texels, self.spec.offsets)
        if not ease or self.spec.neurons > SMALL:
            self._shown = texels
            self.faces.ease(1.0)
            self._write_activations()

    def set_colors(self, colors: ColorMap) -> None:
        """Colour activations with this map."""
        tables = np.stack([colors.sequential, colors.diverging])
        self.path.set_shader_input("u_color_map", table_texture("colormap", tables))

    def set_layout(self, layout: Layout) -> None:
        """Stand so from now on, and let folded layers show their maps of this layout."""
        self.set_faces(layout)
        places = [layout.layers[name] for name in self.layers]
        self.tiles.set_layout(places)
        self.voxels.set_layout(places)
        for name, node in self.layers.items():
            node.set_layout(layout.layers[name])

    def set_faces(self, layout: Layout) -> None:
        """Let folded layers show their maps of this layout; all else stands as it did."""
        places = [layout.layers[name] for name in self.layers]
        if self.faces.set_layout(places, self._target, self.spec.offsets):
            self.faces.ease(float(self.spec.neurons > SMALL))
            self._write_faces()

    def set_folds(self, folds: frozenset[str]) -> None:
        """Blocks fold in long networks only: here layers do."""

    def set_hidden(self, names: Iterable[str]) -> None:
        """Hide these layers, show all others; they fade."""
        self._presence.hide(names)

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
        changed = self._ease_activations(dt)
        changed |= self.bars.update(dt)
        changed |= self._presence.ease(dt)
        if changed or self._stale:
            self.tiles.set_state(self._presence.shares, self._wave)
            self.bars.set_presence(self._presence.shares[self.spec.output.name])
        stale, self._stale = self._stale, False
        return changed or stale

    def _write_activations(self) -> None:
        self._activations.write(self._shown.astype(np.uint16, copy=False))
        self._write_faces()

    def _write_faces(self) -> None:
        self._activations.write(self.faces.shown.astype(np.uint16), self.spec.neurons)

    def _ease_activations(self, dt: float) -> bool:
        if self._shown is self._target and self.faces.resting:
            return False
        target = self._target.astype(np.float32, copy=False)
        shown = self._shown.astype(np.float32, copy=False)
        step = 1 - np.exp(-dt / (EASE_SECONDS / 3))
        shown = shown + (target - shown) * np.float32(step)
        close = float(np.abs(target - shown).max()) < 200  # of 65535: less than a colour step
        self._shown = self._target if close else shown
        self.faces.ease(float(step))
        self._write_activations()
        return True

    def look_from(self, pose: CameraPose, size: tuple[int, int], flatness: float) -> None:
        """The camera stands here now: near neurons become blocks. `size` of the picture in pixels."""
        self.voxels.update(pose, size[1], flatness, self._presence.shares)

    def set_reflected(self, reflected: bool) -> None:
        """Whether there is a floor to see the layers in."""
        self.tiles.set_reflected(reflected)

    def remove(self) -> None:
        """Take the network off the stage."""
        self.path.remove_node()
