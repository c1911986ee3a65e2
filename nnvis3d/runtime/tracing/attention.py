"""Attention weights, one map a head, of modules that keep theirs to themselves; and what PyTorch's own
encoder does with padded tokens when nobody listens."""

import inspect
import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

FUNCTIONS = frozenset({"multi_head_attention_forward", "scaled_dot_product_attention"})
MOST_WEIGHTS = 8_000_000
"""More than these are not computed where the network itself does without."""
ASKS_FOR_PADDING = "nested_tensor_from_mask_left_aligned"
"""By calling this function, nn.TransformerEncoder finds out whether it can leave padded tokens out."""
_FORWARD = inspect.signature(F.multi_head_attention_forward)


def with_weights(name: str, function: Callable) -> tuple[list[torch.Tensor], Callable]:
    """A list, and a function that returns what `function` does and puts the weights into the list."""
    weights: list[torch.Tensor] = []
    if name == "multi_head_attention_forward":
        return weights, lambda *args, **kwargs: _of_module(weights, function, args, kwargs)
    return weights, lambda *args, **kwargs: _of_product(weights, function, args, kwargs)


def _of_module(weights: list[torch.Tensor], function: Callable, args: tuple, kwargs: dict) -> object:
    """nn.MultiheadAttention's function returns the weights of each head when it is asked for them."""
    given = _FORWARD.bind(*args, **kwargs)
    given.apply_defaults()
    query, key = given.arguments["query"], given.arguments["key"]
    wanted, averaged = given.arguments["need_weights"], given.arguments["average_attn_weights"]
    queries, keys = (t.shape[0] * (t.shape[1] if t.dim() == 3 else 1) for t in (query, key))
    if queries * keys * given.arguments["num_heads"] > MOST_WEIGHTS:
        return function(*args, **kwargs)
    given.arguments.update(need_weights=True, average_attn_weights=False)
    output, found = function(*given.args, **given.kwargs)
    weights.append(found)  # (batch, heads, queries, keys), or without the batch
    if not wanted:
        return output, None
    return output, found.mean(dim=-3) if averaged else found


def _of_product(weights: list[torch.Tensor], function: Callable, args: tuple, kwargs: dict) -> object:
    """scaled_dot_product_attention never has them in memory: they are computed again beside it."""
    output = function(*args, **kwargs)
    found = product_weights(*args, **kwargs)
    if found is not None:
        weights.append(found)
    return output


def product_weights(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> torch.Tensor | None:
    """softmax(query @ key^T * scale + mask), as scaled_dot_product_attention is defined; None if they are
    too many."""
    if math.prod(query.shape[:-1]) * key.shape[-2] > MOST_WEIGHTS:
        return None
    if enable_gqa:
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
    scores = query @ key.transpose(-2, -1) * (query.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        ones = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device)
        scores = scores.masked_fill(~ones.tril(), -torch.inf)
    if attn_mask is not None:
        no = attn_mask.dtype == torch.bool
        scores = scores.masked_fill(~attn_mask, -torch.inf) if no else scores + attn_mask
    return scores.softmax(-1)


def kept(left_out: object, _source: torch.Tensor, mask: torch.Tensor) -> torch.Tensor | None:
    """bool (batch, tokens): the tokens that are not padding; None if the encoder cannot leave them out."""
    return mask if left_out else None


def padded(around: nn.Module, kept: torch.Tensor | None, module: nn.Module, output: object) -> object:
    """What `module` would have returned if nobody had listened.

    nn.TransformerEncoder leaves padded tokens out, and puts zeros where they were, but only while no mode of
    ours is there: with one they are computed on as all others, and what comes after reads other numbers.
    """
    if kept is None or not isinstance(around, nn.TransformerEncoder) or module is not around.layers[-1]:
        return output
    return output.masked_fill(~kept[..., None], 0.0) if isinstance(output, torch.Tensor) else output
