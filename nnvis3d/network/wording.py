"""How neurons and numbers are written for people, the same in every panel."""

import math
import textwrap
from collections.abc import Iterable

import numpy as np

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec, NeuronId, Preprocessing

MINUS = "\u2212"
AXES = ("channel", "row", "column")
"""Of a layer of feature maps, which are called maps; other axes are called by their own names."""
DIGITS = 4
"""Significant digits of a number that stands alone."""

FUNCTIONS = {
    "none": "",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leakyrelu": "leaky ReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "gelu_tanh": "GELU",
    "silu": "SiLU",
    "hardswish": "hard swish",
    "hardsigmoid": "hard sigmoid",
    "hardtanh": "hard tanh",
    "logsigmoid": "log sigmoid",
    "softmax": "softmax",
}
"""Activation functions by their names in LayerSpec.activation, where those are not what people call them."""

_SHORT = {
    "Transposed convolution": "Transp. conv.",
    "Convolution": "Conv.",
    "normalisation": "norm",
    "Instance norm": "Inst. norm",
    "Local response norm": "Local norm",
    "pooling": "pool",
    "Average": "Avg.",
    "connected": "conn.",
    "Concatenation": "Concat.",
    "Attention weights": "Attention",
    "Recurrent layer": "Recurrent",
}
"""Words of titles, and what they are where there is little room; in this order."""


def shorter(title: str) -> str:
    """A layer's title in fewer letters: "Batch norm 1"; itself, if there is nothing to shorten."""
    for word, short in _SHORT.items():
        title = title.replace(word, short)
    return title


def wrapped(title: str, letters: int) -> list[str]:
    """In lines of so many letters; a number is no line of its own where the title's shorter form fits in
    one."""
    lines = textwrap.wrap(title, letters, break_long_words=False)
    if len(lines) > 1 and lines[-1].isdecimal() and len(shorter(title)) <= letters:
        return [shorter(title)]
    return lines


def shortest(title: str) -> str:
    """Its last word and its number: "Norm 1"."""
    words = shorter(title).split()
    kept = words[-2:] if words and words[-1].isdecimal() else words[-1:]
    return " ".join(kept)[:1].upper() + " ".join(kept)[1:]


def where(layer: LayerSpec, neuron: NeuronId) -> str:
    """Where in its layer: "map 3 · row 12 · column 7", without a map where there is one only; "neuron 37"."""
    channels, height, width = layer.map_shape
    if layer.axes != AXES:
        places = zip(layer.axes, (neuron.channel, neuron.row, neuron.column), layer.map_shape, strict=True)
        named = [f"{axis} {k}" for axis, k, count in places if axis and count > 1]
        return " · ".join(named) or f"{layer.axes[0] or 'neuron'} {neuron.channel}"
    if height * width == 1:
        return f"neuron {neuron.channel}"
    place = f"row {neuron.row} · column {neuron.column}"
    return place if channels == 1 and layer.kind == "input" else f"map {neuron.channel} · {place}"


def title(layer: LayerSpec, neuron: NeuronId) -> str:
    """ "conv1 · map 3 · row 12 · column 7"."""
    return f"{layer.name} · {where(layer, neuron)}"


def shape(layer: LayerSpec) -> str:
    """ "6 × 28 × 28"."""
    return " × ".join(str(n) for n in layer.shape)


def preprocessing(prepared: Preprocessing) -> tuple[str, ...]:
    """How an image becomes the input: ("Input: 28 × 28 in grey, declared", "(pixel − 0.13) / 0.31")."""
    channels, height, width = prepared.shape
    kind = {1: "in grey", 3: "in colours"}.get(channels, f"with {channels} channels")
    known = "declared" if prepared.declared else "assumed"
    return (f"Input: {height} × {width} {kind}, {known}", *normalisation(prepared))


def normalisation(prepared: Preprocessing) -> tuple[str, ...]:
    """The second part of that; a line each for subtracting and dividing where the channels differ."""
    if not any(prepared.mean) and set(prepared.std) == {1}:
        return ("pixels go in as they are, from 0 to 1",)
    mean, std = (", ".join(f"{value:.3g}" for value in values) for values in (prepared.mean, prepared.std))
    if len(prepared.mean) == len(prepared.std) == 1:
        return (f"(pixel {MINUS} {mean}) / {std}",)
    return (f"pixel minus {mean}", f"divided by {std}")


def number(value: float, digits: int = DIGITS) -> str:
    """`value` with `digits` significant digits: "0.5000", "−12.35", "1.200e−9"."""
    if not math.isfinite(value):
        return _unusual(value)
    if value == 0:
        return "0"
    size = math.floor(math.log10(float(f"{abs(value):.{digits - 1}e}")))  # after rounding: 9.9999 is a 10
    if size < -6 or size > 7:
        return (
            f"{value:.{digits - 1}e}".replace("e-0", "e-")
            .replace("e+0", "e")
            .replace("e+", "e")
            .replace("-", MINUS)
        )
    return fixed(value, max(0, digits - 1 - size))


def fixed(value: float, decimals: int) -> str:
    """`value` with so many decimals and a real minus sign; never "−0.000"."""
    if not math.isfinite(value):
        return _unusual(value)
    text = f"{value:.{decimals}f}"
    negative = text.startswith("-") and any(c in "123456789" for c in text)
    return (MINUS if negative else "") + text.lstrip("-")


def decimals(values: Iterable[float], digits: int = DIGITS, most: int = 6) -> int:
    """How many decimals a column of numbers needs so that each of `values` has `digits` significant ones."""
    sizes = [math.floor(math.log10(abs(v))) for v in values if math.isfinite(v) and v != 0]
    return min(max(digits - 1 - min(sizes), 0), most) if sizes else digits - 1


def percent(share: float, decimals: int = 2) -> str:
    """0.9975 -> "99.75 %"; never a rounded 100 or 0 for what is not certain."""
    if not math.isfinite(share):
        return "not a number"
    least = 10.0**-decimals
    shown = min(max(100 * share, least), 100 - least) if 0 < share < 1 else 100 * share
    return f"{shown:.{decimals}f}\u2009%"


def less(value: float) -> str:
    """What follows a number from which `value` is taken: "− 0.13", or "+ 0.13" where it is negative."""
    return f"{MINUS} {value:.4g}" if value >= 0 else f"+ {-value:.4g}"


def source_name(layer: LayerSpec) -> str:
    """In a sentence: "the input", "conv1"."""
    return "the input" if layer.kind == "input" and layer.name == "input" else layer.name


def _unusual(value: float) -> str:
    return "not a number" if math.isnan(value) else "∞" if value > 0 else f"{MINUS}∞"


def strange(frame: ActivationFrame) -> str:
    """How many activations are no finite numbers, and where the first of them are; empty: all are."""
    if frame.strange is None:
        return ""
    layers = np.flatnonzero(frame.strange)
    if not len(layers):
        return ""
    first = frame.spec.layers[layers[0]]
    count = int(frame.strange.sum())
    numbers = "1 activation is" if count == 1 else f"{count:,} activations are"
    return f"{numbers} NaN or infinite, first in {first.title or first.name} ({frame.strange[layers[0]]:,})"
