"""Arabic as it is written: joined, from right to left. imgui and Pillow put one letter beside the next.

The letters become their presentation forms (arabic-reshaper), in the order in which they stand on the screen
(python-bidi, the Unicode Bidirectional Algorithm, UAX #9).
"""

from functools import lru_cache

from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display

RIGHT_TO_LEFT = frozenset({"ar"})
"""Languages."""
_RESHAPER = ArabicReshaper({"support_ligatures": True, "delete_harakat": True})


def is_arabic(text: str) -> bool:
    return any("\u0600" <= letter <= "\u06ff" or "\ufb50" <= letter <= "\ufeff" for letter in text)


@lru_cache(maxsize=2048)
def shaped(text: str) -> str:
    """One line of `text` as it is to be drawn from left to right; what is not Arabic stays as it is."""
    if not is_arabic(text):
        return text
    return get_display(_RESHAPER.reshape(text), base_dir="R")
