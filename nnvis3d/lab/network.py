"""A network in the lab: its layers, what each shows, and all of their values from one forward pass."""

import re
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import fx, nn

from nnvis3d.lab import graph as flow
from nnvis3d.lab.stages import staged
from nnvis3d.network.catalog import NETWORKS
from nnvis3d.network.lab_snapshot import NetworkPlan
from nnvis3d.network.spec import LayerSpec, NetworkSpec, Preprocessing

_POOL_KINDS = {nn.MaxPool2d: "maxpool", nn.AdaptiveMaxPool2d: "maxpool"}


@dataclass(frozen=True, eq=False)
class LabLayer:
    """One layer that is shown."""

    name: str
    kind: str
    shape: tuple[int, ...]
    """(C, H, W) or (N,)."""
    sources: tuple[str, ...]
    activation: str
    signed: bool
    weighted: bool
    """Whether it is a convolution or fully connected: what can be steered."""
    is_output: bool
    modules: tuple[str, ...]
    """Names of the modules that belong to it: itself, and the normalisations that follow."""
    node: fx.Node | None = None
    """Where it begins in the graph."""
    shown: fx.Node | None = None
    """Whose value is shown."""


class LabNetwork:
    """A module, its graph if it could be traced, and its layers. Its structure never changes: steering
    builds another one."""

    def __init__(self, plan: NetworkPlan, base: nn.Module, graph: fx.Graph | None, note: str = ""):
        self.plan, self.base, self.graph = plan, base, graph
        self.note = note
        """Why it cannot be steered; "" if it can."""
        self.module: nn.Module = base if graph is None else fx.GraphModule(base, graph)
        self.shapes: dict[fx.Node, tuple[int, ...]] = {}
        """Of every value in the graph, without the batch."""
        self._tapped: fx.GraphModule | None = None
        self._caught: dict[str, torch.Tensor] = {}
        self.layers = self._hooked_layers() if graph is None else self._traced_layers(graph)
        self.by_name = {layer.name: layer for layer in self.layers}

    @property
    def weighted(self) -> tuple[LabLayer, ...]:
        """The layers with weights, in order of computation."""
        return tuple(layer for layer in self.layers if layer.weighted)

    def parameters_of(self, layer: LabLayer) -> dict[str, nn.Parameter]:
        """The layer's parameters by their names in the module, its normalisation's included."""
        return {
            f"{name}.{part}": parameter
            for name in layer.modules
            for part, parameter in self.module.get_submodule(name).named_parameters(recurse=False)
        }

    def values(self, batch: torch.Tensor) -> list[torch.Tensor]:
        """What every layer shows, in order, for a batch (B, C, H, W); the last is the output."""
        if self.graph is None:
            self._caught.clear()
            self.module(batch)
            return [self._caught[layer.name] for layer in self.layers]
        if self._tapped is None:
            self._tapped = self._tapping(self.graph)
        self._tapped.train(self.module.training)
        return list(self._tapped(batch))

    def _tapping(self, graph: fx.Graph) -> fx.GraphModule:
        """The same modules in a graph that answers with every shown value."""
        tapped = fx.Graph()
        copies: dict[fx.Node, fx.Node] = {}
        tapped.graph_copy(graph, copies)
        tapped.output(tuple(copies[layer.shown] for layer in self.layers if layer.shown is not None))
        return fx.GraphModule(self.module, tapped)

    @cached_property
    def spec(self) -> NetworkSpec:
        """What is drawn of it."""
        plan = self.plan
        known = NETWORKS.get(plan.model)
        titles = {entry[0]: entry[2] for entry in known.layers} if known else {}
        layers = [LayerSpec("input", "input", plan.input_shape, "Input", scale=1.0)]
        for layer in self.layers:
            count = sum(p.numel() for p in self.parameters_of(layer).values()) if layer.weighted else 0
            layers.append(
                LayerSpec(
                    layer.name,
                    layer.kind,
                    layer.shape,
                    titles.get(layer.name, _title(layer.name)),
                    layer.sources,
                    layer.activation,
                    layer.signed,
                    parameters=count,
                )
            )
        preprocessing = Preprocessing(plan.input_shape, plan.mean, plan.std)
        title = known.title if known else plan.model
        staged_layers, groups = staged(layers, self.base, plan.inserted)
        return NetworkSpec(plan.model, title, staged_layers, preprocessing, plan.labels, groups=groups)

    def _traced_layers(self, graph: fx.Graph) -> tuple[LabLayer, ...]:
        shapes = self.shapes = _shapes(self.module, graph, self.plan.input_shape)
        owner: dict[fx.Node, str] = {}  # shown value -> layer
        unsigned: set[fx.Node] = set()
        layers: list[LabLayer] = []
        for node in graph.nodes:
            kind = self._kind(node)
            if self._stays_unsigned(node, unsigned):
                unsigned.add(node)
            if not kind or shapes.get(node) is None:
                continue
            shown, activation = flow.shown_node(self.module, node)
            if flow.activation_of(self.module, shown) in flow.UNSIGNED:
                unsigned.add(shown)
            layers.append(
                LabLayer(
                    name=layer_name(node),
                    kind=kind,
                    shape=shapes[shown],
                    sources=_sources(node, owner),
                    activation=activation,
                    signed=shown not in unsigned,
                    weighted=flow.is_weighted(self.module, node),
                    is_output=any(user.op == "output" for user in shown.users),
                    modules=self._modules(node, shown),
                    node=node,
                    shown=shown,
                )
            )
            owner[shown] = layers[-1].name
        return tuple(layers)

    def _stays_unsigned(self, node: fx.Node, unsigned: set[fx.Node]) -> bool:
        """Whether the value of `node` is never below zero, if those of `unsigned` are not."""
        if flow.activation_of(self.module, node) in flow.UNSIGNED:
            return True
        changes = flow.is_norm(self.module, node) or flow.is_weighted(self.module, node)
        sources = node.all_input_nodes
        return bool(sources) and not changes and all(source in unsigned for source in sources)

    def _kind(self, node: fx.Node) -> str:
        """The kind of layer that begins at `node`; "" if none does."""
        module = flow.submodule(self.module, node)
        if isinstance(module, nn.Conv2d):
            return "conv"
        if isinstance(module, nn.Linear):
            return "linear"
        if isinstance(module, flow.POOLS):
            return _POOL_KINDS.get(type(module), "avgpool")
        return "add" if flow.is_add(node) else ""

    def _modules(self, node: fx.Node, shown: fx.Node) -> tuple[str, ...]:
        """Names of the modules from `node` to `shown`."""
        names = []
        while True:
            if node.op == "call_module" and not flow.activation_of(self.module, node):
                names.append(str(node.target))
            if node is shown:
                return tuple(names)
            (node,) = node.users

    def _hooked_layers(self) -> tuple[LabLayer, ...]:
        """Layers of a module that cannot be traced: its convolutions and fully connected modules, in the
        order in which a blank image passes them; what each returns is what it shows."""
        order: list[str] = []

        def catch(name: str):
            def hook(module: nn.Module, args: object, output: torch.Tensor) -> None:
                if name not in order:
                    order.append(name)
                self._caught[name] = output

            return hook

        for name, module in self.module.named_modules():
            if isinstance(module, (*flow.WEIGHTED, *flow.POOLS)):
                module.register_forward_hook(catch(name))
        with torch.no_grad():
            self.module(torch.zeros(1, *self.plan.input_shape))
        layers = []
        for k, name in enumerate(order):
            module = self.module.get_submodule(name)
            weighted = isinstance(module, flow.WEIGHTED)
            kind = "linear" if isinstance(module, nn.Linear) else "conv" if weighted else "maxpool"
            shape = tuple(self._caught[name].shape[1:])
            source = (order[k - 1] if k else "input",)
            last = k == len(order) - 1
            layers.append(LabLayer(name, kind, shape, source, "none", True, weighted, last, (name,)))
        return tuple(layers)


def layer_name(node: fx.Node) -> str:
    """The name of the layer that begins at `node`: its module's, or of the module in which it is done."""
    if node.op == "call_module":
        return str(node.target)
    stack = node.meta.get("nn_module_stack") or {}
    return list(stack)[-1] if stack else node.name


def _title(name: str) -> str:
    """For people: "Stage 1.0 conv 2" of "stage1.0.conv2"."""
    words = re.sub(r"(?<=[a-z])(?=[0-9])", " ", name.replace("_", " "))
    text = re.sub(r"(?<![0-9])\.|\.(?![0-9])", " ", words)
    return text[0].upper() + text[1:]


def _sources(node: fx.Node, owner: dict[fx.Node, str]) -> tuple[str, ...]:
    """Names of the nearest layers before `node`."""
    found: list[str] = []
    waiting = list(node.all_input_nodes)
    while waiting:
        source = waiting.pop(0)
        if source in owner:
            name = owner[source]
        elif source.op == "placeholder":
            name = "input"
        else:
            waiting += source.all_input_nodes
            continue
        if name not in found:
            found.append(name)
    return tuple(found)


class _ShapeReader(fx.Interpreter):
    """Notes the shape of every value without its batch."""

    def __init__(self, module: fx.GraphModule):
        super().__init__(module)
        self.shapes: dict[fx.Node, tuple[int, ...]] = {}

    def run_node(self, n: fx.Node):
        value = super().run_node(n)
        if isinstance(value, torch.Tensor) and value.dim() in (2, 4):
            self.shapes[n] = tuple(value.shape[1:])
        return value


def _shapes(
    module: nn.Module, graph: fx.Graph, shape: tuple[int, int, int]
) -> dict[fx.Node, tuple[int, ...]]:
    assert isinstance(module, fx.GraphModule)
    training = module.training
    module.eval()
    reader = _ShapeReader(module)
    with torch.no_grad():
        reader.run(torch.zeros(1, *shape))
    module.train(training)
    # A GraphModule holds a copy of the graph that it was made of: the same nodes in the same order.
    return {
        original: reader.shapes[copied]
        for original, copied in zip(graph.nodes, module.graph.nodes, strict=True)
        if copied in reader.shapes
    }
