"""F9: what is seen becomes a video while it is seen.

It puts the reader of pictures and the recorder of videos together.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.errors import UserError
from nnvis3d.files import free_name
from nnvis3d.recording.live import LiveVideo
from nnvis3d.scene.readback import Readback

if TYPE_CHECKING:
    from nnvis3d.app.app import App


class Filming:
    """The recorder of videos of one App. Whatever becomes of a film, the program goes on."""

    def __init__(self, app: App):
        self.app = app
        self.video: LiveVideo | None = None
        """What is being filmed."""
        self._reader: Readback | None = None
        app.actions.on("record_video", lambda _: self.toggle())

    def toggle(self) -> None:
        """Begin to film what is seen, or be done with it.

        Raises:
            UserError: there is no room for it.
        """
        if self.video is not None:
            self._end()
            return
        path = free_name(Path.cwd(), "nnvis3d", ".mp4")
        reader = Readback(self.app.host)
        try:
            self.video = LiveVideo(path, self.app.host.size)
        except UserError:
            reader.close()
            raise
        self._reader = reader

    def update(self, dt: float, drawn: bool) -> None:
        """At the end of a tick; `drawn`: whether there is a new picture."""
        if self.video is None:
            return
        if self.app.host.size != self.video.size:  # a film has one size
            self._end()
            return
        assert self._reader is not None
        begun = self.video.begun
        try:
            self.video.update(dt, self._reader.pixels if drawn or self.video.missed else None)
        except (UserError, RuntimeError) as error:
            self._let_go().abandon()
            self.app.panels.messages.error(str(error))
            return
        if self.video.begun and not begun:
            self.app.show.stale = True  # its first picture, even if nothing moves
            self.app.panels.messages.say("Filming what you see: F9 again when you are done")

    def close(self) -> None:
        """Complete it; what goes wrong is said on stderr, as there is no window any more to say it."""
        if self.video is not None:
            try:
                self._finished()
            except (UserError, RuntimeError) as error:
                sys.stderr.write(f"nnvis3d: {error}\n")

    # inside

    def _end(self) -> None:
        messages = self.app.panels.messages
        try:
            path = self._finished()
        except (UserError, RuntimeError) as error:
            messages.error(str(error))
            return
        messages.say(f"Saved {path}" if path is not None else "Nothing was filmed yet")

    def _finished(self) -> Path | None:
        """Complete it; where it is."""
        assert self.video is not None and self._reader is not None
        same = self.app.host.size == self.video.size
        newest = self._reader.pixels() if same and self.video.missed else None
        return self._let_go().finish(newest)

    def _let_go(self) -> LiveVideo:
        assert self.video is not None and self._reader is not None
        video, self.video = self.video, None
        self._reader.close()
        return video
