"""Distributions of times, and where a pixel of the pad is."""

import time
from collections.abc import Callable, Sequence

import numpy as np

Distribution = dict[str, float]


def distribution(milliseconds: Sequence[float]) -> Distribution:
    """Median and 95th percentile of times, rounded to a microsecond."""
    values = np.asarray(milliseconds)
    return {"median": round(float(np.median(values)), 3), "p95": round(float(np.percentile(values, 95)), 3)}


def timed(action: Callable[[], object]) -> float:
    """Milliseconds that `action` takes."""
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000
