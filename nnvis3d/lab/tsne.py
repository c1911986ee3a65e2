"""Exact t-SNE (van der Maaten and Hinton, JMLR 9, 2008), several pictures in one batch, one step at a time.

The gradient is computed without its N x N differences: with q = 1 / (1 + |a - b|^2), the forces on a point
are two weighted sums of (own place - other place), by P * q and by q * q / Z, and each is one matrix product.
In numpy, for the pictures are small: three times as fast as the same in PyTorch for a layer of 64 filters.
"""

import numpy as np

_BLOCK = 1 << 16
"""Entries of a block of rows: they stay in the processor's cache, and its matrix products on one thread."""
_MOMENTUM_EARLY, _MOMENTUM = 0.5, 0.8
_EARLY_STEPS = 250
EXAGGERATION = 12.0
"""Of P, while a picture finds its shape (section 3.4 has 4; later implementations 12)."""
_EXAGGERATED_STEPS = 50
_LONGEST_STEP = np.float32(5)
"""Of a point: a few of them at a high rate would fly off for ever (openTSNE's max_step_norm, its value)."""
_LEAST_GAIN = np.float32(0.01)
_FASTER, _SLOWER = np.float32(0.2), np.float32(0.8)


class Tsne:
    """L pictures of at most N points each, moved together."""

    def __init__(self, joint: list[np.ndarray], positions: list[np.ndarray], fresh: list[bool]):
        """
        Args:
            joint: per picture (n, n): `affinities.probabilities`.
            positions: per picture (n, 2): where the points begin.
            fresh: whether the picture has no shape yet: then it is exaggerated at first.
        """
        self.counts = [len(place) for place in positions]
        pictures, most = len(positions), max(self.counts)
        self._joint = np.zeros((pictures, most, most), np.float32)
        self._places = np.zeros((pictures, 2, most), np.float32)
        self._real = np.zeros((pictures, 1, most), np.float32)
        for k, place in enumerate(positions):
            self._places[k, :, : len(place)] = np.asarray(place).T
            self._real[k, :, : len(place)] = 1
            self.set_joint(k, joint[k])
        self._velocity, self._gains = np.zeros_like(self._places), np.ones_like(self._places)
        self._ages = [0 if new else _EARLY_STEPS for new in fresh]
        self._set_age()
        self._counts = np.array(self.counts, np.float32)[:, None, None]
        # left.T @ right = 1 + |a - b|^2
        self._left, self._right = np.ones((2, pictures, 4, most), np.float32)
        rows = max(1, min(most, _BLOCK // most))
        self._rows = [(start, min(start + rows, most)) for start in range(0, most, rows)]
        self._near = np.empty((pictures, rows, most), np.float32)
        self._pulled = np.empty((pictures, rows, most), np.float32)
        self._pull, self._push = np.empty((2, pictures, 3, most), np.float32)

    def set_joint(self, picture: int, joint: np.ndarray) -> None:
        """Other probabilities (n, n) for a picture; its points stay where they are."""
        self._joint[picture] = 0
        self._joint[picture, : len(joint), : len(joint)] = joint

    def places(self, picture: int) -> np.ndarray:
        """float32 (n, 2): a copy of where one picture's points are."""
        return np.ascontiguousarray(self._places[picture, :, : self.counts[picture]].T)

    def step(self, rate: float) -> None:
        """One step of gradient descent with momentum and gains (section 3.4) for all pictures."""
        gradient = self._gradient()
        same_way = (gradient * self._velocity) < 0
        gains, velocity = self._gains, self._velocity
        np.multiply(gains, _SLOWER, out=gains, where=~same_way)
        np.add(gains, _FASTER, out=gains, where=same_way)
        np.maximum(gains, _LEAST_GAIN, out=gains)
        velocity *= self._momentum
        velocity -= np.float32(4 * rate) * gains * gradient
        length = np.sqrt(np.square(velocity).sum(1, keepdims=True))
        velocity *= _LONGEST_STEP / np.maximum(length, _LONGEST_STEP)
        self._places += velocity
        self._places -= self._places.sum(2, keepdims=True) / self._counts
        self._places *= self._real
        if min(self._ages) < _EARLY_STEPS:
            self._ages = [age + 1 for age in self._ages]
            self._set_age()

    def _set_age(self) -> None:
        """Momentum and exaggeration (L, 1, 1) for the pictures' ages."""
        ages = np.array(self._ages)[:, None, None]
        self._momentum = np.where(ages < _EARLY_STEPS, _MOMENTUM_EARLY, _MOMENTUM).astype(np.float32)
        self._exaggeration = np.where(ages < _EXAGGERATED_STEPS, EXAGGERATION, 1).astype(np.float32)

    def _gradient(self) -> np.ndarray:
        """A quarter of it, (L, 2, N)."""
        places = self._places
        squares = np.einsum("lkn,lkn->ln", places, places)
        left, right = self._left, self._right
        np.multiply(places, -2, out=left[:, :2])
        left[:, 2] = squares + 1
        right[:, :2], right[:, 3] = places, squares
        others = right[:, :3] * self._real  # of the other points: place, and 1 for the sum of the weights
        total = self._forces(left.transpose(0, 2, 1), right, others)
        force = self._pull * self._exaggeration - self._push / total
        return (places * force[:, 2:] - force[:, :2]) * self._real

    def _forces(self, left: np.ndarray, right: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Fills `_pull` and `_push` (L, 3, N); Z (L, 1, 1)."""
        total = -self._counts  # without each point's own 1
        for start, end in self._rows:
            near, pulled = self._near[:, : end - start], self._pulled[:, : end - start]
            np.matmul(left[:, start:end], right, out=near)
            np.maximum(near, 1, out=near)  # far from the origin rounding makes it less, 0 even
            np.reciprocal(near, out=near)
            np.multiply(near, self._joint[:, start:end], out=pulled)
            self._pull[:, :, start:end] = others @ pulled.transpose(0, 2, 1)
            shared = others[:, 2:] @ near.transpose(0, 2, 1)  # (L, 1, rows): sums over the others
            total = total + (shared * self._real[:, :, start:end]).sum(2, keepdims=True)
            np.square(near, out=near)
            self._push[:, :, start:end] = others @ near.transpose(0, 2, 1)
        return np.maximum(total, 1e-12)

    def divergence(self, picture: int) -> float:
        """KL divergence of a picture from its probabilities (equation 2)."""
        count = self.counts[picture]
        return kl_divergence(self._joint[picture, :count, :count], self.places(picture))


def kl_divergence(joint: np.ndarray, places: np.ndarray) -> float:
    """KL(P || Q) of places (N, 2), Q by Student's t distribution."""
    squares = np.square(places).sum(1)
    near = 1 / (1 + np.maximum(squares[:, None] + squares[None] - 2 * (places @ places.T), 0))
    np.fill_diagonal(near, 0)
    share = np.maximum(near / max(near.sum(), 1e-12), 1e-12)
    return float((joint * np.log(np.maximum(joint, 1e-12) / share)).sum())
