"""What a person may ask of the training lab: one frozen dataclass for each thing, in the order of a menu.

The window, `--headless` and a viewer of another machine all send these; `lab.Lab` does them between two
training steps. What came of it is in the next `LabSnapshot`: its `message`, `actions` and answers.
"""

from dataclasses import dataclass

import numpy as np

KINDS = ("coefficients", "coefficient gradients", "activation maps", "activation gradients")
"""What a layer's filters can be embedded by."""

LONGEST_LAYOUT = 1 << 22
"""Characters: the largest picture that a pad holds, another one that is held, and room for the rest."""

OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw")


# --- Training ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Start:
    """Train until told otherwise."""

    steps: int | None = None
    """Batches after which it pauses; None: until `Pause`."""


@dataclass(frozen=True)
class Pause:
    """Stop after the current step."""


@dataclass(frozen=True)
class Step:
    """One batch, then pause."""


@dataclass(frozen=True)
class ToEndOfEpoch:
    """Train until every image of this epoch was seen, then pause."""


@dataclass(frozen=True)
class SetOptimizer:
    """Another optimiser; the momentum is kept between `sgd`, `momentum` and `nesterov`."""

    kind: str
    """One of `OPTIMIZERS`."""


@dataclass(frozen=True)
class SetLearningRate:
    value: float
    layer: str | None = None
    """Only of this layer; None: of all, which ends what single layers had."""


@dataclass(frozen=True)
class SetMomentum:
    """0 to below 1; Adam's and AdamW's first beta."""

    value: float
    layer: str | None = None


@dataclass(frozen=True)
class SetWeightDecay:
    value: float
    layer: str | None = None


@dataclass(frozen=True)
class SetDropout:
    """Share of a layer's outputs that training drops, 0 to below 1; of the last layer's none are."""

    value: float
    layer: str | None = None


@dataclass(frozen=True)
class OptionsAsOthers:
    """A layer's learning rate, momentum, weight decay and dropout are those of all others again."""

    layer: str


@dataclass(frozen=True)
class SetBatchSize:
    value: int


# --- Steering ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AddFilter:
    """New filters (or neurons) at the end of a layer; what the network computes stays as it is."""

    layer: str
    count: int = 1


@dataclass(frozen=True)
class RemoveFilter:
    layer: str
    filters: tuple[int, ...]


@dataclass(frozen=True)
class AddLayer:
    """A new layer that reads `after` and computes, at first, exactly what it reads."""

    after: str


@dataclass(frozen=True)
class Freeze:
    layer: str
    filters: tuple[int, ...] = ()
    """Empty: the whole layer."""


@dataclass(frozen=True)
class Thaw:
    layer: str
    filters: tuple[int, ...] = ()
    """Empty: the whole layer."""


@dataclass(frozen=True)
class ResetFilter:
    """New random weights, as at the beginning; the optimiser forgets them."""

    layer: str
    filters: tuple[int, ...] = ()
    """Empty: the whole layer."""


@dataclass(frozen=True)
class MoveFilter:
    """A filter moves toward the weighted average of its new neighbours in an embedding."""

    layer: str
    filter: int
    position: tuple[float, float]
    """Where its point was dropped, in the embedding's coordinates."""
    kind: str = KINDS[0]
    """Of the embedding, one of `KINDS`."""
    amount: float = 1.0
    """How far: 0 stays, 1 becomes the average."""
    preview: bool = False
    """Only say what it would do to the loss: the answer is `LabSnapshot.move`."""


@dataclass(frozen=True)
class AskRemovalCost:
    """What the loss would be without each filter of a layer: the answer is `LabSnapshot.removal`."""

    layer: str


# --- Undo, branches, the past --------------------------------------------------------------------------


@dataclass(frozen=True)
class Undo:
    """Back to before the newest action, training being one too."""


@dataclass(frozen=True)
class Redo:
    pass


@dataclass(frozen=True)
class Branch:
    """A second line of training from here, or from a kept step; it becomes the current one."""

    name: str
    step: int | None = None
    """A step of `LabSnapshot.history`; None: now."""


@dataclass(frozen=True)
class SwitchBranch:
    name: str


@dataclass(frozen=True)
class DeleteBranch:
    name: str


@dataclass(frozen=True)
class CompareBranch:
    """Show another branch's network beside the current one: `LabSnapshot.compared`. Whoever switches to it
    has the one that was left beside it then."""

    name: str | None
    """None: no comparison."""


@dataclass(frozen=True)
class ViewStep:
    """Show the network and the embeddings as they were, without changing anything."""

    step: int | None
    """The nearest kept step at or before it; None: now."""


@dataclass(frozen=True)
class Goto:
    """Go on from a kept step, exactly as it was then; can be undone."""

    step: int


# --- What is shown -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShowEmbeddings:
    """Which layers are embedded by what, all others rest."""

    items: tuple[tuple[str, str], ...]
    """(layer, one of `KINDS`)."""


@dataclass(frozen=True)
class SetEmbedding:
    """Of all embeddings; None leaves a setting as it is."""

    perplexity: float | None = None
    rate: float | None = None
    """t-SNE's learning rate."""
    paused: bool | None = None


@dataclass(frozen=True)
class RestartEmbedding:
    """Points start anew from random places near the middle."""

    layer: str | None = None
    """None: of all layers."""


@dataclass(frozen=True)
class ShowClasses:
    """Embed samples by a layer's activations: `LabSnapshot.classes`."""

    layer: str | None
    """None: no class view."""
    samples: int = 500
    """Up to 2,000."""


@dataclass(frozen=True)
class Evaluate:
    """Measure the whole validation set now: `LabSnapshot.validation`. Done after every epoch as well."""


@dataclass(frozen=True)
class SetProbe:
    """The fixed image whose activations are measured and sent; None: the training sample of the moment."""

    image: np.ndarray | None
    """float32 (C, H, W), 0 to 1, of the network's input size."""


# --- Keeping it ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Save:
    """The whole lab into a folder; from then on it is also saved by itself."""

    folder: str
    layout: str | None = None
    """As of `KeepLayout`; None: the one that is known stays."""


@dataclass(frozen=True)
class KeepIn:
    """Save the lab into a new folder by itself, from its first change on, until somebody saves it elsewhere.
    No action, and nobody is told."""

    folder: str


@dataclass(frozen=True)
class KeepLayout:
    """How the window stands, for the next save. No action: nothing to undo, and no snapshot comes of it."""

    layout: str
    """In the window's own words, at most `LONGEST_LAYOUT` characters; kept as it is."""


@dataclass(frozen=True)
class ExportWeights:
    file: str
    """Ends in .safetensors."""


@dataclass(frozen=True)
class ExportCurves:
    file: str
    """Ends in .csv."""


Command = (
    Start
    | Pause
    | Step
    | ToEndOfEpoch
    | SetOptimizer
    | SetLearningRate
    | SetMomentum
    | SetWeightDecay
    | SetDropout
    | OptionsAsOthers
    | SetBatchSize
    | AddFilter
    | RemoveFilter
    | AddLayer
    | Freeze
    | Thaw
    | ResetFilter
    | MoveFilter
    | AskRemovalCost
    | Undo
    | Redo
    | Branch
    | SwitchBranch
    | DeleteBranch
    | CompareBranch
    | ViewStep
    | Goto
    | ShowEmbeddings
    | SetEmbedding
    | RestartEmbedding
    | ShowClasses
    | Evaluate
    | SetProbe
    | Save
    | KeepIn
    | KeepLayout
    | ExportWeights
    | ExportCurves
)
