"""The overlay's letters: Noto Sans in two weights, with the arrows and sums of Noto Sans Math merged in."""

from dataclasses import dataclass

from imgui_bundle import imgui

from nnvis3d.resources import resource

LINE = 1.362
"""Height of a line of Noto Sans in ems (ascent 1.069, descent 0.293): imgui's font size is this."""
ASCENT = 1.069
CAP = 0.714
"""Height of a capital and of a figure, in ems."""


@dataclass(frozen=True)
class Fonts:
    """The two weights, as imgui knows them; each is drawn at any size."""

    regular: imgui.ImFont
    bold: imgui.ImFont


def load_fonts() -> Fonts:
    """Load into imgui's current context."""
    return Fonts(_load("NotoSans-Regular.ttf"), _load("NotoSans-SemiBold.ttf"))


def _load(name: str) -> imgui.ImFont:
    atlas = imgui.get_io().fonts
    config = imgui.ImFontConfig()
    # Without snapping, letters stand at fractions of a pixel and look blurred at 15 px.
    config.pixel_snap_h = False
    font = atlas.add_font_from_file_ttf(str(resource("assets", f"fonts/{name}")), 20.0, config)
    more = imgui.ImFontConfig()
    more.merge_mode = True
    atlas.add_font_from_file_ttf(str(resource("assets", "fonts/NotoSansMath-Regular.ttf")), 20.0, more)
    return font
