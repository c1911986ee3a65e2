"""From one layout of a network to another."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnvis3d.network import rows
from nnvis3d.network.layer_layout import between, blend_layer
from nnvis3d.network.layout import Layout, with_bounds
from nnvis3d.network.stands import blend_stands


def blend(start: Layout, end: Layout, share: float) -> Layout:
    """The layout `share` (0-1) of the way from `start` to `end`, two layouts of one network."""
    layers = {name: blend_layer(layer, end.layers[name], share) for name, layer in start.layers.items()}
    pad, plates = between(start.pad, end.pad, share), _blend_plates(start.plates, end.plates, share)
    above = blend_stands(start.stands, end.stands, share)
    return with_bounds(Layout(end.arrangement, layers, pad, start.pad_size, plates=plates, stands=above))


def _blend_plates(
    start: tuple[rows.Plate, ...], end: tuple[rows.Plate, ...], share: float
) -> tuple[rows.Plate, ...]:
    """Those that are in both move, the others come and go."""
    before, after = {plate.key: plate for plate in start}, {plate.key: plate for plate in end}
    plates = []
    for key in before | after:
        one, other = before.get(key), after.get(key)
        plate = other or one
        assert plate is not None
        if one is not None and other is not None:
            place = between(one.placement, other.placement, share)
            pairs = zip(one.extent, other.extent, strict=True)
            width, height = (a * (1 - share) + b * share for a, b in pairs)
            presence = one.presence * (1 - share) + share
            plates.append(replace(plate, placement=place, extent=(width, height), presence=presence))
        else:
            presence = share if one is None else plate.presence * (1 - share)
            plates.append(replace(plate, presence=presence))
    return tuple(plates)


def with_faces(layout: Layout, faces: Mapping[str, int]) -> Layout:
    """The same with these maps, by layer, on the slabs of folded layers; the mean where none is named."""
    layers = dict(layout.layers)
    for name, layer in layers.items():
        if layer.style == "fold":
            layers[name] = replace(layer, shown=np.arange(len(layer.centres)) == faces.get(name))
    return replace(layout, layers=layers)
