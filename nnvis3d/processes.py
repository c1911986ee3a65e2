"""How this program starts parts of itself."""

import signal
from multiprocessing.process import BaseProcess


def start_deaf(process: BaseProcess) -> None:
    """Start a process that never hears Ctrl+C, not even while Python begins in it: a terminal tells it to all
    of a program's processes, and it is the first one's to say what follows."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows: it has to refuse to listen once it runs
        process.start()
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which is handed down
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
