"""Says before it happens that a network is too large for this machine's memory."""

import os
from typing import TYPE_CHECKING

from nnvis3d.errors import UserError

if TYPE_CHECKING:
    from nnvis3d.runtime.tracing.draft import Draft

BYTES = 16
"""A neuron takes in the whole program: its value in two frames, texels, and what draws them."""
MOST = 1 << 30
"""Neurons: positions in textures and files are 32-bit numbers."""


def available_memory() -> int:
    """Bytes that can still be had; a great many where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 1 << 62


def check_memory(drafts: "list[Draft]", where: str) -> None:
    """
    Raises:
        UserError: the layers so far cannot be kept in memory.
    """
    count = 1
    for length in drafts[-1].shown.shape:
        count *= length
    if count < 1_000_000 and len(drafts) % 16:  # asking the system costs more than a small layer
        return
    neurons = sum(_size(draft.shown.shape) for draft in drafts)
    available = available_memory()
    if neurons > MOST or neurons * BYTES > available:
        raise UserError(
            f"{where}: with it the network has {neurons:,} activations, which take about "
            f"{neurons * BYTES / 2**30:.1f} GB; this machine has {available / 2**30:.1f} GB free: "
            f"give a smaller input (--input-shape CxHxW)"
        )


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size
