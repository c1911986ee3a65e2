"""The one file of an exhibit: what it may say, and that an error names the line."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import get_type_hints

import pytest

from nnvis3d.errors import UserError
from nnvis3d.kiosk.config import KioskConfig, Screen
from nnvis3d.kiosk.config_file import default_config, read_config
from nnvis3d.kiosk.opening import span
from tests.program import refusal  # noqa: F401


def written(tmp_path, text: str):
    path = tmp_path / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_that_ships_says_every_option_with_its_default():
    config = read_config(default_config())
    assert config == KioskConfig(base=config.base)
    text = default_config().read_text(encoding="utf-8")
    for table, kind in get_type_hints(KioskConfig).items():
        if not is_dataclass(kind):
            continue
        assert f"[{table}]" in text
        for one in fields(kind):
            if one.name not in ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "title", "texts"):
                assert f"{one.name} =" in text, f"{table}.{one.name}"


WRONG = {
    "no table": ("exhibitt = 1", 1, "exhibitt"),
    "no key": ("[visit]\n\nidle = 5", 3, "visit.idle"),
    "a word for a number": ('\n[screen]\nwidth_mm = "wide"', 3, "width_mm"),
    "too small": ("[screen]\nwidth_mm = 5", 2, "150"),
    "out of reach": ("[screen]\nheight_mm=300\nbottom_mm = 2000", 3, "reach"),
    "a short warning": ("[visit]\nidle_seconds = 60\nwarning_seconds = 5", 3, "20"),
    "one digit twice": ("[visit]\nchallenges = [[4, 9], [3, 3]]", 2, "3"),
    "three digits": ("[visit]\nchallenges = [[4, 9, 1]]", 2, "challenges"),
    "no language": ('[languages]\noffered = ["en", "xx"]', 2, "xx"),
    "a language that is not offered": ('[languages]\noffered=["en"]\ndefault = "de"', 3, "de"),
    "no hours": ('[hours]\nmon = "9 to 5"', 2, "9 to 5"),
    "a short pin": ('[service]\npin = "12"', 2, "pin"),
    "a pin of letters": ('[service]\npin = "١٢٣٤"', 2, "pin"),
    "no corner": ('[service]\ncorner = "middle"', 2, "corner"),
    "no theme": ('[exhibit]\ntheme = "pink"', 2, "theme"),
    "a logo that is not there": ('[exhibit]\nlogo = "none.png"', 2, "none.png"),
    "results without a place": ("[network]\nresults = true", 2, "results_folder"),
    "a port of the system": ("[network]\nmetrics_port = 80", 2, "1024"),
    "louder than loud": ("[sound]\nenabled = true\nvolume = 11", 3, "volume"),
    "freezing for long": ("[watch]\nfreeze_seconds = 30", 2, "10"),
    "not a number": ("[visit]\nidle_seconds = nan", 2, "idle_seconds"),
    "the same key twice": ("[visit]\nguide = true\nguide = true", 3, "line 3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_line(tmp_path, name):
    text, line, word = WRONG[name]
    with pytest.raises(UserError) as error:
        read_config(written(tmp_path, text))
    said = str(error.value)
    assert "\n" not in said and f"line {line}" in said and word in said and "kiosk.toml" in said


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[screen", b"x" * 100_000, b"a = [" * 5000])
def test_what_is_no_toml_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "kiosk.toml"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        read_config(path)
    assert str(error.value).count("\n") == 0 and len(str(error.value)) < 500


def test_a_file_that_is_not_there_and_a_wrong_text_are_refused(refusal, tmp_path):  # noqa: F811
    assert "nothing.toml" in refusal("kiosk", "--config", tmp_path / "nothing.toml", "--folder", tmp_path)
    own = written(tmp_path, '[exhibit.texts]\nen = { draw_prompt = "Draw {what}" }')
    assert "{what}" in refusal("kiosk", "--config", own, "--check")
    own = written(tmp_path, '[exhibit.texts]\nen = { no_such_text = "?" }')
    assert "no_such_text" in refusal("kiosk", "--config", own, "--check")


def test_reach_is_what_lies_between_the_heights():
    assert Screen(bottom_mm=900).reach == (0, 296)
    assert Screen(height_mm=1200, bottom_mm=300).reach == (81, 919)


def test_a_screen_that_is_turned_hangs_at_the_same_place():
    lying = Screen(width_mm=527, height_mm=297, bottom_mm=900)
    standing = lying.turned
    assert (standing.width_mm, standing.height_mm, standing.bottom_mm) == (297, 527, 785)
    assert standing.turned == lying
    high = Screen(width_mm=400, height_mm=300, bottom_mm=1129)
    assert high.turned.bottom_mm == 1079
    narrow = Screen(width_mm=600, height_mm=120, bottom_mm=1000)
    assert narrow.turned is narrow, "120 mm are no width for it"


@pytest.mark.parametrize(
    ("hours", "moment", "open_", "opens"),
    [
        ({"every_day": "10:00-18:00"}, "2026-11-23 09:59", False, "10:00"),
        ({"every_day": "10:00-18:00"}, "2026-11-23 10:00", True, ""),
        ({"every_day": "10:00-18:00"}, "2026-11-23 18:00", False, "10:00"),
        ({"every_day": "10:00-18:00", "mon": ""}, "2026-11-23 12:00", False, "10:00"),
        ({"fri": "18:00-01:30"}, "2026-11-28 01:29", True, ""),
        ({"fri": "18:00-01:30"}, "2026-11-28 01:30", False, "18:00"),
        ({}, "2026-11-23 03:00", True, ""),
    ],
)
def test_opening_hours(hours, moment, open_, opens):
    from nnvis3d.kiosk.config import Hours

    timetable = Hours(**hours).timetable
    now = datetime.fromisoformat(moment)
    assert timetable.is_open(now) == open_ and timetable.opens(now) == opens


@pytest.mark.parametrize("text", ["", "10-18", "25:00-26:00", "10:00-10:00", "10:00", "24:01-24:02"])
def test_what_are_no_hours(text):
    with pytest.raises(ValueError):
        span(text)
