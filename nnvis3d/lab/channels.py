"""Which tensors belong to the filters of a layer: its own rows, those of the normalisation, the columns of
every layer that reads them, and all of these of layers that are added to it."""

from dataclasses import dataclass, field

from torch import fx, nn

from nnvis3d.errors import UserError
from nnvis3d.lab import graph as flow
from nnvis3d.lab.network import LabNetwork


@dataclass(frozen=True)
class Reader:
    """A module that reads the channels."""

    module: str
    cells: int
    """Columns of its weights for each channel: 1, or H x W where a flatten lies between."""
    node: fx.Node = field(compare=False)


@dataclass(frozen=True)
class ChannelGroup:
    """Channels that can only be added or removed together."""

    producers: tuple[str, ...]
    """Convolutions and fully connected modules whose outputs they are: more than one if outputs are added."""
    norms: tuple[str, ...]
    readers: tuple[Reader, ...]


def channel_group(network: LabNetwork, layer: str) -> ChannelGroup:
    """The group of the filters of `layer`.

    Raises:
        UserError: no such layer, or one whose filters are tied to something that cannot be aligned.
    """
    found = network.by_name.get(layer)
    if found is None or not found.weighted:
        raise UserError(f"{layer}: no layer with filters or neurons")
    if network.graph is None or found.node is None:
        raise UserError(f"{layer}: cannot be changed, for {network.note}")
    search = _Search(network, layer)
    search.produce(found.node)
    search.run()
    return ChannelGroup(tuple(search.producers), tuple(search.norms), tuple(search.readers))


class _Search:
    """Follows channels through the graph, forward to who reads them, backward from additions."""

    def __init__(self, network: LabNetwork, layer: str):
        self._module, self._layer = network.module, layer
        self._cells = _CellCounter(network)
        self.producers: list[str] = []
        self.norms: list[str] = []
        self.readers: list[Reader] = []
        self._waiting: list[tuple[fx.Node, int]] = []
        self._seen: set[fx.Node] = set()

    def run(self) -> None:
        while self._waiting:
            node, cells = self._waiting.pop()
            for user in node.users:
                self._read(user, node, cells)

    def produce(self, node: fx.Node) -> None:
        """`node` makes the channels."""
        module = flow.submodule(self._module, node)
        if isinstance(module, nn.Conv2d) and module.groups != 1:
            self._refuse("it is a grouped convolution")
        self.producers.append(str(node.target))
        self._carry(node, 1)

    def _carry(self, node: fx.Node, cells: int) -> None:
        if node not in self._seen:
            self._seen.add(node)
            self._waiting.append((node, cells))

    def _read(self, user: fx.Node, node: fx.Node, cells: int) -> None:
        """`user` reads the channels from `node`."""
        module = flow.submodule(self._module, user)
        if user.op == "output":
            self._refuse("its outputs are the network's answers")
        elif isinstance(module, flow.WEIGHTED):
            if isinstance(module, nn.Conv2d) and module.groups != 1:
                self._refuse(f"{user.target}, which reads it, is a grouped convolution")
            self.readers.append(Reader(str(user.target), cells, user))
        elif flow.keeps_channels(self._module, user):
            self._note_norm(user)
            self._carry(user, cells)
        elif flow.is_flatten(self._module, user):
            self._carry(user, cells * self._cells.of(node))
        elif flow.is_add(user):
            self._carry(user, cells)
            for source in user.all_input_nodes:
                self._tie(source)
        else:
            self._refuse(f"its filters go through {_name(user)}, behind which they cannot be followed")

    def _tie(self, node: fx.Node) -> None:
        """`node` is added to the channels: whoever made it has to change as well."""
        if node in self._seen:
            return
        if flow.is_weighted(self._module, node):
            self.produce(node)
        elif flow.is_add(node):
            self._carry(node, 1)
            for source in node.all_input_nodes:
                self._tie(source)
        elif flow.keeps_channels(self._module, node):
            self._note_norm(node)
            self._carry(node, 1)
            self._tie(node.all_input_nodes[0])
        else:
            self._refuse(f"it is added to what comes from {_name(node)}, which cannot be changed with it")

    def _note_norm(self, node: fx.Node) -> None:
        if flow.is_norm(self._module, node) and str(node.target) not in self.norms:
            self.norms.append(str(node.target))

    def _refuse(self, reason: str) -> None:
        raise UserError(f"{self._layer}: filters cannot be added or removed, for {reason}")


class _CellCounter:
    """Cells of each channel of a value: H x W."""

    def __init__(self, network: LabNetwork):
        self._shapes = network.shapes

    def of(self, node: fx.Node) -> int:
        shape = self._shapes[node]
        return shape[1] * shape[2] if len(shape) == 3 else 1


def _name(node: fx.Node) -> str:
    return node.op if node.op == "placeholder" else getattr(node.target, "__name__", str(node.target))
