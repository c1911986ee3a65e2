"""Small networks of any modules in a row, run one by one: an oracle that shares nothing with the runtime."""

import numpy as np
import torch
from torch import nn

from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.spec import LayerSpec, NetworkSpec, Preprocessing

_KINDS = {nn.Conv2d: "conv", nn.MaxPool2d: "maxpool", nn.AvgPool2d: "avgpool", nn.Linear: "linear"}


class Chain(nn.Module):
    """Modules layer1, layer2, ... in a row; linear ones read flattened; ReLU after those in `rectified`."""

    def __init__(self, *modules: nn.Module, rectified: tuple[str, ...] = ()):
        super().__init__()
        self.rectified = rectified
        for i, module in enumerate(modules):
            self.add_module(f"layer{i + 1}", module)
        self.double().float().requires_grad_(False)

    def outputs(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Every layer's output on a batch of one."""
        outputs = {}
        for name, module in self.named_children():
            x = module(x.flatten(1) if isinstance(module, nn.Linear) else x)
            x = torch.relu(x) if name in self.rectified else x
            outputs[name] = x
        return outputs

    def spec(self, shape: tuple[int, int, int], preprocessing: Preprocessing | None = None) -> NetworkSpec:
        layers = [LayerSpec("input", "input", shape, "Input")]
        for name, output in self.outputs(torch.zeros(1, *shape)).items():
            kind = _KINDS.get(type(self.get_submodule(name)), "other")
            activation = "relu" if name in self.rectified else "none"
            layers.append(
                LayerSpec(
                    name, kind, tuple(output.shape[1:]), name, (layers[-1].name,), activation, signed=True
                )
            )
        return NetworkSpec("chain", "Chain", tuple(layers), preprocessing or Preprocessing(shape))


def run(chain: Chain, spec: NetworkSpec, image: np.ndarray) -> ActivationFrame:
    """A frame of `image` (C, H, W), which goes through `spec.preprocessing` first."""
    mean, std = (
        np.array(v, np.float32).reshape(-1, 1, 1) for v in (spec.preprocessing.mean, spec.preprocessing.std)
    )
    outputs = chain.outputs(torch.from_numpy((image - mean) / std)[None])
    parts = [image.reshape(-1), *(output.numpy().reshape(-1) for output in outputs.values())]
    values = np.concatenate(parts).astype(np.float32)
    return ActivationFrame(spec, 1, values, np.zeros(len(values), np.uint16), np.ones(len(spec.layers)), None)
