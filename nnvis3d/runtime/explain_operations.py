"""What each kind of layer does to its inputs: one small class a kind, found by the module's type.

A new kind is a class with the methods of Operation, registered in OPERATIONS.
"""

from collections.abc import Mapping

from torch import nn

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_elementwise import FUNCTIONS, BatchNorm, BlockNorm, Elementwise, Slope
from nnvis3d.runtime.explain_linear import Linear
from nnvis3d.runtime.explain_operation import Operation
from nnvis3d.runtime.explain_places import Embedding, Moved
from nnvis3d.runtime.explain_spread import ConvTranspose2d, Rescaled
from nnvis3d.runtime.explain_windows import AvgPool2d, Conv2d, MaxPool2d

_SAME = (nn.Identity, nn.Flatten, nn.Unflatten, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
_RESCALED: tuple[type[nn.Module], ...] = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.Upsample)
_RESCALED += (nn.ZeroPad1d, nn.ZeroPad2d, nn.CircularPad1d, nn.CircularPad2d)
_RESCALED += (nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReplicationPad1d, nn.ReplicationPad2d)

OPERATIONS: Mapping[type[nn.Module], type[Operation]] = {
    nn.Conv1d: Conv2d,
    nn.Conv2d: Conv2d,
    nn.ConvTranspose1d: ConvTranspose2d,
    nn.ConvTranspose2d: ConvTranspose2d,
    nn.Linear: Linear,
    nn.MaxPool1d: MaxPool2d,
    nn.MaxPool2d: MaxPool2d,
    nn.AvgPool1d: AvgPool2d,
    nn.AvgPool2d: AvgPool2d,
    nn.BatchNorm1d: BatchNorm,
    nn.BatchNorm2d: BatchNorm,
    nn.BatchNorm3d: BatchNorm,
    nn.LayerNorm: BlockNorm,
    nn.RMSNorm: BlockNorm,
    nn.GroupNorm: BlockNorm,
    nn.InstanceNorm1d: BlockNorm,
    nn.InstanceNorm2d: BlockNorm,
    nn.InstanceNorm3d: BlockNorm,
    nn.Embedding: Embedding,
    nn.LeakyReLU: Slope,
    nn.PReLU: Slope,
    nn.PixelShuffle: Moved,
    nn.PixelUnshuffle: Moved,
    nn.ChannelShuffle: Moved,
    **dict.fromkeys((*FUNCTIONS, *_SAME), Elementwise),
    **dict.fromkeys(_RESCALED, Rescaled),
}
"""Operation by module type; a subclass of a type is that type unless it is registered itself."""


def operation_of(
    module: nn.Module,
    source: LayerSpec,
    target: LayerSpec,
    operations: Mapping[type[nn.Module], type[Operation]] = OPERATIONS,
) -> Operation | None:
    """How `module` computes `target` from `source`; None for a kind that is not registered.

    Raises:
        ValueError: the module does not fit the two layers.
    """
    for kind in type(module).__mro__:
        if kind in operations:
            return operations[kind](module, source, target)
    return None
