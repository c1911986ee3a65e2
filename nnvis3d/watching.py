"""`nnvis3d.watch`: a training script of anyone's sends what it does to a viewer, and loses no step by it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nnvis3d.errors import UserError

if TYPE_CHECKING:
    import torch

    from nnvis3d.lab.watch import Silent, Watch

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def watch(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer | None = None,
    *,
    labels: tuple[str, ...] = (),
    input_shape: tuple[int, int, int] | None = None,
    host: str = "127.0.0.1",
    port: int = 7737,
    key: str | None = None,
    steer: bool = False,
) -> Watch | Silent:
    """Send snapshots of `model` to whoever looks: `nnvis3d lab --attach HOST:PORT`.

    Call `watch.step(loss)` after each optimiser step, and `watch.close()` at the end. Under `torchrun` only
    rank 0 speaks. A viewer that is slow or absent costs nothing but its own frames.

    Args:
        input_shape: (C, H, W) of the model's input; None: found out from its first batch.
        host: where to listen. Anything but this machine itself needs `key`.
        key: shared with the viewer (`--key`): traffic is encrypted and nobody else is let in.
        steer: whether viewers may change learning rate, momentum and weight decay, pause and go on.

    Raises:
        UserError: no pyzmq, the port is taken, or another host without a key.
    """
    if host not in LOOPBACK and key is None:
        raise UserError(f"watch: {host}: give a key to listen to other machines")
    if int(os.environ.get("RANK", "0")) != 0:
        from nnvis3d.lab.watch import Silent

        return Silent()
    from nnvis3d.lab.watch import Watch

    return Watch(model, optimizer, labels, input_shape, (host, port), key, steer)
