"""How a recording is made."""

from fractions import Fraction

import msgspec

from nnvis3d.errors import UserError

QUALITIES = ("draft", "good", "best")
MOST_DRAWS = 256
"""Pictures that one frame is averaged of: so many sums of 255 fit into 16 bits."""


GIF_FPS = 50
"""A GIF's times are whole hundredths of a second, and of fewer than two browsers make ten."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides what the frames look like and how they are written. Travels to workers as JSON."""

    size: tuple[int, int]
    """Pixels: width, height."""
    fps: float
    container: str = "mp4"
    """"mp4", "webm", "gif", "webp" or "png"."""
    codec: str = "h264"
    """"h264", "vp9", "av1" or "" where the container has but one."""
    quality: str = "good"
    samples: int = 1
    """Pictures at different places within a pixel that are averaged."""
    blur: int = 1
    """Moments that are averaged while the shutter is open; 1: no motion blur."""
    shutter: float = 0.5
    """Share of a frame's time for which the shutter is open: 0.5 is a film camera's 180 degrees."""
    alpha: bool = False
    """Whether what is behind the network is transparent."""
    scale: float = 1.0
    """Of text and panels."""
    captions: bool = True
    """Whether words are drawn into the picture."""
    language: str = "en"

    @property
    def rate(self) -> Fraction:
        """Frames a second, exact: 29.97 is 30000/1001."""
        for base in (24, 30, 60, 120):
            if abs(self.fps - base * 1000 / 1001) < 0.004:
                return Fraction(base * 1000, 1001)
        return Fraction(self.fps).limit_denominator(1000)

    @property
    def draws(self) -> int:
        """Pictures that one frame is averaged of."""
        return self.samples * self.blur

    def check(self) -> None:
        """
        Raises:
            UserError: it cannot be recorded so; says what to do.
        """
        width, height = self.size
        if self.container in ("mp4", "webm") and (width % 2 or height % 2):
            raise UserError(
                f"--size {width}x{height}: {self.container} needs an even width and height, "
                f"such as {width + width % 2}x{height + height % 2}"
            )
        if self.container in ("mp4", "webm") and min(width, height) < 16:
            raise UserError(f"--size {width}x{height}: too small for {self.container}; at least 16x16")
        if self.container == "gif" and self.fps > GIF_FPS:
            raise UserError(f"--fps {self.fps:g}: a GIF shows at most {GIF_FPS} a second; .webp shows more")
        if self.draws > MOST_DRAWS:
            raise UserError(
                f"--samples {self.samples} times --blur {self.blur}: at most {MOST_DRAWS} together"
            )
        if self.alpha and self.container != "png":
            raise UserError("--alpha: only a PNG sequence keeps it; name a folder: --output frames/")
