"""The overlay's letters: Noto Sans in two weights; merged in are Noto Sans Math, and Japanese and Arabic."""

from dataclasses import dataclass

from imgui_bundle import imgui

from nnvis3d.resources import resource

LINE = 1.362
"""Height of a line of Noto Sans in ems (ascent 1.069, descent 0.293): imgui's font size is this."""
ASCENT = 1.069
CAP = 0.714
"""Height of a capital and of a figure, in ems."""
MERGED = ("NotoSansMath-Regular.ttf", "NotoSansJP-Medium.ttf", "NotoSansArabic-Medium.ttf")
"""Where both weights look for letters that they do not have. imgui draws a letter when it is first used."""
LIGHT_HINTING = 1 << 3
"""ImGuiFreeTypeLoaderFlags_LightHinting, which the bindings do not name."""


@dataclass(frozen=True)
class Fonts:
    """The two weights, as imgui knows them; each is drawn at any size."""

    regular: imgui.ImFont
    bold: imgui.ImFont


def load_fonts() -> Fonts:
    """Load into imgui's current context."""
    return Fonts(_load("NotoSans-Regular.ttf"), _load("NotoSans-SemiBold.ttf"))


def _load(name: str) -> imgui.ImFont:
    font = imgui.get_io().fonts.add_font_from_file_ttf(_path(name), 20.0, _config())
    for other in MERGED:
        more = _config()
        more.merge_mode = True
        imgui.get_io().fonts.add_font_from_file_ttf(_path(other), 20.0, more)
    return font


def _config() -> imgui.ImFontConfig:
    """Letters on whole pixels, hinted up and down only: at 15 px crisp, and "rn" stays two letters."""
    config = imgui.ImFontConfig()
    config.pixel_snap_h = True
    config.font_loader_flags = LIGHT_HINTING
    return config


def _path(name: str) -> str:
    return str(resource("assets", f"fonts/{name}"))
