"""Starting processes, and Ctrl+C meanwhile: in a Python of its own, whose first process it is."""

import subprocess
import sys

DEAF = """
import multiprocessing, signal, time
from pathlib import Path
from nnvis3d.processes import start_deaf
process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,), daemon=True)
start_deaf(process)
for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
    if line.startswith("SigBlk"):
        print(bool(int(line.split()[1], 16) >> signal.SIGINT - 1 & 1))
print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
process.kill()
"""
LATE = """
import os, signal, threading
from nnvis3d.processes import late_interrupt
threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with late_interrupt():
        os.kill(os.getpid(), signal.SIGINT)
        print("through", sum(range(10)))
    print("on")
except KeyboardInterrupt:
    print("interrupted", signal.getsignal(signal.SIGINT) is signal.default_int_handler)
signal.signal(signal.SIGINT, signal.SIG_IGN)
with late_interrupt():
    os.kill(os.getpid(), signal.SIGINT)
print("ignored")
"""


def printed(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_the_first_process_is_deaf_from_its_first_moment_as_later_ones_are():
    assert printed(DEAF) == ["True", "set()"]


def test_an_interrupt_comes_late_and_only_to_who_listens():
    assert printed(LATE) == ["through 45", "interrupted True", "ignored"]
