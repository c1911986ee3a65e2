"""How far a recording is, on stderr, where somebody looks at it."""

import sys
import threading

from tqdm import tqdm


class Progress:
    """A bar with the time that is left. Frames may be counted from any thread."""

    def __init__(self, frames: int, done: int = 0, quiet: bool = False):
        """
        Args:
            done: frames that an earlier run left.
        """
        self.frames = done
        self._lock = threading.Lock()
        self._bar = tqdm(
            total=frames,
            initial=done,
            unit="frame",
            file=sys.stderr,
            disable=quiet or not sys.stderr.isatty(),
            dynamic_ncols=True,
        )

    def advance(self, frames: int = 1) -> None:
        with self._lock:
            self.frames += frames
            self._bar.update(frames)

    def close(self) -> None:
        self._bar.close()
