"""Panda3D's names of keys as imgui's."""

from imgui_bundle import imgui

_NAMED = {
    "arrow_left": "left_arrow",
    "arrow_right": "right_arrow",
    "arrow_up": "up_arrow",
    "arrow_down": "down_arrow",
    "page_up": "page_up",
    "page_down": "page_down",
    "home": "home",
    "end": "end",
    "insert": "insert",
    "delete": "delete",
    "backspace": "backspace",
    "enter": "enter",
    "escape": "escape",
    "tab": "tab",
    "space": "space",
}
_MODIFIERS = {"control": "ctrl", "shift": "shift", "alt": "alt", "meta": "super"}
_LETTERS = "acvxyz"
"""Those that a text field knows as shortcuts."""


def _table() -> dict[str, tuple[imgui.Key, ...]]:
    table: dict[str, tuple[imgui.Key, ...]] = {
        name: (getattr(imgui.Key, key),) for name, key in _NAMED.items()
    }
    table |= {letter: (getattr(imgui.Key, letter),) for letter in _LETTERS}
    for name, key in _MODIFIERS.items():
        modifier = getattr(imgui.Key, f"mod_{key}")
        for prefix in ("", "l", "r"):
            side = "right" if prefix == "r" else "left"
            table[prefix + name] = (getattr(imgui.Key, f"{side}_{key}"), modifier)
    return table


IMGUI_KEYS = _table()
"""Panda3D's key name -> the imgui keys that it means. Characters arrive as text, not as keys."""
