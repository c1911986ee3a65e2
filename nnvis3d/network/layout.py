"""Where everything stands: a pure function of the NetworkSpec. No window and no weights needed.

Axes: x to the right, y away from the viewer, z up; the floor is z = 0. The scene unit is the pitch of conv1's
neurons, about. Maps stand upright and face -y. Layers are columns that follow each other from left to right,
on an arc around the viewer ("3d") or on a straight line ("2d"); what stands in a layer is the same in both,
so going from one to the other moves layers as rigid bodies. The styles in which maps can stand there are in
layer_styles.py.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from nnvis3d.network import row_packing, rows
from nnvis3d.network.grouping import first_folds, items, paged
from nnvis3d.network.layer_bodies import HEIGHT, PAD_SIZE, barred, body
from nnvis3d.network.layer_layout import LayerLayout, Placement, scaled
from nnvis3d.network.layer_styles import MOST_BARS, check_styles, styled
from nnvis3d.network.row_ends import answers, few_classes, input_body, top_classes
from nnvis3d.network.row_packing import Slot, framed, slots
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.network.stands import Item, Stand, stand

FLOOR_CLEARANCE = 9.0
"""From the floor to the foot of the columns."""
CENTRE_Z = FLOOR_CLEARANCE + HEIGHT / 2
PAD_LIFT = 11.0
"""The pad and the input stand nearer than the middle: moved so much towards it, their outer edges are level
with the columns' in the picture."""
FLOW_RATIO = 1.94
"""Length of the flow in columns' heights that fills a 16:9 picture; few layers are spread out to it."""
LEAST_GAP, MOST_GAP = 9.0, 46.0
"""Between one column and the next."""
MOST_GAP_WITHOUT_PAD = 92.0
"""Where no pad makes the first column wide, the few columns that there are spread out further."""
LEAST_WIDTH_SHARE = 0.06
"""Of all layers' widths, that a column takes there: titles have room beside very wide layers, too."""
MOST_GROWTH = 4.6
"""By which layers are larger where no pad fills the column's height, so that they do."""
LEAST_WIDTH = 20.0
"""That a column takes in the flow, so that its title has room."""
ARC_RADIUS = 470.0
"""Of the circle on which 3d layers stand."""
ANSWER_WIDTH = 72.0
"""By which rows are wider where no answer stands at their right."""


Column = float | Slot
"""What a layer takes of the flow: the width of its column, or its slot in a row."""


@dataclass(frozen=True, eq=False)
class Layout:
    """A network's layers and its pad, placed."""

    arrangement: str
    """"3d" or "2d"."""
    layers: Mapping[str, LayerLayout]
    pad: Placement
    """Where nothing can be drawn for the network: the place that a pad would have."""
    pad_size: float = PAD_SIZE
    """0 where none stands: nothing can be drawn for the network, and no place is kept for a pad."""
    lower: np.ndarray = field(default_factory=lambda: np.zeros(3))
    """float64 (3,): the corner of the box around everything, a pad included."""
    upper: np.ndarray = field(default_factory=lambda: np.zeros(3))
    plates: tuple[rows.Plate, ...] = ()
    """What the open blocks of a long network lie on."""
    stands: tuple[Stand, ...] = ()
    """Embeddings that stand above layers."""

    def on_pad(self, points: np.ndarray) -> np.ndarray:
        """Scene points float64 (n, 3) of pad points (n, 2), 0 to 1 from its upper left."""
        local = np.zeros((len(points), 3))
        local[:, 0], local[:, 2] = points[:, 0] - 0.5, 0.5 - points[:, 1]
        return self.pad.to_scene(local * self.pad_size)

    @cached_property
    def spheres(self) -> tuple[np.ndarray, np.ndarray]:
        """Centres float64 (layers, 3) and radii (layers,) of spheres around the layers."""
        places = self.layers.values()
        centres = np.array([layer.placement.position for layer in places])
        sizes = np.array([(*layer.extent, 2 * layer.depth) for layer in places])
        return centres, np.linalg.norm(sizes, axis=1) / 2 + 1e-6

    @cached_property
    def away(self) -> frozenset[str]:
        """Names of the layers that are folded into others."""
        return frozenset(name for name, layer in self.layers.items() if layer.presence <= 0)

    def position(self, neuron: NeuronId) -> np.ndarray:
        """Scene position float64 (3,) of a neuron's centre."""
        layer = self.layers[neuron.layer]
        return layer.cells(np.array([layer.spec.index(neuron)]))[0]


def _flow_positions(widths: list[float], most: float) -> list[float]:
    """Centres along the flow of columns with these widths and even gaps, `most` at most; the whole is centred
    on 0."""
    count = len(widths)
    # Few narrow layers spread out to fill a 16:9 picture; many stand closely.
    gap = min(max((HEIGHT * FLOW_RATIO - sum(widths)) / max(count - 1, 1), LEAST_GAP), most)
    total = sum(widths) + gap * (count - 1)
    positions, edge = [], -total / 2
    for width in widths:
        positions.append(edge + width / 2)
        edge += width + gap
    return positions


def _on_flow(arrangement: str, along: float, z: float, radius: float) -> Placement:
    if arrangement == "2d":
        return Placement((along, 0.0, z))
    angle = along / radius
    return Placement((radius * math.sin(angle), radius * (math.cos(angle) - 1), z), -math.degrees(angle))


def arrange(
    network: NetworkSpec,
    arrangement: str = "3d",
    styles: Mapping[str, str] = MappingProxyType({}),
    faces: Mapping[str, int] = MappingProxyType({}),
    folds: Collection[str] | None = None,
    embeddings: Sequence[Item] = (),
    columns: Mapping[str, Column] = MappingProxyType({}),
) -> Layout:
    """Place all layers and the pad.

    The input stands above the pad, both to the left of the first layer. For a network that reads no image no
    pad stands there: its input is a column like all others. The flow makes room for whatever a layer's style
    takes.

    Args:
        styles: by layer, one of layer_styles.STYLES; "grid" where none is named.
        faces: by folded layer, the map that its slab shows; the mean of all where none is named.
        folds: names of the blocks that are folded; None: those of the first view.
        embeddings: what stands above layers; of layers that are not there nothing does.
        columns: as `columns_of` has them; of more layers than the network has where it is to stand like
            another one. Left out, or not of all its layers: its own.

    Raises:
        ValueError: `arrangement` is neither "3d" nor "2d", or a layer cannot stand in the style named.
    """
    if arrangement not in ("3d", "2d"):
        raise ValueError(f'arrangement: expected "3d" or "2d", got {arrangement!r}')
    check_styles(network, styles)
    if paged(network):
        shared = {name: slot for name, slot in columns.items() if isinstance(slot, Slot)}
        folds = first_folds(network) if folds is None else folds
        placed = _arrange_rows(network, arrangement, folds, shared)
    else:
        bodies = _bodies(network, styles, faces)
        widths = {name: width for name, width in columns.items() if not isinstance(width, Slot)}
        widths = widths if network.by_name.keys() <= widths.keys() else _widths(network, bodies)
        arrange_flow = _arrange_flow if network.drawable else _arrange_flow_without_pad
        placed = arrange_flow(arrangement, bodies, widths)
    return with_bounds(replace(placed, stands=stand(placed.layers, embeddings)))


def _arrange_flow(arrangement: str, bodies: list[LayerLayout], columns: Mapping[str, float]) -> Layout:
    """Columns that follow each other, the input above the pad at the left."""
    top = CENTRE_Z + HEIGHT / 2
    heights = [top - PAD_LIFT - bodies[0].extent[1] / 2] + [CENTRE_Z] * (len(bodies) - 1)
    places = _in_columns(arrangement, bodies, columns, [*heights, FLOOR_CLEARANCE + PAD_LIFT + PAD_SIZE / 2])
    layers = {b.spec.name: replace(b, placement=place) for b, place in zip(bodies, places, strict=False)}
    return Layout(arrangement, layers, places[-1])


def _arrange_flow_without_pad(
    arrangement: str, bodies: list[LayerLayout], columns: Mapping[str, float]
) -> Layout:
    """Columns that follow each other, all on one height, the tallest just above the floor."""
    middle = FLOOR_CLEARANCE + max(body.extent[1] for body in bodies) / 2
    heights = [middle] * (len(bodies) + 1)
    places = _in_columns(arrangement, bodies, columns, heights, MOST_GAP_WITHOUT_PAD)
    layers = {b.spec.name: replace(b, placement=place) for b, place in zip(bodies, places, strict=False)}
    return Layout(arrangement, layers, places[-1], pad_size=0.0)


def _in_columns(
    arrangement: str,
    bodies: list[LayerLayout],
    columns: Mapping[str, float],
    heights: Sequence[float],
    most_gap: float = MOST_GAP,
) -> list[Placement]:
    """Of each body at its height, and last of the pad, which stands in the first one's column."""
    middles = dict(zip(columns, _flow_positions(list(columns.values()), most_gap), strict=True))
    along = [middles[body.spec.name] for body in bodies]
    radius = max(ARC_RADIUS, (along[-1] - along[0]) / 1.2)  # longer networks bend on a wider arc
    steps = zip([*along, along[0]], heights, strict=True)
    return [_on_flow(arrangement, step, z, radius) for step, z in steps]


def columns_of(
    network: NetworkSpec, styles: Mapping[str, str], folds: Collection[str] = ()
) -> Mapping[str, Column]:
    """In order of the flow: by layer, the width that its column takes; where layers stand in rows, by layer
    or folded block, what it wants of its row."""
    if paged(network):
        return slots(network, framed(network, folds, _apart(network)))
    return _widths(network, _bodies(network, styles, {}))


def _widths(network: NetworkSpec, bodies: list[LayerLayout]) -> dict[str, float]:
    if network.drawable:
        least = [PAD_SIZE] + [LEAST_WIDTH] * (len(bodies) - 1)
    else:
        share = LEAST_WIDTH_SHARE * sum(body.extent[0] for body in bodies)
        least = [max(LEAST_WIDTH, share)] * len(bodies)
    return {body.spec.name: max(width, body.extent[0]) for body, width in zip(bodies, least, strict=True)}


def _bodies(network: NetworkSpec, styles: Mapping[str, str], faces: Mapping[str, int]) -> list[LayerLayout]:
    grids = [body(spec, network) for spec in network.layers]
    if barred(network):
        grids[-1] = few_classes(network)
    return [
        styled(grid, styles.get(grid.spec.name, "grid"), faces.get(grid.spec.name))
        for grid in (grids if network.drawable else _grown(network, grids))
    ]


def _grown(network: NetworkSpec, grids: list[LayerLayout]) -> list[LayerLayout]:
    """The layers all larger by one factor, so that they fill the height that a pad and the input would, or
    the width. Classes with bars do so anyway."""
    count = max(len(grids) - barred(network), 1)
    growing, rest = grids[:count], grids[count:]
    room = HEIGHT * FLOW_RATIO - 2 * LEAST_GAP * (len(grids) - 1) - sum(grid.extent[0] for grid in rest)
    width, tallest = sum(grid.extent[0] for grid in growing), max(grid.extent[1] for grid in growing)
    factor = max(min(HEIGHT / tallest, room / width, MOST_GROWTH), 1.0)
    return [scaled(grid, factor) for grid in growing] + rest


def _apart(network: NetworkSpec) -> set[str]:
    """Names of the layers that stand beside the rows."""
    return {network.input.name} | ({network.output.name} if answers(network) else set())


def _arrange_rows(
    network: NetworkSpec, arrangement: str, folds: Collection[str], shared: Mapping[str, Slot]
) -> Layout:
    """A long network: the input above the pad at the left, rows, and the answer at the right."""
    flat, top = arrangement == "2d", FLOOR_CLEARANCE + row_packing.HEIGHT
    answer = answers(network)
    width = rows.WIDTH + (0.0 if answer else ANSWER_WIDTH)
    stood = rows.stand(network, folds, _apart(network), flat, FLOOR_CLEARANCE, width, shared)
    edge = stood.width / 2 + rows.COLUMN_GAP
    first, x = input_body(network), -edge - PAD_SIZE / 2
    z = top - 4.0 - first.extent[1] / 2
    layers = {network.input.name: replace(first, placement=Placement((x, 0.0, z)))}
    layers |= stood.layers
    if answer:
        last = few_classes(network) if network.output.neurons <= MOST_BARS else top_classes(network)
        place = Placement((edge + last.extent[0] / 2, 0.0, FLOOR_CLEARANCE + row_packing.HEIGHT / 2))
        shown = items(network, folds)[-1]
        layers[network.output.name] = replace(last, placement=place, group=shown.group)
    rows.fold_away(network, folds, layers)
    layers = {layer.name: layers[layer.name] for layer in network.layers}
    pad = Placement((x, 0.0, FLOOR_CLEARANCE + 12.0 + PAD_SIZE / 2))
    return Layout(arrangement, layers, pad, plates=stood.plates)


def with_bounds(layout: Layout) -> Layout:
    points = outline(layout)
    return replace(layout, lower=points.min(axis=0), upper=points.max(axis=0))


def outline(layout: Layout) -> np.ndarray:
    """Corners float64 (n, 3) of a pad, of all layers and of what stands above them."""
    layers = [layer.corners() for layer in layout.layers.values()]
    above = [one.corners() for one in layout.stands]
    pads = [layout.pad.corners(layout.pad_size, layout.pad_size)] if layout.pad_size > 0 else []
    return np.concatenate([*pads, *layers, *above])
