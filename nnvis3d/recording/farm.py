"""Worker processes of this machine: each is given one segment after the other; who dies is replaced.

A worker is any command that reads a job as one line of JSON from its standard input, then lines
`{"first": F, "last": L}`, and answers each with a line `{"done": F}`, or with `{"error": "..."}` and its end.
"""

import json
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable

from nnvis3d.errors import UserError
from nnvis3d.recording.segments import Segment

TRIES = 3
"""How often a segment is begun before it is given up: a driver may crash once, not always."""
COMMAND = (sys.executable, "-m", "nnvis3d.commands.record_worker")


class Worker:
    """One process."""

    def __init__(self, job: str, command: tuple[str, ...] = COMMAND):
        """`job`: one line of JSON."""
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._errors: deque[str] = deque(maxlen=5)
        threading.Thread(target=self._listen, daemon=True).start()
        self._say(job)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(line.strip() for line in self._process.stderr if line.strip())

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it is dead: the answer that does not come says so

    def record(self, segment: Segment) -> bool:
        """Have it recorded; False: the process died.

        Raises:
            UserError: it cannot be recorded, by anybody.
        """
        assert self._process.stdout is not None
        self._say(json.dumps({"first": segment.first, "last": segment.last}))
        line = self._process.stdout.readline()
        try:
            answer = json.loads(line)
        except ValueError:
            return False
        if "error" in answer:
            raise UserError(answer["error"])
        return answer.get("done") == segment.first

    @property
    def last_words(self) -> str:
        """What it said on stderr in the end."""
        return self._errors[-1] if self._errors else ""

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class Farm:
    """A few workers that share the segments of one recording."""

    def __init__(self, job: str, workers: int, start: Callable[[str], Worker] = Worker):
        self._job, self._count, self._start = job, workers, start
        self._queue: deque[Segment] = deque()
        self._tries: Counter[Segment] = Counter()
        self._lock = threading.Lock()
        self._workers: set[Worker] = set()
        self._problem: BaseException | None = None
        self._stopped = False

    def record(self, segments: Iterable[Segment], done: Callable[[Segment], None]) -> None:
        """Have all of them recorded; `done` is called with each, in any thread.

        Raises:
            UserError: one cannot be recorded.
        """
        self._queue = deque(segments)
        threads = [
            threading.Thread(target=self._serve, args=(done,), daemon=True)
            for _ in range(min(self._count, len(self._queue)))
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        finally:
            self.stop()
        if self._problem is not None:
            raise self._problem

    def stop(self) -> None:
        """End all workers now."""
        with self._lock:
            self._stopped = True
            workers, self._workers = self._workers, set()
        for worker in workers:
            worker.stop()

    def _serve(self, done: Callable[[Segment], None]) -> None:
        """Keep one worker busy; start another one where it dies."""
        worker = None
        try:
            while (segment := self._take()) is not None:
                worker = worker or self._new_worker()
                if worker.record(segment):
                    done(segment)
                    continue
                words = worker.last_words
                self._forget(worker)
                worker = None
                self._put_back(segment, words)
        except BaseException as problem:
            self._problem = self._problem or (None if self._stopped else problem)
            with self._lock:
                self._queue.clear()
        if worker is not None:
            self._forget(worker)

    def _take(self) -> Segment | None:
        with self._lock:
            return self._queue.popleft() if self._queue and not self._stopped else None

    def _put_back(self, segment: Segment, words: str) -> None:
        with self._lock:
            if self._stopped:
                return
            self._tries[segment] += 1
            if self._tries[segment] >= TRIES:
                raise UserError(
                    f"frames {segment.first} to {segment.last - 1}: {TRIES} workers died over them"
                    + (f" ({words})" if words else "")
                )
            self._queue.appendleft(segment)

    def _new_worker(self) -> Worker:
        worker = self._start(self._job)
        with self._lock:
            self._workers.add(worker)
        return worker

    def _forget(self, worker: Worker) -> None:
        with self._lock:
            self._workers.discard(worker)
        worker.stop()
