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

from nnvis3d.network import rows
from nnvis3d.network.grouping import first_folds, paged
from nnvis3d.network.layer_layout import LayerLayout, Placement, between, blend_layer, scaled
from nnvis3d.network.layer_styles import MOST_BARS, check_styles, styled
from nnvis3d.network.spec import LayerSpec, NetworkSpec, NeuronId
from nnvis3d.network.stands import Item, Stand, blend_stands, stand

HEIGHT = 184.0
"""Height of a full column."""
FLOOR_CLEARANCE = 9.0
"""From the floor to the foot of the columns."""
CENTRE_Z = FLOOR_CLEARANCE + HEIGHT / 2
PAD_SIZE = 82.0
INPUT_SIZE = 62.0
OUTPUT_BAR_LENGTH = 27.0
OUTPUT_NAME_ROOM = 13.0
"""Left of the output neurons, for the classes' names."""
OUTPUT_SHARE_ROOM = 16.0
"""Right of the bars, for the probabilities."""
PAD_LIFT = 11.0
"""The pad and the input stand nearer than the middle: moved so much towards it, their outer edges are level
with the
columns' in the picture."""
FLOW_RATIO = 1.94
"""Length of the flow in columns' heights that fills a 16:9 picture; few layers are spread out to it."""
LEAST_GAP, MOST_GAP = 9.0, 46.0
"""Between one column and the next."""
MOST_GAP_WITHOUT_PAD = 92.0
"""Where no pad makes the first column wide, the few columns that there are spread out further."""
LEAST_WIDTH_SHARE = 0.06
"""Of all layers' widths, that a column takes there: titles have room beside very wide layers, too."""
LEAST_PICTURE = 16
"""Rows and columns from which on an input that nobody can draw is as large as an image."""
MOST_GROWTH = 4.6
"""By which layers are larger where no pad fills the column's height, so that they do."""
LEAST_WIDTH = 20.0
"""That a column takes in the flow, so that its title has room."""
ARC_RADIUS = 470.0
"""Of the circle on which 3d layers stand."""
ANSWER_WIDTH = 72.0
"""By which rows are wider where no answer stands at their right."""
NAME_LETTER = 4.4
"""That a letter of a class's name takes."""
TOP_CLASSES = 5
"""Of an output with more classes than have a place each: so many have a bar, the likeliest first."""
TOP_STEP = 19.0
"""From one of them to the next."""
FILL = 0.86
"""Share of a cell's pitch that the neuron covers; the rest is air."""


@dataclass(frozen=True)
class CameraPose:
    """Where a camera stands and what it sees. The horizon is always level."""

    target: tuple[float, float, float]
    """What it looks at and turns around."""
    distance: float
    heading: float = 0.0
    """Degrees: 0 looks along +y; positive moves the camera to the right of what it looks at."""
    pitch: float = 0.0
    """Degrees: positive looks down from above."""
    fov: float = 40.0
    """Vertical, degrees. A flat view is a far camera with a small one, so that the change can be animated."""

    @property
    def eye(self) -> np.ndarray:
        """float64 (3,): where the camera stands."""
        heading, pitch = math.radians(self.heading), math.radians(self.pitch)
        back = (math.sin(heading) * math.cos(pitch), -math.cos(heading) * math.cos(pitch), math.sin(pitch))
        return np.array(self.target) + self.distance * np.array(back)

    @property
    def view_height(self) -> float:
        """Scene units from the lower to the upper edge of the picture, at the target's depth."""
        return 2 * self.distance * math.tan(math.radians(self.fov) / 2)


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


def _map_side(cells: int) -> float:
    """How large a map of `cells` rows is drawn: pooled maps shrink less than their cell count does."""
    return 29.9 * (cells / 28.0) ** 0.34


def _grid(
    count: int, cell_width: float, cell_height: float, rows: int, gap: tuple[float, float]
) -> np.ndarray:
    """Centres (count, 2) of a grid filled column by column from the top left, centred on the origin."""
    columns = math.ceil(count / rows)
    index = np.arange(count)
    column, row = np.divmod(index, rows)
    x = (column - (columns - 1) / 2) * (cell_width + gap[0])
    z = -(row - (rows - 1) / 2) * (cell_height + gap[1])
    return np.stack([x, z], axis=1).astype(np.float32)


def _arrange_maps(spec: LayerSpec) -> tuple[float, np.ndarray, int]:
    """Pitch and map centres of a layer of feature maps, spread over the column's height."""
    channels, height, width = spec.map_shape
    side = _map_side(height)
    pitch = side / height
    most_rows = max(1, int((HEIGHT + 0.9) // (side + 0.9)))
    columns = math.ceil(channels / most_rows)
    # Very deep layers become square-ish walls of smaller maps instead of endless rows of columns.
    while columns * (width * pitch + 4) > HEIGHT * 0.9 and pitch > 0.02:
        pitch *= 0.9
        most_rows = max(1, int((HEIGHT + 1) // (height * pitch * 1.08)))
        columns = math.ceil(channels / most_rows)
    rows = math.ceil(channels / columns)
    side = height * pitch
    gap = min((HEIGHT - rows * side) / max(rows - 1, 1), 0.8 * side)
    return pitch, _grid(channels, width * pitch, side, rows, (min(3.2, 0.3 * width * pitch), gap)), rows


def _arrange_units(spec: LayerSpec) -> tuple[float, np.ndarray, int]:
    """Pitch and centres of a fully connected layer: a block of columns, filled from the top."""
    count = spec.neurons
    rows = min(count, max(40, math.ceil(math.sqrt(2.5 * count))))
    columns = math.ceil(count / rows)
    rows = math.ceil(count / columns)
    pitch = min(HEIGHT / rows, 5.2)
    return pitch, _grid(count, pitch, pitch, rows, (0, 0)), rows


def _arrange_output(spec: LayerSpec) -> tuple[float, np.ndarray, int]:
    """The classes: one column of large cells, its left part; the bars grow to the right of them."""
    pitch = 0.92 * HEIGHT / spec.neurons  # it stands nearer than the middle: the same height in the picture
    centres = _grid(spec.neurons, pitch, pitch, spec.neurons, (0, 0))
    centres[:, 0] += (OUTPUT_NAME_ROOM - OUTPUT_BAR_LENGTH - OUTPUT_SHARE_ROOM) / 2
    return pitch, centres, spec.neurons


def _arrange(spec: LayerSpec, network: NetworkSpec) -> LayerLayout:
    extra, rows = 0.0, spec.map_shape[0]
    if spec is network.input and _pictured(network):
        _, height, width = spec.map_shape
        pitch, centres = INPUT_SIZE / max(height, width), np.zeros((spec.map_shape[0], 2), np.float32)
        centres[:, 1] = _grid(spec.map_shape[0], 0, INPUT_SIZE / 3, spec.map_shape[0], (0, 0))[:, 1]
        if spec.map_shape[0] > 1:
            pitch /= spec.map_shape[0]
    elif spec is network.output and _barred(network):
        pitch, centres, rows = _arrange_output(spec)
        extra = OUTPUT_NAME_ROOM + OUTPUT_BAR_LENGTH + OUTPUT_SHARE_ROOM
    elif spec.map_shape[1:] == (1, 1):
        pitch, centres, rows = _arrange_units(spec)
    else:
        pitch, centres, rows = _arrange_maps(spec)
    half = np.array(spec.map_shape[:0:-1]) * pitch / 2  # (W, H) / 2
    low, high = centres.min(axis=0) - half, centres.max(axis=0) + half
    extent = (float(high[0] - low[0]) + extra, float(high[1] - low[1]))
    return LayerLayout(spec, Placement((0.0, 0.0, 0.0)), pitch, centres, extent, rows)


def _barred(network: NetworkSpec) -> bool:
    """Whether the output is a column of classes with names and bars."""
    return bool(network.labels) and network.output.neurons <= MOST_BARS


def _pictured(network: NetworkSpec) -> bool:
    """Whether the input stands as a picture: an image, or what can be looked at like one."""
    channels, height, width = network.input.map_shape
    if network.drawable:
        return channels <= 4
    return channels in (1, 3) and min(height, width) >= LEAST_PICTURE


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
    columns: Mapping[str, float] = MappingProxyType({}),
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
        columns: by layer, in order of the flow, the width of its column; of more layers than the network has
            where it is to stand like another one. Left out: as wide as its layers are.

    Raises:
        ValueError: `arrangement` is neither "3d" nor "2d", or a layer cannot stand in the style named.
    """
    if arrangement not in ("3d", "2d"):
        raise ValueError(f'arrangement: expected "3d" or "2d", got {arrangement!r}')
    check_styles(network, styles)
    if paged(network):
        placed = _arrange_rows(network, arrangement, first_folds(network) if folds is None else folds)
    else:
        bodies = _bodies(network, styles, faces)
        columns = columns or _widths(network, bodies)
        arrange_flow = _arrange_flow if network.drawable else _arrange_flow_without_pad
        placed = arrange_flow(arrangement, bodies, columns)
    return _with_bounds(replace(placed, stands=stand(placed.layers, embeddings)))


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


def column_widths(network: NetworkSpec, styles: Mapping[str, str]) -> dict[str, float]:
    """By layer, in order of the flow, the width that its column takes; none where layers stand in rows."""
    return {} if paged(network) else _widths(network, _bodies(network, styles, {}))


def _widths(network: NetworkSpec, bodies: list[LayerLayout]) -> dict[str, float]:
    if network.drawable:
        least = [PAD_SIZE] + [LEAST_WIDTH] * (len(bodies) - 1)
    else:
        share = LEAST_WIDTH_SHARE * sum(body.extent[0] for body in bodies)
        least = [max(LEAST_WIDTH, share)] * len(bodies)
    return {body.spec.name: max(width, body.extent[0]) for body, width in zip(bodies, least, strict=True)}


def _bodies(network: NetworkSpec, styles: Mapping[str, str], faces: Mapping[str, int]) -> list[LayerLayout]:
    grids = [_arrange(spec, network) for spec in network.layers]
    return [
        styled(grid, styles.get(grid.spec.name, "grid"), faces.get(grid.spec.name))
        for grid in (grids if network.drawable else _grown(network, grids))
    ]


def _grown(network: NetworkSpec, grids: list[LayerLayout]) -> list[LayerLayout]:
    """The layers all larger by one factor, so that they fill the height that a pad and the input would, or
    the width. Classes with bars do so anyway."""
    count = max(len(grids) - _barred(network), 1)
    growing, rest = grids[:count], grids[count:]
    room = HEIGHT * FLOW_RATIO - 2 * LEAST_GAP * (len(grids) - 1) - sum(grid.extent[0] for grid in rest)
    width, tallest = sum(grid.extent[0] for grid in growing), max(grid.extent[1] for grid in growing)
    factor = max(min(HEIGHT / tallest, room / width, MOST_GROWTH), 1.0)
    return [scaled(grid, factor) for grid in growing] + rest


def _arrange_rows(network: NetworkSpec, arrangement: str, folds: Collection[str]) -> Layout:
    """A long network: the input above the pad at the left, rows, and the answer at the right."""
    flat, top = arrangement == "2d", FLOOR_CLEARANCE + rows.HEIGHT
    answer = _answers(network)
    apart = {network.input.name} | ({network.output.name} if answer else set())
    width = rows.WIDTH + (0.0 if answer else ANSWER_WIDTH)
    stood = rows.stand(network, folds, apart, flat, FLOOR_CLEARANCE, width)
    edge = stood.width / 2 + rows.COLUMN_GAP
    first, x = _arrange_input(network), -edge - PAD_SIZE / 2
    z = top - 4.0 - first.extent[1] / 2
    layers = {network.input.name: replace(first, placement=Placement((x, 0.0, z)))}
    layers |= stood.layers
    if answer:
        last = _few_classes(network) if network.output.neurons <= MOST_BARS else _top_classes(network)
        place = Placement((edge + last.extent[0] / 2, 0.0, FLOOR_CLEARANCE + rows.HEIGHT / 2))
        shown = rows.items(network, folds)[-1]
        layers[network.output.name] = replace(last, placement=place, group=shown.group)
    rows.fold_away(network, folds, layers)
    layers = {layer.name: layers[layer.name] for layer in network.layers}
    pad = Placement((x, 0.0, FLOOR_CLEARANCE + 12.0 + PAD_SIZE / 2))
    return Layout(arrangement, layers, pad, plates=stood.plates)


def _answers(network: NetworkSpec) -> bool:
    """Whether the output's neurons are classes, with bars and names."""
    return bool(network.labels) and network.output.map_shape[1:] == (1, 1)


def _arrange_input(network: NetworkSpec) -> LayerLayout:
    """As large as there is room for it above the pad; an image's colours in one place."""
    spec = network.input
    if not true_colors(network):
        return rows.body(spec, PAD_SIZE, 92.0)
    _, height, width = spec.map_shape
    pitch = min(PAD_SIZE / width, 92.0 / height)
    return LayerLayout(
        spec,
        Placement((0.0, 0.0, 0.0)),
        pitch,
        np.zeros((3, 2), np.float32),
        (width * pitch, height * pitch),
        3,
    )


def true_colors(network: NetworkSpec) -> bool:
    """Whether the input is drawn as the coloured image that it is: its three channels in one place."""
    spec = network.input
    return paged(network) and spec.map_shape[0] == 3 and spec.map_shape[1] > 1 and not spec.signed


def _few_classes(network: NetworkSpec) -> LayerLayout:
    """A column with as much room at its left as the longest name needs."""
    made = _arrange(network.output, network)
    more = NAME_LETTER * max(len(name) for name in network.labels) - OUTPUT_NAME_ROOM
    if more <= 0:
        return made
    centres = made.centres + np.array([more / 2 - 5.0, 0.0], np.float32)
    return replace(made, centres=centres, extent=(made.extent[0] + more + 10.0, made.extent[1]))


def _top_classes(network: NetworkSpec) -> LayerLayout:
    """Many classes: all of them in a block, and below it room for the likeliest."""
    below = TOP_CLASSES * TOP_STEP
    width = OUTPUT_BAR_LENGTH + OUTPUT_SHARE_ROOM + 14.0
    made = rows.body(network.output, width, rows.HEIGHT - below - 12.0)
    centres = made.centres + np.array([0.0, (rows.HEIGHT - made.extent[1]) / 2], np.float32)
    return replace(made, centres=centres, extent=(width, rows.HEIGHT))


def top_places(layout: LayerLayout) -> np.ndarray:
    """Local x, z float64 (TOP_CLASSES, 2) of the left ends of the likeliest classes' bars."""
    z = -layout.extent[1] / 2 + (TOP_CLASSES - np.arange(TOP_CLASSES)) * TOP_STEP - 0.8 * TOP_STEP
    return np.stack([np.full(TOP_CLASSES, -layout.extent[0] / 2), z], axis=1)


def _with_bounds(layout: Layout) -> Layout:
    points = _outline(layout)
    return replace(layout, lower=points.min(axis=0), upper=points.max(axis=0))


def _outline(layout: Layout) -> np.ndarray:
    """Corners float64 (n, 3) of a pad, of all layers and of what stands above them."""
    layers = [layer.corners() for layer in layout.layers.values()]
    above = [one.corners() for one in layout.stands]
    pads = [layout.pad.corners(layout.pad_size, layout.pad_size)] if layout.pad_size > 0 else []
    return np.concatenate([*pads, *layers, *above])


def blend(start: Layout, end: Layout, share: float) -> Layout:
    """The layout `share` (0-1) of the way from `start` to `end`, two layouts of one network."""
    layers = {name: blend_layer(layer, end.layers[name], share) for name, layer in start.layers.items()}
    pad, plates = between(start.pad, end.pad, share), _blend_plates(start.plates, end.plates, share)
    above = blend_stands(start.stands, end.stands, share)
    return _with_bounds(Layout(end.arrangement, layers, pad, start.pad_size, plates=plates, stands=above))


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


def home_pose(
    layout: Layout,
    aspect: float,
    margins: tuple[float, float, float, float],
    only: Collection[str] | None = None,
) -> CameraPose:
    """The first view: everything in the picture, inside the margins.

    Args:
        aspect: width / height of the picture.
        margins: shares (0-1) of the picture to leave free: left, right, bottom, top.
        only: names of the layers that must be in the picture; None: all of them, and the pad.
    """
    flat = layout.arrangement == "2d"
    pose = CameraPose((0, 0, 0), 1.0, 0.0 if flat else -6.0, 0.0 if flat else 3.5, 1.5 if flat else 28.0)
    shown = _outline(layout) if only is None else np.concatenate([layout.layers[n].corners() for n in only])
    return fit_pose(pose, shown, aspect, margins)


def fit_pose(
    pose: CameraPose, points: np.ndarray, aspect: float, margins: tuple[float, float, float, float]
) -> CameraPose:
    """`pose` moved, not turned, so that the points (n, 3) just fit between the margins of the picture.

    Each side of the picture is a plane through the eye; the tightest point on each side gives its place,
    and the wider of the two directions gives the distance.
    """
    heading, pitch = math.radians(pose.heading), math.radians(pose.pitch)
    forward = np.array(
        [-math.sin(heading) * math.cos(pitch), math.cos(heading) * math.cos(pitch), -math.sin(pitch)]
    )
    right = np.array([math.cos(heading), math.sin(heading), 0.0])
    up = np.cross(right, forward)
    across, along, high = points @ right, points @ forward, points @ up
    tall = math.tan(math.radians(pose.fov) / 2)
    wide = tall * aspect
    left_m, right_m, bottom_m, top_m = margins
    centre, depth = {}, {}
    for key, values, low_slope, high_slope in (
        ("across", across, wide * (1 - 2 * left_m), wide * (1 - 2 * right_m)),
        ("high", high, tall * (1 - 2 * bottom_m), tall * (1 - 2 * top_m)),
    ):
        # value - c <= high_slope * (along - e) and c - value <= low_slope * (along - e), solved for the eye
        top = (values - high_slope * along).max()
        bottom = (values + low_slope * along).min()
        depth[key] = (bottom - top) / (low_slope + high_slope)
        centre[key] = top + high_slope * depth[key]
    eye_depth = min(depth.values())
    for key, values, low_slope, high_slope in (
        ("across", across, wide * (1 - 2 * left_m), wide * (1 - 2 * right_m)),
        ("high", high, tall * (1 - 2 * bottom_m), tall * (1 - 2 * top_m)),
    ):
        # with room to spare in this direction, the middle of what is allowed
        highest = (values - high_slope * (along - eye_depth)).max()
        lowest = (values + low_slope * (along - eye_depth)).min()
        centre[key] = (highest + lowest) / 2
    target_depth = float(np.median(along))
    eye = centre["across"] * right + centre["high"] * up + eye_depth * forward
    distance = target_depth - eye_depth
    target = eye + distance * forward
    return replace(
        pose, target=(float(target[0]), float(target[1]), float(target[2])), distance=float(distance)
    )
