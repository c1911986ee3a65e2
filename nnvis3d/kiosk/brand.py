"""The picture that is seen while the exhibit is not: dark, calm, its name and logo. Drawn with Pillow."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from nnvis3d.kiosk.shaping import shaped
from nnvis3d.resources import resource

_GROUNDS = {"dark": ((19, 26, 40), (233, 239, 245)), "light": ((219, 224, 232), (24, 34, 47))}
"""Theme -> ground and text, sRGB."""
_LOGO_SHARE = 0.22
"""Of the picture's shorter side."""


def brand_picture(size: tuple[int, int], title: str, logo: Path | None = None, theme: str = "dark") -> bytes:
    """BGRA, rows from the top, of a picture of `size` pixels. A logo that cannot be read is left out."""
    ground, ink = _GROUNDS[theme]
    picture = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(picture)
    middle = size[1] / 2
    side = round(_LOGO_SHARE * min(size))
    mark = _logo(logo, side)
    if mark is not None:
        place = (size[0] - mark.width) // 2, round(middle) - mark.height
        picture.paste(mark, place, mark)
        middle += side * 0.35
    if title:
        font = _font(title, max(12, min(size) // 18))
        draw.text((size[0] / 2, middle), shaped(title), ink, font, anchor="mm")
    return picture.convert("RGBA").tobytes("raw", "BGRA")


def _logo(path: Path | None, side: int) -> Image.Image | None:
    if path is None:
        return None
    try:
        with Image.open(path) as image:
            image.thumbnail((2 * side, side))
            return image.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _font(text: str, size: int) -> ImageFont.FreeTypeFont:
    """The first of ours that has all the letters; where none has, the first."""
    names = ("NotoSans-SemiBold.ttf", "NotoSansJP-Medium.ttf", "NotoSansArabic-Medium.ttf")
    paths = [resource("assets", f"fonts/{name}") for name in names]
    letters = [c for c in shaped(text) if not c.isspace()]
    for path in paths:
        font = ImageFont.truetype(str(path), size)
        missing = font.getmask("\uffff").getbbox()
        if all(font.getmask(c).getbbox() != missing for c in letters):
            return font
    return ImageFont.truetype(str(paths[0]), size)
