"""What the loss would be without each filter of a layer, computed before anything is removed."""

import torch
import torch.nn.functional as F  # noqa: N812
from torch import fx

from nnvis3d.lab.channels import ChannelGroup, channel_group
from nnvis3d.lab.network import LabNetwork


@torch.no_grad()
def removal_losses(
    network: LabNetwork, layer: str, inputs: torch.Tensor, labels: torch.Tensor
) -> tuple[float, torch.Tensor]:
    """Loss of a batch as it is, and float32 (filters,) without each filter of `layer`.

    What reads a filter reads zeros instead, which is what removing it does. Only the layers from the first
    reader on are computed again for each.

    Args:
        inputs: (B, C, H, W), prepared.

    Raises:
        UserError: the layer's filters cannot be removed.
    """
    group = channel_group(network, layer)
    module = network.module
    assert isinstance(module, fx.GraphModule)
    training = module.training
    module.eval()
    try:
        return _losses(module, group, network.by_name[layer].shape[0], inputs, labels)
    finally:
        module.train(training)


def _losses(
    module: fx.GraphModule, group: ChannelGroup, filters: int, inputs: torch.Tensor, labels: torch.Tensor
) -> tuple[float, torch.Tensor]:
    nodes = list(module.graph.nodes)
    known = _Values(module, garbage_collect_values=False)
    loss = float(F.cross_entropy(known.run(inputs), labels))
    cells = {reader.module: reader.cells for reader in group.readers}
    again = _downstream(nodes, set(cells))
    losses = []
    for k in range(filters):
        rerun = _Values(module, garbage_collect_values=False)
        rerun.env = dict(known.env)
        for node in again:
            rerun.env[node] = rerun.without(node, k, cells.get(str(node.target)))
        losses.append(F.cross_entropy(rerun.env[nodes[-1]], labels))
    return loss, torch.stack(losses)


def _downstream(nodes: list[fx.Node], readers: set[str]) -> list[fx.Node]:
    """The readers and everything that depends on them, in order."""
    reached: set[fx.Node] = set()
    for node in nodes:
        reads = node.op == "call_module" and str(node.target) in readers
        if reads or any(source in reached for source in node.all_input_nodes):
            reached.add(node)
    return [node for node in nodes if node in reached]


class _Values(fx.Interpreter):
    """Values of nodes, one at a time."""

    def without(self, node: fx.Node, channel: int, cells: int | None) -> torch.Tensor:
        """The value of `node`; if it reads the channels (`cells` each), with zeros for one of them."""
        if cells is None or node.op != "call_module":
            return self.run_node(node)
        source = node.all_input_nodes[0]
        full = self.env[source]
        less = full.clone()
        less[:, channel * cells : (channel + 1) * cells] = 0
        self.env[source] = less
        value = self.run_node(node)
        self.env[source] = full
        return value
