"""All embeddings of a lab: warm-started, so that points keep their places while the network learns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.lab.affinities import probabilities, random_places, squared_distances
from nnvis3d.lab.features import Item
from nnvis3d.lab.tsne import Tsne, kl_divergence

LEAST_RATE = 0.1


@dataclass(eq=False)
class Picture:
    """One embedding."""

    places: np.ndarray
    """float32 (N, 2)."""
    joint: np.ndarray
    """float32 (N, N)."""
    precision: np.ndarray
    distances: np.ndarray
    """float32 (N, N), squared."""
    fresh: bool = True
    """Whether it has no shape yet."""


@dataclass(eq=False)
class _Batch:
    tsne: Tsne
    items: list[Item]


@dataclass
class Board:
    """Pictures by item, stepped together; those of about the same size in one batch."""

    perplexity: float = 5.0
    rate: float = 10.0
    paused: bool = False
    pictures: dict[Item, Picture] = field(default_factory=dict)
    _batches: list[_Batch] | None = None
    _remembered: dict[Item, np.ndarray] = field(default_factory=dict)

    def update(self, features: Mapping[Item, np.ndarray]) -> None:
        """New vectors (N, D) for exactly these pictures; those that were there keep their places."""
        for item in [item for item in self.pictures if item not in features]:
            self._remembered[item] = self.pictures.pop(item).places
            self._batches = None
        for item, rows in features.items():
            self._update_one(item, squared_distances(rows))

    def _update_one(self, item: Item, distances: np.ndarray) -> None:
        known = self.pictures.get(item)
        start = known.precision if known else None
        joint, precision = probabilities(distances, self.perplexity, start)
        if known is not None and len(known.places) == len(distances):
            known.joint, known.precision, known.distances = joint, precision, distances
            self._set_joint(item, joint)
            return
        old = known.places if known is not None else self._remembered.pop(item, None)
        places = random_places(len(distances), seed=len(distances))
        if old is not None:
            places[: len(old)] = old[: len(places)]
        self.pictures[item] = Picture(places, joint, precision, distances, fresh=old is None)
        self._batches = None

    def _set_joint(self, item: Item, joint: np.ndarray) -> None:
        for batch in self._batches or ():
            if item in batch.items:
                batch.tsne.set_joint(batch.items.index(item), joint)

    def set(self, perplexity: float | None, rate: float | None, paused: bool | None) -> None:
        """Raises UserError: a number that makes no sense."""
        if perplexity is not None and not 1 <= perplexity <= 500:
            raise UserError(f"perplexity: expected 1 to 500, got {perplexity:g}")
        if rate is not None and not LEAST_RATE <= rate <= 1000:
            raise UserError(f"rate: expected {LEAST_RATE} to 1000, got {rate:g}")
        self.rate = self.rate if rate is None else rate
        self.paused = self.paused if paused is None else paused
        if perplexity is not None and perplexity != self.perplexity:
            self.perplexity = perplexity
            for item, picture in self.pictures.items():
                self._update_one(item, picture.distances)

    def restart(self, layer: str | None) -> None:
        """Points of `layer` (None: of all) start anew."""
        for (name, _), picture in self.pictures.items():
            if layer in (None, name):
                picture.places, picture.fresh = random_places(len(picture.places), seed=1), True
        self._batches = None

    def without(self, layer: str, filters: tuple[int, ...]) -> None:
        """Filters of `layer` are gone: the others' points stay where they are."""
        for (name, _), picture in self.pictures.items():
            if name == layer:
                kept = np.setdiff1d(np.arange(len(picture.places)), filters)
                picture.places = picture.places[kept]
                picture.joint = picture.joint[np.ix_(kept, kept)]
                picture.distances = picture.distances[np.ix_(kept, kept)]
                picture.precision = picture.precision[kept]
        self._batches = None

    def put(self, places: Mapping[Item, np.ndarray]) -> None:
        """Points stand where they once stood, as far as there are as many."""
        for item, known in places.items():
            picture = self.pictures.get(item)
            if picture is None:
                self._remembered[item] = known
            elif len(known) == len(picture.places):
                picture.places, picture.fresh = known.copy(), False
        self._batches = None

    def step(self) -> None:
        """Every picture moves on by one step."""
        if self.paused or not self.pictures:
            return
        if self._batches is None:
            self._batches = self._batched()
        for batch in self._batches:
            batch.tsne.step(self.rate)
            for k, item in enumerate(batch.items):
                picture = self.pictures[item]
                picture.places, picture.fresh = batch.tsne.places(k), False

    def _batched(self) -> list[_Batch]:
        """Pictures whose sizes lie between the same two powers of two."""
        groups: dict[int, list[Item]] = {}
        for item, picture in self.pictures.items():
            groups.setdefault(max(4, len(picture.places) - 1).bit_length(), []).append(item)
        return [_Batch(self._tsne(items), items) for items in groups.values()]

    def _tsne(self, items: list[Item]) -> Tsne:
        chosen = [self.pictures[item] for item in items]
        joint, places = [p.joint for p in chosen], [p.places for p in chosen]
        return Tsne(joint, places, [p.fresh for p in chosen])

    @property
    def places(self) -> dict[Item, np.ndarray]:
        return {item: picture.places.copy() for item, picture in self.pictures.items()}

    def divergence(self, item: Item) -> float:
        picture = self.pictures[item]
        return kl_divergence(picture.joint, picture.places)

    def neighbours(
        self, item: Item, point: int, position: tuple[float, float], most: int = 4
    ) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """The points nearest to `position` without `point`, and their shares by inverse distance.

        Raises:
            UserError: the picture is not shown, or there are no others.
        """
        picture = self.pictures.get(item)
        if picture is None:
            raise UserError(f"{item[0]}: not embedded by {item[1]} now")
        if not 0 <= point < len(picture.places) or len(picture.places) < 2:
            raise UserError(f"{item[0]}: no filter {point} with neighbours")
        away = np.linalg.norm(picture.places - np.array(position, np.float32), axis=1)
        away[point] = np.inf
        nearest = np.argsort(away, kind="stable")[: min(most, len(away) - 1)]
        shares = 1 / np.maximum(away[nearest], 1e-6)
        shares /= shares.sum()
        return tuple(int(k) for k in nearest), tuple(float(share) for share in shares)
