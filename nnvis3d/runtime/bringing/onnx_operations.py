"""ONNX operations that PyTorch has: for each a maker, which answers with a module, or with None for a variant
that is left to the reference implementation."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

Attributes = Mapping[str, Any]
Fixed = list[torch.Tensor | None]
"""An operation's inputs, where they are constants."""
Maker = Callable[[Attributes, Fixed, int], nn.Module | None]


class Call(nn.Module):
    """A function of PyTorch as a module."""

    def __init__(self, function: Callable, title: str, hidden: str = "unless it computes"):
        super().__init__()
        self.nnvis3d_title, self.nnvis3d_hidden = title, hidden
        self._function = function

    def forward(self, *inputs: torch.Tensor) -> object:
        return self._function(*inputs)


def _only_first(cls: type[nn.Module]) -> type[nn.Module]:
    """`cls`, which then ignores further inputs."""

    class Only(cls):  # type: ignore[misc, valid-type]
        def forward(self, first, *_):
            return super().forward(first)

    Only.__name__ = cls.__name__
    return Only


_CONVS = {rank: _only_first(cls) for rank, cls in ((1, nn.Conv1d), (2, nn.Conv2d), (3, nn.Conv3d))}
_Linear = _only_first(nn.Linear)


def _symmetric(attributes: Attributes, rank: int) -> tuple[int, ...] | None:
    """Padding in PyTorch's way; None if it is another one behind than in front."""
    if attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return None
    pads = attributes.get("pads", [0] * 2 * rank)
    return tuple(pads[:rank]) if list(pads[:rank]) == list(pads[rank:]) else None


def _conv(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    weight, bias = fixed[1], fixed[2] if len(fixed) > 2 else None
    if weight is None or (len(fixed) > 2 and bias is None) or weight.dim() - 2 not in _CONVS:
        return None
    rank = weight.dim() - 2
    padding = _symmetric(attributes, rank)
    if padding is None or not weight.is_floating_point():
        return None
    groups = attributes.get("group", 1)
    module = _CONVS[rank](
        weight.shape[1] * groups,
        weight.shape[0],
        tuple(weight.shape[2:]),
        tuple(attributes.get("strides", [1] * rank)),
        padding,
        tuple(attributes.get("dilations", [1] * rank)),
        groups,
        bias is not None,
    )
    return _filled(module, weight=weight, bias=bias)


def _gemm(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    weight, bias = fixed[1], fixed[2] if len(fixed) > 2 else None
    plain = attributes.get("alpha", 1.0) == attributes.get("beta", 1.0) == 1 and not attributes.get(
        "transA", 0
    )
    if weight is None or not plain or (len(fixed) > 2 and (bias is None or bias.dim() != 1)):
        return None
    weight = weight if attributes.get("transB", 0) else weight.T
    module = _Linear(weight.shape[1], weight.shape[0], bias is not None)
    return _filled(module, weight=weight.contiguous(), bias=bias)


def _matmul(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    weight = fixed[1]
    if weight is None or weight.dim() != 2:
        return Call(torch.matmul, "Matrix product")
    return _filled(_Linear(weight.shape[0], weight.shape[1], False), weight=weight.T.contiguous(), bias=None)


def _batch_norm(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    scale, shift, mean, variance = fixed[1:5]
    if (
        scale is None
        or shift is None
        or mean is None
        or variance is None
        or attributes.get("training_mode", 0)
    ):
        return None
    norm = _only_first(nn.BatchNorm2d)(len(scale), attributes.get("epsilon", 1e-5))
    setattr(norm, "_check_input_dim", lambda _: None)  # noqa: B010  # of any rank
    norm.running_mean, norm.running_var = mean.clone(), variance.clone()
    return _filled(norm, weight=scale, bias=shift)


def _filled(module: nn.Module, **tensors: torch.Tensor | None) -> nn.Module:
    for name, tensor in tensors.items():
        if tensor is not None:
            setattr(module, name, nn.Parameter(tensor.clone(), requires_grad=False))
    return module


def _max_pool(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    rank = len(attributes["kernel_shape"])
    padding = _symmetric(attributes, rank)
    if padding is None or rank > 3:
        return None
    cls: Any = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[rank - 1]
    return cls(
        tuple(attributes["kernel_shape"]),
        tuple(attributes.get("strides", [1] * rank)),
        padding,
        tuple(attributes.get("dilations", [1] * rank)),
        ceil_mode=bool(attributes.get("ceil_mode", 0)),
    )


def _average_pool(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    rank = len(attributes["kernel_shape"])
    padding = _symmetric(attributes, rank)
    if padding is None or rank > 3 or attributes.get("dilations", [1] * rank) != [1] * rank:
        return None
    cls: Any = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[rank - 1]
    return cls(
        tuple(attributes["kernel_shape"]),
        tuple(attributes.get("strides", [1] * rank)),
        padding,
        bool(attributes.get("ceil_mode", 0)),
        bool(attributes.get("count_include_pad", 0)),
    )


def _clip(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    low, high = (
        (attributes.get("min", -torch.inf), attributes.get("max", torch.inf))
        if opset < 11
        else (float(t) if t is not None else None for t in (*fixed[1:3], *[None] * (3 - len(fixed))))
    )
    if (low, high) == (0.0, 6.0):
        return _only_first(nn.ReLU6)()
    return Call(lambda x, *_: torch.clamp(x, low, high), "Clip")


def _reshape(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    if attributes.get("allowzero", 0):
        return None

    def reshaped(x: torch.Tensor, shape: torch.Tensor) -> torch.Tensor:
        lengths = [x.shape[i] if n == 0 else int(n) for i, n in enumerate(shape.tolist())]
        return x.reshape(lengths)

    return Call(reshaped, "Reshape", "always")


def _flatten(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    axis = attributes.get("axis", 1)
    return nn.Flatten() if axis == 1 else None


def _transpose(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    order = attributes.get("perm")
    return Call(
        lambda x: x.permute(order) if order else x.permute(*range(x.dim() - 1, -1, -1)), "Transpose", "always"
    )


def _softmax(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    return nn.Softmax(attributes.get("axis", -1)) if opset >= 13 else None


def _concat(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    return Call(lambda *parts: torch.cat(parts, attributes["axis"]), "Concatenation")


def _gather(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    """From a table of numbers by what the network computed: that is an embedding."""
    table = fixed[0]
    if table is None or table.dim() != 2 or attributes.get("axis", 0) != 0 or fixed[1] is not None:
        return None
    return Call(lambda table, ids: nn.functional.embedding(ids.long() % len(table), table), "Embedding")


def _cast(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    types = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 10: torch.float16}
    types |= {11: torch.float64, 16: torch.bfloat16}
    wanted = types.get(attributes["to"])
    return Call(lambda x: x.to(wanted), "Cast", "always") if wanted is not None else None


def _leaky(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    return nn.LeakyReLU(attributes.get("alpha", 0.01))


def _dropout(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    return _only_first(nn.Identity)()


def _global_average(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    return Call(lambda x: x.mean(dim=tuple(range(2, x.dim())), keepdim=True), "Global average pooling")


def _simple(make: Callable[[], nn.Module]) -> Maker:
    return lambda attributes, fixed, opset: make()


def _gelu(attributes: Attributes, fixed: Fixed, opset: int) -> nn.Module | None:
    return nn.GELU(attributes.get("approximate", "none"))


def _elementwise(function: Callable, title: str) -> Maker:
    return lambda attributes, fixed, opset: Call(function, title)


OPERATIONS: Mapping[str, Maker] = {
    "Conv": _conv,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "BatchNormalization": _batch_norm,
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalAveragePool": _global_average,
    "Clip": _clip,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Softmax": _softmax,
    "Concat": _concat,
    "LeakyRelu": _leaky,
    "Gather": _gather,
    "Cast": _cast,
    "Dropout": _dropout,
    "Gelu": _gelu,
    "Relu": _simple(nn.ReLU),
    "Sigmoid": _simple(nn.Sigmoid),
    "Tanh": _simple(nn.Tanh),
    "Softplus": _simple(nn.Softplus),
    "HardSwish": _simple(nn.Hardswish),
    "Identity": _simple(nn.Identity),
    "Add": _elementwise(torch.add, "Addition"),
    "Sub": _elementwise(torch.sub, "Subtraction"),
    "Mul": _elementwise(torch.mul, "Product"),
    "Sqrt": _elementwise(torch.sqrt, "Square root"),
    "Exp": _elementwise(torch.exp, "Exponential"),
    "Erf": _elementwise(torch.erf, "Erf"),
    "Pow": _elementwise(torch.pow, "Power"),
}
