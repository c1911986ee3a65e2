"""The viewer's side of a training that runs elsewhere: the same five methods as a lab of one's own."""

import contextlib
import threading
from dataclasses import replace

from nnvis3d.errors import UserError
from nnvis3d.lab.codec import MessageError, decode, encode
from nnvis3d.lab.wire import LARGEST, secure, zeromq
from nnvis3d.network.lab_commands import Command
from nnvis3d.network.lab_snapshot import LabSnapshot

_REFUSED = "somebody is there, but has another key, or none: give --key what the script gives to watch"


def address(text: str) -> tuple[str, int]:
    """ "host:7737" -> ("host", 7737).

    Raises:
        UserError: it is no address.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 1 <= int(port) <= 65534:
        raise UserError(f"--attach {text}: expected HOST:PORT, such as 127.0.0.1:7737")
    return host.strip("[]"), int(port)


class Attached:
    """Shows what a script sends that called `nnvis3d.watch`. It may come and go; ZeroMQ connects anew.
    That it has gone is the message of one more snapshot."""

    def __init__(self, host: str, port: int, key: str | None = None):
        """Raises UserError: no pyzmq, or the key is too short."""
        zmq = zeromq()
        self._context = zmq.Context()
        self._news, self._orders = self._context.socket(zmq.SUB), self._context.socket(zmq.PUSH)
        for socket in (self._news, self._orders):
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.RCVHWM, 1)  # only the newest
            socket.setsockopt(zmq.SNDHWM, 10)
            socket.setsockopt(zmq.MAXMSGSIZE, LARGEST)
            if key is not None:
                secure(socket, key, server=False)
        self._news.setsockopt(zmq.SUBSCRIBE, b"")
        self._news.setsockopt(zmq.RCVTIMEO, 100)
        refused = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
        self._lines = self._news.get_monitor_socket(zmq.EVENT_DISCONNECTED | refused)
        self._refused = 0
        where = f"[{host}]" if ":" in host else host
        self._where = f"{where}:{port}"
        self._news.connect(f"tcp://{self._where}")
        self._orders.connect(f"tcp://{where}:{port + 1}")
        self._latest: LabSnapshot | None = None
        self._new, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._read, name="attached", daemon=True)
        self.failure: BaseException | None = None

    def open(self) -> "Attached":
        """Begin to listen."""
        self._thread.start()
        return self

    def send(self, command: Command) -> None:
        """Ask for it; if nobody is there, it is forgotten."""
        zmq = zeromq()
        with contextlib.suppress(zmq.Again):
            self._orders.send(encode(command), zmq.NOBLOCK)

    def latest(self) -> LabSnapshot | None:
        return self._latest

    def wait(self, seconds: float) -> bool:
        came = self._new.wait(seconds)
        self._new.clear()
        return came

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        self._context.destroy(linger=0)

    def _read(self) -> None:
        zmq = zeromq()
        while not self._end.is_set():
            try:
                found = decode(self._news.recv())
            except zmq.Again:
                self._look_after_it()
                continue
            except MessageError as error:
                self.failure = UserError(f"what came is no snapshot of this program ({error})")
                continue
            if isinstance(found, LabSnapshot):
                self._latest, self.failure = found, None
                self._new.set()

    def _hear_the_line(self) -> bool:
        """Whether it was broken; whoever is there, but speaks with another key, ends it all."""
        from zmq.utils.monitor import parse_monitor_message

        zmq, broken = zeromq(), False
        while self._lines.poll(0):
            event = parse_monitor_message(self._lines.recv_multipart())["event"]
            # A script that ends at this very moment looks like one with another key, but not twice in turn.
            counts = {zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: 1, zmq.EVENT_DISCONNECTED: 0}
            self._refused += counts.get(event, 2)
            broken = True
        if self._refused > 1 and self._latest is None and self.failure is None:
            self.failure = UserError(f"{self._where}: {_REFUSED}")
            self._new.set()
        return broken

    def _look_after_it(self) -> None:
        """Where nothing comes: a script that is slow says nothing either, one that is gone has hung up."""
        gone = self._hear_the_line()
        last = self._latest
        if gone and last is not None:
            words = f"{self._where}: the training that was watched here has gone; waiting for it to come back"
            self._latest = replace(
                last,
                running=False,
                serial=last.serial + 1,
                message=words,
                message_serial=last.message_serial + 1,
            )
            self._new.set()
