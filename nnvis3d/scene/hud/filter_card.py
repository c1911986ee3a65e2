"""What the card beside a point of an embedding is told."""

from dataclasses import dataclass

from nnvis3d.network.filter_pictures import Sheet


@dataclass(frozen=True)
class FilterCard:
    """What is said about a filter."""

    title: str
    lines: tuple[str, ...]
    x: float
    """The pointer's place, pixels."""
    y: float
    channels: Sheet | None = None
    """Of one filter: a picture for each channel that it reads."""
