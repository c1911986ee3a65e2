"""What is marked while an operation is walked through: window, products, sum, and the result on its way."""

from dataclasses import replace

import numpy as np

from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.explanation import Explanation
from nnvis3d.network.marks import CellMarks, Color, Flight, Marks, MarkSpec
from nnvis3d.network.poses import ease
from nnvis3d.tools.ask_marks import ring, source_ring, window_maps, windows
from nnvis3d.tools.stepping import Phase, Stepper

SUMMED_ALPHA = 0.3
"""Of a product that is in the sum already."""
VEIL_ALPHA = 0.85
"""Over cells whose turn is still to come."""
MOST_FLIGHTS = 16
_PRODUCT_LIFT, _FLIGHT_LIFT, _LANDED_LIFT = 0.7, 1.5, 0.65


def step_marks(walk: Stepper, scale: float, source_scale: float, colors: ColorMap) -> Marks:
    """All of one moment.

    Args:
        scale: the value that the walked layer draws at full brightness.
        source_scale: that of the layer which is read.
    """
    explanation = walk.explanation
    target = replace(ring(walk.neuron, "target"))
    return Marks(
        rectangles=(target, *windows(explanation), *_largest(walk)),
        cells=(*_terms(walk, source_scale, colors), *_pending(walk)),
        flights=_flights(walk, scale, colors),
    )


def _largest(walk: Stepper) -> tuple[MarkSpec, ...]:
    """For pooling by maximum: the largest of those that were compared."""
    explanation, compared = walk.explanation, walk.terms_summed
    if explanation.kind != "maxpool" or not compared:
        return ()
    if compared == explanation.count:
        return source_ring(explanation, explanation.winner or 0)
    seen = np.where(explanation.sources[:compared] >= 0, explanation.inputs[:compared], -np.inf)
    return source_ring(explanation, int(seen.argmax()))


def _terms(walk: Stepper, source_scale: float, colors: ColorMap) -> tuple[CellMarks, ...]:
    """Products where their inputs are, in the colours of their values; what is summed steps back."""
    explanation, shown, summed = walk.explanation, walk.terms_shown, walk.terms_summed
    if explanation.source is None or not shown:
        return ()
    rgb = _term_colors(explanation, source_scale, colors)
    marks = []
    for first, last, role, alpha in ((0, summed, "summed", SUMMED_ALPHA), (summed, shown, "product", 1.0)):
        for layer, terms, cells in explanation.by_layer():
            real = (terms >= first) & (terms < last)
            if real.any():
                colored = rgb[terms[real]]
                marks.append(CellMarks(layer.name, cells[real], role, colored, alpha, lift=_PRODUCT_LIFT))
    return tuple(marks)


def _term_colors(explanation: Explanation, source_scale: float, colors: ColorMap) -> np.ndarray:
    """float32 (k, 3): of products, or, where inputs are only compared, of these as their layer draws them."""
    source = explanation.source
    if explanation.kind == "maxpool" and source is not None:
        table = colors.colors(explanation.inputs, source_scale, source.signed)
    else:
        magnitude = np.abs(np.nan_to_num(explanation.products))
        table = colors.colors(explanation.products, float(magnitude.max(initial=0.0)), True)
    return table.astype(np.float32) / 255


def _pending(walk: Stepper) -> tuple[CellMarks, ...]:
    """A veil over the cells of this map that are still to come, so that one sees it fill.

    A softmax reads the layer that it stands on: that must stay visible.
    """
    if walk.explanation.kind == "softmax":
        return ()
    first = walk.layer.index(walk.neuron) // walk.count * walk.count
    cells = np.arange(first + len(walk.done), first + walk.count)
    return (CellMarks(walk.layer.name, cells, "pending", None, VEIL_ALPHA, 1.0, 0.55),) if len(cells) else ()


def _flights(walk: Stepper, scale: float, colors: ColorMap) -> tuple[Flight, ...]:
    """The result falls from what was read into its cell."""
    explanation = walk.explanation
    if walk.phase is not Phase.DROP or walk.share >= 1 or explanation.source is None:
        return ()
    color = _color(explanation, scale, colors)
    row, column = walk.neuron.row, walk.neuron.column
    box = (row, column, row + 1, column + 1)
    end = MarkSpec(walk.layer.name, walk.neuron.channel, *box, "drop", "fill", color, lift=_LANDED_LIFT)
    return tuple(Flight(start, end, ease(walk.share)) for start in _starts(explanation, end))


def _starts(explanation: Explanation, end: MarkSpec) -> list[MarkSpec]:
    """A cell in the middle of each window, or where no window is, the neurons that contribute most."""
    if explanation.window is not None:
        top, left, bottom, right = explanation.window
        row, column = (top + bottom) / 2 - 0.5, (left + right) / 2 - 0.5
        assert explanation.source is not None
        name = explanation.source.name
        places = [(name, channel, row, column) for channel in window_maps(explanation, MOST_FLIGHTS)]
    else:
        read = [explanation.read(int(k)) for k in explanation.strongest(MOST_FLIGHTS)]
        places = [(n.layer, n.channel, float(n.row), float(n.column)) for n in read if n is not None]
    return [
        replace(
            end,
            layer=name,
            channel=channel,
            top=row,
            left=column,
            bottom=row + 1,
            right=column + 1,
            lift=_FLIGHT_LIFT,
        )
        for name, channel, row, column in places
    ]


def _color(explanation: Explanation, scale: float, colors: ColorMap) -> Color:
    """Of the result, as its layer draws it; a share is drawn against 1."""
    softmax = explanation.kind == "softmax" and explanation.activation != "logsoftmax"
    signed = explanation.layer.signed and not softmax
    rgb = colors.colors(np.array([explanation.result]), 1.0 if softmax else scale, signed)[0] / 255
    return float(rgb[0]), float(rgb[1]), float(rgb[2])
