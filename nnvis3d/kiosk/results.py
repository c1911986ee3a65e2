"""A visitor's picture to take home: a file in a folder that a web server publishes, and its QR code."""

import secrets
from pathlib import Path

import numpy as np
from PIL import Image

from nnvis3d.errors import UserError
from nnvis3d.kiosk.config import Network

QUIET_ZONE = 4
"""Modules of white around the code (ISO/IEC 18004)."""


class Results:
    """Writes pictures under names that nobody can guess; keeps the newest."""

    def __init__(self, network: Network, folder: Path):
        self._network, self._folder = network, folder

    def take(self, pixels: np.ndarray) -> np.ndarray:
        """Write a picture, uint8 (H, W, 3); the code for where it can be fetched, uint8 (n, n), 0 is black.

        Raises:
            UserError: it cannot be written.
        """
        name = f"{secrets.token_urlsafe(9)}.png"
        try:
            Image.fromarray(pixels).save(self._folder / name, optimize=True)
            self._forget()
        except OSError as error:
            raise UserError(
                f"{self._folder}: a picture cannot be written ({error.strerror or error})"
            ) from error
        return code_of(f"{self._network.results_url.rstrip('/')}/{name}")

    def _forget(self) -> None:
        """The oldest beyond so many: nobody fetches them any more."""
        found = sorted(self._folder.glob("*.png"), key=lambda path: path.stat().st_mtime)
        for path in found[: -self._network.results_keep]:
            path.unlink(missing_ok=True)


def code_of(text: str) -> np.ndarray:
    """The QR code of `text`, uint8 (n, n), one pixel a module, its quiet zone included."""
    import segno

    rows = segno.make(text, micro=False, error="m").matrix_iter(border=QUIET_ZONE)
    return np.array([[0 if dark else 255 for dark in row] for row in rows], np.uint8)
