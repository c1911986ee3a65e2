"""How the C library keeps memory that PyTorch gives back."""

import contextlib
import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MOST_POOLS = -1, -3, -8  # of mallopt(3)
_KEPT_BYTES = 64 << 20


def keep_freed_memory(one_pool: bool = False) -> None:
    """Let the process keep what is freed, up to 64 MB, for the next pass to use.

    A large network's activations come and go in megabytes, and GNU's C library hands each back to the system
    at once: the next pass then waits for thousands of fresh pages, a tenth of its time. Elsewhere nothing is
    done.

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
