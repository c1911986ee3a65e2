"""Stepping through pictures: samples that ship, a folder's files, broken ones passed over."""

import numpy as np
import pytest
from PIL import Image

from nnvis3d.errors import UserError
from nnvis3d.inputs.album import PictureFiles, SamplePictures
from nnvis3d.inputs.samples import sample_pictures
from nnvis3d.inputs.strokes import Drawing
from nnvis3d.scene.input_events import ButtonChanged, PointerMoved
from nnvis3d.tools.pad_tool import PadTool
from nnvis3d.tools.palette import PALETTE

RED, BLUE = (200, 10, 10), (10, 10, 200)


@pytest.fixture
def pad() -> PadTool:
    tool = PadTool(lambda x, y, outside: (x, y), 64)
    tool.set_colored(True)
    return tool


@pytest.fixture
def folder(tmp_path):
    for name, color in (("b.png", RED), ("d.JPG", BLUE)):
        Image.new("RGB", (40, 30), color).save(tmp_path / name, "PNG" if name == "b.png" else "JPEG")
    (tmp_path / "c.png").write_bytes(b"\x89PNG broken")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_bytes(b"")
    (tmp_path / "e.png").mkdir()
    return tmp_path


def middle(pad: PadTool) -> np.ndarray:
    return pad.reduced((3, 8, 8)).image[:, 4, 4] * 255


def test_the_sample_pictures_are_two_of_each_class_of_the_test_set():
    pictures = sample_pictures()
    assert pictures.images.shape == (20, 32, 32, 3) and pictures.labels.tolist() == [*range(10)] * 2
    assert SamplePictures().drawing(3).base.name == "CIFAR-10 test: cat"


def test_a_network_that_sees_colours_gets_pictures_and_another_one_digits(pad):
    pad.step_sample(1)
    assert pad.sample == 0 and pad.title == "CIFAR-10 test: airplane"
    seen = pad.reduced((3, 32, 32)).image
    np.testing.assert_array_equal(np.rint(seen * 255), sample_pictures().images[0].transpose(2, 0, 1))
    pad.set_colored(False)
    assert pad.sample == -1 and pad.title == ""
    pad.step_sample(1)
    assert pad.sample == 0 and pad.title == "MNIST test digit 1"


def test_a_folders_pictures_follow_each_other_and_a_broken_one_is_passed_over_and_said(pad, folder):
    assert pad.open_album(PictureFiles.of(folder)) == []
    assert pad.title == "b.png"
    np.testing.assert_allclose(middle(pad), RED, atol=1)
    (said,) = pad.step_sample(1)
    assert "c.png" in said and "\n" not in said
    assert pad.title == "d.JPG"
    np.testing.assert_allclose(middle(pad), BLUE, atol=4)
    assert pad.step_sample(1) == [] and pad.title == "b.png"
    assert pad.step_sample(-1) == [] and pad.title == "d.JPG"
    pad.put(Drawing())
    pad.step_sample(1)
    assert pad.title == "b.png"  # goes on where one was, not from the beginning
    pad.undo()
    pad.undo()
    assert pad.title == "d.JPG"


def test_what_is_no_folder_of_pictures_is_said(tmp_path, pad):
    with pytest.raises(UserError, match="no such file"):
        PictureFiles.of(tmp_path / "missing")
    with pytest.raises(UserError, match="without pictures"):
        PictureFiles.of(tmp_path)
    (tmp_path / "a.png").write_bytes(b"")
    before = pad.drawing
    with pytest.raises(UserError, match=r"a\.png"):
        pad.open_album(PictureFiles.of(tmp_path))
    assert pad.drawing is before


def test_a_picture_lies_as_its_camera_was_held(tmp_path, pad):
    picture = Image.new("RGB", (40, 40), RED)
    picture.paste(BLUE, (0, 0, 40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what is stored as the upper edge belongs to the right
    picture.save(tmp_path / "a.png", exif=exif)
    pad.put(PictureFiles.of(tmp_path / "a.png").drawing(0))
    image = pad.reduced((3, 8, 8)).image * 255
    np.testing.assert_allclose(image[:, 4, 7], BLUE, atol=1)
    np.testing.assert_allclose(image[:, 4, 0], RED, atol=1)


def test_strokes_keep_their_colours_and_the_paper_is_painted_undoably(pad):
    pad.set_color(RED)
    pad.fill_paper()
    pad.next_color()
    assert pad.color == PALETTE[0] and pad.drawing.paper == RED and not pad.drawing.empty
    np.testing.assert_allclose(middle(pad), RED, atol=1)
    pad.undo()
    assert pad.drawing.empty


def test_what_a_camera_sees_is_no_history_until_it_is_kept(pad):
    pad.step_sample(1)
    version = pad.version
    for index in (3, 4):
        pad.watch(SamplePictures().drawing(index).base)
    assert pad.watching and pad.version > version and pad.title.endswith("deer") and pad.sample == -1
    pad.watch(None)
    assert not pad.watching and pad.drawing.base.name.endswith("deer")
    pad.undo()
    assert pad.title.endswith("airplane")


def test_what_a_camera_sees_and_a_hand_moves_is_no_sample(pad):
    pad.step_sample(1)
    pad.watch(SamplePictures().drawing(4).base)
    pad.choose("hand")
    for event in (
        ButtonChanged(0, True, 0.5, 0.5),
        PointerMoved(0.6, 0.5),
        ButtonChanged(0, False, 0.6, 0.5),
    ):
        assert pad.handle(event)
    assert not pad.watching and pad.transformed and pad.sample == -1 and pad.title == ""
    pad.undo()
    assert pad.sample == 0
