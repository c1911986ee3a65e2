"""Every later pass of a traced network: each layer's output is caught as it appears, for what computes next
may overwrite it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.network.frame import CODES
from nnvis3d.network.grouping import paged
from nnvis3d.network.means import MeanPlan, average_run, mean_strengths
from nnvis3d.network.spec import NetworkSpec
from nnvis3d.runtime.helper import Helper
from nnvis3d.runtime.quantise import Quantiser, own_scale
from nnvis3d.runtime.tracing.inputs import Inputs
from nnvis3d.runtime.tracing.sheets import LARGE, Sheet, Sheets
from nnvis3d.runtime.tracing.strands import ELSEWHERE, Scope
from nnvis3d.runtime.tracing.tensors import first_tensor, named_tensors, plain
from nnvis3d.runtime.tracing.trace import Trace, failure
from nnvis3d.runtime.tracing.walk import Walk

_SMOOTH = 0.5
"""Share of the scale before in the next one: what comes from a camera must not flicker."""


@dataclass(frozen=True)
class Slot:
    """Where in a frame's arrays a layer stands."""

    index: int
    start: int
    stop: int
    signed: bool
    scale: float | None


@dataclass(frozen=True, eq=False)
class Caught:
    """What one pass said."""

    values: np.ndarray
    """float32 (neurons,)."""
    texels: np.ndarray
    """uint16 or uint8 (neurons,), see network/frame.py."""
    scales: np.ndarray
    """float32 (layers,)."""
    strange: np.ndarray | None
    """int64 (layers,): values that are not finite; None: all are."""
    skipped: tuple[str, ...]
    means: np.ndarray | None = None
    strengths: np.ndarray | None = None
    """Both as in ActivationFrame; None: they were not made on the way."""


class TracedCapture(Walk):
    """Runs a traced network. One thread owns it."""

    def __init__(self, traced: Trace):
        spec, keys = traced.spec, traced.keys
        super().__init__(traced.module, functions=any("@" in key for key in keys.values()))
        self.spec = spec
        self.names = dict(traced.names)
        dtype = np.uint8 if spec.neurons >= 2 * LARGE else np.uint16
        # Over so many neurons two threads make texels and means, after the pass: beside it, each would wait
        # for the interpreter's lock at every step of the other, which costs more than is won.
        self._helper = Helper() if spec.neurons >= LARGE else None
        self._plan = MeanPlan(spec) if self._helper is not None and paged(spec) else None
        self._sheets = Sheets(spec.neurons, dtype, self._plan.length if self._plan is not None else 0)
        self._code = CODES[np.dtype(dtype)]
        self._quantisers = threading.local()
        self._slots = _slots(spec, keys)
        self._inputs = [keys[layer.name] for layer in spec.layers if layer.kind == "input"]
        self._outputs = {key: slot for key, slot in self._slots.items() if key.startswith("/output")}
        runs = self._plan.runs if self._plan is not None else []
        self._runs = len(runs)
        self._run_of = np.repeat(np.arange(len(runs)), [len(run.names) for run in runs])
        """int64 (layers,): which run of the means each is in."""
        self._counting = threading.Lock()
        self._before: np.ndarray | None = None
        self._done = np.zeros(len(spec.layers), bool)

    def catch(self, inputs: Inputs, image: np.ndarray | None) -> Caught:
        """One pass on `inputs`.

        Args:
            image: float32 (C, H, W), what the first layer shows; None: the first input itself.

        Raises:
            UserError: the module failed; the message names the layer.
        """
        try:
            return self._catch(inputs, image)
        finally:
            if self._helper is not None:
                self._helper.forget()

    def _catch(self, inputs: Inputs, image: np.ndarray | None) -> Caught:
        self._begin()
        for key, (_, tensor) in zip(self._inputs, inputs.layers, strict=True):
            shown = (
                torch.from_numpy(np.require(image, requirements=("C", "W"))) if image is not None else tensor
            )
            self._write(self._slots[key], shown)
            image = None
        try:
            output = self.run(inputs.args, inputs.kwargs)
        except UserError:
            raise
        except Exception as error:
            raise failure(self.here, error, inputs) from error
        if self._outputs:
            for name, tensor in named_tensors(output):
                slot = self._outputs.get(f"/output.{name}" if name else "/output")
                if slot is not None:
                    self._write(slot, tensor)
        return self._caught()

    def of_values(self, values: np.ndarray) -> Caught:
        """What a pass would have said that computed these activations (neurons,)."""
        self._begin()
        for slot in self._slots.values():
            self._write(slot, torch.from_numpy(values[slot.start : slot.stop]))
        return self._caught()

    def _begin(self) -> None:
        layers = len(self.spec.layers)
        self._sheet = self._sheets.take()
        self._scales = np.ones(layers, np.float32)
        self._strange = np.zeros(layers, np.int64)
        self._done[:] = False
        self._left = [set(np.flatnonzero(self._run_of == k).tolist()) for k in range(self._runs)]

    def left(self, scope: Scope, args: tuple, output: object) -> None:
        slot = self._slots.get(scope.name)
        if slot is not None:
            self._write_first(slot, output)

    def elsewhere(self, name: str, module: nn.Module, args: tuple, output: object) -> None:
        slot = self._slots.get(self.names.get((name, ELSEWHERE, 1), ""))
        if slot is not None:
            self._write_first(slot, output)

    def called(self, key: str, name: str, function: Callable, args: tuple, kwargs: dict) -> object:
        output = function(*args, **kwargs)
        slot = self._slots.get(key)
        if slot is not None:
            self._write_first(slot, output)
        return output

    def attended(self, key: str, weights: torch.Tensor) -> None:
        slot = self._slots.get(key)
        if slot is not None:
            self._write_first(slot, weights)

    def _write_first(self, slot: Slot, output: object) -> None:
        with torch._C.DisableTorchFunction():  # this is not the network's own doing
            tensor = first_tensor(output)
            if tensor is not None:
                self._write(slot, tensor)

    def _write(self, slot: Slot, tensor: torch.Tensor) -> None:
        """A layer's values, its texels, its scale, and how many of its values are not finite."""
        values = self._sheet.values[slot.start : slot.stop]
        texels = self._sheet.texels[slot.start : slot.stop]
        found = _as_array(tensor)
        self._done[slot.index] = found.size == values.size
        if found.size != values.size:
            return
        if self._helper is not None:
            np.copyto(values.reshape(found.shape), found, casting="same_kind")
            return
        if found.dtype != np.float32 or not (found.flags.c_contiguous and found.flags.writeable):
            values.reshape(found.shape)[...] = found
            found, copy = values, None
        else:
            found, copy = found.reshape(-1), values
        scale = self._scale(slot, found)
        if not self._quantiser.quantise(found, copy, texels, scale, slot.signed):
            self._write_strange(slot, found, values, texels, scale)

    @property
    def _quantiser(self) -> Quantiser:
        """This thread's own."""
        if not hasattr(self._quantisers, "own"):
            self._quantisers.own = Quantiser(self._code)
        return self._quantisers.own

    def _prepare(self, slot: Slot, sheet: Sheet) -> None:
        """Texels of a layer whose values are in the sheet; and means, if it is the last of a run."""
        values, texels = sheet.values[slot.start : slot.stop], sheet.texels[slot.start : slot.stop]
        scale = self._scale(slot, values)
        if not self._quantiser.quantise(values, None, texels, scale, slot.signed):
            self._write_strange(slot, values, values, texels, scale)
        if self._plan is not None:
            self._average(slot.index, sheet)

    def _average(self, index: int, sheet: Sheet) -> None:
        """Means of the layer's run, if all of it is there."""
        assert self._plan is not None
        number = self._run_of[index]
        with self._counting:
            left = self._left[number]
            left.discard(index)
            complete = not left
        if complete:
            strange = self._code.strange if self._strange[self._run_of == number].any() else None
            average_run(self._plan.runs[number], sheet.texels, sheet.means, strange)

    def _write_strange(
        self, slot: Slot, found: np.ndarray, values: np.ndarray, texels: np.ndarray, scale: float
    ) -> None:
        """The same where some are not finite, or so large that their squares are not."""
        finite = np.isfinite(found)
        values[:] = found
        limit = np.float32(scale)  # what lies beyond is drawn like this all the same
        known = np.clip(np.where(finite, found, np.float32(0)), -limit, limit)
        self._quantiser.quantise(known, None, texels, scale, slot.signed, sane=True)
        texels[~finite] = self._code.strange
        self._strange[slot.index] = found.size - np.count_nonzero(finite)

    def _scale(self, slot: Slot, values: np.ndarray) -> float:
        if slot.scale is not None:
            scale = slot.scale
        else:
            scale = own_scale(values)
            if self._before is not None:
                scale += _SMOOTH * (float(self._before[slot.index]) - scale)
        self._scales[slot.index] = scale
        return scale

    def _caught(self) -> Caught:
        if self._helper is not None:
            for slot in self._slots.values():
                if self._done[slot.index]:
                    self._helper.give(partial(self._prepare, slot, self._sheet))
            self._helper.finish()
        sheet, skipped = self._sheet, tuple(self._clear(int(index)) for index in np.flatnonzero(~self._done))
        self._before = self._scales
        strange = self._strange if self._strange.any() else None
        del self._sheet  # the frame is the one that holds the arrays now
        if self._plan is None:
            return Caught(sheet.values, sheet.texels, self._scales, strange, skipped)
        strengths = mean_strengths(self._plan, sheet.texels, sheet.means)
        return Caught(sheet.values, sheet.texels, self._scales, strange, skipped, sheet.means, strengths)

    def _clear(self, index: int) -> str:
        """What this pass did not compute must not show what another one did."""
        layer = self.spec.layers[index]
        part = slice(start := self.spec.offsets[layer.name], start + layer.neurons)
        self._sheet.values[part] = 0
        self._sheet.texels[part] = self._code.zero if layer.signed else 0
        if self._before is not None:
            self._scales[index] = self._before[index]
        if self._plan is not None:
            self._average(index, self._sheet)
        return layer.name


def _slots(spec: NetworkSpec, keys: Mapping[str, str]) -> dict[str, Slot]:
    slots = {}
    for i, layer in enumerate(spec.layers):
        start = spec.offsets[layer.name]
        slots[keys[layer.name]] = Slot(i, start, start + layer.neurons, layer.signed, layer.scale)
    return slots


def _as_array(tensor: torch.Tensor) -> np.ndarray:
    """The values as numpy has them, without a copy where that can be."""
    if tensor.dtype is not torch.float32 or tensor.layout is not torch.strided or not tensor.is_cpu:
        tensor = plain(tensor).to(torch.float32).cpu()
    return tensor.detach().numpy() if type(tensor) is torch.Tensor else np.asarray(plain(tensor))
