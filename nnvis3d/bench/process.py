"""Start-up, idling and memory: each in a process of its own, for the first start is the one that counts."""

import json
import os
import subprocess
import sys
import time

STARTUP = """
import sys, time
from nnvis3d.app.app import App, Options
from nnvis3d.inputs.samples import sample_strokes
from nnvis3d.scene.host import Host
host = Host((1280, 720), offscreen=True, finish=True)
app = App(host, Options())
app.tick(1 / 60)
first_picture = time.time()
app.pad.put(sample_strokes()[3].drawing)
while app.frame is None or app.frame.blank:
    app.tick(1 / 60)
    time.sleep(0.001)
print(first_picture, time.time())
"""

IDLE = """
import resource, time
from nnvis3d.app.app import App, Options
from nnvis3d.scene.host import Host
host = Host((1280, 720), offscreen=True, finish=True)
app = App(host, Options())
app.settle()
end = time.perf_counter() + 5.0
app.run(until=lambda: time.perf_counter() > end)
used, started = time.process_time(), time.perf_counter()
app.run(until=lambda: time.perf_counter() > started + {seconds})
print((time.process_time() - used) / (time.perf_counter() - started))
"""

MEMORY = """
import itertools
from nnvis3d.app.app import App, Options
from nnvis3d.bench import hand
from nnvis3d.bench.process import resident_mb
from nnvis3d.scene.host import Host
host = Host((1280, 720), offscreen=True)
app = App(host, Options())
app.settle()

def draw(ticks):
    done = 0
    for drawing in itertools.cycle(hand.digits(20)):
        app.invoke("clear")
        for event in hand.pointer_events(app, drawing):
            app.input.inject(event)
            app.tick(1 / 60)
            done += 1
            if done % 50 == 0:
                host.wait()  # headless EGL keeps half a kilobyte a frame until somebody reads one
            if done == ticks:
                return

draw({ticks} // 4)
before = resident_mb()
draw({ticks})
after = resident_mb()
print(after, after - before)
"""


def resident_mb(process: int | str = "self") -> float:
    """Megabytes of this process, or of the one with that number, that are in memory now."""
    try:
        with open(f"/proc/{process}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:  # not Linux: the most that it ever was
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _run(program: str) -> tuple[float, list[float]]:
    """When the process was started (seconds), and the numbers that it printed last."""
    started = time.time()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"a part of the benchmark failed: {done.stderr.strip().splitlines()[-1:]}")
    return started, [float(word) for word in done.stdout.strip().splitlines()[-1].split()]


def measure_startup(repeats: int) -> dict[str, float]:
    """Seconds from process start to the first picture and to the first answer; the median of `repeats`."""
    pictures, answers = [], []
    for _ in range(repeats):
        started, (picture, answer) = _run(STARTUP)
        pictures.append(picture - started)
        answers.append(answer - started)
    middle = repeats // 2
    return {
        "first_picture_s": round(sorted(pictures)[middle], 3),
        "first_answer_s": round(sorted(answers)[middle], 3),
    }


def measure_idle(seconds: float) -> float:
    """Cores that are busy five seconds after the last thing has moved."""
    return round(_run(IDLE.replace("{seconds}", str(seconds)))[1][0], 3)


def measure_memory(ticks: int) -> dict[str, float]:
    """Megabytes resident after, and grown over, so many ticks of drawing."""
    resident, growth = _run(MEMORY.replace("{ticks}", str(ticks)))[1]
    return {"rss_mb": round(resident, 1), "growth_mb_20000_ticks": round(growth * 20000 / ticks, 2)}


def measure_soak(minutes: float, log: str = "") -> dict[str, object]:
    """Visitors before the kiosk for so many minutes; a line a minute goes to stderr and into `log`."""
    command = [sys.executable, "-m", "nnvis3d.bench.kiosk_soak", str(minutes), *([log] if log else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the soak failed with status {done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def machine() -> dict[str, object]:
    """What this was measured on."""
    import platform

    from nnvis3d.scene.host import Host

    host = Host((64, 64), offscreen=True)
    renderer = host.gsg.driver_renderer
    host.close()
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "renderer": renderer,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def _processor() -> str:
    import platform

    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def as_json(report: dict) -> str:
    return json.dumps(report, ensure_ascii=False)
