"""The room in which the network stands: backdrop, floor, light."""

from dataclasses import dataclass, replace

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.layout import Layout
from nnvis3d.scene import bins
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import TextureMemory, table_texture, write_table

POOLS = 64
"""Texels of the strip of light on the floor."""
POOL_RANGE = (-300.0, 300.0)
"""Scene x that the strip covers."""

Color = tuple[float, float, float]


@dataclass(frozen=True)
class StageColors:
    """Colours of the room, sRGB 0-1."""

    horizon: Color
    zenith: Color
    floor: Color
    panel: Color
    """Of the slab behind a feature map's neurons."""
    rim: Color
    accent: Color
    light: bool

    def plain(self) -> "StageColors":
        """The same room without a gradient: what stands at the horizon is everywhere."""
        middle = tuple(0.7 * near + 0.3 * far for near, far in zip(self.horizon, self.zenith, strict=True))
        return replace(self, horizon=middle, zenith=middle)  # type: ignore[arg-type]


DARK = StageColors(
    horizon=(0.075, 0.100, 0.155),
    zenith=(0.030, 0.040, 0.072),
    floor=(0.052, 0.068, 0.108),
    panel=(0.050, 0.064, 0.102),
    rim=(0.215, 0.275, 0.390),
    accent=(0.345, 0.855, 0.760),
    light=False,
)
LIGHT = StageColors(
    horizon=(0.945, 0.952, 0.965),
    zenith=(0.850, 0.872, 0.905),
    floor=(0.905, 0.915, 0.935),
    panel=(0.965, 0.970, 0.980),
    rim=(0.600, 0.650, 0.730),
    accent=(0.020, 0.480, 0.440),
    light=True,
)


class Stage:
    """The nodes `backdrop` and `floor`, under `parent`, and the shader inputs that all its scene shares."""

    def __init__(self, parent: p3d.NodePath, shaders: ShaderLibrary):
        self._uniform = p3d.PTA_LVecBase4f.empty_array(6)
        self._pools = table_texture("pools", np.zeros((1, POOLS, 4), np.float32))
        self._pools_memory = TextureMemory(self._pools, np.float32)
        parent.get_top().set_shader_input("u_stage", self._uniform)
        self.backdrop = parent.attach_new_node(_screen_grid(8, 5))
        self.backdrop.set_shader(shaders.load("backdrop"))
        self.backdrop.set_depth_write(False)
        self.backdrop.set_bin("fixed", bins.BACKDROP)  # after the floor, which hides half of it
        self.floor = parent.attach_new_node(_floor())
        self.floor.set_shader(shaders.load("floor"))
        low, high = POOL_RANGE
        self.floor.set_shader_inputs(
            u_pools=self._pools, u_floor=p3d.LVecBase4f(low, 1 / (high - low), 1 / 4200, POOLS)
        )
        self.floor.set_bin("fixed", bins.FLOOR)
        self._lit_layout: Layout | None = None
        self._reach = np.zeros((0, POOLS))
        self.presence = 1.0
        """How present the floor is, 0-1: the flat view has none."""
        self.set_colors(DARK)

    def set_colors(self, colors: StageColors) -> None:
        self.colors = colors
        self._write()

    def set_floor(self, presence: float) -> None:
        """Fade the floor and its reflections, 0-1."""
        self.presence = presence
        if presence > 0:
            self.floor.show()
        else:
            self.floor.hide()
        self._write()

    def _write(self) -> None:
        c = self.colors
        rows = [(*c.horizon, 0), (*c.zenith, self.presence), (*c.floor, float(c.light))]
        rows += [(*c.panel, 0), (*c.rim, 0), (*c.accent, 0)]
        for index, row in enumerate(rows):
            self._uniform[index] = p3d.LVecBase4f(*row)

    def light_floor(self, layout: Layout, frame: ActivationFrame | None, colors: ColorMap) -> None:
        """Let each layer's mean colour fall on the floor below it."""
        if layout is not self._lit_layout:
            self._lit_layout, self._reach = layout, _reach(layout)
        strip = np.zeros((1, POOLS, 4), np.float32)
        if frame is not None:
            strengths = _mean_strengths(frame)
            table = colors.sequential[(np.minimum(1.0, 2.2 * strengths) * 255).astype(int)]
            light = table / 255.0 * (0.16 * np.minimum(1.0, 3 * strengths))[:, None]  # (layers, 3)
            strip[0, :, :3] = self._reach.T @ light
        write_table(self._pools_memory, strip)


def _reach(layout: Layout) -> np.ndarray:
    """float64 (layers, POOLS): how much of each layer's light arrives along the strip."""
    at = np.linspace(*POOL_RANGE, POOLS)
    places = layout.layers.values()
    reach = np.stack(
        [np.exp(-(((at - p.placement.position[0]) / (0.7 * p.extent[0] + 12)) ** 2)) for p in places]
    )
    if any(p.band != (0.0, 0.0) for p in places):  # in rows many stand above one place: it gets their mean
        reach *= np.array([[p.presence] for p in places])
        reach /= np.maximum(reach.sum(axis=0), 1.0)
    return reach


def _mean_strengths(frame: ActivationFrame) -> np.ndarray:
    """float64 (layers,): mean magnitude of each layer, in shares of its scale; 0 where it is no number."""
    if frame.strengths is not None:
        return frame.strengths
    starts = list(frame.spec.offsets.values())
    counts = np.diff([*starts, len(frame.values)])
    with np.errstate(over="ignore", invalid="ignore"):  # damaged weights
        shares = np.add.reduceat(np.abs(frame.values), starts) / counts / np.maximum(frame.scales, 1e-9)
    return np.nan_to_num(shares, posinf=1.0)


def _mesh(name: str, vertices: np.ndarray, quads: np.ndarray) -> p3d.GeomNode:
    """A node of quads (n, 4) over vertices (m, 3)."""
    data = p3d.GeomVertexData(name, p3d.GeomVertexFormat.get_v3(), p3d.Geom.UH_static)
    writer = p3d.GeomVertexWriter(data, "vertex")
    for vertex in vertices.tolist():
        writer.add_data3(*vertex)
    triangles = p3d.GeomTriangles(p3d.Geom.UH_static)
    for a, b, c, d in quads.tolist():
        triangles.add_vertices(a, b, c)
        triangles.add_vertices(a, c, d)
    geom = p3d.Geom(data)
    geom.add_primitive(triangles)
    node = p3d.GeomNode(name)
    node.add_geom(geom)
    node.set_bounds(p3d.OmniBoundingVolume())
    node.set_final(True)
    return node


def _grid_quads(rows: int, columns: int) -> np.ndarray:
    """Corner indices (n, 4) of the quads of a grid of rows x columns vertices."""
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    return np.stack([first, first + 1, first + columns + 1, first + columns], axis=1)


def _screen_grid(columns: int, rows: int) -> p3d.GeomNode:
    x, z = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows))
    vertices = np.stack([x, np.zeros_like(x), z], axis=-1).reshape(-1, 3)
    return _mesh("backdrop", vertices, _grid_quads(rows, columns))


def _floor() -> p3d.GeomNode:
    """The floor: a grid, finer where the light falls, and no finer: without a GPU each triangle costs a
    microsecond."""
    near = np.linspace(-300, 300, 11)
    far = np.array([500, 1500])
    x, y = np.meshgrid(
        np.concatenate([-far[::-1], near, far]), np.array([-1500, -400, -130, -70, -14, 42, 100, 350, 1500])
    )
    vertices = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    return _mesh("floor", vertices, _grid_quads(*x.shape))
