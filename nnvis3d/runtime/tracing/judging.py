"""What a function's output is to people: a layer of some kind, or nothing to be shown.

`drafts` are the layers that were met before, by name.
"""

from collections.abc import Mapping

import torch

from nnvis3d.runtime.tracing import kinds
from nnvis3d.runtime.tracing.dataflow import Origins, merged
from nnvis3d.runtime.tracing.draft import Draft
from nnvis3d.runtime.tracing.tensors import first_tensor


def is_layer(
    name: str, data: list[Origins], args: tuple, output: torch.Tensor, drafts: Mapping[str, Draft]
) -> bool:
    """Whether a function's output is a layer: it computes something, from the input."""
    if kinds.is_join(name):
        from_several = len(merged(data)) > 1
        return len(data) > 1 and (from_several or kinds.function_kind(name) in ("matmul", "concat"))
    if kinds.is_reduction(name):
        read = first_tensor(args)
        if read is None or read.dim() < 3 or output.numel() <= 1 or output.numel() >= read.numel():
            return False
        kept = output.shape[-1] == read.shape[-1] or _all_places(data, read, output, drafts)
        dropped = sum(a != b for a, b in zip(read.shape, output.shape, strict=False))
        return bool(data) and (read.dim() - output.dim() >= 2 or dropped >= 2 or (read.dim() == 3 and kept))
    return bool(data)


def kind_of(name: str, output: torch.Tensor, sources: Origins, drafts: Mapping[str, Draft]) -> str:
    """A layer's kind, of a function's output (B, ...); a softmax over products is attention."""
    kind = kinds.function_kind(name) or "module"
    if kind == "softmax" and output.dim() >= 3:
        products = any(drafts[source].kind == "matmul" for source in sources)
        if products or output.dim() == 4:
            return "attention"
    return kind


def _all_places(
    data: list[Origins], read: torch.Tensor, output: torch.Tensor, drafts: Mapping[str, Draft]
) -> bool:
    """Whether it takes all places of a layer of channels by places together."""
    source = drafts.get(data[0][0]) if data else None
    by_places = source is not None and source.shown.channels_first
    return by_places and output.dim() == 2 and output.shape == read.shape[:2]
