"""One thread for everything that a lab computes: the other cores belong to the window."""

import torch
from threadpoolctl import threadpool_limits


def on_one_thread() -> threadpool_limits:
    """PyTorch and numpy's BLAS work on one thread from now on; returns what undoes the latter.

    BLAS' threads wait for each other awake. Beside a window that keeps the other core busy, reading five
    embeddings took 19 ms instead of 1.5, of two cores. With more threads, sums come in another order as well.
    """
    torch.set_num_threads(1)
    return threadpool_limits(1, "blas")
