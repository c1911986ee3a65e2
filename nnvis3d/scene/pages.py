"""Draws long networks: every layer is one quad, a page, whose fragment shader finds map and cell.

All layers are in one texture, the overview, at a level of their means that a first view can show; one
instanced draw call draws them. A layer that is seen larger than that gets a texture and a draw call of its
own, at the level that the picture needs; so nothing is ever uploaded that no pixel shows, and nothing
sparkles.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np
import panda3d.core as p3d

from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.layer_layout import LayerLayout
from nnvis3d.network.means import MeanPlan
from nnvis3d.scene import bins
from nnvis3d.scene.geometry import unit_quad
from nnvis3d.scene.page_levels import NEAR_PIXELS, Seen, level_for, overview_level, seen
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.textures import FlatTexture, TextureMemory, table_texture, write_table

UPLOAD_BYTES = 1_500_000
"""Of activations that are copied to the driver in one tick: more of them take more ticks."""
KEPT_BYTES = 16_000_000
"""Of textures of single layers that are kept for when they are seen again."""
MOST_SHIFT = 15
_COLUMNS = 6
_PANEL = 0.35  # scene units that a page's panel reaches beyond its maps


class Pages:
    """The nodes `pages` and `page <layer>`."""

    def __init__(
        self,
        layers: Sequence[LayerLayout],
        plan: MeanPlan,
        true_colors: str | None,
        parent: p3d.NodePath,
        shaders: ShaderLibrary,
        dtype: type,
    ):
        """
        Args:
            true_colors: name of the layer whose three maps are an image's colours, if any.
            dtype: of the texels, uint8 or uint16.
        """
        self._plan, self._shaders, self._dtype = plan, shaders, dtype
        self._names = [layer.spec.name for layer in layers]
        self._layers = list(layers)
        self._row = {name: row for row, name in enumerate(self._names)}
        self._table = np.zeros((len(layers), _COLUMNS, 4), np.float32)
        self._texture = table_texture("pages", self._table)
        self._texture_memory = TextureMemory(self._texture, np.float32)
        self._presence = np.ones(len(layers), np.float32)
        self._fold = np.ones(len(layers), np.float32)
        self._texels: np.ndarray | None = None
        self._means: np.ndarray | None = None
        self._serial = 0
        shifts = [[level.shift for level in plan.levels[name]] for name in self._names]
        self._choices = [[level_for(shift, own) for shift in range(MOST_SHIFT + 1)] for own in shifts]
        self._overview_levels = [self._choose_overview(layer) for layer in layers]
        self._starts = self._fill(true_colors)
        self._overview = FlatTexture("overview", self._starts[-1], dtype=dtype)
        self._overview_serial = -1
        self._slots: OrderedDict[tuple[int, int], _Slot] = OrderedDict()
        self._drawn: dict[int, _Slot] = {}
        self._seen: Seen | None = None
        self.path = parent.attach_new_node("pages")
        self.path.set_shader_input("u_layers", self._texture)
        self.path.set_bin("fixed", bins.TILES)
        self.path.set_two_sided(True)
        self._quads = self._node("overview", len(layers), "page", self._overview, p3d.LVecBase4f(-1, 0, 0, 0))
        self.set_layout(layers)

    def _choose_overview(self, layer: LayerLayout) -> int:
        channels = layer.spec.map_shape[0]
        return overview_level([level.texels(channels) for level in self._plan.levels[layer.spec.name]])

    def _fill(self, true_colors: str | None) -> np.ndarray:
        """What never changes of all layers; returns where each begins in the overview, and its length."""
        starts = [0]
        for row, layer in enumerate(self._layers):
            spec, levels = layer.spec, self._plan.levels[layer.spec.name]
            level = levels[self._overview_levels[row]]
            flags = int(spec.signed) + 2 * (spec.name == true_colors)
            self._table[row, 3, 2:] = 1 if spec.name == true_colors else spec.map_shape[0], flags
            self._table[row, 4, :3] = starts[-1] // 65536, starts[-1] % 65536, level.shift
            self._table[row, 5, :2] = level.width, level.height
            self._table[row, 5, 3] = 1.0
            starts.append(starts[-1] + level.texels(spec.map_shape[0]))
        return np.array(starts)

    def _node(
        self, name: str, count: int, fragment: str, texels: FlatTexture, slot: p3d.LVecBase4f
    ) -> p3d.NodePath:
        node = self.path.attach_new_node(unit_quad(name))
        node.set_instance_count(count)
        node.set_shader(self._shaders.load("page", fragment))
        node.set_shader_inputs(
            u_activations=texels.texture, u_page=p3d.LVecBase4f(texels.shift, 0, 0, 0), u_slot=slot
        )
        node.node().set_bounds(p3d.OmniBoundingVolume())
        node.node().set_final(True)
        return node

    # what is drawn

    def set_layout(self, layers: Sequence[LayerLayout]) -> None:
        """Where every layer stands."""
        self._layers = list(layers)
        for row, layer in enumerate(layers):
            count, height, width = layer.spec.map_shape
            self._table[row, 0, :3] = layer.placement.position
            columns = -(-count // layer.rows)
            middle = (layer.centres[0] + layer.centres[-1]) / 2 if columns * layer.rows == count else None
            across = layer.centres[layer.rows, 0] - layer.centres[0, 0] if columns > 1 else 0.0
            below = layer.centres[0, 1] - layer.centres[1, 1] if layer.rows > 1 and count > 1 else 0.0
            if middle is None:
                middle = layer.centres[0] + np.array([across * (columns - 1), -below * (layer.rows - 1)]) / 2
            self._table[row, 1, :3] = *middle, layer.pitch
            step = max(across / layer.pitch, width), max(below / layer.pitch, height)
            self._table[row, 2] = width, height, *step
            self._table[row, 3, :2] = columns, layer.rows
            if self._table[row, 3, 2] == 1:
                self._table[row, 3, :2] = 1, 1
            self._table[row, 5, 2] = _PANEL / max(layer.pitch, 1e-6)
            self._fold[row] = layer.presence
        self._seen = None
        self._write()

    def set_state(self, presence: Mapping[str, float], wave: Mapping[str, float]) -> None:
        """How present each layer is, and how bright the passing wave makes it (0-1)."""
        self._presence[:] = [presence[name] for name in self._names]
        self._table[:, 1, 3] = [wave[name] for name in self._names]
        self._write()

    def _write(self) -> None:
        present = self._presence * self._fold
        self._table[:, 0, 3] = present
        self._table[:, 5, 3] = 1.0
        self._table[list(self._drawn), 5, 3] = 0.0
        fading = bool(((present > 0) & (present < 1)).any())
        self.path.set_transparency(
            p3d.TransparencyAttrib.M_alpha if fading else p3d.TransparencyAttrib.M_none
        )
        write_table(self._texture_memory, self._table)

    def show(self, texels: np.ndarray, means: np.ndarray) -> None:
        """Show these from now on; they are uploaded while `update` is called."""
        self._texels, self._means = texels, means
        self._serial += 1

    # the camera, and what is uploaded for it

    def look_from(self, pose: CameraPose, size: tuple[int, int]) -> None:
        """The camera stands here now."""
        self._seen = seen(self._layers, pose, size)

    def update(self) -> bool:
        """Upload what is seen and not up to date, as much as a tick has time for; True if anything
        changed."""
        if self._texels is None or self._seen is None:
            return False
        wanted = self._wanted()
        left, changed = UPLOAD_BYTES, False
        overview = self._seen.visible.copy()
        overview[list(self._drawn)] = False
        if self._overview_serial != self._serial and (overview.any() or self._overview_serial < 0):
            left -= self._upload_overview()
            changed = True
        size = self._texels.itemsize
        for row, level in wanted:
            slot = self._slots.get((row, level))
            if slot is None or slot.serial != self._serial:
                cost = self._level_of(row, level)[1] * size
                if left < cost and left < UPLOAD_BYTES:
                    continue  # with the next tick
                slot = self._upload(row, level)
                left -= cost
                changed = True
        return self._swap(wanted) or changed

    @property
    def settled(self) -> bool:
        """Whether all that is seen shows the newest texels."""
        return all(slot.serial == self._serial for slot in self._drawn.values())

    def _wanted(self) -> list[tuple[int, int]]:
        """(row, level) of the layers that need more than the overview has, the largest first."""
        assert self._seen is not None
        rows = np.flatnonzero(self._seen.visible & (self._presence > 0))
        order = rows[np.argsort(-self._seen.pixels[rows], kind="stable")]
        wanted = []
        for row in order.tolist():
            level = self._choices[row][min(int(self._seen.shifts[row]), MOST_SHIFT)]
            near = level == 0 and self._seen.pixels[row] >= NEAR_PIXELS
            if level < self._overview_levels[row] or near:
                wanted.append((row, level))
        return wanted

    def _level_of(self, row: int, level: int) -> tuple[np.ndarray, int]:
        """The texels of one level of one layer, and how many."""
        assert self._texels is not None and self._means is not None
        one = self._plan.levels[self._names[row]][level]
        count = one.texels(self._layers[row].spec.map_shape[0])
        source = self._texels if level == 0 else self._means
        return source[one.first : one.first + count], count

    def _upload_overview(self) -> int:
        parts = [self._level_of(row, level)[0] for row, level in enumerate(self._overview_levels)]
        self._overview.write(np.concatenate(parts))
        self._overview_serial = self._serial
        return sum(part.nbytes for part in parts)

    def _upload(self, row: int, level: int) -> "_Slot":
        texels, count = self._level_of(row, level)
        slot = self._slots.get((row, level))
        if slot is None:
            slot = self._slots[row, level] = _Slot(
                FlatTexture(f"page {self._names[row]}", count, dtype=self._dtype)
            )
            self._forget()
        slot.texels.write(texels)
        slot.serial = self._serial
        self._slots.move_to_end((row, level))
        return slot

    def _forget(self) -> None:
        """Drop the textures that were not needed for longest."""
        size = np.dtype(self._dtype).itemsize
        while (
            sum(slot.texels.length for slot in self._slots.values()) * size > KEPT_BYTES
            and len(self._slots) > 8
        ):
            oldest = next((key for key, slot in self._slots.items() if slot.node is None), None)
            if oldest is None:
                return
            del self._slots[oldest]

    def _swap(self, wanted: list[tuple[int, int]]) -> bool:
        """Draw from their own textures the layers that have one ready; True if these are other ones than
        before."""
        assert self._seen is not None
        drawn: dict[int, _Slot] = {}
        for row, level in wanted:
            slot = self._slots.get((row, level))
            if slot is None or (slot.node is None and slot.serial != self._serial):
                slot = self._drawn.get(row)  # rather another level than an old image
            if slot is not None:
                drawn[row] = slot
                own = slot is self._slots.get((row, level))
                near = own and level == 0 and bool(self._seen.pixels[row] >= NEAR_PIXELS)
                changed = self._show_slot(slot, row, level if own else slot.level, near)
                slot.touched = slot.touched or changed
        gone = [slot for row, slot in self._drawn.items() if drawn.get(row) is not slot]
        for slot in gone:
            slot.hide()
        touched = any(slot.touched for slot in drawn.values())
        for slot in drawn.values():
            slot.touched = False
        other = gone or drawn.keys() != self._drawn.keys()
        self._drawn = drawn
        if other:
            self._write()
        return bool(other) or touched

    def _show_slot(self, slot: "_Slot", row: int, level: int, near: bool) -> bool:
        if slot.node is not None and slot.near == near:
            return False
        slot.hide()
        one = self._plan.levels[self._names[row]][level]
        where = p3d.LVecBase4f(row, one.shift, one.width, one.height)
        slot.node = self._node(
            f"page {self._names[row]}", 1, "page_near" if near else "page", slot.texels, where
        )
        slot.level, slot.near = level, near
        return True


class _Slot:
    """One layer's texture at one level, and its node while it is drawn."""

    def __init__(self, texels: FlatTexture):
        self.texels = texels
        self.serial = -1
        self.level = 0
        self.near = False
        self.touched = False
        self.node: p3d.NodePath | None = None

    def hide(self) -> None:
        if self.node is not None:
            self.node.remove_node()
            self.node = None
