"""ONNX files as modules: each operation a small module of its own, named as the file names it.

Operations that PyTorch has are done by PyTorch; all others by the reference implementation that comes with
the onnx package, which has every operation, in numpy.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.runtime.bringing.factory import said
from nnvis3d.runtime.bringing.onnx_operations import OPERATIONS

_MOVES = ("Squeeze", "Unsqueeze", "Expand", "Slice", "Gather", "Cast", "Shape", "Size", "ConstantOfShape")
"""Operations of which nobody wants to see a layer."""
_KINDS = {
    **{
        name: name.lower()
        for name in ("LSTM", "GRU", "RNN", "HardSigmoid", "Elu", "Selu", "Celu", "PRelu", "Mish")
    },
    **{"ConvTranspose": "convtranspose", "Resize": "upsample", "Upsample": "upsample", "Pad": "pad"},
    **{
        "LayerNormalization": "layernorm",
        "InstanceNormalization": "instancenorm",
        "LRN": "localresponsenorm",
    },
    **{"GroupNormalization": "groupnorm", "ReduceMean": "avgpool", "GlobalMaxPool": "maxpool"},
    **{"LogSoftmax": "logsoftmax", "DepthToSpace": "pixelshuffle", "Conv": "conv", "MaxPool": "maxpool"},
    **{"AveragePool": "avgpool", "Softmax": "softmax", "Gemm": "linear", "BatchNormalization": "batchnorm"},
}
"""What operations that are left to the reference implementation are in the field's words."""
_OPEN_SPATIAL = 224


def load_onnx(path: Path) -> tuple[nn.Module, object]:
    """The module of the file, and an example input of zeros in the shapes that the file declares.

    Raises:
        UserError: the extra is not installed, no such file, or not a whole ONNX file.
    """
    try:
        import onnx
    except ImportError as error:
        raise UserError(
            f"--model {path}: ONNX files need the package onnx; pip install 'nnvis3d[onnx]'"
        ) from error
    if not path.is_file():
        raise UserError(f"--model {path}: no such file")
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
        model = onnx.shape_inference.infer_shapes(model)
        return OnnxModule(model), _example(model)
    except Exception as error:
        raise UserError(f"--model {path}: not a whole ONNX file ({said(error)})") from error


class OnnxModule(nn.Module):
    """Runs the graph of an ONNX model, operation by operation."""

    def __init__(self, model: Any):
        super().__init__()
        from onnx import numpy_helper

        graph = model.graph
        self._opsets = {entry.domain: entry.version for entry in model.opset_import}
        self._inputs = [value.name for value in graph.input if value.name not in _names(graph.initializer)]
        self._outputs = [value.name for value in graph.output]
        self._constants = {
            tensor.name: _as_tensor(numpy_helper.to_array(tensor)) for tensor in graph.initializer
        }
        self._steps: list[tuple[str, list[str], list[str]]] = []
        for index, operation in enumerate(graph.node):
            if operation.op_type == "Constant" and operation.domain in ("", "ai.onnx"):
                value = next(iter(_attributes(operation).values()))
                known = value if isinstance(value, torch.Tensor) else torch.tensor(value)
                self._constants[operation.output[0]] = known
                continue
            name = self._free_name(operation, index)
            self.add_module(name, self._module(operation, model))
            self._steps.append((name, list(operation.input), list(operation.output)))

    def _module(self, operation: Any, model: Any) -> nn.Module:
        attributes = _attributes(operation)
        fixed = [self._constants.get(name) for name in operation.input]
        make = OPERATIONS.get(operation.op_type) if operation.domain in ("", "ai.onnx") else None
        made = make(attributes, fixed, self._opsets.get("", 0)) if make is not None else None
        return made if made is not None else Reference(operation, model)

    def forward(self, *inputs: torch.Tensor) -> object:
        values: dict[str, Any] = {**self._constants, **dict(zip(self._inputs, inputs, strict=False))}
        for name, reads, writes in self._steps:
            module = self._modules[name]
            assert module is not None
            output = module(*(values[read] if read else None for read in reads))
            several = output if isinstance(output, tuple | list) else (output,)
            values.update((write, value) for write, value in zip(writes, several, strict=False) if write)
        outputs = {name: values[name] for name in self._outputs}
        return outputs if len(outputs) > 1 else next(iter(outputs.values()))

    def _free_name(self, operation: Any, index: int) -> str:
        """As the file says, without what a module's name must not hold."""
        said_name = operation.name or f"{operation.op_type.lower()}_{index}"
        base = re.sub(r"[^A-Za-z0-9_/]+", "_", said_name).strip("/_") or f"operation_{index}"
        base = base.replace("/", "_")
        name, count = base, 1
        while hasattr(self, name):
            count += 1
            name = f"{base}_{count}"
        return name


class Reference(nn.Module):
    """One operation, done by the onnx package's own implementation."""

    def __init__(self, operation: Any, model: Any):
        super().__init__()
        from onnx import helper
        from onnx.reference import ReferenceEvaluator

        def described(names: Sequence[str]) -> list[Any]:
            return [helper.make_empty_tensor_value_info(name) for name in dict.fromkeys(names) if name]

        graph = helper.make_graph([operation], "one", described(operation.input), described(operation.output))
        alone = helper.make_model(
            graph, opset_imports=list(model.opset_import), functions=list(model.functions)
        )
        alone.ir_version = model.ir_version
        self.nnvis3d_title, self.nnvis3d_hidden = operation.op_type, "unless it computes"
        self.nnvis3d_kind = _KINDS.get(operation.op_type)
        if operation.op_type in _MOVES:
            self.nnvis3d_hidden = "always"
        self._evaluator = ReferenceEvaluator(alone)
        self._reads = list(operation.input)

    def forward(self, *inputs: torch.Tensor | None) -> object:
        arrays = {
            name: value.detach().cpu().numpy()
            for name, value in zip(self._reads, inputs, strict=False)
            if name and value is not None
        }
        results = self._evaluator.run(None, arrays)
        return tuple(_as_tensor(np.asarray(result)) for result in results)


def _names(entries: Any) -> set[str]:
    return {entry.name for entry in entries}


def _attributes(operation: Any) -> dict[str, Any]:
    return {entry.name: _attribute(entry) for entry in operation.attribute}


def _as_tensor(array: np.ndarray) -> torch.Tensor:
    """A copy; numpy has no bfloat16 of its own."""
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.astype(np.float32)).bfloat16()
    return torch.from_numpy(np.array(array))


def _attribute(entry: Any) -> Any:
    """A plain number, string, list, or a tensor."""
    from onnx import TensorProto, helper, numpy_helper

    value = helper.get_attribute_value(entry)
    if isinstance(value, TensorProto):
        return _as_tensor(numpy_helper.to_array(value))
    if isinstance(value, bytes):
        return value.decode()
    return value


def _example(model: Any) -> object:
    """Zeros in the declared shapes; where a length is left open, a batch of one and 224 rows and columns."""
    from onnx import helper

    constants = _names(model.graph.initializer)
    examples = []
    for value in model.graph.input:
        if value.name in constants:
            continue
        described = value.type.tensor_type
        lengths = [dim.dim_value for dim in described.shape.dim]
        shape = [
            n if n > 0 else 1 if place == 0 else _OPEN_SPATIAL if len(lengths) == 4 else 16
            for place, n in enumerate(lengths)
        ]
        dtype = helper.tensor_dtype_to_np_dtype(described.elem_type)
        examples.append(torch.from_numpy(np.zeros(shape, dtype)))
    return tuple(examples)
