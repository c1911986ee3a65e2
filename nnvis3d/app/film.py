"""A tour as a film: an App without a window that plays it, and its pictures one by one.

It puts the player, the renderer and the reader of pictures together.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from nnvis3d.app.app import TICK_SECONDS, App
from nnvis3d.app.film_lab import open_stepped
from nnvis3d.loading import DirectLoader, import_runtime, load_runner
from nnvis3d.options import Options
from nnvis3d.processes import late_interrupt
from nnvis3d.recording.pipeline import Pipeline
from nnvis3d.recording.segments import Segment
from nnvis3d.recording.settings import Settings
from nnvis3d.scene.host import Host
from nnvis3d.scene.readback import Readback
from nnvis3d.tour.timeline import Timeline

_BLACK, _WHITE = (0.0, 0.0, 0.0, 1.0), (1.0, 1.0, 1.0, 1.0)


class Film:
    """Frames of one tour, in order: any may be left out, none comes twice. Frame k shows the time k / fps.

    What a frame shows follows from the ticks before it, drawn or not: so a film that begins in the middle has
    the same frames as a whole one.
    """

    def __init__(self, timeline: Timeline, settings: Settings, weights: Path | None = None):
        """Open it at its first frame.

        Raises:
            UserError: no OpenGL, no such network, or a tour that asks for what is not there.
        """
        self.settings = settings
        self.frames = frame_count(timeline, settings)
        self.next = 0
        """The frame that comes next."""
        stage, opener = timeline.stage, open_stepped(timeline)
        self._lab = opener.session if opener is not None else None
        options = Options(
            model=stage.network,
            size=settings.size,
            flat=stage.view == "2d",
            theme=stage.theme,
            scale=settings.scale,
            weights=weights,
            quality="full",
        )
        with late_interrupt():
            import_runtime()
            self.app = App(
                Host(settings.size, offscreen=True, exact=True),
                options,
                DirectLoader(lambda name: load_runner(name, weights)),
                opener,
            )
        try:
            self._set_up(timeline)
        except BaseException:
            self.app.close()
            raise
        self._reader = Readback(self.app.host)
        self._jitter = [_halton(index + 1) for index in range(settings.draws)]
        self._sum = np.zeros((settings.size[1], settings.size[0], 4), np.uint16)
        self._fresh = False
        """Whether what was read last is what is to be seen now."""

    def _set_up(self, timeline: Timeline) -> None:
        app = self.app
        if self._lab is not None:
            for _ in range(2):  # it is found, then shown
                app.tick(TICK_SECONDS, draw=False)
        app.answering.wait()
        app.asking.edges.budget_ms = None  # nobody waits: all edges, whatever the machine does meanwhile
        app.touring.strict = True
        app.touring.words_shown = self.settings.captions
        app.touring.play(timeline, self.settings.language)
        app.settle()
        app.panels.messages.clear()
        app.touring.start()
        if timeline.loop:  # its first frame follows on its last
            for _ in range(self.frames):
                self._pass()

    def skip_to(self, frame: int) -> None:
        """Let everything happen up to `frame`, without drawing."""
        if frame < self.next:
            raise ValueError(f"frame {frame} is over; the next is {self.next}")
        while self.next < frame:
            self._pass()
            self.next += 1

    def draw(self, into: np.ndarray) -> None:
        """Draw the next frame into uint8 (H, W, 4): blue, green, red, alpha, row 0 on top."""
        if self.settings.draws == 1:
            self._tick(self.frame_seconds)
            np.copyto(into, self._picture())
        else:
            self._average(into)
        self.next += 1

    def record(
        self, segments: Iterable[Segment], folder: Path, pipeline: Pipeline, done: Callable[[Segment], None]
    ) -> None:
        """Draw these segments, in their order, and have them written into `folder`.

        Args:
            done: called by the pipeline with each that stands there whole.
        """
        for segment in segments:
            self.skip_to(segment.first)
            pipeline.begin(segment.place(self.settings, folder), segment.first)
            for number in range(segment.first, segment.last):
                self.draw(pipeline.buffer())
                pipeline.put(number)
            pipeline.end(partial(done, segment))

    def close(self) -> None:
        self._reader.close()
        self.app.close()

    @property
    def frame_seconds(self) -> float:
        return float(1 / self.settings.rate)

    # inside

    def _moments(self) -> list[tuple[float, bool]]:
        """The ticks of a frame: seconds, and whether the shutter is open after it."""
        if self.settings.blur == 1:
            return [(self.frame_seconds, True)]
        span = self.frame_seconds * self.settings.shutter
        closed = self.frame_seconds - span
        open_ones = [(span / self.settings.blur, True)] * self.settings.blur
        return [*open_ones, (closed, False)] if closed > 1e-9 else open_ones

    def _pass(self) -> None:
        for seconds, _ in self._moments():
            self._tick(seconds)

    def _tick(self, seconds: float) -> None:
        if self._lab is not None:
            self._lab.pass_time(seconds)
        if self.app.tick(seconds, draw=False):
            self._fresh = False

    def _picture(self) -> np.ndarray:
        """What is to be seen, drawn if it has changed. Read-only, good until the next call."""
        if not self._fresh:
            self._latest = self._transparent() if self.settings.alpha else self._drawn()
            self._fresh = True
        return self._latest

    def _average(self, into: np.ndarray) -> None:
        """A frame of several pictures: of moments while the shutter is open, of places within a pixel."""
        pictures = self.settings.draws
        if self.settings.blur == 1:
            self._tick(self.frame_seconds)
            if not self._fresh:
                self._sum[:] = 0
                self._add(0)
        else:
            self._sum[:], number = 0, 0
            for seconds, shown in self._moments():
                self._tick(seconds)
                if shown:
                    self._add(number)
                    number += self.settings.samples
        np.floor_divide(self._sum + np.uint16(pictures // 2), pictures, out=into, casting="unsafe")

    def _add(self, number: int) -> None:
        """Add this moment to the sum; `number`: how many pictures are in it."""
        for sample in range(self.settings.samples):
            if self.settings.samples > 1:
                self._shift_film(*self._jitter[number + sample])
                self._fresh = False
            np.add(self._sum, self._picture(), out=self._sum)

    def _drawn(self) -> np.ndarray:
        self.app.host.render()
        return self._reader.pixels()

    def _shift_film(self, across: float, down: float) -> None:
        """Move what the camera sees by shares of a pixel."""
        rig = self.app.show.rig
        width, height = rig.size
        film = rig.lens.get_film_size()
        rig.lens.set_film_offset(across * film[0] / width, down * film[1] / height)

    def _transparent(self) -> np.ndarray:
        """The network alone, its alpha found from how it looks before black and before white.

        Smith and Blinn, "Blue Screen Matting" (SIGGRAPH 1996), section "two backing colors".
        """
        show = self.app.show
        show.stage.backdrop.hide()
        show.stage.floor.hide()
        if show.network is not None:
            show.network.set_reflected(False)
        output = self.app.host.output
        output.set_clear_color(_BLACK)
        black = self._drawn().astype(np.int16)
        output.set_clear_color(_WHITE)
        white = self._drawn().astype(np.int16)
        alpha = 255 - (white - black)[:, :, :3].max(axis=2).clip(0, 255)
        picture = np.empty(black.shape, np.uint8)
        shares = np.maximum(alpha, 1)[:, :, None]
        picture[:, :, :3] = ((black[:, :, :3].astype(np.int32) * 255 + shares // 2) // shares).clip(0, 255)
        picture[:, :, 3] = alpha
        return picture


def frame_count(timeline: Timeline, settings: Settings) -> int:
    """Frames of the whole tour."""
    return max(1, round(timeline.length * settings.rate))


def _halton(index: int) -> tuple[float, float]:
    """Point `index` (from 1) of Halton's sequence in bases 2 and 3, -0.5 to 0.5: spread evenly at any
    count."""
    return _radical(index, 2) - 0.5, _radical(index, 3) - 0.5


def _radical(index: int, base: int) -> float:
    result, share = 0.0, 1.0
    while index:
        share /= base
        result += share * (index % base)
        index //= base
    return result
