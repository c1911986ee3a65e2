"""Makes a timeline of a tour file: times counted from the beginning, digits chosen, every cue checked."""

import math
import random
import re

from nnvis3d.errors import UserError
from nnvis3d.inputs.samples import sample_strokes
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.toml_lines import Path
from nnvis3d.tour.framing import FILL, Aim, sides
from nnvis3d.tour.model import EASES, PLACES, Cue, Pen, Scene, Words
from nnvis3d.tour.pen import SIZE, PenPath, as_recorded, at_even_speed
from nnvis3d.tour.reading import TourText
from nnvis3d.tour.timeline import Draw, Event, Hover, Invoke, LabStage, Move, Stage, Timeline, Turn
from nnvis3d.tour.timeline import Words as Shown

LONGEST = 3600.0
"""Seconds that a tour may take."""
NETWORK = "cnn"
"""That is shown if a tour does not say which."""
MOVE_SECONDS = 1.6
TITLE_SECONDS = 3.0
_CUE_KEYS = {
    "look_at": {"side", "heading", "pitch", "fill", "zoom", "ease", "flow", "over"},
    "pose": {"ease", "flow", "over"},
    "orbit": {"pitch", "zoom", "ease", "flow", "over"},
    "draw": {"over"},
    "hover": {"over"},
    "caption": {"over", "place"},
    "title": {"over", "subtitle"},
    "do": {"with_"},
}
"""What may stand beside each verb."""


class Compiler:
    """Goes through one tour from its beginning to its end."""

    def __init__(self, tour: TourText):
        self.tour = tour
        self._choose = random.Random(tour.says.seed)
        self._busy: dict[type, tuple[float, int]] = {}
        """Until when the camera and the pen are at work, and since which line."""

    def timeline(self) -> Timeline:
        """
        Raises:
            UserError: something in it cannot be; names the line.
        """
        says = self.tour.says
        events, end = [], 0.0
        scenes = says.scene or [Scene(cues=says.cues)]
        for number, scene in enumerate(scenes):
            path: Path = ("scene", number) if says.scene else ()
            start = self._start(scene, path, end)
            found, until = self._scene(scene, path, start)
            events += found
            end = start + scene.length if scene.length is not None else max(until, start)
        if not 0 < end <= LONGEST:
            hint = "say how long a cue goes on (over = 2), or a scene (length = 2)"
            self.tour.fail((), f"it takes {end:g} seconds; " + (f"at most {LONGEST:g}" if end > 0 else hint))
        stage = self._stage()
        events.sort(key=lambda event: event.start)
        return Timeline(
            stage,
            tuple(events),
            end,
            self._words(says.name),
            says.loop,
            self._size(),
            self._number(says.video.fps, 1, 240, ("video", "fps")),
            self.tour.name,
        )

    def _stage(self) -> Stage:
        says, lab = self.tour.says, self._lab()
        network = lab.model if lab is not None else says.network or NETWORK
        return Stage(network, says.view, says.theme, says.colormap, says.panels, says.labels, says.seed, lab)

    def _lab(self) -> LabStage | None:
        says, lab, of = self.tour.says, self.tour.says.lab, self.tour.lines.of
        if lab is None:
            return None
        if says.network not in ("", lab.model):
            self.tour.fail(
                ("network",), f"a tour of the lab shows what it trains, {lab.model}; leave network out"
            )
        if says.loop:
            self.tour.fail(("loop",), "a tour of the lab cannot loop: what was learned stays learned")
        steps = self._number(lab.steps, 0.1, 1000, ("lab", "steps"))
        seed = int(self._number(lab.seed, 0, 2**31 - 1, ("lab", "seed")))
        return LabStage(lab.model, lab.data, seed, steps, of(("lab", "model")), of(("lab", "data")))

    def _size(self) -> tuple[int, int]:
        match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", self.tour.says.video.size)
        if match is None or not int(match[1]) or not int(match[2]):
            self.tour.fail(("video", "size"), f"size {self.tour.says.video.size!r}: expected WIDTHxHEIGHT")
        return int(match[1]), int(match[2])

    # times

    def _start(self, scene: Scene, path: Path, end: float) -> float:
        if scene.start is None:
            return end
        start = self._number(scene.start, 0, LONGEST, (*path, "start"))
        if start < end - 1e-9:
            why = f"starts at {start:g} s, before the scene above it ends, at {end:g} s"
            self.tour.fail((*path, "start"), why)
        return start

    def _scene(self, scene: Scene, path: Path, start: float) -> tuple[list[Event], float]:
        """Its events, and when the last of them has ended."""
        if scene.length is not None:
            self._number(scene.length, 1e-3, LONGEST, (*path, "length"))
        events: list[Event] = []
        before = until = 0.0
        for number, cue in enumerate(scene.cues):
            at = (*path, "cues", number)
            time = self._time(cue, at, before, until)
            event = self._event(cue, start + time, at)
            end = event.end - start
            if scene.length is not None and time > scene.length + 1e-9:
                self.tour.fail(at, f"is at {time:g} s of a scene that is {scene.length:g} s long")
            events.append(event)
            before, until = time, max(until, end)
        return events, start + until

    def _time(self, cue: Cue, path: Path, before: float, until: float) -> float:
        """Seconds since the scene began."""
        if cue.at is not None and cue.after is not None:
            self.tour.fail((*path, "after"), "say at or after, not both")
        if cue.after is not None:
            return until + self._number(cue.after, 0, LONGEST, (*path, "after"))
        if cue.at is None:
            return before
        if isinstance(cue.at, str):
            match = re.fullmatch(r"\+\s*(\d+(?:\.\d*)?|\.\d+)", cue.at.strip())
            if match is None:
                self.tour.fail((*path, "at"), f'at = "{cue.at}": expected a number, or "+1.5"')
            return before + self._number(float(match[1]), 0, LONGEST, (*path, "at"))
        time = self._number(cue.at, 0, LONGEST, (*path, "at"))
        if time < before - 1e-9:
            self.tour.fail((*path, "at"), f"time runs backwards: {time:g} s stands after {before:g} s")
        return time

    def _number(self, value: float, low: float, high: float, path: Path) -> float:
        if not (math.isfinite(value) and low <= value <= high):
            self.tour.fail(path, f"{path[-1]} = {value:g}: expected {low:g} to {high:g}")
        return float(value)

    # cues

    def _event(self, cue: Cue, start: float, path: Path) -> Event:
        try:
            verb = cue.verb
            self._check_keys(cue, verb, path)
            make = getattr(self, f"_{verb}")
            seconds = None if cue.over is None else self._number(cue.over, 0, LONGEST, (*path, "over"))
            event = make(cue, start, seconds, path)
        except ValueError as error:
            self.tour.fail(path, str(error))
        self._keep_apart(event)
        return event

    def _check_keys(self, cue: Cue, verb: str, path: Path) -> None:
        beside = {"at", "after", verb} | _CUE_KEYS[verb]
        for name in cue.__struct_fields__:
            value = getattr(cue, name)
            if name not in beside and value is not None and value != "" and value is not False:
                self.tour.fail((*path, name), f"{name.rstrip('_')} means nothing beside {verb}")

    def _keep_apart(self, event: Event) -> None:
        """One camera, one hand: what they do must have ended before they do something else."""
        if not isinstance(event, Move | Draw):
            return
        until, line = self._busy.get(type(event), (0.0, 0))
        if event.start < until - 1e-4:
            who = "camera" if isinstance(event, Move) else "pen"
            name = f"{self.tour.name}, line {event.line}"
            why = f"the {who} is still busy with line {line}, until {until:g} s; this starts at"
            raise UserError(f"{name}: {why} {event.start:g} s")
        self._busy[type(event)] = (event.end, event.line)

    def _move(
        self, cue: Cue, start: float, seconds: float | None, path: Path, goal: Aim | CameraPose | Turn
    ) -> Move:
        if cue.ease and cue.ease not in EASES:
            raise ValueError(f"ease {cue.ease!r}: say {', '.join(EASES)}")
        return Move(
            start=start,
            seconds=MOVE_SECONDS if seconds is None else seconds,
            line=self._line(path),
            goal=goal,
            ease=cue.ease or "smooth",
            flow=cue.flow,
        )

    def _look_at(self, cue: Cue, start: float, seconds: float | None, path: Path) -> Move:
        at = (cue.look_at,) if isinstance(cue.look_at, str) else tuple(cue.look_at or ())
        if not at:
            raise ValueError("look_at: expected the name of a layer, or several")
        heading, pitch = sides(cue.side)
        aim = Aim(
            at,
            heading + self._number(cue.heading or 0.0, -360, 360, (*path, "heading")),
            pitch + self._number(cue.pitch or 0.0, -60, 85, (*path, "pitch")),
            self._number(FILL if cue.fill is None else cue.fill, 0.05, 4, (*path, "fill")),
            self._number(1.0 if cue.zoom is None else cue.zoom, 0.05, 20, (*path, "zoom")),
        )
        return self._move(cue, start, seconds, path, aim)

    def _pose(self, cue: Cue, start: float, seconds: float | None, path: Path) -> Move:
        assert cue.pose is not None
        pose = cue.pose
        for name, low, high in (
            ("distance", 1e-3, 1e6), ("heading", -3600, 3600), ("pitch", -89, 89), ("fov", 0.5, 120),
        ):  # fmt: skip
            self._number(getattr(pose, name), low, high, (*path, "pose", name))
        for value in pose.target:
            self._number(value, -1e5, 1e5, (*path, "pose", "target"))
        goal = CameraPose(pose.target, pose.distance, pose.heading, pose.pitch, pose.fov)
        return self._move(cue, start, seconds, path, goal)

    def _orbit(self, cue: Cue, start: float, seconds: float | None, path: Path) -> Move:
        goal = Turn(
            degrees=self._number(cue.orbit or 0.0, -3600, 3600, (*path, "orbit")),
            rise=self._number(cue.pitch or 0.0, -90, 90, (*path, "pitch")),
            zoom=self._number(1.0 if cue.zoom is None else cue.zoom, 0.05, 20, (*path, "zoom")),
        )
        return self._move(cue, start, seconds, path, goal)

    def _draw(self, cue: Cue, start: float, seconds: float | None, path: Path) -> Draw:
        pen = cue.draw if isinstance(cue.draw, Pen) else Pen(digit=cue.draw)
        drawn = self._path(pen, seconds)
        return Draw(start=start, seconds=drawn.seconds, line=self._line(path), path=drawn)

    def _path(self, pen: Pen, seconds: float | None) -> PenPath:
        if (pen.digit is None) == (pen.strokes is None):
            raise ValueError("draw: say a digit, or strokes")
        if pen.width is not None and not 0.005 <= pen.width <= 0.3:
            raise ValueError(f"width = {pen.width:g}: expected 0.005 to 0.3")
        if pen.strokes is not None:
            if not pen.strokes or not all(pen.strokes):
                raise ValueError("strokes: expected at least one, with at least one point")
            return as_recorded(pen.strokes, pen.width)
        items = [item for item in sample_strokes() if item.label == pen.digit]
        if not items:
            raise ValueError(f"draw = {pen.digit}: digits go from 0 to 9")
        if pen.writer is not None:
            writers = sorted({item.writer for item in items if item.writer is not None})
            items = [item for item in items if item.writer == pen.writer]
            if not items:
                raise ValueError(f"writer {pen.writer}: those that ship are {', '.join(map(str, writers))}")
        size = SIZE if pen.size is None else pen.size
        if not 0.05 <= size <= 1:
            raise ValueError(f"size = {size:g}: expected 0.05 to 1")
        return at_even_speed(self._choose.choice(items).drawing, seconds, size, pen.width)

    def _hover(self, cue: Cue, start: float, seconds: float | None, path: Path) -> Hover:
        return Hover(start=start, seconds=seconds or 0.0, line=self._line(path), neuron=cue.hover or "")

    def _caption(self, cue: Cue, start: float, seconds: float | None, path: Path) -> Shown:
        if cue.place and cue.place not in PLACES:
            raise ValueError(f"place {cue.place!r}: say {' or '.join(PLACES)}")
        text = self._words(cue.caption)
        seconds = reading_seconds(max(text.values(), key=len, default="")) if seconds is None else seconds
        line = self._line(path)
        return Shown(start=start, seconds=seconds, line=line, text=text, place=cue.place or "bottom")

    def _title(self, cue: Cue, start: float, seconds: float | None, path: Path) -> Shown:
        return Shown(
            start=start,
            seconds=TITLE_SECONDS if seconds is None else seconds,
            line=self._line(path),
            text=self._words(cue.title),
            below=self._words(cue.subtitle),
            style="title",
        )

    def _do(self, cue: Cue, start: float, seconds: float | None, path: Path) -> Invoke:
        return Invoke(start=start, line=self._line(path), action=cue.do or "", argument=cue.with_)

    def _words(self, words: Words | None) -> dict[str, str]:
        if words is None:
            return {}
        return {self.tour.says.language: words} if isinstance(words, str) else dict(words)

    def _line(self, path: Path) -> int:
        return self.tour.lines.of(path)


def reading_seconds(text: str) -> float:
    """How long a caption stays: people read some 17 characters a second, and look at the picture too."""
    return max(2.0, 0.8 + len(text) / 14)


def compile_tour(tour: TourText) -> Timeline:
    """
    Raises:
        UserError: something in it cannot be; names the line.
    """
    return Compiler(tour).timeline()
