"""Plays a timeline: invokes the named actions, moves the camera, writes with the pen, points, shows words.

It does what a person could do and nothing else. It reads no clock: `update` is told how much time has passed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.scene import input_events as events
from nnvis3d.scene.captions import ShownWords
from nnvis3d.tour.camera import Flight, eased
from nnvis3d.tour.framing import Aim
from nnvis3d.tour.timeline import Draw, Event, Hover, Invoke, Move, Timeline, Turn, Words

SAME_MOMENT = 1e-6
"""Seconds: what a sum of many ticks may be off."""


@dataclass(frozen=True)
class TourPorts:
    """What a tour needs of the rest of the program."""

    invoke: Callable[[str, object], None]
    """Invoke a named action; raises what the action raises."""
    act: Callable[[events.Event], None]
    """As if a person had done this, now."""
    pose: Callable[[], CameraPose]
    """Where the camera is."""
    look: Callable[[CameraPose], None]
    """Put it there."""
    frame: Callable[[Aim, CameraPose], CameraPose]
    """The pose that shows this, near the one before; ValueError where there is nothing of that name."""
    pad_pixels: Callable[[np.ndarray], np.ndarray]
    """Pixels (n, 2) at which pad points (n, 2) are seen; ValueError where the pad is not in the picture."""
    neuron_pixel: Callable[[str], tuple[float, float]]
    """At which a neuron, by its address, is seen; ValueError where there is none."""
    brush: Callable[[float], None]
    """The pen's diameter, pad units."""
    words: Callable[[tuple[ShownWords, ...]], None]
    """Show these words, and no others."""


@dataclass(frozen=True)
class _Orbit:
    """A turn about what the camera looks at, by any angle."""

    start: CameraPose
    turn: Turn
    begin: float
    end: float
    ease: str

    def at(self, time: float) -> CameraPose:
        span = max(self.end - self.begin, 1e-9)
        share = eased((time - self.begin) / span, self.ease)
        return replace(
            self.start,
            heading=self.start.heading + self.turn.degrees * share,
            pitch=min(max(self.start.pitch + self.turn.rise * share, -60.0), 85.0),
            distance=self.start.distance * self.turn.zoom**-share,
        )


class TourPlayer:
    """One tour, played from its beginning."""

    def __init__(self, timeline: Timeline, ports: TourPorts, language: str = "en"):
        self.timeline = timeline
        self.language = language
        self.time = 0.0
        """Seconds since it began: what the next update shows."""
        self.finished = False
        self.rounds = 0
        """How often a tour that loops has come to its end."""
        self._ports = ports
        self._moves = [event for event in timeline.events if isinstance(event, Move)]
        self._next = 0
        self._way: Flight | _Orbit | None = None
        self._way_end = 0.0
        self._flown: set[int] = set()
        """Moves, by their index, that an earlier one took along."""
        self._drawing: Draw | None = None
        self._drawn = 0.0
        """Until when the pen has written, seconds of the tour."""
        self._pen_down = False
        self._pointed = ""
        self._pixel: tuple[float, float] | None = None

    def update(self, dt: float) -> None:
        """Let happen what is due, then let `dt` seconds pass.

        Raises:
            UserError: something cannot be done; names the line.
        """
        if self.finished:
            return
        self._wrap()
        if self.finished:
            return
        self._fire()
        self._move_camera()
        self._write()
        self._point()
        self._show_words()
        self.time += dt

    def stop(self) -> None:
        """At once: the pen is lifted, the pointer leaves, words go. The scene stays as it is."""
        self.finished = True
        if self._pen_down and self._pixel is not None:
            self._ports.act(events.ButtonChanged(0, False, *self._pixel))
        if self._pixel is not None:
            self._ports.act(events.PointerLeft())
        self._pen_down, self._pixel, self._drawing = False, None, None
        self._ports.words(())

    # what is due

    def _wrap(self) -> None:
        if self.time < self.timeline.length - SAME_MOMENT:
            return
        if not self.timeline.loop:
            self.stop()
            return
        self.rounds += 1
        self.time = max(0.0, self.time - self.timeline.length)
        self._next, self._way, self._drawing = 0, None, None
        self._flown.clear()

    def _fire(self) -> None:
        happening = self.timeline.events
        while self._next < len(happening) and happening[self._next].start <= self.time + SAME_MOMENT:
            event = happening[self._next]
            self._next += 1
            try:
                self._begin(event)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise self._problem(event, str(error) or type(error).__name__) from error
            except UserError as error:
                raise self._problem(event, str(error)) from error

    def _problem(self, event: Event, why: str) -> UserError:
        return UserError(f"{self.timeline.source}, line {event.line}: {why}")

    def _begin(self, event: Event) -> None:
        match event:
            case Invoke():
                self._ports.invoke(event.action, event.argument)
            case Move():
                self._set_out(event)
            case Draw():
                self._drawing, self._drawn = event, event.start - 1.0
                if event.path.width is not None:
                    self._ports.brush(event.path.width)
            case Hover():
                self._pointed = event.neuron
                if not event.neuron and not self._pen_down:
                    self._leave()

    # the camera

    def _set_out(self, move: Move) -> None:
        index = self._moves.index(move)
        if index in self._flown:
            return
        here = self._ports.pose()
        self._way_end = move.end
        if isinstance(move.goal, Turn):
            self._way = _Orbit(here, move.goal, move.start, move.end, move.ease)
            return
        poses, times = [here], [move.start]
        for later in range(index, len(self._moves)):
            one = self._moves[later]
            if later > index and not one.flow:
                break
            if isinstance(one.goal, Turn):
                break
            self._flown.add(later)
            poses.append(self._pose(one.goal, poses[-1]))
            times.append(max(one.end, times[-1] + 1e-6))
        self._way, self._way_end = Flight(poses, times, move.ease), times[-1]

    def _pose(self, goal: Aim | CameraPose, near: CameraPose) -> CameraPose:
        return self._ports.frame(goal, near) if isinstance(goal, Aim) else goal

    def _move_camera(self) -> None:
        if self._way is None:
            return
        over = self.time >= self._way_end - SAME_MOMENT
        self._ports.look(self._way.at(self._way_end if over else self.time))
        if over:
            self._way = None

    # the hand

    def _write(self) -> None:
        if self._drawing is None:
            return
        event, path = self._drawing, self._drawing.path
        now = self.time + SAME_MOMENT
        done = path.between(self._drawn - event.start, now - event.start)
        self._drawn = now
        try:
            pixels = self._ports.pad_pixels(np.array([point[1:] for point in done]).reshape(-1, 2))
            for (what, _, _), (x, y) in zip(done, pixels.tolist(), strict=True):
                self._pen(what, x, y)
        except ValueError as error:
            raise self._problem(event, str(error)) from error
        if now >= event.start + path.seconds:
            self._drawing = None
            self._leave()

    def _pen(self, what: str, x: float, y: float) -> None:
        self._pixel = (x, y)
        self._ports.act(events.PointerMoved(x, y))
        if what != "move":
            self._pen_down = what == "down"
            self._ports.act(events.ButtonChanged(0, self._pen_down, x, y))

    def _point(self) -> None:
        if not self._pointed or self._drawing is not None:
            return
        try:
            pixel = self._ports.neuron_pixel(self._pointed)
        except ValueError:  # another network is shown by now
            self._leave()
            return
        if pixel != self._pixel:
            self._pixel = pixel
            self._ports.act(events.PointerMoved(*pixel))

    def _leave(self) -> None:
        if self._pixel is not None:
            self._pixel = None
            self._ports.act(events.PointerLeft())

    # words

    def _show_words(self) -> None:
        found: list[Words] = self.timeline.words_at(self.time)
        self._ports.words(
            tuple(
                ShownWords(*words.lines(self.language), words.style, words.place, alpha)
                for words in found
                if (alpha := round(words.alpha(self.time), 3)) > 0
            )
        )
