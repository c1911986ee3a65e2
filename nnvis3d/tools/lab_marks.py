"""What the lab marks in the scene: bars under feature maps, frozen and dead filters, what is pointed at."""

import numpy as np

from nnvis3d.network.lab_snapshot import LayerNumbers
from nnvis3d.network.marks import Color, Marks, MarkSpec
from nnvis3d.network.spec import LayerSpec
from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.theme import Theme

LIFT = 0.3
ICE: Color = (0.45, 0.75, 1.0)
"""Of what is frozen."""
BAR = 0.085
"""Height of a bar, share of the map's."""


def lab_marks(state: LabState, theme: Theme) -> Marks:
    """Everything, of the layers with weights."""
    spec = state.snapshot.shown.spec
    found: list[MarkSpec] = []
    for name in state.layers:
        layer, numbers = spec.by_name[name], state.snapshot.layers.get(name)
        if numbers is not None and len(numbers.mean_activation) == layer.map_shape[0]:
            found += _bars(layer, numbers, state.bars, theme)
            if state.tab == "layers":
                found += [_around(layer, k, _color(theme.error), 0.85) for k in numbers.dead]
        for k in state.snapshot.frozen.filters.get(name, ()):
            if k < layer.map_shape[0]:
                found.append(_around(layer, k, ICE, 0.95))
    if state.filter is not None:
        found.append(_around(spec.by_name[state.layer], state.filter, _color(theme.selection), 1.0))
    if state.pointed is not None:
        found.append(_around(spec.by_name[state.pointed[0]], state.pointed[1], _color(theme.accent), 1.0))
    return Marks(tuple(found))


def bar_values(numbers: LayerNumbers, kind: str) -> np.ndarray:
    """float32 (F,): what the bars of one layer say, 0 to 1 of its largest; empty: there are none."""
    values = {
        "activation": np.abs(numbers.mean_activation),
        "gradient": numbers.filter_gradient,
        "change": numbers.filter_change,
    }.get(kind)
    if values is None:
        return np.zeros(0, np.float32)
    values = np.nan_to_num(values)
    return values / max(float(values.max()), 1e-12)


def _bars(layer: LayerSpec, numbers: LayerNumbers, kind: str, theme: Theme) -> list[MarkSpec]:
    """Along the lower edge of each feature map; a fully connected neuron has no room for one."""
    _, height, width = layer.map_shape
    if height * width == 1:
        return []
    found, top, thick = [], height * (1 + 0.01), max(BAR * height, 0.5)
    track, color = _color(theme.faint), _color(theme.accent)
    for k, value in enumerate(bar_values(numbers, kind).tolist()):
        place = (layer.name, k, top, 0.0, top + thick)
        found.append(MarkSpec(*place, float(width), "product", "fill", track, 0.3, LIFT))
        if value > 0.005:
            found.append(MarkSpec(*place, width * value, "product", "fill", color, 0.95, 1.2 * LIFT))
    return found


def _around(layer: LayerSpec, channel: int, color: Color, alpha: float) -> MarkSpec:
    """A frame about a whole feature map, or a neuron."""
    _, height, width = layer.map_shape
    edge = 0.02 * max(height, width)
    box = (-edge, -edge, height + edge, width + edge)
    return MarkSpec(
        layer.name, channel, *box, "field", "ring" if height * width == 1 else "frame", color, alpha, LIFT
    )


def _color(color: tuple[int, int, int, int]) -> Color:
    return color[0] / 255, color[1] / 255, color[2] / 255
