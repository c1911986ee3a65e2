"""A worker process of `nnvis3d record`: records the segments that it is told on its standard input.

The first line is the job, each later one a segment; see recording/farm.py.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import TextIO

import msgspec

from nnvis3d.errors import UserError
from nnvis3d.recording.pipeline import Pipeline, WriterEndedError
from nnvis3d.recording.trouble import GOES_ON, InterruptedRecordingError


def main() -> int:
    """Until the input ends; 0, or 2 after an error, 1 after an accident."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever drivers print is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for who started it, and ends it
    orders = _lines()
    try:
        _work(json.loads(next(orders)), orders, answers)
    except WriterEndedError as error:
        print(error, file=sys.stderr)
        return 1  # without an answer: another worker may have more luck
    except InterruptedRecordingError as error:
        print(json.dumps({"error": f"{error}; {GOES_ON}"}), file=answers, flush=True)
        return 2
    except UserError as error:
        print(json.dumps({"error": str(error)}), file=answers, flush=True)
        return 2
    return 0


def _lines() -> Iterator[str]:
    """What it is told. When nobody is there any more to tell, the process ends at once, in the middle of a
    segment: whoever resumes the recording writes into the same folder."""
    lines: SimpleQueue[str] = SimpleQueue()
    source = os.fdopen(os.dup(0))  # Python's own is locked by who reads it when the process ends

    def listen() -> None:
        for line in source:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=listen, name="listen", daemon=True).start()
    while True:
        yield lines.get()


def _work(job: dict, orders: Iterator[str], answers: TextIO) -> None:
    from nnvis3d.app.film import Film
    from nnvis3d.recording.segments import Segment
    from nnvis3d.recording.settings import Settings
    from nnvis3d.tour.compiling import compile_tour
    from nnvis3d.tour.reading import parse_tour

    settings = msgspec.convert(job["settings"], Settings)
    timeline = compile_tour(parse_tour(job["tour"], job["name"]))
    weights = Path(job["weights"]) if job["weights"] else None
    folder = Path(job["folder"])
    with closing(Pipeline(settings)) as pipeline, closing(Film(timeline, settings, weights)) as film:
        for line in orders:
            told = json.loads(line)
            film.record([Segment(told["first"], told["last"])], folder, pipeline, lambda segment: None)
            pipeline.flush()
            print(json.dumps({"done": told["first"]}), file=answers, flush=True)


if __name__ == "__main__":
    sys.exit(main())
