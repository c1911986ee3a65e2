"""What an inspector says of a neuron: its place, what it does, three pictures, and its calculation."""

from nnvis3d.network import wording
from nnvis3d.network.colormaps import ColorMap
from nnvis3d.network.explanation import Explanation
from nnvis3d.network.wording import less
from nnvis3d.scene.hud.ask_state import InspectorState
from nnvis3d.tools.inspector_calculation import MOST_TERMS, calculation, is_picture
from nnvis3d.tools.inspector_pictures import pictures

MOST_COPIED = 2000
"""Terms that are copied as text."""


def inspector_state(
    explanation: Explanation,
    colors: ColorMap,
    labels: tuple[str, ...] = (),
    pinned: bool = False,
    most_terms: int = MOST_TERMS,
) -> InspectorState:
    """The card of a neuron.

    Args:
        labels: of the network's classes, for its outputs.
    """
    neuron = explanation.neuron
    title = wording.title(explanation.layer, neuron)
    if explanation.softmax is not None and labels:
        title = f'{explanation.layer.name} · "{labels[explanation.softmax.index]}"'
    return InspectorState(
        id=str(neuron),
        title=title,
        subtitle=_what_it_does(explanation),
        pictures=pictures(explanation, colors),
        lines=tuple(calculation(explanation, most_terms)),
        pinned=pinned,
        note=_note(explanation),
    )


def _what_it_does(explanation: Explanation) -> str:
    source, (channels, rows, columns) = explanation.source, explanation.grid
    if source is None:
        known = "a pixel of the drawing" if is_picture(explanation.layer) else "a number that is read"
        return known if explanation.kind == "input" else "how it is computed is not known"
    depth = f"{explanation.slices} × " if explanation.slices > 1 else ""
    name, window = wording.source_name(source), f"a {depth}{rows // explanation.slices} × {columns} window"
    maps = _maps(channels, source.map_shape[0])
    function = wording.FUNCTIONS.get(explanation.activation, explanation.activation) or "the value"
    read = " and ".join(wording.source_name(layer) for layer in explanation.layers)
    all_of = "all" if explanation.count == source.neurons else f"{explanation.count:,} of the"
    words = {
        "conv": f"looks at {window} of {maps}{name}",
        "maxpool": f"keeps the largest in {window} of {name}",
        "avgpool": f"averages {window} of {name}",
        "linear": f"weighs {all_of} {source.neurons:,} neurons of {name}",
        "elementwise": f"{function} of its neuron of {name}",
        "norm": f"its neuron of {name}, normalised",
        "add": f"adds its neurons of {read}",
        "multiply": f"multiplies its neurons of {read}",
        "copy": f"a copy of a neuron of {_read_name(explanation)}",
        "lookup": f"what the table has for its neuron of {name}",
        "recurrent": f"weighs its step of {name} and the state before",
        "gated": f"gates over its step of {name} and the state before",
        "matmul": f"adds up {explanation.count:,} products of {read}",
        "attention": f"softmax over its keys, of query × key of {_but_itself(explanation)}",
        "attended": f"{columns} tokens in {_count(rows, 'head')}, by attention weight",
        "softmax": f"its share among all {explanation.count} {_shared(explanation)}",
    }
    return words.get(explanation.kind, f"reads {explanation.count:,} neurons of {name}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _but_itself(explanation: Explanation) -> str:
    read = [layer for layer in explanation.layers if layer is not explanation.layer]
    return " and ".join(wording.source_name(layer) for layer in read)


def _shared(explanation: Explanation) -> str:
    source = explanation.source
    if source is None or source.name == explanation.layer.name:
        return "outputs"
    return f"in its row of {wording.source_name(source)}"


def _read_name(explanation: Explanation) -> str:
    """The one layer that is read, of those that were put together."""
    neuron = explanation.read(0)
    read = [layer for layer in explanation.layers if neuron is None or layer.name == neuron.layer]
    return wording.source_name(read[0])


def _maps(read: int, all_maps: int) -> str:
    """Which of a layer's maps are read: "all 6 maps of "; nothing to say where there is one."""
    if all_maps == 1:
        return ""
    return f"all {all_maps} maps of " if read == all_maps else f"{read} of the {all_maps} maps of "


def _note(explanation: Explanation) -> str:
    parts = []
    prepared = explanation.preprocessing
    if prepared is not None and explanation.source is not None and len(prepared.mean) == 1:
        parts.append(f"inputs: (pixel {less(prepared.mean[0])}) / {prepared.std[0]:g}")
    elif prepared is not None and explanation.source is not None:
        parts.append(f"inputs: {', '.join(wording.normalisation(prepared))}")
    if explanation.padded and explanation.kind in ("recurrent", "gated"):
        parts.append("the state before the first step is zero")
    elif explanation.padded:
        parts.append(f"{explanation.padded} of {explanation.count} lie over the edge")
    return ", ".join(parts)


def as_text(explanation: Explanation, state: InspectorState) -> str:
    """The card for the clipboard: words, calculation, and every term in columns that a spreadsheet reads."""
    words = [text for text in (state.title, state.subtitle, state.note) if text]
    width = max((len(what) for what, _ in state.lines), default=0)
    lines = [f"{what.ljust(width)}  {value}".rstrip() for what, value in state.lines]
    return "\n".join([*words, "", *lines, *_columns(explanation)]) + "\n"


def _columns(explanation: Explanation) -> list[str]:
    """Every term, tab between the columns, figures as computers read them."""
    if explanation.source is None:
        return []
    gating = explanation.gating
    rows = ["", "source\tinput\tweight\tproduct" + ("\tgate" if gating is not None else "")]
    for k in range(min(explanation.count, MOST_COPIED)):
        name = str(explanation.read(k) or _unread(explanation, k))
        numbers = (explanation.inputs[k], explanation.weights[k], explanation.products[k])
        gate = [gating.gate(k, explanation.count)] if gating is not None else []
        rows.append("\t".join([name, *(f"{v + 0.0:.9g}" for v in numbers), *gate]))
    if explanation.count > MOST_COPIED:
        rows.append(f"({explanation.count - MOST_COPIED} more)")
    return rows


def _unread(explanation: Explanation, term: int) -> str:
    """Of a term that no neuron on screen is: "layer l0:3:5", or padding."""
    unseen = explanation.read_unseen(term)
    return "padding" if unseen is None else f"{explanation.unseen[0]}:{unseen[0]}:{unseen[1]}"
