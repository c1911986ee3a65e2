"""`nnvis3d bench`: the fields that its users count on, each with a number that can be one."""

import json
import math

import pytest

from nnvis3d.bench import process
from nnvis3d.bench.timing import distribution, timed
from tests.program import call, refusal  # noqa: F401

FIGURES = {
    *("tick_ms", "pointer_to_frame_ms", "forward_ms", "bare_forward_ms", "upload_ms"),
    *("draw_ms", "floor_ms", "orbit_ms", "pick_ms", "hover_to_frame_ms"),
}


def test_a_network_s_figures_are_all_there(capfd):
    capfd.readouterr()
    assert call("bench", "--quick", "--only", "mlp", "--json") == 0
    written = capfd.readouterr()
    (line,) = written.out.splitlines()
    report = json.loads(line)
    assert list(report) == ["machine", "networks"] and list(report["networks"]) == ["mlp"]
    assert "mlp 3d" in written.err and "mlp 2d" in written.err
    views = report["networks"]["mlp"]
    assert list(views) == ["3d", "2d"]
    for figures in views.values():
        assert set(figures) >= FIGURES
        for name, times in figures.items():
            assert list(times) == ["median", "p95"], name
            assert all(math.isfinite(time) and time > 0 for time in times.values()), name
            assert times["median"] <= times["p95"], name


def test_the_machine_is_told():
    machine = process.machine()
    assert {"cores", "processor", "renderer", "system", "python"} <= set(machine)
    assert machine["cores"] >= 1 and "llvmpipe" in machine["renderer"]


def test_start_up_is_measured_in_a_process_of_its_own(capsys):
    assert call("bench", "--quick", "--only", "startup", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == ["machine", "startup"]
    startup = report["startup"]
    assert list(startup) == ["first_picture_s", "first_answer_s"]
    assert 0 < startup["first_picture_s"] < startup["first_answer_s"]


def test_memory_is_measured_in_a_process_of_its_own():
    memory = process.measure_memory(60)
    assert list(memory) == ["rss_mb", "growth_mb_20000_ticks"]
    assert 50 < memory["rss_mb"] < 4000 and math.isfinite(memory["growth_mb_20000_ticks"])


def test_a_part_of_the_benchmark_that_fails_says_why(monkeypatch):
    monkeypatch.setattr(process, "IDLE", "raise ValueError('no {seconds} today')")
    with pytest.raises(RuntimeError, match=r"no 0\.5 today"):
        process.measure_idle(0.5)


def test_an_unknown_part_is_refused(refusal):  # noqa: F811
    line = refusal("bench", "--only", "everything", "--json")
    assert (
        "--only everything" in line
        and "startup, idle, memory, networks, scale, lab, record, cnn, mlp" in line
    )


def test_a_distribution_is_the_median_and_the_95th_percentile():
    assert distribution([float(n) for n in range(101)]) == {"median": 50.0, "p95": 95.0}
    assert distribution([1.23456]) == {"median": 1.235, "p95": 1.235}
    assert timed(lambda: None) >= 0


def test_the_lab_is_measured_beside_a_bare_loop(capsys):
    assert call("bench", "--quick", "--only", "lab", "--json") == 0
    lab = json.loads(capsys.readouterr().out)["lab"]
    for field in ("examples_per_s", "cifar3_batch_4_examples_per_cpu_s"):
        assert list(lab[field])[:2] == ["bare", "headless"]
        assert all(math.isfinite(rate) and rate > 0 for rate in lab[field].values())
    rates = lab["examples_per_s"]
    assert list(rates) == ["bare", "headless", "window", "embeddings"]
    assert lab["share_of_bare"] == {name: rate / rates["bare"] for name, rate in rates.items()}
    for window in (lab["window"], lab["embeddings"]):
        assert window["frames_per_s"] > 0 and list(window["frame_ms"]) == ["median", "p95"]
    assert list(lab["tsne_step_ms"]) == ["16", "64", "256", "1024"]
