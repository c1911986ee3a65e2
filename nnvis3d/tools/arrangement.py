"""Where everything stands: in space or flat, each layer in its style; and the ways from one to another."""

from collections.abc import Mapping

from nnvis3d.network.blending import blend, with_faces
from nnvis3d.network.folding import SHOWS, faces
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.grouping import ancestors, first_folds, paged, revealed, toggled
from nnvis3d.network.layer_layout import same_body
from nnvis3d.network.layer_styles import check_styles, styles_of
from nnvis3d.network.layout import Column, Layout, arrange, columns_of
from nnvis3d.network.poses import ease
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.network.stands import Item
from nnvis3d.tools.latest import Latest

SECONDS = 1.0
"""From space to the plane or back; from half way, half of it."""
STYLE_SECONDS = 0.7
"""From one style of a layer to another."""


class Arrangement:
    """Knows where a network is going to stand and how far on the way there it is. Turns round anywhere."""

    def __init__(self, spec: NetworkSpec, flat: bool = False, embeddings: tuple[Item, ...] = ()):
        self.spec = spec
        self.flat = flat
        """Where it is going to, or stands."""
        self.folds: frozenset[str] = first_folds(spec) if paged(spec) else frozenset()
        """Names of the blocks that are folded, or are folding."""
        self.shows = SHOWS[0]
        """What folded layers show, one of SHOWS."""
        self._embeddings = embeddings
        self.layout: Layout = arrange(spec, _name(flat), embeddings=embeddings)
        """Where everything stands now."""
        self.goal: Layout = self.layout
        """Where everything will stand."""
        self._styles: dict[str, str] = {}
        self._columns: Mapping[str, Column] = {}
        self._own_columns: Latest[Mapping[str, Column]] = Latest()
        self._before: dict[str, str] = {}
        """By folded layer, the style that it unfolds to."""
        self._faces: dict[str, int] = {}
        self._faced: tuple = ()
        """For which frame and styles the faces were found."""
        self._start = self.layout
        self._from_flatness = self.flatness = float(flat)
        """0 in 3d, 1 when flat, eased between."""
        self._share, self._seconds = 1.0, SECONDS

    @property
    def moving(self) -> bool:
        return self._share < 1

    @property
    def styles(self) -> Mapping[str, str]:
        """By layer, the style that it has or is going to have; layers in a grid are left out."""
        return self._styles

    def style(self, layer: str) -> str:
        """One of layer_styles.STYLES."""
        return self._styles.get(layer, "grid")

    def set_flat(self, flat: bool) -> None:
        """Go there, from wherever it is now."""
        if flat != self.flat:
            self.flat = flat
            self._set_out()

    def set_style(self, layer: str, style: str) -> None:
        """Let a layer's maps stand so, from wherever they are now.

        Raises:
            ValueError: there is no such layer or style, or the layer cannot stand so.
        """
        check_styles(self.spec, {layer: style})
        if style != self.style(layer):
            self._styles = {**self._styles, layer: style}
            if style == "grid":
                del self._styles[layer]
            self._set_out()

    def toggle_fold(self, layer: str) -> None:
        """Fold a layer, or unfold it to the style that it had before; raises as `set_style`."""
        if self.style(layer) == "fold":
            self.set_style(layer, self._before.get(layer, "grid"))
        else:
            before = self.style(layer)
            self.set_style(layer, "fold")
            self._before[layer] = before

    def unfold_all(self) -> bool:
        """All layers back into their grids, all blocks open; False if they were."""
        if not self._styles and not self.folds:
            return False
        self._styles, self._before, self.folds = {}, {}, frozenset()
        self._set_out()
        return True

    def fold_groups(self) -> bool:
        """Blocks as the first view has them; False if they were."""
        return self._fold(first_folds(self.spec) if paged(self.spec) else frozenset())

    def group_of(self, name: str) -> str:
        """The block that folding `name`, a layer or a block, is about: a folded one that it stands for, or
        else the innermost one around it; "" if there is none."""
        if name in {group.name for group in self.spec.groups}:
            return name
        around = ancestors(self.spec, self.spec.by_name[name].group)
        return next((group for group in around if group in self.folds), around[-1] if around else "")

    def toggle_group(self, group: str) -> None:
        """Fold a block, or open it.

        Raises:
            LookupError: there is no such block.
        """
        self._fold(toggled(self.spec, self.folds, group))

    def reveal(self, layer: str) -> bool:
        """Open every block that a layer is folded into; False if it was to be seen."""
        return layer in self.goal.away and self._fold(revealed(self.spec, self.folds, layer))

    def _fold(self, folds: frozenset[str]) -> bool:
        if folds == self.folds:
            return False
        self.folds = folds
        self._set_out()
        return True

    def set_embeddings(self, items: tuple[Item, ...]) -> bool:
        """Let these stand above their layers; False if they do."""
        if items == self._embeddings:
            return False
        self._embeddings = items
        self._set_out()
        return True

    def stand_like(self, other: "Arrangement") -> None:
        """Go where another network's arrangement goes: its styles and folds, as far as there are such layers
        and blocks here."""
        styles = {name: style for name, style in other.styles.items() if self._offers(name, style)}
        folds = other.folds & {group.name for group in self.spec.groups}
        self.shows = other.shows
        if (styles, folds, other.flat) != (self._styles, self.folds, self.flat):
            self._styles, self.folds, self.flat = styles, folds, other.flat
            self._set_out()

    def go_on_from(self, before: "Arrangement") -> None:
        """Be at once where the arrangement of the same network was before it changed: styles and folds. Where
        it has other blocks, all is as a first view has it."""
        blocks = {group.name for group in self.spec.groups}
        if before.folds <= blocks and bool(before.spec.groups) == bool(blocks):
            self.stand_like(before)
            self.arrive()

    @property
    def columns(self) -> Mapping[str, Column]:
        """What its layers take of the flow by themselves, as `layout.columns_of` has it."""
        now = self._styles, self.folds
        return self._own_columns.of((), now, lambda: columns_of(self.spec, *now))

    def set_columns(self, columns: Mapping[str, Column]) -> None:
        """Let the layers stand in these columns, as `layout.arrange` has them; empty: in their own."""
        if columns != self._columns:
            self._columns = columns
            self._set_out()
            self._seconds = max(self._seconds, STYLE_SECONDS)

    def arrive(self) -> None:
        """Be there at once."""
        self._seconds = 0.0
        self.update(1.0)

    def _offers(self, layer: str, style: str) -> bool:
        spec = self.spec.by_name.get(layer)
        return spec is not None and style in styles_of(self.spec, spec)

    def set_shows(self, shows: str) -> None:
        """Let folded layers show this, one of SHOWS."""
        if shows not in SHOWS:
            raise ValueError(f"folded layers: expected {' or '.join(SHOWS)}, got {shows!r}")
        self.shows = shows

    def follow(self, frame: ActivationFrame | None) -> bool:
        """Let folded layers show their maps of this frame; True if other ones are shown than before."""
        key = (frame, self._styles, self.shows)
        if len(self._faced) and all(a is b for a, b in zip(key, self._faced, strict=True)):
            return False
        self._faced = key
        folded = [name for name, style in self._styles.items() if style == "fold"]
        known = folded and frame is not None and frame.spec.layers == self.spec.layers
        found = faces(frame if known else None, folded, self.shows)
        if found == self._faces:
            return False
        self._faces = found
        self.goal, self.layout = with_faces(self.goal, found), with_faces(self.layout, found)
        return True

    def _set_out(self) -> None:
        """Go from where everything is now to where it shall be."""
        self._faces = {name: face for name, face in self._faces.items() if self.style(name) == "fold"}
        self._start, self._from_flatness = self.layout, self.flatness
        self.goal = arrange(
            self.spec,
            _name(self.flat),
            self._styles,
            self._faces,
            self.folds,
            self._embeddings,
            self._columns,
        )
        turn = SECONDS * abs(self.flat - self.flatness)
        rigid = all(same_body(layer, self.goal.layers[name]) for name, layer in self.layout.layers.items())
        rigid &= self.layout.stands == self.goal.stands
        self._share, self._seconds = 0.0, max(turn, 0.0 if rigid else STYLE_SECONDS)

    def update(self, dt: float) -> bool:
        """Move on by `dt` seconds; True if anything moved."""
        if not self.moving:
            return False
        self._share = min(1.0, self._share + dt / max(self._seconds, 1e-3))
        share = ease(self._share)
        self.flatness = self._from_flatness + (self.flat - self._from_flatness) * share
        self.layout = blend(self._start, self.goal, share) if self.moving else self.goal
        if not self.moving:
            self.flatness = float(self.flat)
        return True


def _name(flat: bool) -> str:
    return "2d" if flat else "3d"
