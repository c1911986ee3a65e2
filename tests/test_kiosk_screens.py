"""The kiosk's screens: millimetres, reach, nothing cut off, contrast; and as golden pictures.

The golden pictures are made anew with

    NNVIS3D_UPDATE_GOLDEN=1 pytest tests/test_kiosk_screens.py
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from nnvis3d.kiosk.catalogue import catalogues
from nnvis3d.kiosk.config import KioskConfig, Sound
from nnvis3d.kiosk.config_shown import LANGUAGES
from nnvis3d.kiosk.shaping import shaped
from nnvis3d.scene.host import Host
from nnvis3d.scene.hud.kiosk_face import KioskFace, kiosk_theme
from nnvis3d.scene.hud.kiosk_layout import CAPITAL_MM, TARGET_MM, KioskScreen, covered, flow, kiosk_layout
from nnvis3d.scene.hud.kiosk_screens import NIGHT, closed_ink
from nnvis3d.scene.hud.kiosk_state import KioskState
from nnvis3d.scene.imgui_fonts import CAP
from nnvis3d.scene.overlay import Overlay, overlaps
from nnvis3d.scene.shaders import ShaderLibrary
from nnvis3d.scene.theme import DARK, LIGHT, contrast, over
from nnvis3d.tools.kiosk_knock import ServiceDoor
from nnvis3d.tools.kiosk_presenter import Facts, KioskPresenter
from nnvis3d.tools.kiosk_visit import Visit
from tests.images import assert_golden
from tests.kiosk_page import PIN, Page, config, opened

SCREENS = {
    "24 inch": ((1920, 1080), 527, 296, 800),
    "24 inch upright": ((1080, 1920), 296, 527, 700),
    "13 inch": ((1920, 1080), 294, 165, 900),
    "13 inch upright": ((1080, 1920), 165, 294, 900),
    "55 inch 4K": ((3840, 2160), 1210, 680, 700),
    "55 inch 4K upright": ((2160, 3840), 680, 1210, 500),
}
"""Name -> pixels, width, height, height above the floor."""


@pytest.fixture(scope="module")
def overlay() -> Iterator[Overlay]:
    host = Host((64, 64), offscreen=True)
    over_it = Overlay(host.output, ShaderLibrary(host.gsg))
    yield over_it
    over_it.destroy()
    host.close()


def states(presenter: KioskPresenter, language: str) -> dict[str, KioskState]:
    """Every screen, as full as it can be."""
    chosen = presenter.config
    visit, door = Visit(chosen), ServiceDoor(chosen.service)
    facts = Facts(
        guesses=(("8", 0.5012), ("3", 0.4)),
        drawn=True,
        asked=(400, -12.34),
        won=True,
        running="0.31 × 0.2 = 1.23",
        volume=1.0,
        totals={"status_restarts": "12345", "status_uptime": "1234:56", "status_frame": "12.3 / 45.6 ms"},
    )
    visit.language = language
    found = {"attract": presenter.state(visit, door, facts)}
    visit.begin()
    visit.language = language
    for screen in ("draw", "guide", "challenge"):
        visit.show(screen)
        for step in range(5 if screen == "guide" else 1):
            visit.step = step
            found[f"{screen}{step}"] = presenter.state(visit, door, facts)
    visit.idle = 75.0
    found["warning"] = presenter.state(visit, door, facts)
    door.open()
    found["pin"] = presenter.state(visit, door, facts)
    for figure in PIN:
        door.key(figure)
    found["service"] = presenter.state(visit, door, facts)
    door.calibrate()
    found["calibration"] = presenter.state(visit, door, facts)
    return found


class Recorder:
    """Hears every text and every place that a face draws: what is drawn, and where."""

    def __init__(self, face: KioskFace):
        self.texts: list[tuple[str, float, float, float, float]] = []
        ui = face._ui
        draw = ui.text

        def text(x, y, text, size="small", *args, align=0.0, bold=False, **named):
            width = ui.width(text, size, bold)
            em = ui.theme.em(size)
            left = x - align * width
            self.texts.append((text, left, y - CAP * em / 2, left + width, y + CAP * em / 2))
            return draw(x, y, text, size, *args, align=align, bold=bold, **named)

        ui.text = text  # type: ignore[method-assign]


@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_in_every_language_fits(overlay, name):
    """Targets are large enough, apart, within reach; no text leaves the picture or is cut off."""
    pixels, wide, high, bottom = SCREENS[name]
    chosen = config(wide, high)
    chosen = type(chosen)(**{**vars(chosen), "screen": type(chosen.screen)(wide, high, bottom)})
    chosen = replace(chosen, sound=Sound(enabled=True))
    presenter = KioskPresenter(chosen, catalogues(chosen))
    screen = KioskScreen(pixels, wide, high, chosen.screen.reach, chosen.visit.pad_mm)
    face = KioskFace(overlay, DARK, screen, presenter.button_texts(), presenter.languages)
    heard = Recorder(face)
    mm = screen.scale
    low, top = high - screen.reach[0], high - screen.reach[1]
    for language in LANGUAGES:
        for kind, state in states(presenter, language).items():
            heard.texts.clear()
            face.update(0.1, state)
            where = f"{name}, {language}, {kind}"
            places = face.places
            assert places, where
            for thing, (left, upper, right, lower) in places.items():
                assert min(right - left, lower - upper) >= TARGET_MM * mm - 1, (
                    f"{where}: {thing} is too small"
                )
                assert 0 <= left < right <= pixels[0] and 0 <= upper < lower <= pixels[1], f"{where}: {thing}"
                assert upper >= top * mm - 1 and lower <= low * mm + 1, f"{where}: {thing} is out of reach"
            boxes = [box for thing, box in places.items() if thing != "kiosk_stay"]
            for k, one in enumerate(boxes):
                assert not any(overlaps(one, other) for other in boxes[k + 1 :]), where
            for text, left, upper, right, lower in heard.texts:
                assert left >= -1 and right <= pixels[0] + 1, f"{where}: {text!r} leaves the picture"
                assert upper >= 0 and lower <= pixels[1], f"{where}: {text!r} leaves the picture"
            said = "".join(text for text, *_ in heard.texts).replace(" ", "")
            for text in (state.title, state.text):
                lines = [shaped(word).replace(" ", "") for word in text.split()]
                assert all(line in said or language in ("ar", "ja") for line in lines), (
                    f"{where}: {text!r} is cut"
                )
            assert "…" not in said.replace("⋯", "") or "…" in state.title + state.text, where
            header = face.pixels(face.layout.header)
            if state.service is None and kind != "calibration":
                inside = [
                    t for t in heard.texts if header[0] <= t[1] and t[2] < header[3] and t[3] <= header[2] + 1
                ]
                assert inside, where
                assert max(t[4] for t in inside) <= header[3] + 1, f"{where}: the header overflows"
                left, upper, right, lower = face.pixels(face.layout.answer)
                inside = [
                    t for t in heard.texts if left <= t[1] and t[3] <= right and upper < t[4] and t[2] < lower
                ]
                assert any(t[0] == state.answer.digit for t in inside), where
                assert all(t[2] >= upper and t[4] <= lower for t in inside), f"{where}: {inside}"


def test_capitals_are_high_enough_on_every_screen():
    for pixels, wide, high, _ in SCREENS.values():
        screen = KioskScreen(pixels, wide, high, (0, high))
        theme = kiosk_theme(DARK, screen)
        assert CAP * theme.em("small") / screen.scale >= CAPITAL_MM - 0.5 / screen.scale


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_what_is_read_has_contrast(theme):
    ground = over(theme.panel_solid, theme.backdrop)
    chosen = over((*theme.accent[:3], round(0.16 * 255)), ground)
    filled = over((*theme.accent[:3], round(0.86 * 255)), ground)
    for ink in (theme.text, theme.muted, theme.accent):
        assert contrast(ink, ground) >= 4.5
        assert contrast(ink, theme.backdrop) >= 4.5
    assert contrast(theme.accent, chosen) >= 4.5
    assert contrast(theme.on_accent, filled) >= 4.5


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("dim", [0.0, 0.5, 0.79, 0.8, 0.97, 1.0])
def test_what_is_read_while_it_is_closed_has_contrast(theme, dim):
    card = over(theme.panel_solid, over((0, 0, 0, round(255 * dim)), theme.backdrop))
    dark = [over((0, 0, 0, round(255 * dim)), one) for one in (theme.backdrop, theme.panel_solid)]
    for ground in dark if dim >= NIGHT else [card]:
        assert contrast(closed_ink(theme, dim), ground) >= 4.5


def test_the_pad_and_all_controls_are_within_reach_on_a_tall_screen():
    screen = KioskScreen((1080, 1920), 680, 1210, (0.0, 719.0), 300)
    layout = kiosk_layout(screen, 2, 1)
    for box in (layout.pad, layout.controls, layout.languages):
        assert box[1] >= 1210 - 719 and box[3] <= 1210
    assert layout.pad[2] - layout.pad[0] == pytest.approx(layout.pad[3] - layout.pad[1])
    low = kiosk_layout(KioskScreen((1080, 1920), 680, 1210, (181.0, 1019.0), 300), 2, 1)
    assert low.languages[3] <= 1210 - 181


def test_a_picture_of_another_shape_is_filled():
    assert covered((1920, 1080), 527, 296) == (527, 296), "pixels are never quite square"
    wide, high = covered((1024, 768), 527, 296)
    assert wide == pytest.approx(527) and high == pytest.approx(527 * 0.75)
    wide, high = covered((2560, 1080), 527, 296)
    assert high == pytest.approx(296) and wide > 700


def test_rows_are_balanced_and_complete():
    assert flow([3, 3, 3, 3, 3], 12, 0) == [[0, 1], [2, 3, 4]] or len(flow([3, 3, 3, 3, 3], 12, 0)[0]) == 3
    assert flow([20, 3], 12, 1) == [[0], [1]]
    for row in flow([5] * 7, 21, 1):
        assert len(row) <= 3


# As it looks.

GOLDEN = {"landscape": ((768, 432), 527, 296), "portrait": ((432, 768), 296, 527)}


@pytest.fixture(scope="module", params=GOLDEN)
def page(request) -> Iterator[tuple[str, Page]]:
    size, wide, high = GOLDEN[request.param]
    with opened(size, config(wide, high)) as found:
        yield request.param, found


@pytest.mark.parametrize("language", ["en", "ja", "ar"])
def test_golden(page, tmp_path, language):
    orientation, kiosk = page

    def compare(screen: str) -> None:
        picture = kiosk.picture()
        assert picture.std() > 8, "something is lit"
        assert_golden(picture, f"kiosk-{screen}-{language}-{orientation}", tmp_path)

    kiosk.fresh(language)
    kiosk.exhibit.front._time = 0.0
    kiosk.pass_time(1.6)
    compare("attract")
    kiosk.visit(language)
    kiosk.draw(3)
    kiosk.pass_time(3)
    still(kiosk)
    compare("draw")
    kiosk.exhibit.visit.idle = 75.0
    still(kiosk)
    compare("warning")
    kiosk.exhibit.visit.idle = 0.0
    kiosk.exhibit.door.open()
    for figure in PIN:
        kiosk.exhibit.door.key(figure)
    kiosk.exhibit.report.totals = {"visitors": 1234, "strokes": 9876, "restarts": 2}
    kiosk.exhibit.report.errors = ["10:00:03 exhibit restarts freeze"]
    kiosk.exhibit.report.uptime = 3600.0
    kiosk.exhibit.report.times = type(kiosk.exhibit.report.times)()
    still(kiosk)
    compare("service")
    kiosk.exhibit.door.close()


def still(kiosk: Page) -> None:
    """The inviting button at the same breath, and the warning at the same second, each time."""
    kiosk.exhibit.front._time = 0.0
    for _ in range(12):
        kiosk.app.tick(1e-4)


def test_each_language_and_screen_looks_different(page):
    _, kiosk = page
    pictures = []
    for language in ("en", "de", "ja", "ar"):
        kiosk.visit(language)
        still(kiosk)
        pictures.append(kiosk.picture())
    for k, one in enumerate(pictures):
        assert not any(np.array_equal(one, other) for other in pictures[k + 1 :])


def test_the_default_screen_is_one_of_those():
    screen = KioskConfig().screen
    assert (screen.width_mm, screen.height_mm) == (527, 296)
