"""Says to the panels what there is to show."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nnvis3d.network import wording
from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.grouping import ancestors, groups_by_name, paged
from nnvis3d.network.layer_styles import styles_of
from nnvis3d.network.spec import GroupSpec, LayerSpec, NetworkSpec
from nnvis3d.scene.hud.state import AnswerState, LayerRow, LegendState, PadState, Picture
from nnvis3d.tools.pad_tool import BRUSHES, PadTool
from nnvis3d.tools.palette import PALETTE

_BRUSH_UNIT = 100.0
"""Panels show the brush in hundredths of the pad's side."""
_NO_PAD = "Reads no image: it answers its example input"


def answer_state(frame: ActivationFrame | None, colored: bool = False) -> AnswerState:
    """
    Args:
        colored: whether the network sees colours.
    """
    if frame is None or frame.blank:
        return AnswerState(colored=colored)
    return AnswerState(tuple(frame.guesses(2)), blank=False)


def pad_state(
    pad: PadTool, docked: bool, place: tuple[float, float, float] | None, spec: NetworkSpec | None = None
) -> PadState | None:
    """The toolbar under the pad, at `place`, (x, y, width) in pixels; None where nothing can be drawn for the
    network."""
    if spec is not None and not spec.drawable:
        return None
    return PadState(
        tool=pad.tool,
        brush=round(pad.brush * _BRUSH_UNIT, 2),
        brush_range=(BRUSHES[0] * _BRUSH_UNIT, BRUSHES[1] * _BRUSH_UNIT),
        can_undo=pad.can_undo,
        can_redo=pad.can_redo,
        can_clear=not pad.drawing.empty,
        normalize=pad.normalize,
        transformed=pad.transformed,
        docked=docked,
        sample=pad.title,
        colored=pad.colored,
        palette=PALETTE,
        color=pad.color,
        place=place,
    )


def no_pad(spec: NetworkSpec | None) -> str:
    """What stands in the toolbar's place where nothing can be drawn for a network. Of a long one it stands in
    the pad's place, see scene_labels.no_pad_labels."""
    return "" if spec is None or spec.drawable or paged(spec) else _NO_PAD


def brush_from_panel(value: object) -> float:
    """Pad units of what the panel's slider says."""
    return float(value) / _BRUSH_UNIT  # type: ignore[arg-type]


def layer_rows(
    spec: NetworkSpec,
    hidden: Collection[str],
    styles: Mapping[str, str] = MappingProxyType({}),
    folds: Collection[str] = (),
) -> tuple[LayerRow, ...]:
    """A tree, if the network has blocks: each stands before what is in it, which is left out while it is
    folded.

    Args:
        styles: by layer, how its maps stand where that is no grid.
        folds: names of the folded blocks.
    """
    groups, rows, met = groups_by_name(spec), [], set()
    for layer in spec.layers:
        around = ancestors(spec, layer.group)
        closed = next((depth for depth, name in enumerate(around) if name in folds), len(around))
        for depth, name in enumerate(around[: closed + 1]):
            if name not in met:
                met.add(name)
                rows.append(_block_row(groups[name], depth, name in folds, hidden))
        if closed == len(around):
            rows.append(
                LayerRow(
                    layer.name,
                    layer.title,
                    wording.shape(layer),
                    layer.name not in hidden,
                    styles.get(layer.name, "grid"),
                    styles_of(spec, layer),
                    len(around),
                )
            )
    return tuple(rows)


def _block_row(group: GroupSpec, depth: int, folded: bool, hidden: Collection[str]) -> LayerRow:
    count = len(group.layers)
    return LayerRow(
        group.name,
        group.title,
        f"{count} layers" if count > 1 else "1 layer",
        not set(group.layers) <= set(hidden),
        "fold" if folded else "grid",
        ("grid", "fold"),
        depth,
        block=True,
    )


@dataclass(frozen=True)
class _Tables:
    """A colour map's tables as pictures that compare by identity."""

    colors: ColorMap
    sequential: Picture
    diverging: Picture


class LegendPresenter:
    """What the colours mean, for the layer under the pointer or in general."""

    def __init__(self, colors: ColorMap):
        self.set_colors(colors)

    def set_colors(self, colors: ColorMap) -> None:
        self._tables = _Tables(colors, Picture(colors.sequential), Picture(colors.diverging))

    def states(self, frame: ActivationFrame | None, layer: LayerSpec | None) -> tuple[LegendState, ...]:
        """Both tables in general; one with its numbers for `layer`."""
        if frame is None or layer is None or layer.name not in frame.spec.by_name:
            note = "1 = the layer's own scale"
            return (self._state(False, 1.0, "", note, ""), self._state(True, 1.0, "", note, ""))
        scale = float(frame.scales[frame.spec.layers.index(layer)])
        fixed = "fixed for this layer" if layer.scale else "the layer's maximum now"
        return (
            self._state(layer.signed, scale, layer.title, f"full brightness at {scale:.3g}: {fixed}", ""),
        )

    def _state(self, signed: bool, scale: float, title: str, note: str, unit: str) -> LegendState:
        tables = self._tables
        return LegendState(
            colormap=tables.colors.title,
            lut=tables.diverging if signed else tables.sequential,
            low=-scale if signed else 0.0,
            high=scale,
            title=title,
            note=note,
            unit=unit,
        )
