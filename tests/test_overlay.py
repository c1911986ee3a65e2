"""imgui's triangles through our own renderer: pixels where they should be, textures, input, memory."""

import os
from collections.abc import Iterator

import numpy as np
import panda3d.core as p3d
import pytest
from imgui_bundle import imgui

from nnvis3d.scene.host import Host
from nnvis3d.scene.overlay import Overlay
from nnvis3d.scene.shaders import ShaderLibrary

SIZE = (160, 100)
RED, GREEN, BLUE, WHITE = 0xFF0000FF, 0xFF00FF00, 0xFFFF0000, 0xFFFFFFFF


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host(SIZE, offscreen=True)
    host.output.set_clear_color((0.2, 0.4, 0.6, 1))
    yield host
    host.close()


@pytest.fixture
def overlay(host: Host) -> Iterator[Overlay]:
    overlay = Overlay(host.output, ShaderLibrary(host.gsg))
    yield overlay
    overlay.destroy()


def drawn(host: Host, overlay: Overlay, draw, builds: int = 2) -> np.ndarray:
    """What is on screen after `draw(list)` was built: uint8 (H, W, 3)."""
    for _ in range(builds):
        overlay.begin(1 / 60, SIZE)
        draw(imgui.get_background_draw_list())
        overlay.end()
    host.render()
    return host.picture()


def test_a_filled_rectangle_lands_on_its_pixels(host, overlay):
    picture = drawn(host, overlay, lambda to: to.add_rect_filled((10, 20), (50, 40), RED))
    red = (picture == (255, 0, 0)).all(axis=2)
    expected = np.zeros((100, 160), bool)
    expected[20:40, 10:50] = True
    assert (red == expected).all()
    assert (picture[~expected] == (51, 102, 153)).all()


def test_half_a_colour_is_laid_over_what_is_behind(host, overlay):
    picture = drawn(host, overlay, lambda to: to.add_rect_filled((0, 0), (9, 9), 0x80FFFFFF))
    assert np.abs(picture[4, 4].astype(int) - (153, 179, 204)).max() <= 1


def test_clip_rectangles_clip_and_several_are_one_draw_call(host, overlay):
    def draw(to):
        for left, color in ((10, RED), (60, GREEN)):
            to.push_clip_rect((left, 20), (left + 20, 40))
            to.add_rect_filled((0, 0), SIZE, color)
            to.pop_clip_rect()

    picture = drawn(host, overlay, draw)
    expected = np.full((100, 160, 3), (51, 102, 153))
    expected[20:40, 10:30] = (255, 0, 0)
    expected[20:40, 60:80] = (0, 255, 0)
    assert (picture == expected).all()
    assert overlay.draw_calls == 1


def test_a_picture_is_neither_turned_over_nor_transposed_nor_of_swapped_colours(host, overlay):
    pixels = np.array([[[250, 10, 20], [90, 90, 90], [10, 240, 30]], [[0, 0, 0], [20, 30, 230], [7, 8, 9]]])
    pixels = pixels.astype(np.uint8)

    def draw(to):
        to.add_image(overlay.textures.picture("patch", pixels), (30, 20), (60, 40))

    picture = drawn(host, overlay, draw)
    assert (picture[20:40, 30:60] == pixels.repeat(10, axis=0).repeat(10, axis=1)).all()


def test_a_picture_written_in_place_is_shown_when_its_serial_rises(host, overlay):
    pixels = np.zeros((4, 4), np.uint8)
    for serial, value, seen in ((0, 0, 0), (0, 200, 0), (1, 200, 200)):
        pixels[:] = value

        def draw(to, serial=serial):
            to.add_image(overlay.textures.picture("grey", pixels, serial), (0, 0), (8, 8))

        assert drawn(host, overlay, draw)[4, 4].tolist() == [seen] * 3


def test_a_texture_of_the_scene_is_drawn(host, overlay):
    texture = p3d.Texture("scene")
    texture.setup_2d_texture(1, 1, p3d.Texture.T_unsigned_byte, p3d.Texture.F_rgba8)
    texture.set_ram_image(bytes((30, 60, 90, 255)))  # BGRA
    picture = drawn(
        host, overlay, lambda to: to.add_image(overlay.textures.panda("t", texture), (0, 0), (8, 8))
    )
    assert picture[4, 4].tolist() == [90, 60, 30]


def test_pictures_that_nobody_draws_are_given_back(host, overlay):
    def draw(to):
        to.add_image(overlay.textures.picture("p", np.zeros((4, 4), np.uint8)), (0, 0), (8, 8))

    drawn(host, overlay, draw)
    assert len(overlay.textures) == 2  # with the letters
    drawn(host, overlay, lambda to: None)
    assert len(overlay.textures) == 1


def test_text_is_drawn_and_new_sizes_enlarge_the_atlas(host, overlay):
    def draw(to):
        for size in range(20, 120, 4):
            to.add_text(overlay.fonts.bold, size, (4, 4), WHITE, "0123456789 ∑λЖ")

    picture = drawn(host, overlay, draw, builds=3)
    lit = (picture == 255).all(axis=2)
    assert 400 < lit.sum() < 0.9 * lit.size
    assert not lit[:, :3].any()


@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_figures_are_as_wide_as_each_other_and_every_sign_has_a_glyph(overlay, weight):
    font = getattr(overlay.fonts, weight)
    overlay.begin(0.1, SIZE)
    imgui.push_font(font, 40.0)
    assert len({imgui.calc_text_size(figure).x for figure in "0123456789"}) == 1
    missing = [sign for sign in "AzéßœŁΣλЖ−×·≤≥→←↑↓∑≈∞…“”°±²\u2009" if not font.is_glyph_in_font(ord(sign))]
    imgui.pop_font()
    overlay.end()
    assert missing == []


def test_nothing_drawn_draws_nothing(host, overlay):
    drawn(host, overlay, lambda to: to.add_rect_filled((0, 0), (50, 50), BLUE))
    picture = drawn(host, overlay, lambda to: None)
    assert (picture == (51, 102, 153)).all()
    assert overlay.draw_calls == 0


def test_what_was_built_stays_without_building(host, overlay):
    before = drawn(host, overlay, lambda to: to.add_rect_filled((5, 5), (50, 50), GREEN))
    host.render()
    assert (host.picture() == before).all()


def press(overlay: Overlay) -> bool:
    """One build with a button in (20, 20)-(60, 40); whether it was pressed."""
    overlay.begin(0.1, SIZE)
    imgui.set_next_window_pos((20, 20))
    imgui.set_next_window_size((40, 20))
    imgui.begin("w", None, imgui.WindowFlags_.no_decoration.value)
    overlay.solid((20, 20, 60, 40))
    imgui.set_cursor_screen_pos((20, 20))
    pressed = imgui.invisible_button("b", (40, 20))
    imgui.end()
    overlay.end()
    return pressed


def test_a_press_and_a_release_in_one_tick_are_a_click(overlay):
    press(overlay)
    press(overlay)
    overlay.pointer(30, 30)
    overlay.button(0, True)
    overlay.button(0, False)
    assert any(press(overlay) for _ in range(3))


def test_the_pointer_belongs_to_the_panels_only_over_them(overlay):
    press(overlay)
    overlay.pointer(100, 80)
    assert not overlay.wants_pointer
    overlay.pointer(30, 30)
    assert overlay.wants_pointer
    overlay.leave()
    assert not overlay.wants_pointer


def test_a_drag_belongs_to_where_it_began(overlay):
    press(overlay)
    overlay.pointer(100, 80)
    overlay.button(0, True)
    overlay.pointer(30, 30)
    assert not overlay.wants_pointer
    overlay.button(0, False)
    assert overlay.wants_pointer
    overlay.button(0, True)
    overlay.pointer(100, 80)
    assert overlay.wants_pointer
    overlay.button(0, False)
    assert not overlay.wants_pointer


def test_a_stroke_beside_the_panels_asks_for_no_build(overlay):
    for _ in range(6):
        press(overlay)
    assert not overlay.restless
    for step in range(50):
        overlay.pointer(70 + step, 80)
    assert not overlay.restless
    overlay.pointer(30, 30)
    assert overlay.restless


def test_many_overlays_one_after_another_leave_nothing_behind(host):
    shaders = ShaderLibrary(host.gsg)
    regions = host.output.get_num_display_regions()
    sizes = []
    for cycle in range(40):
        overlay = Overlay(host.output, shaders)
        drawn(host, overlay, lambda to, font=overlay.fonts.bold: to.add_text(font, 40, (4, 4), WHITE, "abc"))
        overlay.destroy()
        if cycle >= 10:
            sizes.append(_resident())
    assert host.output.get_num_display_regions() == regions
    assert sizes[-1] - sizes[0] < 3_000_000


def test_imgui_writes_no_file(host, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    overlay = Overlay(host.output, ShaderLibrary(host.gsg))
    for _ in range(3):
        overlay.begin(10.0, SIZE)
        imgui.begin("a window of imgui's own")
        imgui.end()
        overlay.end()
    overlay.destroy()
    assert list(tmp_path.iterdir()) == []


def test_two_overlays_at_once_do_not_mix(host, overlay):
    other = Overlay(host.output, ShaderLibrary(host.gsg), sort=101)
    drawn(host, overlay, lambda to: to.add_rect_filled((0, 0), (10, 10), RED))
    picture = drawn(host, other, lambda to: to.add_rect_filled((20, 0), (30, 10), BLUE))
    other.destroy()
    assert picture[5, 5].tolist() == [255, 0, 0]
    assert picture[5, 25].tolist() == [0, 0, 255]


def _resident() -> int:
    """Bytes of this process in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
