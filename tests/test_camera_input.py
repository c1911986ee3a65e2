"""A video file as the camera: its newest picture is on the pad, cut to its middle."""

import sys
import time

import cv2
import numpy as np
import pytest

from nnvis3d.errors import UserError
from nnvis3d.inputs.camera import Camera, _square

RED, GREEN = (210, 30, 30), (30, 180, 40)


@pytest.fixture
def video(tmp_path):
    """Four seconds of red with green sides that lie outside the middle square."""
    path = tmp_path / "walk.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 50, (128, 64))
    assert writer.isOpened()
    picture = np.zeros((64, 128, 3), np.uint8)
    picture[:] = GREEN[::-1]
    picture[:, 32:96] = RED[::-1]
    for _ in range(8):
        writer.write(picture)
    writer.release()
    return path


def wait_for(camera: Camera, seconds: float = 20.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        base = camera.newest()
        if base is not None:
            return base
        time.sleep(0.005)
    raise AssertionError("no picture came")


def test_a_video_is_seen_in_its_middle_and_begins_again_at_its_end(video):
    camera = Camera(str(video))
    try:
        for _ in range(12):  # more than the file has
            base = wait_for(camera)
        assert base.name == "walk.avi" and base.colors.shape == (64, 64, 3)
        np.testing.assert_allclose(base.colors[:, 8:56].reshape(-1, 3).mean(axis=0), RED, atol=12)
    finally:
        camera.close()
    assert camera.newest() is None or camera.newest() is None


def test_the_newest_picture_wins(video):
    camera = Camera(str(video))
    try:
        wait_for(camera)
        time.sleep(0.2)  # ten pictures come and go
        assert camera.newest() is not None
        taken = camera._taken
        assert taken > 2
    finally:
        camera.close()


def test_people_are_seen_as_in_a_mirror():
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[:, 1:3] = (255, 0, 0)  # blue, at the left of the middle
    assert _square(picture, mirrored=False)[0, 0].tolist() == [0, 0, 255]
    assert _square(picture, mirrored=True)[0, 3].tolist() == [0, 0, 255]


def test_what_cannot_be_looked_through_is_said_in_one_line(tmp_path, monkeypatch):
    (tmp_path / "a.avi").write_bytes(b"no video" * 100)
    for source, said in (
        ("97", "no such camera"),
        (str(tmp_path / "missing.avi"), "no such video file"),
        (str(tmp_path / "a.avi"), "not a video"),
    ):
        with pytest.raises(UserError, match=said) as caught:
            Camera(source)
        assert "\n" not in str(caught.value)
    monkeypatch.setitem(sys.modules, "cv2", None)  # as if it were not installed
    with pytest.raises(UserError, match=r"nnvis3d\[camera\]"):
        Camera("0")
