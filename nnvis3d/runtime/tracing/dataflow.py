"""Follows values from layer to layer while a network runs: through views, in-place operations and functions
that nobody has heard of.

Below all functions of PyTorch, each tensor that an operation reads is looked up by the memory it lies in, and
what the operation writes is marked as made from the same layers. So a layer's sources are what its numbers
truly depend on.
"""

from collections.abc import Iterable

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakIdKeyDictionary

from nnvis3d.runtime.tracing.tensors import tensors_in

Origins = tuple[str, ...]
"""Names of layers, in the order in which they were met."""


class Dataflow(TorchDispatchMode):
    """A mode to run a network in. `origins` tells from which layers a tensor was made."""

    def __init__(self):
        super().__init__()
        self._marks: dict[int, Origins] = {}
        self._kept: dict[int, object] = {}
        """Keeps a storage's address from being given away again, without keeping its memory."""
        self._views = WeakIdKeyDictionary()
        """By tensor: origins that hold for it alone, not for all that lies in its memory, and since when."""
        self._written: dict[int, int] = {}
        """When each memory was last written to."""
        self.clock = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Asked by PyTorch, which else imports its compiler, 1.5 s, to tell it not to compile this class."""
        return False

    def origins(self, *things: object) -> Origins:
        """The layers from which the tensors in `things` were made; () for what no layer had a part in."""
        return merged(self._origins(tensor) for tensor in tensors_in(things))

    def mark(self, thing: object, origins: Origins) -> None:
        """From now on, what lies in these tensors' memory was made from these layers."""
        for tensor in tensors_in(thing):
            self._keep(key := _key(tensor), tensor)
            self.clock += 1
            self._marks[key] = origins
            self._written[key] = self.clock

    def mark_view(self, tensor: torch.Tensor, origins: Origins) -> None:
        """This tensor, not others in the same memory, was made from these layers: until it is written to."""
        self._keep(_key(tensor), tensor)
        self._views[tensor] = (origins, self.clock)

    def only_seen(self, tensor: torch.Tensor, others: object, since: int) -> bool:
        """Whether `tensor` shares its memory with one of `others`, and nothing was written there since."""
        key = _key(tensor)
        shared = any(_key(other) == key for other in tensors_in(others))
        return shared and self._written.get(key, 0) <= since

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        read = self.origins(args, kwargs)
        if not read:
            return output
        written = tuple(_written(func, args, kwargs))
        keys = {_key(tensor) for tensor in written}
        for tensor in written:
            self.mark(tensor, merged((self._marks.get(_key(tensor), ()), read)))
        for tensor in tensors_in(output):
            key = _key(tensor)
            if key in keys:
                continue
            if key not in self._marks or func.is_view is False:
                self.mark(tensor, merged((self._marks.get(key, ()), read)))
            elif read != self._marks[key]:
                self.mark_view(tensor, read)
        return output

    def elsewhere(self) -> TorchDispatchMode:
        """A mode for another thread that works on the same values."""
        return _Elsewhere(self)

    def _origins(self, tensor: torch.Tensor) -> Origins:
        key = _key(tensor)
        own = self._views.get(tensor)
        if own is not None and self._written.get(key, 0) <= own[1]:
            return own[0]
        return self._marks.get(key, ())

    def _keep(self, key: int, tensor: torch.Tensor) -> None:
        if key not in self._kept:
            self._kept[key] = _anchor(tensor)


class _Elsewhere(TorchDispatchMode):
    """Tells a Dataflow of what another thread does."""

    def __init__(self, flow: Dataflow):
        super().__init__()
        self._flow = flow

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # as Dataflow's

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return self._flow.__torch_dispatch__(func, types, args, kwargs)


def _key(tensor: torch.Tensor) -> int:
    try:
        return tensor.untyped_storage()._cdata
    except (RuntimeError, NotImplementedError):  # sparse, and other tensors without a memory of their own
        return id(tensor)


def _anchor(tensor: torch.Tensor) -> object:
    try:
        return StorageWeakRef(tensor.untyped_storage())
    except (RuntimeError, NotImplementedError):
        return tensor


def _written(func, args: tuple, kwargs: dict) -> Iterable[torch.Tensor]:
    """Arguments that the operation writes to."""
    schema = getattr(func, "_schema", None)
    if schema is None or not schema.is_mutable:
        return ()
    given = [kwargs.get(a.name, args[i] if i < len(args) else None) for i, a in enumerate(schema.arguments)]
    writes = [a.alias_info is not None and a.alias_info.is_write for a in schema.arguments]
    return tensors_in([value for value, written in zip(given, writes, strict=True) if written])


def merged(several: Iterable[Origins]) -> Origins:
    """Without repetition, first met first."""
    return tuple(dict.fromkeys(name for origins in several for name in origins))
