"""Builds the network of a plan: the base by name, layers that were added, widths as its tensors have them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import fx, nn

from nnvis3d.errors import UserError
from nnvis3d.lab import graph as flow
from nnvis3d.lab.models import SIDES, base_module, resized_conv, resized_linear
from nnvis3d.lab.network import LabNetwork, layer_name
from nnvis3d.network.lab_snapshot import InsertedLayer, NetworkPlan

Shapes = Mapping[str, Sequence[int]]
"""Of tensors, by their names in the module's state."""


def plan_for(model: str, channels: int, labels: tuple[str, ...]) -> NetworkPlan:
    """The plan of a built-in network on images of `channels` colours."""
    side = SIDES.get(model, 32)
    mean, std = ((0.13,), (0.31,)) if channels == 1 else ((0.47,) * channels, (0.25,) * channels)
    return NetworkPlan(model, (channels, side, side), labels, mean, std)


def build(
    plan: NetworkPlan,
    weights: Mapping[str, np.ndarray] | None = None,
    own: Callable[[NetworkPlan], nn.Module] | None = None,
) -> LabNetwork:
    """The network with these weights, or random ones.

    Args:
        own: makes a module of the user's own; None: the plan's model is one of the lab's.

    Raises:
        UserError: an unknown model, or weights that do not belong to the plan.
    """
    base = own(plan) if own else base_module(plan.model, plan.input_shape[0], len(plan.labels))
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in (weights or {}).items()}
    network = assemble(plan, base, {name: tuple(tensor.shape) for name, tensor in tensors.items()})
    if tensors:
        load_tensors(network.module, tensors)
    return network


def assemble(plan: NetworkPlan, base: nn.Module, shapes: Shapes) -> LabNetwork:
    """`base` with the plan's added layers, each layer as wide as `shapes` say (empty: as it is).

    A module that cannot be traced works as well, but its layers cannot be added to.
    """
    _fit(base, shapes)
    base.eval()
    try:
        traced = flow.LabTracer().trace(base)
    except Exception as error:  # whatever a foreign forward raises on a proxy
        return LabNetwork(plan, base, None, f"{type(base).__name__}: cannot be traced ({error})")
    for inserted in plan.inserted:
        _insert(base, traced, plan, inserted, shapes)
    _add_dropouts(base, traced)
    return LabNetwork(plan, base, traced)


def load_tensors(module: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """Copy `tensors` into `module`.

    Raises:
        UserError: others than the module's.
    """
    try:
        module.load_state_dict(dict(tensors))
    except RuntimeError as error:
        raise UserError(
            f"weights: not those of this network ({str(error).splitlines()[-1].strip()})"
        ) from error


def _fit(base: nn.Module, shapes: Shapes) -> None:
    """Make every layer of `base` as wide as `shapes` say."""
    for name, module in list(base.named_modules()):
        shape = shapes.get(f"{name}.weight")
        if shape is None:
            continue
        if isinstance(module, nn.Conv2d):
            base.set_submodule(name, resized_conv(module, shape[0], shape[1] * module.groups))
        elif isinstance(module, nn.Linear):
            base.set_submodule(name, resized_linear(module, shape[0], shape[1]))
        elif isinstance(module, flow.NORMS) and module.num_features != shape[0]:
            base.set_submodule(name, type(module)(shape[0], module.eps, module.momentum))


def _insert(
    base: nn.Module, graph: fx.Graph, plan: NetworkPlan, inserted: InsertedLayer, shapes: Shapes
) -> None:
    """Put `inserted` into `graph`: weights that pass on what it reads, then a ReLU.

    Raises:
        UserError: no such layer, or one whose values can be negative: a ReLU would change them.
    """
    shape = shapes.get(f"{inserted.name}.weight")
    if shape is None:
        anchor, shape = _fresh_place(LabNetwork(plan, base, graph), inserted.after)
    else:  # what comes behind it fits only when it is there
        anchor = _place(base, graph, inserted.after)
    base.add_module(inserted.name, _identity(shape))
    with graph.inserting_after(anchor):
        call = graph.create_node("call_module", inserted.name, (anchor,))
    with graph.inserting_after(call):
        activated = graph.call_function(torch.relu, (call,))
    _reroute(anchor, activated, call)


def _fresh_place(before: LabNetwork, after: str) -> tuple[fx.Node, tuple[int, ...]]:
    """Whose value a new layer reads, and the shape of its weights."""
    if after not in before.by_name:
        raise UserError(f"{after}: no such layer; choose one of {', '.join(before.by_name)}")
    layer = before.by_name[after]
    if layer.signed or layer.is_output:
        raise UserError(f"{after}: a layer can only be added after one whose values are not negative (ReLU)")
    assert layer.shown is not None
    channels = layer.shape[0]
    return layer.shown, (channels, channels, 3, 3) if len(layer.shape) == 3 else (channels, channels)


def _place(base: nn.Module, graph: fx.Graph, after: str) -> fx.Node:
    """The node whose value the layer `after` shows."""
    for node in graph.nodes:
        if layer_name(node) == after:
            return flow.shown_node(base, node)[0]
    raise UserError(f"{after}: no such layer")


def _identity(shape: Sequence[int]) -> nn.Module:
    """A layer of `shape` (outputs, inputs, ...) that passes on what it reads."""
    convolution = len(shape) == 4
    layer = nn.Conv2d(shape[1], shape[0], 3, padding=1) if convolution else nn.Linear(shape[1], shape[0])
    if isinstance(layer, nn.Conv2d):
        nn.init.dirac_(layer.weight)
    else:
        nn.init.eye_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def _add_dropouts(base: nn.Module, graph: fx.Graph) -> None:
    """After every layer with weights but the last a dropout that does nothing yet."""
    nodes = [node for node in graph.nodes if flow.is_weighted(base, node)]
    for node in nodes:
        anchor, _ = flow.shown_node(base, node)
        if any(user.op == "output" for user in anchor.users):
            continue
        name = dropout_name(str(node.target))
        base.add_module(name, flow.LayerDropout())
        with graph.inserting_after(anchor):
            call = graph.create_node("call_module", name, (anchor,))
        _reroute(anchor, call, call)


def _reroute(anchor: fx.Node, new: fx.Node, reader: fx.Node) -> None:
    """Whoever read `anchor` reads `new`, but for `reader`."""
    anchor.replace_all_uses_with(new, delete_user_cb=lambda user: user is not reader)


def dropout_name(layer: str) -> str:
    return layer.replace(".", "_") + "_dropout"
