"""The work of `nnvis3d record`: here, in processes beside this one, or on a cluster."""

import argparse
import json
import sys
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from nnvis3d.app.film import Film
from nnvis3d.errors import UserError
from nnvis3d.recording.joining import join
from nnvis3d.recording.pipeline import Pipeline
from nnvis3d.recording.progress import Progress
from nnvis3d.recording.segments import Segment, Workplace, plan, shared
from nnvis3d.recording.settings import Settings
from nnvis3d.recording.trouble import GOES_ON, InterruptedRecordingError, said_as_user_error
from nnvis3d.tour.reading import TourText
from nnvis3d.tour.subtitles import srt, vtt
from nnvis3d.tour.timeline import Timeline

TRIED_FRAMES = 12
"""Recorded by a dry run, to tell how long all of them take."""


class Recording:
    """One run of the command."""

    def __init__(
        self,
        tour: TourText,
        timeline: Timeline,
        settings: Settings,
        options: argparse.Namespace,
        frames: tuple[int, int],
    ):
        self.tour, self.timeline, self.settings, self.options = tour, timeline, settings, options
        self.first, self.last = frames

    def make(self) -> dict[str, Any]:
        """Record it; what came of it.

        Raises:
            UserError: it cannot be recorded.
            KeyboardInterrupt: the person wants no more; what there is waits for --resume.
        """
        output: Path = self.options.output
        place = Workplace(output, self.settings, self.tour.text + self._weights_digest())
        segments = plan(self.settings, self.first, self.last)
        place.open(self.options.resume)
        missing = place.missing(segments)
        there = self.last - self.first - sum(segment.frames for segment in missing)
        progress = Progress(self.last - self.first, there, quiet=self.options.json)
        try:
            self._record(missing, place, progress)
            join(place, segments)
        except InterruptedRecordingError as error:
            raise UserError(f"{error}; {GOES_ON}") from error
        except KeyboardInterrupt:
            progress.close()
            kept = self.last - self.first - sum(one.frames for one in place.missing(segments))
            sys.stderr.write(
                f"nnvis3d: interrupted; {kept} of {self.last - self.first} frames are kept in "
                f"{place.folder}: {GOES_ON}\n"
            )
            raise
        finally:
            progress.close()
        if self.options.subtitles:
            self._write_subtitles(output)
        return {**self._report(), "output": str(output), "bytes": _bytes(output)}

    def dry_run(self) -> dict[str, Any]:
        """How long it takes, from a few frames in the middle that nobody sees."""
        import tempfile

        with (
            closing(Pipeline(self.settings)) as pipeline,
            closing(Film(self.timeline, self.settings, self.options.weights)) as film,
        ):
            began = time.perf_counter()
            film.skip_to(min((self.first + self.last) // 2, max(self.last - TRIED_FRAMES, 0)))
            skipped = max(film.next, 1)
            tick_s = (time.perf_counter() - began) / skipped
            tried = min(TRIED_FRAMES, film.frames - film.next)
            segment = Segment(film.next, film.next + tried)
            began = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                film.record([segment], Path(folder), pipeline, lambda one: None)
                pipeline.flush()
            frame_s = (time.perf_counter() - began) / tried
        expected = frame_s * (self.last - self.first) / self.options.workers + tick_s * self.first
        return {**self._report(), "expected_s": round(expected, 1)}

    def _report(self) -> dict[str, Any]:
        return {
            "tour": self.tour.name,
            "length_s": round((self.last - self.first) / float(self.settings.rate), 3),
            "frames": self.last - self.first,
            "fps": round(float(self.settings.rate), 3),
            "size": list(self.settings.size),
        }

    # who does it

    def _record(self, segments: list[Segment], place: Workplace, progress: Progress) -> None:
        def done(segment: Segment) -> None:
            progress.advance(segment.frames)

        if not segments:
            return
        if self.options.scheduler:
            from nnvis3d.recording.cluster import record_on_cluster

            record_on_cluster(self.options.scheduler, self._job(""), segments, place.folder, done)
        elif self.options.workers > 1:
            from nnvis3d.recording.farm import Farm

            workers = self.options.workers
            pieces = shared(self.settings, segments, workers)
            Farm(json.dumps(self._job(str(place.folder))), workers).record(pieces, done)
        else:
            self._record_here(segments, place, progress)

    def _record_here(self, segments: list[Segment], place: Workplace, progress: Progress) -> None:
        with (
            closing(Pipeline(self.settings, lambda number: progress.advance())) as pipeline,
            closing(Film(self.timeline, self.settings, self.options.weights)) as film,
        ):
            film.record(segments, place.folder, pipeline, lambda segment: None)
            pipeline.flush()

    def _weights_digest(self) -> str:
        """Other weights make other frames. Those that cannot be read are refused by who loads them."""
        weights = self.options.weights
        return sha256(weights.read_bytes()).hexdigest() if weights and weights.is_file() else ""

    def _job(self, folder: str) -> dict[str, Any]:
        """What a worker is told."""
        weights = self.options.weights
        return {
            "tour": self.tour.text,
            "name": self.tour.name,
            "settings": msgspec.to_builtins(self.settings),
            "weights": str(weights.absolute()) if weights else "",
            "folder": folder,
        }

    def _write_subtitles(self, output: Path) -> None:
        kind = self.options.subtitles
        start, end = (float(frame / self.settings.rate) for frame in (self.first, self.last))
        text = {"srt": srt, "vtt": vtt}[kind](self.timeline, self.settings.language, start, end)
        path = output.with_suffix(f".{kind}")
        with said_as_user_error(path):
            path.write_text(text, encoding="utf-8")


def _bytes(output: Path) -> int:
    files = output.iterdir() if output.is_dir() else [output]
    return sum(path.stat().st_size for path in files)
