"""What a network is: layers, shapes, what reads what. No weights, no torch, no window."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, order=True)
class NeuronId:
    """One neuron's address. A fully connected neuron k is (layer, channel=k, row=0, column=0)."""

    layer: str
    channel: int
    row: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.layer}:{self.channel}:{self.row}:{self.column}"


@dataclass(frozen=True)
class LayerSpec:
    """One layer whose output is shown."""

    name: str
    """Unique in its network: "conv1"."""
    kind: str
    """"input", "conv", "maxpool", "linear", ...: what computes it."""
    shape: tuple[int, ...]
    """Of its output without the batch: (C, H, W), or (N,) for a fully connected layer."""
    title: str
    """For people: "Convolution 1"."""
    sources: tuple[str, ...] = ()
    """Names of the layers that it reads."""
    activation: str = "none"
    """What is applied last: "none", "relu", "tanh", "softmax"..."""
    signed: bool = False
    """Whether values below zero can occur: then it is drawn with the diverging colour map."""
    scale: float | None = None
    """The magnitude that is drawn at full brightness, fixed for this network; None: the frame's own
    maximum."""
    parameters: int = 0
    group: str = ""
    """Name of the innermost GroupSpec that it stands in; "" if in none."""
    axes: tuple[str, str, str] = ("channel", "row", "column")
    """What its three indices count, for people: ("head", "query", "key") for attention,
    ("unit", "step", "")..."""
    note: str = ""
    """What people should know about it, in one sentence: "Unknown module: its output is shown"..."""

    def __post_init__(self):
        if len(self.shape) not in (1, 3) or any(n < 1 for n in self.shape):
            raise ValueError(f"{self.name}: expected shape (C, H, W) or (N,), got {self.shape}")

    @property
    def map_shape(self) -> tuple[int, int, int]:
        """(C, H, W); N fully connected neurons are N maps of one cell."""
        return self.shape if len(self.shape) == 3 else (self.shape[0], 1, 1)

    @property
    def neurons(self) -> int:
        channels, height, width = self.map_shape
        return channels * height * width

    def index(self, neuron: NeuronId) -> int:
        """Position of `neuron` in the layer's flat, row-major activations.

        Raises:
            IndexError: the layer has no such neuron.
        """
        channels, height, width = self.map_shape
        inside = 0 <= neuron.channel < channels and 0 <= neuron.row < height and 0 <= neuron.column < width
        if not inside:
            raise IndexError(f"{neuron}: {self.name} has shape {self.shape}")
        return (neuron.channel * height + neuron.row) * width + neuron.column

    def neuron(self, index: int) -> NeuronId:
        """The inverse of `index`."""
        _, height, width = self.map_shape
        channel, cell = divmod(index, height * width)
        return NeuronId(self.name, channel, *divmod(cell, width))


@dataclass(frozen=True)
class GroupSpec:
    """A module that holds modules (a stage, a block): its layers fold into one and unfold again."""

    name: str
    """Qualified name of the module: "layer1.0"."""
    kind: str
    """Its class: "BasicBlock"."""
    title: str
    """For people: "Stage 1, block 1"."""
    layers: tuple[str, ...]
    """Names of all layers in it, those of inner groups too, in order of computation."""
    parent: str = ""
    """Name of the group around it; "" if it is outermost."""


@dataclass(frozen=True)
class Preprocessing:
    """How an image becomes the network's input: size, then (value - mean) / std per channel."""

    shape: tuple[int, int, int]
    """(C, H, W) of the input tensor."""
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    declared: bool = True
    """Whether the network said so itself; otherwise it is assumed, and people are told."""


@dataclass(frozen=True)
class NetworkSpec:
    """A network as it is shown: its layers in order of computation, the input first."""

    name: str
    title: str
    layers: tuple[LayerSpec, ...]
    preprocessing: Preprocessing
    labels: tuple[str, ...] = ()
    """Names of the output classes; empty: the outputs are not classes."""
    accuracy: Mapping[str, float] = field(default_factory=dict)
    """Measured accuracies (0-1) by data set, from the record beside the weights."""
    groups: tuple[GroupSpec, ...] = ()
    """Blocks and stages, an outer one before those in it."""
    drawable: bool = True
    """Whether an image can be its input: then the pad feeds it; otherwise it answers its example input."""

    def __post_init__(self):
        names = [layer.name for layer in self.layers]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: layer names are not unique: {names}")

    @cached_property
    def by_name(self) -> dict[str, LayerSpec]:
        return {layer.name: layer for layer in self.layers}

    @cached_property
    def offsets(self) -> dict[str, int]:
        """Where each layer begins in the flat array of all activations, layers in order."""
        offsets, total = {}, 0
        for layer in self.layers:
            offsets[layer.name] = total
            total += layer.neurons
        return offsets

    @property
    def input(self) -> LayerSpec:
        return self.layers[0]

    @property
    def output(self) -> LayerSpec:
        return self.layers[-1]

    @cached_property
    def neurons(self) -> int:
        return sum(layer.neurons for layer in self.layers)

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)
