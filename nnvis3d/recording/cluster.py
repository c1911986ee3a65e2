"""Segments as tasks of a Dask cluster, whose scheduler gives a lost worker's task to another one.

Only the client and what travels is here; a task is done by a worker process like those of farm.py, beside the
Dask worker: a graphics driver that crashes takes nothing else along.
"""

import json
import tempfile
import threading
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from nnvis3d.errors import UserError
from nnvis3d.recording.farm import Worker
from nnvis3d.recording.segments import Segment
from nnvis3d.recording.trouble import said_as_user_error

CONNECT_SECONDS = 10
RETRIES = 3
"""How often a task whose process died is begun again."""


def record_on_cluster(
    address: str,
    job: dict[str, Any],
    segments: Iterable[Segment],
    folder: Path,
    done: Callable[[Segment], None],
) -> None:
    """Have the segments recorded by the cluster, and put their files into `folder`.

    Args:
        job: what a worker is told, as JSON; its "folder" is the worker's own.

    Raises:
        UserError: no Dask, no cluster, or a segment that cannot be recorded.
    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise UserError('--scheduler: Dask is missing: pip install "nnvis3d[cluster]"') from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UserError(f"--scheduler {address}: no Dask scheduler answers there ({error})") from error
    with client, client.as_current():
        text = json.dumps(job)
        tasks = {
            client.submit(record_task, text, one.first, one.last, retries=RETRIES, pure=False): one
            for one in segments
        }
        try:
            for task in as_completed(list(tasks)):
                answer = task.result()
                if "error" in answer:
                    raise UserError(answer["error"])
                for name, data in answer["files"].items():
                    _put(folder / name, data)
                done(tasks[task])
                task.release()
        except RuntimeError as error:
            raise UserError(f"--scheduler {address}: {error}") from error
        finally:
            client.cancel(list(tasks))


def _put(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    with said_as_user_error(part):
        try:
            part.write_bytes(data)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def record_task(text: str, first: int, last: int) -> dict[str, Any]:
    """What a Dask worker does: {"files": name -> bytes}, or {"error": sentence}.

    Raises:
        RuntimeError: the process that recorded it died: Dask begins the task again.
    """
    return _agent(text).record(Segment(first, last))


class _Agent:
    """A worker process beside a Dask worker. It goes forward through the tour; for an earlier segment there
    is a new one."""

    def __init__(self, text: str):
        self._lock = threading.Lock()  # a Dask worker may run several tasks at once
        self._folder = tempfile.TemporaryDirectory(prefix="nnvis3d-")
        self._job = json.dumps({**json.loads(text), "folder": self._folder.name})
        self._worker: Worker | None = None
        self._next = 0

    def record(self, segment: Segment) -> dict[str, Any]:
        with self._lock:
            if self._worker is not None and segment.first < self._next:
                self._drop()
            self._worker = self._worker or Worker(self._job)
            try:
                alive = self._worker.record(segment)
            except UserError as error:
                self._drop()
                return {"error": str(error)}
            if not alive:
                words = self._worker.last_words
                self._drop()
                raise RuntimeError(f"a rendering process died ({words})")
            self._next = segment.last
            return {"files": self._collect()}

    def _collect(self) -> dict[str, bytes]:
        files = {}
        for path in sorted(Path(self._folder.name).iterdir()):
            files[path.name] = path.read_bytes()
            path.unlink()
        return files

    def _drop(self) -> None:
        if self._worker is not None:
            self._worker.stop()
        self._worker, self._next = None, 0


@cache
def _agent(text: str) -> _Agent:
    """One for each recording and Dask worker."""
    return _Agent(text)
