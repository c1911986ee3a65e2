"""What the C library does with memory that is freed: keep it for what comes next, or hand it back.

Both ask GNU's C library; elsewhere nothing is done.
"""

import contextlib
import ctypes
import gc

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MOST_POOLS = -1, -3, -8  # of mallopt(3)
_KEPT_BYTES = 64 << 20


def keep_freed(one_pool: bool = False) -> None:
    """Let the process keep what is freed, up to 64 MB, for the next pass of a network to use.

    A large network's activations come and go in megabytes, and by itself the library hands each back to the
    system at once: the next pass then waits for thousands of fresh pages, a tenth of its time.

    Args:
        one_pool: threads that start from now on share the first one's memory: where one of them does all the
            work, a pool of its own, which shrinks and grows with every step, costs it a tenth of its time.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        library.mallopt(_MMAP_THRESHOLD, _KEPT_BYTES)
        if one_pool:
            library.mallopt(_MOST_POOLS, 1)


def give_back() -> None:
    """Hand free pages to the system: what an exhibit's busiest visitor needed is not to be kept for months.

    Takes a few milliseconds; for moments in which nobody looks closely.
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
