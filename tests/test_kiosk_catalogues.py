"""The exhibit's words: complete in every language, with letters for all of them, nothing cut off anywhere."""

from functools import cache

import pytest
from fontTools.ttLib import TTFont

from nnvis3d.kiosk.catalogue import braces, catalogues, characters, shipped
from nnvis3d.kiosk.config import Exhibit, KioskConfig
from nnvis3d.kiosk.config_shown import LANGUAGES
from nnvis3d.kiosk.shaping import shaped
from nnvis3d.resources import resource


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_text_with_the_same_things_to_fill_in(language):
    texts, english = shipped(language).texts, shipped("en").texts
    assert list(texts) == list(english)
    for key, text in texts.items():
        assert braces(text) == braces(english[key]), key
        assert text.strip() == text and text, key
        if language != "en" and len(text) > 22:
            assert text != english[key], f"{key} is not translated"


@cache
def letters(*names: str) -> frozenset[int]:
    fonts = [TTFont(str(resource("assets", f"fonts/{name}"))) for name in names]
    return frozenset(code for font in fonts for code in font.getBestCmap())


def test_every_character_of_every_text_is_in_the_fonts():
    for weight in ("Regular", "SemiBold"):
        have = letters(f"NotoSans-{weight}.ttf", "NotoSansJP-Medium.ttf", "NotoSansArabic-Medium.ttf")
        assert not [c for c in characters() if ord(c) not in have]


def test_merged_fonts_have_the_line_of_noto_sans_or_their_letters_would_be_smaller():
    for name in ("NotoSansJP-Medium.ttf", "NotoSansArabic-Medium.ttf"):
        font = TTFont(str(resource("assets", f"fonts/{name}")))
        assert (font["hhea"].ascent, font["hhea"].descent, font["head"].unitsPerEm) == (1069, -293, 1000)


def test_arabic_is_joined_and_turned_around():
    # "سلام": seen, lam and alef joined to one sign, meem; from the left end as drawn: meem, lam-alef, seen
    assert shaped("سلام") == "\ufee1\ufefc\ufeb3"
    # figures keep their direction, and the sentence begins at the right
    assert shaped("من 0 إلى 19").startswith("19 ") and shaped("من 0 إلى 19").endswith("\ufee6\ufee3")
    assert shaped("plain 3 text") == "plain 3 text"


def test_an_exhibit_can_say_it_in_its_own_words():
    own = Exhibit(title={"de": "Hallo"}, texts={"en": {"clear": "Wipe"}})
    words = catalogues(KioskConfig(exhibit=own))
    assert words["de"].say("attract_title") == "Hallo"
    assert words["en"].say("clear") == "Wipe" and words["fr"].say("clear") == "Effacer"
