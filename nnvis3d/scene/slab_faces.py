"""What the slabs of folded layers show: texels of their own, behind those of all neurons."""

from collections.abc import Iterable

import numpy as np

from nnvis3d.network.folding import face_offsets, face_texels
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.spec import NetworkSpec


class SlabFaces:
    """Texels of the strongest or the mean map of each folded layer; a change of map is a cross-fade."""

    def __init__(self, spec: NetworkSpec):
        self.offsets = face_offsets(spec)
        """By layer that can fold, its first texel."""
        self._first = spec.neurons
        count = sum(int(np.prod(spec.by_name[name].map_shape[1:])) for name in self.offsets)
        self.shown = np.zeros(count, np.float32)
        """float32 (texels,): as they are drawn now."""
        self._target = self.shown.copy()
        self._folded: dict[str, LayerLayout] = {}

    @property
    def resting(self) -> bool:
        """Whether what is shown is what shall be."""
        return self.shown is self._target

    def set_layout(self, layers: Iterable[LayerLayout], texels: np.ndarray, offsets: dict[str, int]) -> bool:
        """Where the layers stand, and so which are folded and what they show; True if that is something else.

        Args:
            texels: (neurons,), of the frame that is shown.
            offsets: by layer, where its texels begin.
        """
        before = self._folded
        self._folded = {layer.spec.name: layer for layer in layers if layer.style == "fold"}
        new = [name for name in self._folded if name not in before]
        if not new and all(self._folded[name].face == before[name].face for name in self._folded):
            return False
        self.follow(texels, offsets)
        for name in new:
            self.shown[self._place(name)] = self._target[self._place(name)]
        return True

    def follow(self, texels: np.ndarray, offsets: dict[str, int]) -> None:
        """Show these from now on; arguments as in `set_layout`."""
        if not self._folded:
            return
        if self.resting:
            self._target = self.shown.copy()
        for name, layer in self._folded.items():
            start = offsets[name]
            own = texels[start : start + layer.spec.neurons]
            self._target[self._place(name)] = face_texels(layer.spec, own, layer.face)

    def ease(self, step: float) -> None:
        """Go this share (0-1) of the way to what shall be shown; the rest too, where it is short."""
        gap = self._target - self.shown
        if step >= 1 or not len(gap) or float(np.abs(gap).max()) < 200:  # of 65535: less than a colour step
            self.shown = self._target
        else:
            self.shown = self.shown + gap * np.float32(step)

    def _place(self, name: str) -> slice:
        start = self.offsets[name] - self._first
        _, height, width = self._folded[name].spec.map_shape
        return slice(start, start + height * width)
