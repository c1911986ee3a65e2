"""Networks that compute on threads of their own: everything is heard, in its place, in every pass."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from nnvis3d.errors import UserError
from nnvis3d.runtime.tracing.runner import TracedRunner
from nnvis3d.runtime.tracing.trace import trace


class Branches(nn.Module):
    """Two ways at once, by a pool or by threads; the first may be made to wait for the second."""

    def __init__(self, how: str = "pool"):
        super().__init__()
        self.how, self.wait, self.kept = how, False, ThreadPoolExecutor(2) if how == "kept" else None
        self.read = nn.Linear(4, 6)
        self.a = nn.Sequential(nn.Linear(6, 5), nn.ReLU())
        self.b = nn.Sequential(nn.Linear(6, 5), nn.Tanh())
        self.shared, self.head = nn.Linear(5, 5), nn.Linear(5, 2)

    def forward(self, x):
        x, done = self.read(x), threading.Event()

        def first():
            if self.wait:
                assert done.wait(20)
            return F.gelu(self.shared(self.a(x)))

        def second():
            made = F.gelu(self.shared(self.b(x)))
            done.set()
            return made

        return self.head(torch.cat(self._both(first, second)).sum(0, keepdim=True))

    def _both(self, *functions):
        if self.how == "threads":
            found = [None, None]

            def run(k: int) -> None:
                found[k] = functions[k]()

            workers = [threading.Thread(target=run, args=(k,)) for k in range(2)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            return found
        if self.kept is not None:
            return list(self.kept.map(lambda function: function(), functions))
        with ThreadPoolExecutor(2) as pool:
            return [one.result() for one in [pool.submit(function) for function in functions]]


def _expected(module: Branches, x: torch.Tensor) -> dict[str, np.ndarray]:
    with torch.no_grad():
        read = module.read(x)
        a, b = module.shared(module.a(read)), module.shared(module.b(read))
        return {
            "a.1": module.a(read),
            "b.1": module.b(read),
            "a.shared": a,
            "b.shared": b,
            "a.gelu": F.gelu(a),
            "b.gelu": F.gelu(b),
        }


@pytest.mark.parametrize("how", ["pool", "kept", "threads"])
@pytest.mark.parametrize("wait", [False, True], ids=["first", "second first"])
def test_what_runs_on_threads_is_heard_in_its_place_whichever_is_faster(how, wait):
    torch.manual_seed(1)
    module, example = Branches(how).eval(), torch.randn(1, 4)
    module.wait = wait
    before = ThreadPoolExecutor.submit, threading.Thread.start
    traced = trace(module, example)
    assert (ThreadPoolExecutor.submit, threading.Thread.start) == before
    sources = {layer.name: layer.sources for layer in traced.spec.layers}
    assert sources["a.0"] == sources["b.0"] == ("read",) and sources["a.1"] == ("a.0",)
    by_way = {source: name for name, (source, *_) in list(sources.items())[1:] if source in ("a.1", "b.1")}
    assert set(by_way.values()) == {"shared", "shared#2"}
    bent = {source: name for name, (source, *_) in list(sources.items())[1:] if source.startswith("shared")}
    assert set(bent.values()) == {"gelu", "gelu#2"}
    assert not any(layer.note for layer in traced.spec.layers)
    names = [layer.name for layer in traced.spec.layers]
    assert names.index("read") < names.index("a.0") < names.index(by_way["a.1"]) < names.index("b.0")
    runner = TracedRunner(traced)
    wanted = _expected(module, example)
    for turn in range(6):
        module.wait = bool(turn % 2)
        frame = runner.run()
        assert frame.skipped == ()
        for way in "ab":
            shared = by_way[f"{way}.1"]
            found = {f"{way}.1": f"{way}.1", f"{way}.shared": shared, f"{way}.gelu": bent[shared]}
            for key, name in found.items():
                assert np.array_equal(frame.layer(name), wanted[key][0].numpy()), (turn, name)
    assert {group.name for group in traced.spec.groups} == {"a", "b"}


def test_work_that_hands_on_work_and_functions_between_modules_are_followed():
    class Nested(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two, self.head = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 2)

        def forward(self, x):
            def outer():
                with ThreadPoolExecutor(1) as pool:
                    inner = pool.submit(lambda: self.one(x.abs() + 1)).result()
                return self.two(inner * 2) + inner

            with ThreadPoolExecutor(1) as pool:
                return self.head(pool.submit(outer).result())

    traced = trace(Nested().eval(), torch.randn(1, 4))
    sources = {layer.name: layer.sources for layer in traced.spec.layers}
    assert sources == {
        "input": (),
        "one": ("input",),
        "two": ("one",),
        "add": ("two", "one"),
        "head": ("add",),
    }
    assert TracedRunner(traced).run().skipped == ()


class Worker(nn.Module):
    """A thread that was started before takes modules and inputs from a queue."""

    def __init__(self, *work: str):
        super().__init__()
        self.read, self.head = nn.Linear(4, 5), nn.Linear(5, 2)
        self.block = nn.Sequential(nn.Linear(5, 5), nn.ReLU())
        self.leaf = nn.Linear(5, 5)
        self.work, self.given, self.made = work, queue.Queue(), queue.Queue()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            module, x = self.given.get()
            self.made.put(module(x))

    def forward(self, x):
        x = self.read(x)
        for name in self.work:
            self.given.put((getattr(self, name), x))
            x = self.made.get(timeout=20)
        return self.head(x)


def test_what_a_thread_of_long_standing_runs_is_one_block_and_says_so():
    torch.manual_seed(3)
    module, example = Worker("leaf", "block").eval(), torch.randn(1, 4)
    traced = trace(module, example)
    sources = {layer.name: layer.sources for layer in traced.spec.layers}
    assert list(sources) == ["input", "read", "leaf", "block", "head"]
    assert sources["block"] == ("leaf",) and sources["head"] == ("block",)
    notes = [layer.note for layer in traced.spec.layers]
    assert notes[:3] == ["", "", ""] and "thread of its own" in notes[3] and notes[4] == ""
    frame = TracedRunner(traced).run()
    with torch.no_grad():
        expected = module.block(module.leaf(module.read(example)))
    assert np.array_equal(frame.layer("block"), expected[0].numpy()) and frame.skipped == ()


def test_what_it_runs_several_times_is_left_out_and_the_way_through_it_stays():
    torch.manual_seed(4)
    module, example = Worker("leaf", "leaf").eval(), torch.randn(1, 4)
    traced = trace(module, example)
    sources = {layer.name: layer.sources for layer in traced.spec.layers}
    assert sources == {"input": (), "read": ("input",), "head": ("read",)}
    frame = TracedRunner(traced).run()
    assert np.array_equal(frame.layer("head"), module(example)[0].detach().numpy())


def test_a_layer_that_fails_on_a_thread_is_named():
    class Fails(Branches):
        def __init__(self):
            super().__init__()
            self.b[1] = nn.Linear(7, 5)

    with pytest.raises(UserError, match=r"^b\.1 \(Linear\): fails on input \(1, 4\) with RuntimeError"):
        trace(Fails().eval(), torch.randn(1, 4))


def test_a_thread_that_goes_on_after_the_pass_has_no_part_in_the_next():
    class Leaves(nn.Module):
        def __init__(self):
            super().__init__()
            self.late, self.head = nn.Linear(4, 4), nn.Linear(4, 2)
            self.go, self.workers = threading.Event(), []

        def forward(self, x):
            def late():
                assert self.go.wait(20)
                return self.late(x)

            self.workers.append(threading.Thread(target=late))
            self.workers[-1].start()
            return self.head(x)

    module = Leaves().eval()
    traced = trace(module, torch.randn(1, 4))
    runner = TracedRunner(traced)
    first = runner.run()
    module.go.set()
    for worker in module.workers:
        worker.join()
    module.go.clear()
    second = runner.run()
    module.go.set()
    module.workers[-1].join()
    assert [layer.name for layer in traced.spec.layers] == ["input", "head"]
    assert np.array_equal(first.values, second.values) and second.skipped == ()


def test_the_same_network_on_a_thread_that_is_not_its_own_is_not_heard():
    torch.manual_seed(2)
    module, example = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)).eval(), torch.randn(1, 4)
    stop, passes = threading.Event(), []

    def other():
        while not stop.is_set():
            with ThreadPoolExecutor(1) as pool:
                passes.append(pool.submit(module, torch.ones(1, 4)).result())

    thread = threading.Thread(target=other)
    thread.start()
    try:
        traced = trace(module, example)
        runner = TracedRunner(traced)
        for _ in range(20):
            frame = runner.run()
            assert np.array_equal(frame.layer("2"), module(example)[0].detach().numpy())
        assert [layer.name for layer in traced.spec.layers] == ["input", "0", "1", "2"]
    finally:
        stop.set()
        thread.join()
    assert passes
