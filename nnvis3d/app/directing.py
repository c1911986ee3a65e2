"""Making tours by hand: keyframes, what a person does written down.

It puts tools and tours together.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.app.filming import Filming
from nnvis3d.errors import UserError
from nnvis3d.files import free_name
from nnvis3d.resources import resource
from nnvis3d.scene.hud.ask_state import StripState
from nnvis3d.tools.keyframes import Keyframes
from nnvis3d.tools.tour_recorder import TourRecorder
from nnvis3d.tour.compiling import compile_tour
from nnvis3d.tour.reading import parse_tour
from nnvis3d.tour.timeline import Stage

if TYPE_CHECKING:
    from nnvis3d.app.app import App


class Directing:
    """Keyframes, the recorder of tours and the recorder of videos of one App."""

    def __init__(self, app: App):
        self.app = app
        self.keyframes = Keyframes()
        self.open = False
        """Whether the strip is shown."""
        self.recorder: TourRecorder | None = None
        self.made: Path | None = None
        """The tour that was made last."""
        self._keyframe_file: Path | None = None
        self.filming = Filming(app)
        on = app.actions.on
        on("keyframe", lambda _: self.drop())
        on("keyframe_move", lambda moved: self._change(lambda: self.keyframes.move(int(moved[0]), moved[1])))
        on("keyframe_remove", lambda index: self._remove(index))
        on("keyframe_show", lambda index: self._show(int(index)))
        on("play_tour", lambda _: self.play())
        on("record_tour", lambda _: self.toggle_recorder())
        on("tour_strip", lambda _: setattr(self, "open", not self.open))

    # what the program tells

    def acted(self, action: str, argument: object) -> None:
        """An action was invoked."""
        if self.recorder is not None:
            self.recorder.acted(action, argument)

    def saw(self) -> None:
        """An event was taken care of: the pen may have moved."""
        pad = self.app.pad
        if self.recorder is None:
            return
        drawing = pad.stroking and pad.tool != "hand"
        self.recorder.drew(pad.drawing.placed_strokes[-1].points if drawing else None)

    def update(self, dt: float, drawn: bool) -> None:
        """At the end of a tick; `drawn`: whether there is a new picture."""
        show = self.app.show
        if self.recorder is not None:
            hover = show.pointing.hover.neuron if show.pointing.hover is not None else None
            self.recorder.update(dt, show.camera.pose, hover)
        self.filming.update(dt, drawn)
        self.app.panels.strip = self._strip() if self.open else None

    def close(self) -> None:
        """What is being made is completed; what goes wrong is said on stderr: the window is gone."""
        self.filming.close()
        if self.recorder is not None:
            try:
                self.toggle_recorder()
            except UserError as error:
                sys.stderr.write(f"nnvis3d: {error}\n")

    def _strip(self) -> StripState:
        player = self.app.touring.player
        return StripState(
            tuple(one.time for one in self.keyframes.frames),
            self.keyframes.selected,
            round(player.time, 2) if player is not None else None,
            player is not None,
            self.recorder is not None,
            self.filming.video is not None,
            self.made.name if self.made is not None else "",
        )

    def _say(self, text: str) -> None:
        self.app.panels.messages.say(text)

    # keyframes

    def drop(self) -> None:
        """One more, where the camera is."""
        self.open = True
        try:
            self._change(lambda: self.keyframes.drop(self.app.show.camera.pose))
        except ValueError as error:
            raise UserError(str(error)) from error

    def _remove(self, index: object) -> None:
        chosen = self.keyframes.selected if index is None else int(str(index))
        self._change(lambda: self.keyframes.remove(chosen))

    def _change(self, change) -> None:
        """Change the keyframes, and keep them in their file."""
        change()
        if self._keyframe_file is None:
            self._keyframe_file = free_name(Path.cwd(), "nnvis3d-keyframes", ".toml")
        self._write(self._keyframe_file, self.keyframes.text(self._stage(), self._strokes()))

    def _show(self, index: int) -> None:
        if 0 <= index < len(self.keyframes.frames):
            self.keyframes.selected = index
            self.app.show.camera.led_away = True
            self.app.show.camera.fly_to(self.keyframes.frames[index].pose, 0.6)

    def _stage(self) -> Stage:
        """How everything stands now."""
        show = self.app.show
        name = show.network.spec.name if show.network is not None else self.app.options.model
        flat = show.arrangement is not None and show.arrangement.flat
        return Stage(
            name,
            "2d" if flat else "3d",
            show.theme_name,
            show.colors.name,
            "all",
            self.app.panels.labels_shown,
            lab=self.app.lab.stage() if self.app.lab is not None else None,
        )

    def _strokes(self) -> list[np.ndarray]:
        """What is on the pad, float (n, 2) each, pad units."""
        return [stroke.points for stroke in self.app.pad.drawing.placed_strokes]

    def _write(self, path: Path, text: str) -> None:
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error
        self.made = path

    # playing, and writing down

    def play(self) -> None:
        """The tour that was made last; while one plays, stop it."""
        touring = self.app.touring
        if touring.playing:
            touring.stop()
            return
        if self.recorder is not None:
            self.toggle_recorder()
        if self.made is not None and self.made == self._keyframe_file:
            self._change(lambda: None)  # with what is on the pad by now
        made = self.made or self._shipped()
        text = made.read_text(encoding="utf-8")
        touring.play(compile_tour(parse_tour(text, made.name)))

    def _shipped(self) -> Path:
        """What is played where nothing was made yet: the tour of the lab, in a lab that is new.

        Raises:
            UserError: nothing is.
        """
        none = "there is no tour yet: F6 drops a keyframe, F7 writes down what you do"
        snapshot = self.app.lab.snapshot if self.app.lab is not None else None
        if snapshot is None:
            raise UserError(none)
        if snapshot.step or snapshot.elsewhere or not snapshot.can_steer:
            raise UserError(f"{none}. The tour that ships trains a network from the beginning: in a new lab")
        return resource("assets", "tours/lab.toml")

    def toggle_recorder(self) -> None:
        """Begin to write down what the person does, or be done with it."""
        if self.recorder is None:
            self.recorder = TourRecorder(self._stage(), self.app.show.camera.pose, self._strokes())
            lab = self.app.lab.snapshot if self.app.lab is not None else None
            if lab is not None and lab.running:
                self.recorder.acted("lab_toggle", True)
            self._say("Writing down what you do: F7 again when you are done")
            return
        recorder, self.recorder = self.recorder, None
        path = free_name(Path.cwd(), "nnvis3d-tour", ".toml")
        self._write(path, recorder.text())
        self._say(f"Saved {path}: F5 plays it, `nnvis3d record {path.name}` makes a video")
