"""The parts of the supervisor: judging, waiting, logging, counting. Real files, no clock."""

import errno
import json
import urllib.request
from datetime import UTC, datetime

import pytest

from nnvis3d.kiosk import logs
from nnvis3d.kiosk.config import Watch
from nnvis3d.kiosk.counters import HELP, Counters
from nnvis3d.kiosk.drawings import DrawingStore
from nnvis3d.kiosk.health import BackOff, Health
from nnvis3d.kiosk.logs import Log
from nnvis3d.kiosk.messages import Outbox, parse
from nnvis3d.kiosk.metrics_server import MetricsServer


def test_silence_is_a_freeze_only_after_the_limit():
    health = Health(Watch(freeze_seconds=5))
    health.frame(1)
    for _ in range(49):
        health.pass_time(0.1)
    assert health.verdict == ""
    health.frame(2)
    for _ in range(52):
        health.pass_time(0.1)
    assert health.verdict == "freeze"


def test_the_first_frame_may_take_longer():
    health = Health(Watch(freeze_seconds=5, start_seconds=60))
    for _ in range(59):
        health.pass_time(1.0)
    assert health.verdict == ""
    health.pass_time(1.0)
    health.pass_time(0.5)
    assert health.verdict == "slow start"


def test_who_slept_itself_does_not_kill_for_it():
    """The machine was suspended for a night: neither the exhibit nor its supervisor had a frame."""
    health = Health(Watch(freeze_seconds=5))
    health.frame(1)
    health.pass_time(8 * 3600.0)
    assert health.verdict == "" and health.silent <= 1


def test_memory_past_the_limit():
    health = Health(Watch(memory_mb=1000))
    health.frame(1)
    health.memory_mb = 999.0
    assert health.verdict == ""
    health.memory_mb = 1001.0
    assert health.verdict == "memory"


def test_waits_grow_and_calm_ends_them():
    back_off = BackOff(Watch(calm_seconds=60, longest_wait_seconds=10))
    assert [back_off.after(3) for _ in range(8)] == [0, 0, 1, 2, 4, 8, 10, 10]
    assert back_off.after(61) == 0
    for _ in range(5000):
        back_off.after(0)
    assert back_off.after(0) == 10


def lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_log_rotates_and_is_capped(tmp_path):
    log = Log(tmp_path, most_mb=0.002, files=3)
    for number in range(200):
        log.write("event", number=number, text="x" * 30)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["kiosk.log", "kiosk.log.1", "kiosk.log.2"]
    assert all(path.stat().st_size <= 2000 for path in tmp_path.iterdir())
    assert lines(tmp_path / "kiosk.log")[-1]["number"] == 199
    newest, older = lines(tmp_path / "kiosk.log"), lines(tmp_path / "kiosk.log.1")
    assert newest[0]["number"] == older[-1]["number"] + 1


def test_a_full_disk_stops_the_log_and_nothing_else(tmp_path, monkeypatch):
    log = Log(tmp_path)
    log.write("before")
    monkeypatch.setattr(logs, "SPARE_MB", 1e12)  # no disk has so much
    for _ in range(3):
        log.write("lost", "error", reason="and yet remembered")
    monkeypatch.undo()
    log.write("after")
    assert [line["event"] for line in lines(log.path)] == ["before", "after"]
    assert lines(log.path)[-1]["lost_lines"] == 3 and log.lost == 0
    assert len(log.errors) == 3 and "and yet remembered" in log.errors[-1]


def test_a_disk_without_a_single_byte():
    """/dev/full: opening works, writing does not."""
    log = Log(tmp := __import__("pathlib").Path("/dev"), name="full")
    assert tmp.exists()
    log.write("lost")
    assert log.lost == 1


def test_the_clock_may_jump(tmp_path):
    """A wall clock that goes backwards is written down as it is, and decides nothing."""
    times = iter([datetime(2026, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)] * 2)
    log = Log(tmp_path, now=lambda: next(times).isoformat())
    for _ in range(4):
        log.write("tick")
    assert [line["time"][:4] for line in lines(log.path)] == ["2026", "1970"] * 2


def test_counters_survive_and_are_replaced_whole(tmp_path):
    path = tmp_path / "counters.json"
    counters = Counters(path)
    counters.add("visitors")
    counters.add("languages", "ja", 2)
    assert counters.save()
    again = Counters(path)
    again.add("visitors")
    assert (again.total("visitors"), again.totals["languages"]) == (2, {"ja": 2})
    assert [p.name for p in tmp_path.iterdir()] == ["counters.json"]
    with pytest.raises(KeyError):
        again.add("no such thing")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"counters": 5}', b'{"counters": {"visitors": 3}}', b"\xff"]
)
def test_a_damaged_counters_file_is_no_reason_to_stay_dark(tmp_path, content):
    path = tmp_path / "counters.json"
    path.write_bytes(content)
    counters = Counters(path)
    counters.add("visitors")
    assert counters.total("visitors") == 1 and counters.save()


def test_counters_that_cannot_be_saved(tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert not Counters(tmp_path / "file" / "counters.json").save()


def test_prometheus_on_loopback(tmp_path):
    counters = Counters(tmp_path / "counters.json")
    counters.add("restarts", 'a "fault"', 3)
    counters.gauges["memory_mb"] = 512.5
    server = MetricsServer(0, counters.prometheus)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{server.port}/etc/passwd", timeout=10)
    finally:
        server.close()
    assert (
        'nnvis3d_restarts_total{reason="a \\"fault\\""} 3\n' in text and "nnvis3d_memory_mb 512.5\n" in text
    )
    for name in HELP:
        assert f"# TYPE nnvis3d_{name}_total counter" in text


def test_the_exhibit_never_waits_for_a_supervisor_that_does_not_read():
    import os

    read, write = os.pipe()
    with os.fdopen(write, "wb", 0) as stream:
        outbox = Outbox(stream)
        for number in range(30000):
            outbox.send({"frames": number, "filler": "x" * 40})
        os.close(read)
        outbox.send({"frames": 1})
        assert outbox.alone
        outbox.send({"frames": 2})


def test_what_is_no_message_is_none():
    assert parse(b'{"frames": 3}\n') == {"frames": 3}
    for line in (b"", b"X Error\n", b"[1]\n", b"\xff\n", b"[" * 100000):
        assert parse(line) is None


def test_drawings_are_kept_only_if_the_exhibit_wants_it(tmp_path):
    path = tmp_path / "drawings.jsonl"
    assert not DrawingStore(path, False, 1).keep({"strokes": []})
    assert not path.exists()
    store = DrawingStore(path, True, 0.0001)
    kept = [store.keep({"strokes": [[[1, 2]] * 5]}) for _ in range(10)]
    assert kept[0] and not kept[-1] and path.stat().st_size <= 100
    assert not DrawingStore(tmp_path / "none" / "x", True, 1).keep({})
    assert errno.ENOENT  # the folder is not there: nothing raised
