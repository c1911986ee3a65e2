"""nn.MultiheadAttention: its maps of weights, and its output. Queries, keys and values are in no layer: they
are computed again from what it reads."""

from dataclasses import dataclass

import numpy as np
from torch import nn

from nnvis3d.network.spec import LayerSpec
from nnvis3d.runtime.explain_layouts import Table
from nnvis3d.runtime.explain_operation import Operation, to_numpy
from nnvis3d.runtime.explain_products import filled
from nnvis3d.runtime.explain_shares import AttentionMap


@dataclass(frozen=True, eq=False)
class Projections:
    """Its weights, float32, head by head: H heads of d units each."""

    into: tuple[np.ndarray, np.ndarray, np.ndarray]
    """(H, d, features) of queries, keys and values."""
    biases: np.ndarray
    """(3, H, d)."""
    out: np.ndarray
    """(units, H, d)."""
    out_bias: np.ndarray
    """(units,)."""

    @classmethod
    def of(cls, module: nn.MultiheadAttention) -> "Projections":
        heads = module.num_heads
        if module.in_proj_weight is not None:
            three = np.split(to_numpy(module.in_proj_weight), 3)
        else:
            three = [to_numpy(getattr(module, f"{which}_proj_weight")) for which in "qkv"]
        width = module.embed_dim // heads
        biases = np.zeros((3, heads, width), np.float32)
        if module.in_proj_bias is not None:
            biases = to_numpy(module.in_proj_bias).reshape(biases.shape)
        out, bias = to_numpy(module.out_proj.weight), module.out_proj.bias
        q, k, v = (weight.reshape(heads, width, -1) for weight in three)
        out_bias = np.zeros(len(out), np.float32) if bias is None else to_numpy(bias)
        return cls((q, k, v), biases, out.reshape(len(out), heads, width), out_bias)

    def project(self, which: int, tokens: np.ndarray) -> np.ndarray:
        """float32 (T, H, d) of tokens (T, features): queries, keys or values."""
        return np.einsum("te,hde->thd", tokens, self.into[which]) + self.biases[which]


class MultiheadMap(AttentionMap):
    """Terms: the units of the key, each times that of the query. Edges: the score's, of both tokens."""

    def __init__(
        self,
        module: nn.MultiheadAttention,
        parts: tuple[LayerSpec, ...],
        target: LayerSpec,
        tokens: tuple[Table, Table],
    ):
        """
        Args:
            parts: all that is read, and the target behind them.
            tokens: (1, T, features), where queries and keys are made from.
        """
        self._weights, self._tokens = Projections.of(module), tokens
        self._seen = np.zeros(0, np.float32)
        self._module = module
        heads, width = self._weights.biases.shape[1:]
        start = sum(part.neurons for part in parts)
        tables = []
        for table in tokens[::-1]:  # keys first: they are what a term reads
            count = table.at.shape[1]
            places = start + np.arange(count * heads * width).reshape(count, heads, width)
            tables.append(Table(places.swapaxes(0, 1)))
            start += places.size
        super().__init__(parts, target, (tables[1], tables[0]), width**-0.5)
        self.unseen_axes = ("key", heads * width)

    def see(self, values):
        joined = np.concatenate(values)
        if np.array_equal(joined, self._seen):  # asked again about the same frame
            return
        self._seen = joined
        self._made = [self._weights.project(k, joined[t.at[0]]) for k, t in enumerate(self._tokens)]
        self.unseen = np.concatenate([made.reshape(-1) for made in self._made[::-1]])
        super().see(values)

    def edges(self, targets):
        m, i, j = self.split(targets)
        (queries, keys), (into_q, into_k, _) = self._made, self._weights.into
        of_key = np.einsum("nd,nde->ne", queries[i, m], into_k[m])
        of_query = np.einsum("nd,nde->ne", keys[j, m], into_q[m])
        places = [self._tokens[1].at[0, j], self._tokens[0].at[0, i]]
        weights = np.concatenate([of_key, of_query], axis=1)
        return np.concatenate(places, axis=1), weights * np.float32(self.scale)

    def _reading(self, source):
        targets, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        (queries, keys), heads = self._made, np.arange(self._sizes["m"])[:, None]
        into_q, into_k, _ = self._weights.into
        for _, j, e in self._tokens[1].find(source):
            targets.append(self.joined(heads, np.arange(self._sizes["i"]), j).reshape(-1))
            weights.append(np.einsum("ihd,hd->hi", queries, into_k[:, :, e]).reshape(-1))
        for _, i, e in self._tokens[0].find(source):
            targets.append(self.joined(heads, i, np.arange(self._sizes["j"])).reshape(-1))
            weights.append(np.einsum("jhd,hd->hj", keys, into_q[:, :, e]).reshape(-1))
        return np.concatenate(targets), np.concatenate(weights) * np.float32(self.scale)


class MultiheadOutput(Operation):
    """Terms: what each token's value adds in each head, times its attention weight. Edges: the tokens."""

    kind = "attended"
    guessed = True

    def __init__(
        self,
        module: nn.MultiheadAttention,
        parts: tuple[LayerSpec, LayerSpec],
        target: LayerSpec,
        tokens: Table,
    ):
        """
        Args:
            parts: the layer that values are made from, and that of the weights.
            tokens: (1, T, features), where values are made from.
        """
        super().__init__(module, parts[0], target)
        self.parts, self.activation, self._tokens = parts, "none", tokens
        self._weights, self._seen = Projections.of(module), np.zeros(0, np.float32)
        self._units, self._heads = self._weights.out.shape[:2]
        self._count = target.neurons // self._units
        keys = tokens.at.shape[1]
        self._expect(self._heads * self._count * keys, parts[1].neurons, "weights")
        self.grid = (1, self._heads, keys)

    def see(self, values):
        joined = np.concatenate(values)
        if np.array_equal(joined, self._seen):
            return
        self._seen = joined
        self._of_token = self._weights.project(2, joined[self._tokens.at[0]])
        self._shown = values[1].reshape(self._heads, self._count, -1)

    def sources(self, targets):
        token = np.asarray(targets) // self._units
        places = self.source.neurons + np.arange(self._shown.size).reshape(self._shown.shape)
        return places[:, token].swapaxes(0, 1).reshape(len(token), -1)

    def weights(self, targets, sources, inputs):
        own = self._weights.out[np.asarray(targets) % self._units]
        return np.einsum("nhd,jhd->nhj", own, self._of_token).reshape(len(own), -1)

    def bias(self, target):
        # What the values' bias adds comes in with each token's value, for a head's weights make one in all.
        return float(self._weights.out_bias[target % self._units])

    def edges(self, targets):
        token, unit = np.divmod(np.asarray(targets), self._units)
        through = np.einsum("nhd,hde->nhe", self._weights.out[unit], self._weights.into[2])
        weights = np.einsum("hnj,nhe->nje", self._shown[:, token], through)
        places = np.broadcast_to(self._tokens.at[0], weights.shape)
        return places.reshape(len(token), -1), weights.reshape(len(token), -1)

    def readers(self, sources, values):
        return filled([self._reading(int(source)) for source in sources])

    def _reading(self, source: int) -> tuple[np.ndarray, np.ndarray]:
        found = self._tokens.find(source)
        if not len(found):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        _, j, e = found[0]
        through = np.einsum("uhd,hd->hu", self._weights.out, self._weights.into[2][:, :, e])
        weights = np.einsum("hi,hu->iu", self._shown[:, :, j], through)
        return np.arange(weights.size), weights.reshape(-1)

    def reach(self, rows, columns):
        return self.reach_into(self.source, rows, columns)

    def reach_into(self, part, rows, columns):
        _, height, width = part.map_shape
        return np.arange(height), np.arange(width)
