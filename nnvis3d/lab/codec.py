"""Commands and snapshots as bytes: msgpack, checked field by field when it is read. Nothing is unpickled."""

from typing import Any

import msgspec
import numpy as np

from nnvis3d.network import lab_commands, lab_snapshot

_KINDS = "fiub"
_LARGEST = 1 << 28
"""Values of one array."""
_TYPES: dict[str, type] = {
    name: item
    for name, item in vars(lab_commands).items()
    if isinstance(item, type) and item.__module__ == lab_commands.__name__
}
_TYPES["LabSnapshot"] = lab_snapshot.LabSnapshot


class MessageError(ValueError):
    """Bytes that are no message of this program."""


def encode(message: object) -> bytes:
    """A command or a snapshot."""
    return _ENCODER.encode((type(message).__name__, message))


def decode(content: bytes) -> Any:
    """The inverse of `encode`.

    Raises:
        MessageError: unknown, cut short, or fields of other types than they should be.
    """
    try:
        name, body = msgspec.msgpack.decode(content, type=tuple[str, msgspec.Raw])
        kind = _TYPES.get(name)
        if kind is None:
            raise MessageError(f"unknown message {name[:40]!r}")
        return msgspec.msgpack.decode(body, type=kind, dec_hook=_from_wire)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MessageError(str(error)) from error


def _to_wire(item: object) -> object:
    if isinstance(item, np.ndarray):
        return item.dtype.str, item.shape, np.ascontiguousarray(item).tobytes()
    if isinstance(item, np.generic):
        return item.item()
    raise NotImplementedError(f"{type(item).__name__}: cannot be sent")


def _from_wire(kind: type, item: object) -> object:
    """An array, read-only, from (dtype, shape, bytes)."""
    if kind is not np.ndarray:
        raise NotImplementedError(f"{kind}: cannot be received")
    if not isinstance(item, list | tuple) or len(item) != 3:
        raise ValueError("expected an array as (type, shape, bytes)")
    code, shape, content = item
    if not isinstance(code, str) or not isinstance(content, bytes) or not isinstance(shape, list | tuple):
        raise ValueError("expected an array as (type, shape, bytes)")
    dtype = np.dtype(code) if len(code) <= 4 and code[1:2] in _KINDS else None
    if dtype is None or not all(isinstance(n, int) and 0 <= n <= _LARGEST for n in shape):
        raise ValueError(f"no array of numbers: {code!r} {shape}")
    return np.frombuffer(content, dtype).reshape(shape)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_to_wire)
