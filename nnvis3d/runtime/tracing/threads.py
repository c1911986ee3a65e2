"""Hears of threads that a network starts while it runs, and of work that it hands to a pool of them.

PyTorch's modes, and what a walk knows of where it is, hold for one thread only. So as long as a pass lasts,
whatever a heard thread hands to another one is wrapped by whoever listens.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

Adopt = Callable[[Callable], Callable]
"""Called on the thread that hands a function on: returns what the other thread is to run instead."""


@contextmanager
def hearing(adopt: Adopt) -> Iterator[None]:
    """As long as this lasts, `adopt` is given all that any thread of this process hands to another one."""
    own = threading.local()  # whether a pool is starting a thread: that waits for work, and is not work

    def submit(original: Callable, pool: ThreadPoolExecutor, function: Callable, /, *args, **kwargs):
        own.pool = getattr(own, "pool", 0) + 1
        try:
            return original(pool, adopt(function), *args, **kwargs)
        finally:
            own.pool -= 1

    def start(original: Callable, thread: threading.Thread):
        run = thread.run
        adopted = run if getattr(own, "pool", 0) else adopt(run)
        if adopted is not run:
            thread.run = adopted  # type: ignore[method-assign]
        return original(thread)

    listeners = [_listen(ThreadPoolExecutor, "submit", submit), _listen(threading.Thread, "start", start)]
    try:
        yield
    finally:
        for leave in listeners:
            leave()


def _listen(place: type, attribute: str, hear: Callable) -> Callable[[], None]:
    """Put `hear` before a method of a class; what is returned ends that. Several may listen at once, and
    need not leave in their order."""
    original = getattr(place, attribute)

    def listener(*args, **kwargs):
        if listener.left:  # type: ignore[attr-defined]
            return original(*args, **kwargs)
        return hear(original, *args, **kwargs)

    def leave() -> None:
        listener.left = True  # type: ignore[attr-defined]
        while getattr(now := getattr(place, attribute), "left", False):
            setattr(place, attribute, now.before)

    listener.left, listener.before = False, original  # type: ignore[attr-defined]
    setattr(place, attribute, listener)
    return leave
