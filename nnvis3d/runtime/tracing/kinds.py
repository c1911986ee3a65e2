"""What computes a layer, in the field's words: by the class of a module, or by the name of a function."""

from collections.abc import Mapping

import torch
from torch import nn

from nnvis3d.runtime.tracing.kind_tables import FUNCTIONS, JOINS, MODULES, NAMED, REDUCTIONS, WORDS

_SEALED = ("torch.ao.nn.quantized", "torch.nn.quantized", "torch.ao.nn.intrinsic")
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
        if known and cls.__name__ in MODULES:
            return MODULES[cls.__name__]
    if isinstance(module, torch.jit.ScriptModule):
        return MODULES.get(_scripted_class(module))
    return None


def _scripted_class(module: torch.jit.ScriptModule) -> str:
    """Of PyTorch's own that a compiled module was made from: "Linear"; "" for all others."""
    known = str(module._c._type().qualified_name()).startswith("__torch__.torch.nn.")
    return module.original_name if known else ""


def kind_of_class(module: nn.Module) -> str | None:
    """Of a module that is not known, by what its class is called: many have a normalisation of their own."""
    name = type(module).__name__.lower()
    return next((kind for word, kind in NAMED if word in name), None)


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
    return FUNCTIONS.get(name) or JOINS.get(name) or REDUCTIONS.get(name)


def is_join(name: str) -> bool:
    return name in JOINS


def is_reduction(name: str) -> bool:
    return name in REDUCTIONS


SHOWN_FUNCTIONS = frozenset({*FUNCTIONS, *JOINS, *REDUCTIONS} - {"identity"})
"""Names of the functions whose calls are counted, and whose output may be shown."""


def title_of(kind: str, module: nn.Module | None = None) -> str:
    """For people: "Depthwise convolution"."""
    word = WORDS.get(kind, kind[:1].upper() + kind[1:])
    if module is None or "conv" not in kind:
        return word
    groups, channels = getattr(module, "groups", 1), getattr(module, "in_channels", 0)
    dilation = getattr(module, "dilation", 1)
    dilated = any(step != 1 for step in (dilation if isinstance(dilation, tuple) else (dilation,)))
    prefix = "Depthwise " if 1 < groups == channels else "Grouped " if groups > 1 else ""
    prefix += "dilated " if dilated and prefix else "Dilated " if dilated else ""
    return prefix + word.lower() if prefix else word
