"""What computes a layer, in the field's words: by the class of a module, or by the name of a function."""

from collections.abc import Mapping

import torch
from torch import nn

_MODULES: dict[str, str] = {
    "Conv1d": "conv1d",
    "Conv2d": "conv",
    "Conv3d": "conv3d",
    "ConvTranspose1d": "convtranspose1d",
    "ConvTranspose2d": "convtranspose",
    "ConvTranspose3d": "convtranspose3d",
    "Linear": "linear",
    "Bilinear": "bilinear",
    "MaxPool1d": "maxpool1d",
    "MaxPool2d": "maxpool",
    "MaxPool3d": "maxpool",
    "FractionalMaxPool2d": "maxpool",
    "FractionalMaxPool3d": "maxpool",
    "AdaptiveMaxPool1d": "maxpool1d",
    "AdaptiveMaxPool2d": "maxpool",
    "AdaptiveMaxPool3d": "maxpool",
    "MaxUnpool1d": "upsample",
    "MaxUnpool2d": "upsample",
    "MaxUnpool3d": "upsample",
    "LPPool1d": "avgpool1d",
    "LPPool2d": "avgpool",
    "AvgPool1d": "avgpool1d",
    "AvgPool2d": "avgpool",
    "AvgPool3d": "avgpool",
    "AdaptiveAvgPool1d": "avgpool1d",
    "AdaptiveAvgPool2d": "avgpool",
    "AdaptiveAvgPool3d": "avgpool",
    "BatchNorm1d": "batchnorm1d",
    "BatchNorm2d": "batchnorm",
    "BatchNorm3d": "batchnorm",
    "SyncBatchNorm": "batchnorm",
    "InstanceNorm1d": "batchnorm1d",
    "InstanceNorm2d": "instancenorm",
    "InstanceNorm3d": "instancenorm",
    "LayerNorm": "layernorm",
    "RMSNorm": "rmsnorm",
    "GroupNorm": "groupnorm",
    "LocalResponseNorm": "localresponsenorm",
    "CrossMapLRN2d": "localresponsenorm",
    "Dropout": "dropout",
    "Dropout1d": "dropout",
    "Dropout2d": "dropout",
    "Dropout3d": "dropout",
    "AlphaDropout": "dropout",
    "FeatureAlphaDropout": "dropout",
    "Identity": "identity",
    "Flatten": "flatten",
    "Unflatten": "reshape",
    "Upsample": "upsample",
    "PixelShuffle": "pixelshuffle",
    "PixelUnshuffle": "pixelshuffle",
    "ChannelShuffle": "shuffle",
    "Fold": "fold",
    "Unfold": "unfold",
    "Embedding": "embedding",
    "EmbeddingBag": "embedding",
    "MultiheadAttention": "attentionblock",
    "LSTM": "lstm",
    "LSTMCell": "lstm",
    "GRU": "gru",
    "GRUCell": "gru",
    "RNN": "rnn",
    "RNNCell": "rnn",
    "Softmax": "softmax",
    "Softmax2d": "softmax",
    "LogSoftmax": "logsoftmax",
    "Softmin": "softmax",
    "CosineSimilarity": "similarity",
    "PairwiseDistance": "distance",
}
_ACTIVATIONS = (
    "ReLU",
    "ReLU6",
    "LeakyReLU",
    "PReLU",
    "RReLU",
    "ELU",
    "SELU",
    "CELU",
    "GELU",
    "SiLU",
    "Mish",
    "Sigmoid",
    "Tanh",
    "Hardswish",
    "Hardsigmoid",
    "Hardtanh",
    "Hardshrink",
    "Softshrink",
    "Tanhshrink",
    "Softplus",
    "Softsign",
    "LogSigmoid",
    "Threshold",
    "GLU",
)
_MODULES |= {name: name.lower() for name in _ACTIVATIONS}

_PADS = ("ReflectionPad", "ReplicationPad", "ZeroPad", "ConstantPad", "CircularPad")
_MODULES |= {f"{name}{rank}d": "pad" for name in _PADS for rank in (1, 2, 3)}

_FUNCTIONS: dict[str, str] = {
    **{name.lower(): name.lower() for name in _ACTIVATIONS},
    "leaky_relu": "leakyrelu",
    "log_softmax": "logsoftmax",
    "logsigmoid": "logsigmoid",
    "softmin": "softmax",
    "softmax": "softmax",
    "conv1d": "conv1d",
    "conv2d": "conv",
    "conv3d": "conv3d",
    "conv_transpose1d": "convtranspose1d",
    "conv_transpose2d": "convtranspose",
    "conv_transpose3d": "convtranspose3d",
    "linear": "linear",
    "addmm": "linear",
    "bilinear": "bilinear",
    "max_pool1d": "maxpool1d",
    "max_pool2d": "maxpool",
    "max_pool3d": "maxpool",
    "max_pool2d_with_indices": "maxpool",
    "adaptive_max_pool1d": "maxpool1d",
    "adaptive_max_pool2d": "maxpool",
    "adaptive_max_pool3d": "maxpool",
    "fractional_max_pool2d": "maxpool",
    "lp_pool1d": "avgpool1d",
    "lp_pool2d": "avgpool",
    "avg_pool1d": "avgpool1d",
    "avg_pool2d": "avgpool",
    "avg_pool3d": "avgpool",
    "adaptive_avg_pool1d": "avgpool1d",
    "adaptive_avg_pool2d": "avgpool",
    "adaptive_avg_pool3d": "avgpool",
    "batch_norm": "batchnorm",
    "native_batch_norm": "batchnorm",
    "layer_norm": "layernorm",
    "native_layer_norm": "layernorm",
    "rms_norm": "rmsnorm",
    "group_norm": "groupnorm",
    "instance_norm": "instancenorm",
    "local_response_norm": "localresponsenorm",
    "embedding": "embedding",
    "embedding_bag": "embedding",
    "interpolate": "upsample",
    "upsample": "upsample",
    "upsample_nearest2d": "upsample",
    "upsample_bilinear2d": "upsample",
    "upsample_bicubic2d": "upsample",
    "pixel_shuffle": "pixelshuffle",
    "pixel_unshuffle": "pixelshuffle",
    "channel_shuffle": "shuffle",
    "grid_sample": "gridsample",
    "fold": "fold",
    "unfold": "unfold",
    "scaled_dot_product_attention": "attentionblock",
    "multi_head_attention_forward": "attentionblock",
    "lstm": "lstm",
    "gru": "gru",
    "rnn_tanh": "rnn",
    "rnn_relu": "rnn",
    "vmap": "vmap",
    "func_grad": "gradient",
    "func_vjp": "vjp",
    "func_jvp": "jvp",
}
# Of these, those are shown that put together what was computed in several places.
_JOINS: dict[str, str] = {
    **dict.fromkeys(("add", "iadd", "radd"), "add"),
    **dict.fromkeys(("sub", "isub", "rsub", "subtract"), "subtract"),
    **dict.fromkeys(("mul", "imul", "rmul", "multiply"), "multiply"),
    **dict.fromkeys(("div", "truediv", "itruediv", "rtruediv", "true_divide"), "divide"),
    **dict.fromkeys(("matmul", "rmatmul", "bmm", "mm", "einsum", "baddbmm", "mv", "dot"), "matmul"),
    **dict.fromkeys(("maximum", "minimum"), "maximum"),
    **dict.fromkeys(("cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack"), "concat"),
    "where": "select",
    "lerp": "blend",
    "addcmul": "add",
    "sum_tensors": "add",
    "cosine_similarity": "similarity",
    "pairwise_distance": "distance",
    "cdist": "distance",
}
# And of these, those that take rows and columns, or all tokens, together.
_REDUCTIONS: dict[str, str] = {"mean": "avgpool", "sum": "sum", "amax": "maxpool", "max": "maxpool"}

_NAMED = (
    ("batchnorm", "batchnorm"),
    ("instancenorm", "instancenorm"),
    ("groupnorm", "groupnorm"),
    ("rmsnorm", "rmsnorm"),
    ("layernorm", "layernorm"),
)
"""Of a class that is not PyTorch's, what its name has in it, and which kind that says it is."""
_SEALED = ("torch.ao.nn.quantized", "torch.nn.quantized", "torch.ao.nn.intrinsic")

_WORDS: dict[str, str] = {
    "conv": "Convolution",
    "conv1d": "Convolution",
    "conv3d": "Convolution",
    "convtranspose": "Transposed convolution",
    "convtranspose1d": "Transposed convolution",
    "convtranspose3d": "Transposed convolution",
    "linear": "Fully connected",
    "maxpool": "Max pooling",
    "maxpool1d": "Max pooling",
    "avgpool": "Average pooling",
    "avgpool1d": "Average pooling",
    "batchnorm": "Batch normalisation",
    "batchnorm1d": "Batch normalisation",
    "instancenorm": "Instance normalisation",
    "layernorm": "Layer normalisation",
    "groupnorm": "Group normalisation",
    "rmsnorm": "RMS normalisation",
    "localresponsenorm": "Local response normalisation",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leakyrelu": "Leaky ReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "glu": "GLU",
    "hardswish": "Hard swish",
    "hardsigmoid": "Hard sigmoid",
    "hardtanh": "Hard tanh",
    "logsoftmax": "Log softmax",
    "identity": "Identity",
    "pad": "Padding",
    "pixelshuffle": "Pixel shuffle",
    "upsample": "Upsampling",
    "add": "Addition",
    "subtract": "Subtraction",
    "multiply": "Product",
    "divide": "Quotient",
    "matmul": "Matrix product",
    "concat": "Concatenation",
    "attention": "Attention weights",
    "attentionblock": "Attention",
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn": "Recurrent layer",
    "gridsample": "Grid sampling",
    "vmap": "Vectorised map",
    "vjp": "Vector-Jacobian product",
    "jvp": "Jacobian-vector product",
}
FACELESS = ("InterpreterModule", "GraphModule", "UnflattenedModule", "InterpreterModuleDispatcher")
"""Classes of modules that say nothing of what is in them."""
TITLE, HIDDEN, KIND = "nnvis3d_title", "nnvis3d_hidden", "nnvis3d_kind"
"""Attributes of our own modules that stand for an operation of a file."""
NOT_NEGATIVE = frozenset({"relu", "relu6", "sigmoid", "hardsigmoid", "softplus", "softmax", "attention"})
"""Kinds whose values are never below zero."""
KEEPS_SIGN = frozenset(
    {"maxpool", "maxpool1d", "avgpool", "avgpool1d", "dropout", "identity", "flatten", "reshape", "add"}
    | {"concat", "multiply", "pad", "pixelshuffle", "shuffle", "select", "blend", "unfold", "sum"}
)
"""Kinds whose values are not below zero where those of everything that they read are not."""


def kind_of_module(module: nn.Module) -> str | None:
    """By its class or one that it is made from; None for one that is not known."""
    own = getattr(module, KIND, None)
    if isinstance(own, str):
        return own
    for cls in type(module).__mro__:
        known = cls.__module__.startswith("torch.")
        if known and cls.__name__ in _MODULES:
            return _MODULES[cls.__name__]
    if isinstance(module, torch.jit.ScriptModule):
        return _MODULES.get(_scripted_class(module))
    return None


def _scripted_class(module: torch.jit.ScriptModule) -> str:
    """Of PyTorch's own that a compiled module was made from: "Linear"; "" for all others."""
    known = str(module._c._type().qualified_name()).startswith("__torch__.torch.nn.")
    return module.original_name if known else ""


def kind_of_class(module: nn.Module) -> str | None:
    """Of a module that is not known, by what its class is called: many have a normalisation of their own."""
    name = type(module).__name__.lower()
    return next((kind for word, kind in _NAMED if word in name), None)


def class_title(module: nn.Module) -> str:
    """What a module that is not known is called."""
    title = getattr(module, "original_name" if is_scripted(module) else TITLE, None)
    return title if isinstance(title, str) else type(module).__name__


def is_scripted(module: nn.Module) -> bool:
    """Whether TorchScript has compiled it: what it calls is then heard in its first passes at most."""
    return isinstance(module, torch.jit.ScriptModule)


def kind_of_calls(calls: Mapping[str, int]) -> str | None:
    """Of a module that is not known, by the functions that it called: if that was one, it is that."""
    if sum(calls.values()) != 1:
        return None
    return next(function_kind(name) for name in calls)


def computes_itself(module: nn.Module) -> bool:
    """Whether it is one layer: it holds no modules, or PyTorch made it so. The functions that it calls are
    then its own affair; modules that it holds all the same are layers, too."""
    inner = any(name != "parametrizations" for name, _ in module.named_children())
    return not inner or kind_of_module(module) is not None or is_sealed(module)


def is_hidden(module: nn.Module, output: torch.Tensor, from_input: bool) -> bool:
    """Whether it only prepares numbers for others, as some operations of ONNX files do."""
    hidden = getattr(module, HIDDEN, None)
    computes = from_input and (output.is_floating_point() or output.is_complex())
    return hidden == "always" or (hidden == "unless it computes" and not computes)


def is_sealed(module: nn.Module) -> bool:
    """Whether what is in it is nobody's business, such as the packed weights of quantised ones."""
    return type(module).__module__.startswith(_SEALED) or is_scripted(module)


def function_name(function: object) -> str:
    """ "add" for torch.add, +, +=, and torch.ops.aten.add.Tensor."""
    name = getattr(function, "__name__", "")
    return name.partition(".")[0].strip("_")


def function_kind(name: str) -> str | None:
    """What a function computes; None if its output is not shown."""
    return _FUNCTIONS.get(name) or _JOINS.get(name) or _REDUCTIONS.get(name)


def is_join(name: str) -> bool:
    return name in _JOINS


def is_reduction(name: str) -> bool:
    return name in _REDUCTIONS


SHOWN_FUNCTIONS = frozenset({*_FUNCTIONS, *_JOINS, *_REDUCTIONS} - {"identity"})
"""Names of the functions whose calls are counted, and whose output may be shown."""


def title_of(kind: str, module: nn.Module | None = None) -> str:
    """For people: "Depthwise convolution"."""
    word = _WORDS.get(kind, kind[:1].upper() + kind[1:])
    if module is None or "conv" not in kind:
        return word
    groups, channels = getattr(module, "groups", 1), getattr(module, "in_channels", 0)
    dilation = getattr(module, "dilation", 1)
    dilated = any(step != 1 for step in (dilation if isinstance(dilation, tuple) else (dilation,)))
    prefix = "Depthwise " if 1 < groups == channels else "Grouped " if groups > 1 else ""
    prefix += "dilated " if dilated and prefix else "Dilated " if dilated else ""
    return prefix + word.lower() if prefix else word
