"""Pictures that come from outside onto the pad: files, the clipboard, a camera; and the pen's colours.

It puts inputs and tools together, and sees no torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from nnvis3d.errors import UserError
from nnvis3d.inputs.album import PictureFiles
from nnvis3d.inputs.camera import Camera
from nnvis3d.inputs.pictures import base_of
from nnvis3d.inputs.strokes import Drawing
from nnvis3d.tools.clipboard import paste_picture

if TYPE_CHECKING:
    from nnvis3d.app.app import App
    from nnvis3d.inputs.strokes import Color
    from nnvis3d.tools.messages import Messages
    from nnvis3d.tools.pad_tool import PadTool

FIRST_CAMERA = "0"


class Sight:
    """Holds the camera, and puts its newest picture on the pad in each tick."""

    def __init__(self, pad: PadTool, messages: Messages):
        self._pad, self._messages = pad, messages
        self._camera: Camera | None = None
        self._source = FIRST_CAMERA
        self._watched = False

    def look(self, camera: Camera) -> None:
        """Look through this camera from now on."""
        self.close()
        self._camera, self._source, self._watched = camera, camera.source, False

    def toggle(self) -> None:
        """Off, or on: the camera that was looked through last, or else the first.

        Raises:
            UserError: the extra is not installed, or there is no such camera.
        """
        if self._camera is None:
            self.look(Camera(self._source))
            self._messages.say("Camera on: the network sees its middle; draw on the pad to keep a picture")
        else:
            self.close()
            self._pad.watch(None)
            self._messages.say("Camera off")

    def update(self) -> None:
        """Once a tick. Whatever else was put on the pad since the last one switches the camera off."""
        if self._camera is None:
            return
        if self._watched and not self._pad.watching:
            self.close()
            return
        try:
            base = self._camera.newest()
        except UserError as error:
            self.close()
            self._pad.watch(None)
            self._messages.error(str(error))
            return
        if base is not None and not self._pad.stroking:
            self._pad.watch(base)
            self._watched = True

    def close(self) -> None:
        if self._camera is not None:
            self._camera.close()
            self._camera = None


def connect_pictures(app: App) -> None:
    """Register the actions."""
    on, pad = app.actions.on, app.pad
    on("next_sample", lambda _: _say_all(app, pad.step_sample(1)))
    on("previous_sample", lambda _: _say_all(app, pad.step_sample(-1)))
    on("paste_picture", lambda _: _paste(app))
    on("open_files", lambda paths: _open(app, cast("tuple[str, ...]", paths)))
    on("toggle_camera", lambda _: app.sight.toggle())
    on("pen_color", lambda color: pad.set_color(cast("Color", color)))
    on("next_pen_color", lambda _: pad.next_color())
    on("fill_paper", lambda _: pad.fill_paper())


def open_pictures(app: App, pictures: PictureFiles) -> None:
    """Put the first of these on the pad; of a folder's, the others are a key away.

    Raises:
        UserError: none of them can be read.
    """
    if len(pictures) > 1:
        _say_all(app, app.pad.open_album(pictures))
    else:
        app.pad.put(pictures.drawing(0))


def _say_all(app: App, skipped: list[str]) -> None:
    """Errors of files that were passed over; of many, the first and their number."""
    if skipped:
        more = f", and {len(skipped) - 1} more" if len(skipped) > 1 else ""
        app.panels.messages.error(f"Passed over: {skipped[0]}{more}")


def _open(app: App, paths: tuple[str, ...]) -> None:
    elsewhere = [path for path in paths if not path.startswith("/")]
    if elsewhere:
        raise UserError(f"{elsewhere[0]}: no file of this machine; save it in one, and drop that")
    open_pictures(app, PictureFiles.of_all(map(Path, paths)))


def _paste(app: App) -> None:
    app.pad.put(Drawing(base=base_of(paste_picture(), "from the clipboard")))
