"""How this program starts parts of itself, and when it listens to Ctrl+C."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess


@contextmanager
def late_interrupt() -> Iterator[None]:
    """Ctrl+C waits until this is over: an extension module that is half imported takes the process down, and
    a process that is half started prints a traceback of its own."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield  # only the main thread is interrupted, and none at all if it is ignored
        return
    heard: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)


def start_deaf(process: BaseProcess) -> None:
    """Start a process that never hears Ctrl+C, not even while Python begins in it: a terminal tells it to all
    of a program's processes, and it is the first one's to say what follows."""
    with late_interrupt():
        _start_blocked(process)


def _start_blocked(process: BaseProcess) -> None:
    if not hasattr(signal, "pthread_sigmask"):  # Windows: it has to refuse to listen once it runs
        process.start()
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # or `start` starts it, which ends with SIGINT no longer blocked
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which is handed down
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
