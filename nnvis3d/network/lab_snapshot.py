"""What the training lab says of itself: frozen dataclasses of numpy arrays. The newest snapshot replaces
older ones, so each holds everything that a viewer needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from nnvis3d.network.spec import NetworkSpec


@dataclass(frozen=True)
class InsertedLayer:
    """A layer that was added in the lab."""

    name: str
    after: str
    """Name of the layer whose output it reads."""


@dataclass(frozen=True)
class NetworkPlan:
    """How a network is built, but for the widths of its layers: those are in its tensors' shapes."""

    model: str
    """A name that `lab.build` knows; "custom": a module of the user's, which only its owner can build."""
    input_shape: tuple[int, int, int]
    """(C, H, W)."""
    labels: tuple[str, ...]
    """Names of the classes."""
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    inserted: tuple[InsertedLayer, ...] = ()


LAYER_OPTIONS = ("learning_rate", "momentum", "weight_decay", "dropout")
"""Those that a layer may have of its own."""


@dataclass(frozen=True)
class TrainingOptions:
    """How it is trained; the mappings hold what single layers have of their own."""

    optimizer: str = "momentum"
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 0.0
    dropout: float = 0.0
    batch_size: int = 32
    seed: int = 1
    layer_learning_rate: Mapping[str, float] = field(default_factory=dict)
    layer_momentum: Mapping[str, float] = field(default_factory=dict)
    layer_weight_decay: Mapping[str, float] = field(default_factory=dict)
    layer_dropout: Mapping[str, float] = field(default_factory=dict)

    def own(self, layer: str) -> dict[str, float]:
        """What a layer has of its own, by option: those of `LAYER_OPTIONS` in which it differs."""
        return {
            option: values[layer]
            for option in LAYER_OPTIONS
            if layer in (values := getattr(self, f"layer_{option}"))
        }


@dataclass(frozen=True)
class Numbers:
    """The state of the training. NaN: not measured yet."""

    loss: float = float("nan")
    """Mean over the latest steps."""
    accuracy: float = float("nan")
    """0 to 1, of the training images of the latest steps."""
    validation_loss: float = float("nan")
    validation_accuracy: float = float("nan")
    forward_ms: float = float("nan")
    backward_ms: float = float("nan")
    """Includes the optimiser's step."""
    examples_per_s: float = float("nan")


@dataclass(frozen=True)
class LayerNumbers:
    """One layer with weights; F filters (or neurons)."""

    gradient_norm: float
    """Of the weights' and bias' gradient, Euclidean."""
    update_ratio: float
    """Norm of the latest change of the weights over the norm of the weights."""
    dead_share: float
    """Share of units that are zero on every image of the fixed validation batch."""
    histogram: np.ndarray
    """int64 (bins,): activations on the fixed validation batch."""
    bounds: tuple[float, float]
    """Lowest and highest value of the histogram."""
    mean_activation: np.ndarray
    """float32 (F,)."""
    filter_gradient: np.ndarray
    """float32 (F,): Euclidean norm of each filter's gradient."""
    filter_change: np.ndarray
    """float32 (F,): sum of absolute changes of each filter since the last epoch began."""
    dead: tuple[int, ...] = ()
    """Filters that are zero everywhere on every image of the fixed validation batch."""


@dataclass(frozen=True)
class Curve:
    """The course of one branch, at most 2,048 points each; older ones are averaged."""

    step: np.ndarray
    """int64 (N,)."""
    loss: np.ndarray
    """float32 (N,): mean training loss since the point before."""
    accuracy: np.ndarray
    """float32 (N,), 0 to 1, of the training images."""
    validation_step: np.ndarray
    """int64 (M,)."""
    validation_loss: np.ndarray
    """float32 (M,)."""
    validation_accuracy: np.ndarray
    """float32 (M,)."""


@dataclass(frozen=True)
class Alarm:
    """Something is wrong with the training."""

    kind: str
    """"dead", "exploding", "vanishing", "nan"."""
    layer: str
    """"" for the whole network."""
    sentence: str
    """For people."""
    step: int
    filters: tuple[int, ...] = ()


TRAINING = "training"
"""Title of a training that has just begun: what it does to the loss is not known yet."""


@dataclass(frozen=True)
class ActionRecord:
    """One thing that was done, and what it did to the loss of the fixed validation batch."""

    step: int
    title: str
    """For people: "conv1: filter 3 removed"."""
    loss_before: float
    loss_after: float
    undone: bool = False
    """Undone, and can be done again with `Redo`."""


@dataclass(frozen=True)
class BranchInfo:
    name: str
    step: int
    parent: str = ""
    parent_step: int = 0


@dataclass(frozen=True)
class EmbeddingView:
    """One layer's filters in two dimensions."""

    layer: str
    kind: str
    positions: np.ndarray
    """float32 (F, 2), centred; a few to a few tens of units wide."""
    change: np.ndarray
    """float32 (F,): how much each filter changed lately, 0 to 1 of the layer's largest."""
    divergence: float
    """KL divergence of the picture from the data."""


@dataclass(frozen=True)
class ClassView:
    """Validation images by one layer's activations."""

    layer: str
    positions: np.ndarray
    """float32 (N, 2)."""
    labels: np.ndarray
    """int64 (N,): true classes."""
    guesses: np.ndarray
    """int64 (N,)."""
    indices: np.ndarray
    """int64 (N,): which validation images."""
    divergence: float


@dataclass(frozen=True)
class RemovalCost:
    """What the loss of the fixed validation batch would be without each filter."""

    layer: str
    step: int
    loss: float
    """With all of them."""
    losses: np.ndarray
    """float32 (F,)."""
    refusal: str = ""
    """Why none can be removed; "" if they can."""


@dataclass(frozen=True)
class MovePreview:
    layer: str
    filter: int
    step: int
    loss: float
    """Now."""
    moved_loss: float
    neighbours: tuple[int, ...]
    weights: tuple[float, ...]
    """Of the neighbours; sum 1."""


@dataclass(frozen=True)
class Validation:
    """The whole validation set at one step."""

    step: int
    loss: float
    accuracy: float
    confusion: np.ndarray
    """int64 (classes, classes): rows true, columns guessed."""
    worst_images: np.ndarray
    """float32 (K, C, H, W), 0 to 1: highest loss first."""
    worst_labels: np.ndarray
    """int64 (K,)."""
    worst_guesses: np.ndarray
    """int64 (K,)."""
    worst_losses: np.ndarray
    """float32 (K,)."""


@dataclass(frozen=True)
class FrozenState:
    """What does not learn."""

    filters: Mapping[str, tuple[int, ...]]
    """Per layer; all filters of it if the whole layer is frozen."""
    layers: tuple[str, ...]
    """Layers that are frozen whole: their gradients are not computed."""
    lowest_trainable: str
    """Below this layer nothing is computed backward; "" if everything is frozen."""
    saved_share: float
    """Share of a step's time that freezing saves, measured; 0 if nothing is frozen; NaN: being measured."""


@dataclass(frozen=True)
class HistoryInfo:
    """The kept steps of the current branch."""

    steps: np.ndarray
    """int64 (K,), ascending."""
    bytes: int
    """Memory that all branches' checkpoints take."""
    budget: int


@dataclass(frozen=True)
class ShownNetwork:
    """A network to draw. Arrays are shared and never written to."""

    spec: NetworkSpec
    plan: NetworkPlan
    structure: int
    """Another number means other layers, shapes or spec: build the view anew."""
    serial: int
    """Another number means other weights."""
    step: int
    weights: Mapping[str, np.ndarray]
    """float32 tensors by name: `lab.build.build(plan, weights)` makes the module. Empty: not sent."""
    activations: np.ndarray
    """float32 (spec.neurons,): of `image`, as in `ActivationFrame.values`."""
    image: np.ndarray
    """float32 (C, H, W), 0 to 1."""
    label: int = -1
    """The image's true class; -1: unknown."""
    branch: str = ""


@dataclass(frozen=True)
class LabSnapshot:
    """Everything that a viewer shows."""

    serial: int
    running: bool
    step: int
    """Batches trained on the current branch."""
    epoch: int
    epoch_progress: float
    """0 to 1."""
    examples: int
    """Images seen on the current branch."""
    branch: str
    options: TrainingOptions
    numbers: Numbers
    layers: Mapping[str, LayerNumbers]
    """Layers with weights, in order; measured about four times a second."""
    shown: ShownNetwork
    """Now, or as it was (`viewing`)."""
    compared: ShownNetwork | None
    """Another branch's, on the same image; its newest, or as it was at the step that is viewed."""
    curves: Mapping[str, Curve]
    """By branch."""
    frozen: FrozenState
    alarms: tuple[Alarm, ...]
    actions: tuple[ActionRecord, ...]
    """Of the current branch, oldest first."""
    branches: tuple[BranchInfo, ...]
    history: HistoryInfo
    viewing: int | None
    """The step of the past that is shown; None: now."""
    embeddings: tuple[EmbeddingView, ...]
    perplexity: float
    rate: float
    embedding_paused: bool
    classes: ClassView | None
    removal: RemovalCost | None
    move: MovePreview | None
    validation: Validation | None
    message: str
    """The newest sentence for people; "" if there is none."""
    message_serial: int
    """Counts the messages."""
    can_undo: bool
    can_redo: bool
    data: str
    """What it trains on, for people: "5,000 digits"."""
    skipped: tuple[str, ...]
    """A sentence for each file that could not be read."""
    saved_step: int | None
    saved_seconds_ago: float
    saved_unasked: bool = False
    """Whether it is saved by itself where nobody has asked for it, until somebody saves it."""
    failed: str = ""
    """Why the lab ended; "" while it works."""
    can_steer: bool = True
    """False: only watching; every command but those of what is shown is refused."""
    layout: str = ""
    """What a window said in `KeepLayout` before the lab was saved and opened again; "": nothing."""

    @property
    def elsewhere(self) -> bool:
        """Whether somebody's own script trains: it keeps no past and changes no layers."""
        return self.history.budget == 0
