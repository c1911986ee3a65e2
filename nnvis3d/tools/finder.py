"""Finds layers and neurons by name, type, shape or index, and the most active ones."""

import re
from dataclasses import dataclass

import numpy as np

from nnvis3d.network import wording
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec, NetworkSpec, NeuronId
from nnvis3d.scene.hud.ask_state import FindState

MOST = 20
"""Results."""
MOST_ACTIVE = 10
"""How many are found where no number is said."""

_KINDS = {
    "input": "input image pixels drawing",
    "conv": "convolution convolutional",
    "maxpool": "max pooling maximum subsampling",
    "avgpool": "average pooling mean subsampling",
    "linear": "linear fully connected dense fc",
}
"""What people call them."""
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {word: k + 1 for k, word in enumerate(_WORDS)} | {"twenty": 20}
_ACTIVE = re.compile(
    r"^(?:the\s+)?(?:top\s+)?(?:(?P<count>\d+|" + "|".join(_NUMBERS) + r")\s+)?"
    r"(?:most\s+active|strongest|brightest)\b"
    r"(?:\s+(?:neurons?|units?|in|of|the))*\s*(?P<layer>.*)$"
)
_TOP = re.compile(r"^top\s+(?P<count>\d+)(?:\s+(?:neurons?|units?|in|of))*\s*(?P<layer>.*)$")
_SHAPE = re.compile(r"^\d+(?:\s*[x×*]\s*\d+)*$")
_FILLERS = {"map", "maps", "row", "column", "col", "neuron", "unit", "channel", "feature", "class", "layer"}


@dataclass(frozen=True)
class Found:
    """One result."""

    title: str
    what: str
    target: str | NeuronId
    """The name of a layer, or a neuron."""


class Finder:
    """Searches one network."""

    def __init__(self, spec: NetworkSpec):
        self.spec = spec

    def find(
        self, query: str, frame: ActivationFrame | None = None, here: str = "", most: int = MOST
    ) -> tuple[Found, ...]:
        """What `query` means, the likeliest first; an empty one finds all layers.

        Args:
            frame: the newest; without one nothing is "most active".
            here: the layer that is meant by "here"; empty: all.
        """
        text = " ".join(query.lower().split())
        active = _TOP.match(text) or _ACTIVE.match(text)
        if active:
            return self._most_active(active, frame, here)[:most]
        found = [*self._neurons(text), *self._labels(text), *self._layers(text)]
        first: dict[str | NeuronId, Found] = {}
        for result in found:
            first.setdefault(result.target, result)
        return tuple(first.values())[:most]

    # layers

    def _layers(self, text: str) -> list[Found]:
        """Layers by name, title, kind or shape."""
        scored = [(self._score(layer, text), layer) for layer in self.spec.layers]
        ranked = sorted((item for item in scored if item[0] > 0), key=lambda item: -item[0])
        return [self._layer(layer) for _, layer in ranked]

    def _layer(self, layer: LayerSpec, note: str = "") -> Found:
        return Found(layer.name, f"{layer.title} · {note or wording.shape(layer)}", layer.name)

    def _score(self, layer: LayerSpec, text: str) -> int:
        """How well `text` fits a layer; 0: not at all."""
        if not text:
            return 1
        if _SHAPE.match(text):
            return _shape_score(layer.shape, [int(n) for n in re.findall(r"\d+", text)])
        name, title = layer.name.lower(), layer.title.lower()
        kinds = f"{layer.kind} {layer.activation} {_KINDS.get(layer.kind, '')}"
        rules = (
            (100, text == name or text.replace(" ", "") == name),
            (90, text == title),
            (80, name.startswith(text)),
            (70, title.startswith(text)),
            (60, _all_begin(text, title.split())),
            (50, _all_begin(text, [*kinds.split(), *title.split()])),
            (40, text in name or text in title),
            (10, len(text) > 1 and _is_subsequence(text.replace(" ", ""), name)),
        )
        return next((score for score, fits in rules if fits), 0)

    # neurons

    def _neurons(self, text: str) -> list[Found]:
        """ "conv1:3:12:7", "conv1 map 3 row 12", "output 7": a layer, then where in it."""
        parts = [part for part in re.split(r"[\s:,·/]+", text) if part and part not in _FILLERS]
        for words in range(len(parts) - 1, 0, -1):  # "conv 1 3" is rather conv1 than any conv
            numbers = parts[words:]
            if not all(part.isdecimal() and len(part) < 9 for part in numbers):
                continue
            named = " ".join(parts[:words])
            layers = [layer for layer in self.spec.layers if self._score(layer, named) >= 80]
            if layers:
                return [self._indexed(layer, [int(n) for n in numbers]) for layer in layers]
        return []

    def _indexed(self, layer: LayerSpec, indices: list[int]) -> Found:
        """The neuron at `indices` (channel, row, column), the middle of a map, or a word that it has none."""
        channels, height, width = layer.map_shape
        if channels == 1 and len(indices) == 2:
            indices = [0, *indices]
        middle = [indices[0], height // 2, width // 2]
        place = (*indices, *middle[len(indices) :])
        inside = len(place) == 3 and all(i < n for i, n in zip(place, layer.map_shape, strict=True))
        if not inside:
            said = ":".join(str(i) for i in indices)
            return self._layer(layer, f"{wording.shape(layer)}, it has no {said}")
        neuron = NeuronId(layer.name, *place)
        if len(indices) == 1 and height * width > 1:
            return Found(
                f"{layer.name} · map {indices[0]}", f"{layer.title} · one of {channels} maps", neuron
            )
        return Found(wording.title(layer, neuron), self._what(neuron), neuron)

    def _what(self, neuron: NeuronId) -> str:
        layer = self.spec.by_name[neuron.layer]
        if layer is self.spec.output and len(self.spec.labels) == layer.neurons:
            return f'{layer.title} · class "{self.spec.labels[neuron.channel]}"'
        return layer.title

    def _labels(self, text: str) -> list[Found]:
        """Output neurons by the name of their class."""
        output = self.spec.output
        text = text.removeprefix(output.name.lower()).strip()
        if not text or len(self.spec.labels) != output.neurons:
            return []
        names = [label.lower() for label in self.spec.labels]
        hits = [k for k, name in enumerate(names) if name == text]
        hits += [
            k for k, name in enumerate(names) if name.startswith(text) and k not in hits and len(text) > 1
        ]
        return [Found(wording.title(output, n), self._what(n), n) for n in map(output.neuron, hits)]

    # activity

    def _most_active(self, query: re.Match, frame: ActivationFrame | None, here: str) -> tuple[Found, ...]:
        """Neurons of largest value, each layer's in units of its own scale so that layers can be compared."""
        said = query["count"] or str(MOST_ACTIVE)
        count = _NUMBERS.get(said) or int(said)
        layers = self._meant(query["layer"].replace("here", here.lower()).strip())
        if frame is None or not layers:
            return ()
        values = [_brightness(frame, layer, self.spec) for layer in layers]
        starts = np.cumsum([0, *(len(v) for v in values)])
        order = _largest(np.concatenate(values), count)
        found = []
        for index in order:
            at = int(np.searchsorted(starts, index, "right")) - 1
            neuron = layers[at].neuron(int(index - starts[at]))
            value = wording.number(frame.value(neuron))
            found.append(Found(wording.title(layers[at], neuron), f"{layers[at].title} · {value}", neuron))
        return tuple(found)

    def _meant(self, text: str) -> list[LayerSpec]:
        """The layers among which the most active are sought: the best that fit, or all but the input."""
        if not text:
            return list(self.spec.layers[1:])
        scores = [(self._score(layer, text), layer) for layer in self.spec.layers]
        best = max(score for score, _ in scores)
        return [layer for score, layer in scores if score == best > 0]


def find_state(query: str, results: tuple[Found, ...], chosen: int = 0, serial: int = 0) -> FindState:
    """For the panel."""
    rows = tuple((result.title, result.what) for result in results)
    return FindState(query, rows, min(chosen, max(len(rows) - 1, 0)), serial)


def _brightness(frame: ActivationFrame, layer: LayerSpec, spec: NetworkSpec) -> np.ndarray:
    """float32 (neurons,): values as shares of full brightness; what is not a number comes last."""
    values = frame.layer(layer.name).reshape(-1)
    with np.errstate(all="ignore"):
        shares = values / max(float(frame.scales[spec.layers.index(layer)]), 1e-12)
    return np.where(np.isnan(shares), -np.inf, shares)


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """int64 (<= count,): indices of the largest, the largest first, ties by index; sorts only these."""
    among = np.arange(len(values))
    if 0 < count < len(values):
        among = np.flatnonzero(values >= np.partition(values, len(values) - count)[len(values) - count])
    return among[np.argsort(-values[among], kind="stable")][:count]


def _shape_score(shape: tuple[int, ...], wanted: list[int]) -> int:
    """Whole shapes before parts of shapes: 28x28 is in 6x28x28."""
    if list(shape) == wanted:
        return 100
    ends = range(len(shape) - len(wanted) + 1)
    return 50 if any(list(shape[i : i + len(wanted)]) == wanted for i in ends) else 0


def _all_begin(text: str, words: list[str]) -> bool:
    """Whether each word of `text` begins one of `words`."""
    return all(any(word.startswith(part) for word in words) for part in text.split())


def _is_subsequence(text: str, name: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in text)
