"""The watched side: weights are copied now and then between two steps; a thread makes snapshots of the
copies and sends them."""

import contextlib
import sys
import threading
import time
from queue import Empty, SimpleQueue
from typing import Any

import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.lab.codec import MessageError, decode, encode
from nnvis3d.lab.curve import CurveBuilder
from nnvis3d.lab.watch_maker import Maker
from nnvis3d.lab.wire import LARGEST, gate, secure, zeromq
from nnvis3d.network import lab_commands as commands
from nnvis3d.network.lab_snapshot import (
    TrainingOptions,
)

SECONDS = 0.5
"""Between two snapshots at the least."""
_SHARE = 60
"""Copying waits at least so many times as long as it takes: below 2 % of the training's time."""
_ALLOWED = (
    commands.SetLearningRate,
    commands.SetMomentum,
    commands.SetWeightDecay,
    commands.Pause,
    commands.Start,
)


class Silent:
    """What all ranks but the first have."""

    def step(self, loss: object = None, images: torch.Tensor | None = None) -> None: ...

    def close(self) -> None: ...


class Watch:
    """One watched training. `step` is called by its thread, everything else happens on another."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | None,
        labels: tuple[str, ...],
        input_shape: tuple[int, int, int] | None,
        address: tuple[str, int],
        key: str | None,
        steer: bool,
    ):
        zmq = zeromq()
        self._model = (
            model.module if hasattr(model, "module") and isinstance(model.module, nn.Module) else model
        )
        self._optimizer, self._labels, self._shape = optimizer, labels, input_shape
        self._steer, self._paused = steer, threading.Event()
        self._step, self._examples, self._started = 0, 0, time.perf_counter()
        self._curve = CurveBuilder()
        # A busy machine that takes the processor away during a copy is no reason to copy more rarely; waiting
        # for a device is.
        on_device = any(p.device.type != "cpu" for p in model.parameters())
        self._spent = time.perf_counter if on_device else time.thread_time
        self._due, self._refused, self._refusals = 0.0, "", 0
        self._viewers = 0
        self._maker: Maker | None = None
        self._newest: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._commands: SimpleQueue[object] = SimpleQueue()
        self._image: torch.Tensor | None = None
        self._context = zmq.Context()
        self._gate = gate(self._context, key) if key is not None else None
        self._socket = self._context.socket(zmq.XPUB)
        self._inbox = self._context.socket(zmq.PULL)
        for socket in (self._socket, self._inbox):
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.SNDHWM, 1)  # a slow viewer loses frames
            socket.setsockopt(zmq.RCVHWM, 100)
            socket.setsockopt(zmq.MAXMSGSIZE, LARGEST)
            if key is not None:
                secure(socket, key, server=True)
        try:
            self.port = _bound(self._socket, self._inbox, address)
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            raise UserError(f"watch: cannot listen on {address[0]}:{address[1]} ({error})") from error
        self._thread = threading.Thread(target=self._work, name="nnvis3d-watch", daemon=True)
        self._thread.start()

    def step(self, loss: float | torch.Tensor | None = None, images: torch.Tensor | None = None) -> None:
        """After each optimiser step.

        Args:
            loss: of this step.
            images: the batch (B, C, H, W) that the model read, as it read it; the first is shown.
        """
        self._step += 1
        self._examples += len(images) if images is not None else 0
        if loss is not None:
            value = float(loss.detach()) if isinstance(loss, torch.Tensor) else float(loss)
            self._curve.add(self._step, value, 0, 0)
        if self._steer:
            self._obey(images)
        self._show(images)

    def _show(self, images: torch.Tensor | None) -> None:
        """Copy what a viewer is to see, if there is one and it is time."""
        now = time.perf_counter()
        if now < self._due or not self._viewers or not self._newest.empty():
            return
        if images is not None:
            self._image = images[0].detach().cpu().clone()
        if self._maker is None and not self._made():
            self._due = float("inf")
            return
        started = self._spent()  # tracing is not counted: it is done once
        self._newest.put(self._taken())
        self._due = time.perf_counter() + max(SECONDS, _SHARE * (self._spent() - started))

    def _made(self) -> bool:
        """Trace the model, once, on the training's own thread: torch.fx changes how all modules are called
        while it traces, and a forward pass on another thread would stumble over that."""
        try:
            self._maker = Maker(self._model, self._labels, self._shape, self._image)
        except Exception as error:  # the training goes on, whatever is wrong with its picture
            sys.stderr.write(f"nnvis3d.watch: this model cannot be shown ({error})\n")
        return self._maker is not None

    def _taken(self) -> dict[str, Any]:
        """Copies of what changes."""
        tensors = {name: t.detach().cpu().clone() for name, t in self._model.state_dict().items()}
        return {
            "tensors": tensors,
            "step": self._step,
            "curve": self._curve.curve,
            "options": self._options(),
            "running": not self._paused.is_set(),
        }

    def _options(self) -> TrainingOptions:
        if self._optimizer is None:
            return TrainingOptions()
        group = self._optimizer.param_groups[0]
        momentum = group.get("momentum", group.get("betas", (0.0,))[0])
        kind = type(self._optimizer).__name__.lower()
        return TrainingOptions(
            kind, float(group["lr"]), float(momentum), float(group.get("weight_decay", 0.0))
        )

    def _obey(self, images: torch.Tensor | None) -> None:
        """Do what viewers asked for, and wait while one wants a pause: it ends when the last of them goes."""
        while True:
            with contextlib.suppress(Empty):
                while True:
                    self._do(self._commands.get_nowait())
            if not self._viewers:
                self._paused.clear()
            if not self._paused.is_set():
                return
            self._show(images)
            time.sleep(0.05)

    def _do(self, command: object) -> None:
        if isinstance(command, commands.Pause | commands.Start):
            (self._paused.set if isinstance(command, commands.Pause) else self._paused.clear)()
            self._due = min(self._due, time.perf_counter()) if self._maker is not None else self._due
            return
        for group in self._optimizer.param_groups if self._optimizer is not None else ():
            if isinstance(command, commands.SetLearningRate) and 0 <= command.value <= 100:
                group["lr"] = command.value
            elif isinstance(command, commands.SetWeightDecay) and 0 <= command.value <= 100:
                group["weight_decay"] = command.value
            elif isinstance(command, commands.SetMomentum) and 0 <= command.value < 1:
                if "momentum" in group:
                    group["momentum"] = command.value
                elif "betas" in group:
                    group["betas"] = (command.value, *group["betas"][1:])

    def close(self) -> None:
        """No more snapshots; viewers are told nothing more."""
        self._newest.put(None)
        self._thread.join(5)
        if self._gate is not None:
            self._gate.stop()
        self._context.destroy(linger=0)

    # --- The sending thread ------------------------------------------------------------------------------

    def _work(self) -> None:
        zmq = zeromq()
        while True:
            self._listen(zmq)
            try:
                taken = self._newest.get(timeout=0.05)
            except Empty:
                continue
            if taken is None:
                return
            try:
                assert self._maker is not None
                message = self._refused, self._refusals
                snapshot = self._maker.snapshot(taken, self._image, *message, self._steer, self._rate())
                with contextlib.suppress(zmq.Again):
                    self._socket.send(encode(snapshot), zmq.NOBLOCK)
            except Exception as error:  # as above
                self._refuse(f"this model cannot be shown: {error}")

    def _rate(self) -> float:
        return self._examples / max(time.perf_counter() - self._started, 1e-9)

    def _listen(self, zmq: Any) -> None:
        """Who came and went, and what they ask."""
        with contextlib.suppress(zmq.Again):
            while True:
                note = self._socket.recv(zmq.NOBLOCK)
                self._viewers = 1 if note[:1] == b"\1" else 0  # XPUB tells the first and the last of a topic
        with contextlib.suppress(zmq.Again):
            while True:
                content = self._inbox.recv(zmq.NOBLOCK)
                with contextlib.suppress(MessageError):
                    self._ask(decode(content))

    def _ask(self, command: object) -> None:
        if not self._steer:
            self._refuse("this training does not let viewers steer: its script says watch(..., steer=True)")
        elif not isinstance(command, _ALLOWED):
            self._refuse(f"{type(command).__name__}: not of a training that runs elsewhere")
        else:
            self._commands.put(command)

    def _refuse(self, sentence: str) -> None:
        self._refused, self._refusals = sentence, self._refusals + 1


def _bound(publisher: Any, inbox: Any, address: tuple[str, int]) -> int:
    """Both sockets listen, on a port and on the next; port 0: on any free pair."""
    host, port = address
    if port:
        publisher.bind(f"tcp://{host}:{port}")
        inbox.bind(f"tcp://{host}:{port + 1}")
        return port
    zmq = zeromq()
    for _ in range(20):
        port = publisher.bind_to_random_port(f"tcp://{host}")
        try:
            inbox.bind(f"tcp://{host}:{port + 1}")
            return port
        except zmq.ZMQError:
            publisher.unbind(f"tcp://{host}:{port}")
    raise UserError(f"watch: no free ports on {host}")
