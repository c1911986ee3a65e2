"""From vectors to the probabilities that t-SNE starts from (van der Maaten and Hinton 2008, section 2)."""

import numpy as np

_TRIES = 60
_CLOSE = 1e-4
"""Of the entropy, in nats: the perplexity is right to a hundredth of a per cent."""


def squared_distances(rows: np.ndarray) -> np.ndarray:
    """float32 (N, N) of vectors (N, D), in units of their largest value, zeros on the diagonal. What is not
    finite counts as 0."""
    rows = np.nan_to_num(rows.astype(np.float32), posinf=0.0, neginf=0.0)
    rows = rows / max(float(np.abs(rows).max(initial=0.0)), 1e-30)
    centred = rows - rows.mean(0)
    squares = np.square(centred).sum(1)
    found = np.maximum(squares[:, None] + squares[None] - 2 * (centred @ centred.T), 0)
    np.fill_diagonal(found, 0)
    return found


def probabilities(
    distances: np.ndarray, perplexity: float, precision: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Joint probabilities float32 (N, N) of squared distances (N, N), sum 1, and each point's precision (N,).

    Each row's precision is found by bisection, so that the row has the wanted perplexity.

    Args:
        perplexity: at most a third of the other points (but 2 for few), or that is taken.
        precision: of a similar picture: where the search begins.
    """
    count = len(distances)
    if count < 3:
        return np.full((count, count), 0.5, np.float32) * (1 - np.eye(count, dtype=np.float32)), np.ones(
            count
        )
    wanted = np.log(max(1.01, min(perplexity, max((count - 1) / 3, 2.0), count - 1.01)))
    others = ~np.eye(count, dtype=bool)
    scaled = distances / max(distances.sum() / (count * (count - 1)), 1e-30)
    scaled = scaled - scaled.min(1, keepdims=True, where=others, initial=np.inf)  # no row of zeros after exp
    np.fill_diagonal(scaled, np.inf)
    finite = np.where(others, scaled, 0)
    beta = np.ones(count, np.float32) if precision is None or len(precision) != count else precision.copy()
    low, high = np.zeros(count, np.float32), np.full(count, np.inf, np.float32)
    for _ in range(_TRIES):
        rows = np.exp(-beta[:, None] * scaled)
        total = rows.sum(1)
        miss = np.log(total) + beta * np.einsum("ij,ij->i", rows, finite) / total - wanted
        if (np.abs(miss) < _CLOSE).all():
            break
        above = miss > 0  # too many neighbours: sharper
        low, high = np.where(above, beta, low), np.where(above, high, beta)
        with np.errstate(over="ignore"):
            beta = np.clip(np.where(np.isinf(high), beta * 2, (low + high) / 2), 1e-12, 1e12)
        beta = beta.astype(np.float32)
    conditional = rows / total[:, None]
    return ((conditional + conditional.T) / (2 * count)).astype(np.float32), beta


def random_places(count: int, seed: int) -> np.ndarray:
    """float32 (count, 2), close to the middle."""
    return 1e-2 * np.random.default_rng(seed).standard_normal((count, 2)).astype(np.float32)
