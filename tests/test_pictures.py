"""Image files as digits, whole and broken."""

import numpy as np
import pytest
from PIL import Image

from nnvis3d.errors import UserError
from nnvis3d.inputs.pictures import read_exact, read_picture, read_picture_folder

DIGITS = tuple("0123456789")


def bar(size=28, ink=255, paper=0, mode="L"):
    """An upright bar left of the middle."""
    grey = np.full((size, size), paper, np.uint8)
    grey[size // 4 : -size // 4, size // 4 : size // 4 + 3] = ink
    return Image.fromarray(grey).convert(mode)


def test_a_picture_with_bright_ink_is_taken_as_it_is(tmp_path):
    bar(ink=200).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert picture.dtype == np.float32
    np.testing.assert_allclose(picture, np.asarray(bar(ink=200)) / 255, atol=1e-6)


@pytest.mark.parametrize("mode", ["L", "RGB", "1", "P", "LA", "CMYK", "I;16"])
def test_dark_ink_on_light_paper_is_inverted(tmp_path, mode):
    image = bar(ink=0, paper=255)
    image = (
        Image.fromarray(np.asarray(image).astype(np.uint16) * 257) if mode == "I;16" else image.convert(mode)
    )
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    image.save(path)
    np.testing.assert_allclose(read_picture(path), np.asarray(bar()) / 255, atol=0.01)


def test_a_photograph_of_faint_ink_on_grey_paper_gets_black_paper_and_bright_ink(tmp_path):
    bar(ink=90, paper=180).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert picture[0].max() == 0
    assert picture.max() == 1


@pytest.mark.parametrize(("ink", "paper"), [("black", "white"), ("white", "black")])
def test_ink_on_transparency_is_seen(tmp_path, ink, paper):
    image = Image.new("RGBA", (28, 28), (*Image.new("RGB", (1, 1), paper).getpixel((0, 0)), 0))
    image.paste(ink, (10, 5, 14, 23))
    image.save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert picture[12, 12] == 1
    assert picture[12, 2] == 0


def test_exif_orientation(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    bar().save(tmp_path / "a.png", exif=exif)
    np.testing.assert_allclose(read_picture(tmp_path / "a.png"), np.rot90(np.asarray(bar()), -1) / 255)


def test_a_large_picture_comes_down_to_512(tmp_path):
    Image.new("L", (2048, 1024)).save(tmp_path / "a.jpg")
    assert read_picture(tmp_path / "a.jpg").shape == (256, 512)


def test_broken_pictures_are_named(tmp_path, monkeypatch):
    whole = tmp_path / "whole.png"
    Image.effect_noise((200, 200), 50).save(whole)
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:3000])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").touch()
    for name, message in (
        ("none.png", "no such file"),
        ("cut.png", "cannot be read as an image"),
        ("text.png", "not an image"),
        ("empty.png", "not an image"),
        ("", "cannot be read as an image"),
    ):
        with pytest.raises(UserError, match=message) as error:
            read_picture(tmp_path / name)
        assert str(tmp_path / name) in str(error.value)
    for limit in (100 * 100, 199 * 200):  # beyond twice the limit Pillow raises, beyond it it only warns
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(UserError, match="too large; give an image of at most"):
            read_picture(whole)


def test_a_folder_with_one_subfolder_a_class(tmp_path):
    for label in ("3", "7"):
        (tmp_path / label).mkdir()
        bar().save(tmp_path / label / "a.png")
    bar().save(tmp_path / "7" / "b.png")
    pictures, classes = read_picture_folder(tmp_path, DIGITS)
    assert classes == [3, 7, 7]
    assert len(pictures) == 3


def test_folders_that_are_no_classes(tmp_path):
    with pytest.raises(UserError, match="one subfolder for each class"):
        read_picture_folder(tmp_path, DIGITS)
    (tmp_path / "3").mkdir()
    with pytest.raises(UserError, match="hold no pictures"):
        read_picture_folder(tmp_path, DIGITS)
    (tmp_path / "cat").mkdir()
    with pytest.raises(UserError, match="cat: not a class"):
        read_picture_folder(tmp_path, DIGITS)


def test_a_picture_as_it_is_keeps_every_number(tmp_path):
    pixels = np.random.default_rng(5).integers(0, 256, (600, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "tall.png")
    exact = read_exact(tmp_path / "tall.png", (3, 600, 30))
    assert np.array_equal(exact, pixels.transpose(2, 0, 1).astype(np.float32) / 255)
    light = pixels[:40, :, 0] // 4 + 190  # light paper is not turned into ink
    Image.fromarray(light).save(tmp_path / "light.png")
    assert np.array_equal(read_exact(tmp_path / "light.png", (1, 40, 30))[0], light.astype(np.float32) / 255)
    Image.fromarray(light.astype(np.uint16) * 256).save(tmp_path / "wide.png")
    assert np.allclose(read_exact(tmp_path / "wide.png", (1, 40, 30))[0], light * 256.0 / 65535)
    small = read_exact(tmp_path / "tall.png", (1, 20, 10))
    assert small.shape == (1, 20, 10) and small.dtype == np.float32 and 0.3 < small.mean() < 0.7
