"""How fast tours are recorded: rendering and encoding together, each alone, and two workers beside one.

One tour, the loop that ships: it has everything (strokes, flights, waves, captions), and has no end.
"""

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np

from nnvis3d.app.film import Film
from nnvis3d.bench.process import resident_mb
from nnvis3d.recording.encoders import open_encoder, segment_name
from nnvis3d.recording.farm import Farm
from nnvis3d.recording.pipeline import Pipeline
from nnvis3d.recording.segments import Segment
from nnvis3d.recording.settings import Settings
from nnvis3d.resources import resource
from nnvis3d.tour.compiling import compile_tour
from nnvis3d.tour.reading import parse_tour

TOUR = "tours/attract.toml"
KEPT = 60
"""Frames that are encoded alone: what fits into memory."""
WARM_ROUNDS = 2
"""Of the tour, before memory is looked at: until then the encoder's own pools fill."""
PIECE = 30
"""Frames of a segment that workers are given."""
SETTINGS = Settings(size=(1280, 720), fps=30.0)
PNG = Settings(size=(1280, 720), fps=30.0, container="png", codec="")


def measure_recording(quick: bool) -> dict[str, object]:
    """Frames a second of 1280x720 H.264, the speed-up of a second worker, and megabytes that 2,000 frames
    take."""
    with closing(Pipeline(SETTINGS)) as pipeline, closing(_film()) as film:
        camera = Camera(film, pipeline)
        with tempfile.TemporaryDirectory() as folder:
            rounds = [camera.round(90 if quick else 150, Path(folder)) for _ in range(1 if quick else 4)]
            growth = camera.growth(Path(folder), 400 if quick else 2000)
    render, encode, both = (1 / np.mean([1 / one[k] for one in rounds]) for k in range(3))
    figures = {"record": both, "render_only": render, "encode_only": encode}
    pieces = 4 if quick else 6
    speeds = [_workers(number, pieces) for number in (1, 2)]
    return {
        "fps": {name: round(float(v), 2) for name, v in figures.items()},
        "share_of_slower": round(float(both / min(render, encode)), 3),
        "two_workers_speedup": round(speeds[1] / speeds[0], 3),
        "growth_mb_2000_frames": round(growth, 2),
    }


def _film() -> Film:
    path = resource("assets", TOUR)
    return Film(compile_tour(parse_tour(path.read_text(encoding="utf-8"), path.name)), SETTINGS)


class Camera:
    """A film and the process that encodes it, both as they are in the middle of a long recording."""

    def __init__(self, film: Film, pipeline: Pipeline):
        self._film, self._pipeline = film, pipeline

    def round(self, count: int, folder: Path) -> tuple[float, float, float]:
        """Frames a second drawn, encoded, and recorded, of the same frames at about the same time: shared
        cores are quicker in one minute than in another."""
        kept, render = self._render(count)
        encode = _encode(kept, count, folder)
        self._rewind()
        both = self._record(count, folder)
        self._rewind()
        return render, encode, both

    def growth(self, folder: Path, frames: int) -> float:
        """Megabytes that 2,000 frames take, in both processes together; measured over at least so many, in
        whole rounds of the tour: some of its scenes take more than others."""
        rounds = -(-frames // self._film.frames)
        for _ in range(WARM_ROUNDS):
            self._record(self._film.frames, folder)
        before = self._resident_mb()
        for _ in range(rounds):
            self._record(self._film.frames, folder)
        return (self._resident_mb() - before) * 2000 / (rounds * self._film.frames)

    def _rewind(self) -> None:
        self._film.skip_to(self._film.next + -self._film.next % self._film.frames)

    def _resident_mb(self) -> float:
        return resident_mb() + resident_mb(self._pipeline.pid)

    def _render(self, count: int) -> tuple[list[np.ndarray], float]:
        """A few frames, from the whole stretch, and how many a second are drawn and read back."""
        buffer = np.empty((*SETTINGS.size[::-1], 4), np.uint8)
        kept: list[np.ndarray] = []
        spent = 0.0
        for number in range(count):
            began = time.perf_counter()
            self._film.draw(buffer)
            spent += time.perf_counter() - began
            if number % max(count // KEPT, 1) == 0:
                kept.append(buffer.copy())
        return kept, count / spent

    def _record(self, count: int, folder: Path) -> float:
        """Frames a second with both."""
        segment = Segment(self._film.next, self._film.next + count)
        began = time.perf_counter()
        self._film.record([segment], folder, self._pipeline, lambda segment: None)
        self._pipeline.flush()
        return count / (time.perf_counter() - began)


def _encode(kept: list[np.ndarray], count: int, folder: Path) -> float:
    """Frames a second that are encoded while nothing is drawn."""
    encoder = open_encoder(SETTINGS, folder / segment_name(0, count), 0)
    began = time.perf_counter()
    for number in range(count):
        encoder.write(number, kept[number * len(kept) // count])
    encoder.close()
    return count / (time.perf_counter() - began)


def _workers(number: int, pieces: int) -> float:
    """PNG files a second that so many workers write, from when each of them has delivered for the first
    time."""
    path = resource("assets", TOUR)
    times: list[float] = []
    note: Callable[[Segment], None] = lambda segment: times.append(time.perf_counter())  # noqa: E731
    with tempfile.TemporaryDirectory() as folder:
        job = {
            "tour": path.read_text(encoding="utf-8"),
            "name": path.name,
            "settings": msgspec.to_builtins(PNG),
            "weights": "",
            "folder": folder,
        }
        segments = [Segment(PIECE * n, PIECE * (n + 1)) for n in range(pieces * number)]
        Farm(json.dumps(job), number).record(segments, note)
    first = 2 * number - 1  # by then every worker is at work
    return PIECE * (len(times) - 1 - first) / (times[-1] - times[first])
