"""nnvis3d.view in a notebook's kernel: a real one, and real windows."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager, start_new_kernel

from tests.test_viewing import until, windows
from tests.xvfb import Display, display  # noqa: F401 (a fixture)

MODULE = """
import torch, nnvis3d
from torch import nn
module = nn.Sequential(nn.Linear(6, 4), nn.ReLU())
"""
VIEW = "{0} = nnvis3d.view(module, torch.rand(1, 6))\nprint({0}._process.pid)"


class Notebook:
    """Runs cells."""

    def __init__(self, environment: dict[str, str]):
        self.manager: KernelManager
        self.manager, self._client = start_new_kernel(
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def run(self, cell: str) -> str:
        """What the cell prints, or the name of the error that it ends with."""
        said: list[str] = []

        def hear(message: dict) -> None:
            said.append(message["content"].get("text", ""))

        answer = self._client.execute_interactive(cell, timeout=120, output_hook=hear)
        return "".join(said).strip() if answer["content"]["status"] == "ok" else answer["content"]["ename"]

    def restart(self) -> None:
        self.manager.restart_kernel()
        self._client.wait_for_ready(timeout=60)

    def close(self) -> None:
        self._client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def alive(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def notebook(display: Display):  # noqa: F811
    notebook = Notebook(
        {**display.environment, "PYTHONPATH": os.pathsep.join(["", str(Path.cwd())]).strip(":")}
    )
    yield notebook
    notebook.close()


def test_windows_open_beside_a_kernel_outlive_an_interrupt_and_go_with_it(notebook, display):  # noqa: F811
    notebook.run(MODULE)
    first = notebook.run(VIEW.format("a"))
    assert until(lambda: windows(display)) and alive(first)
    assert notebook.run("print(6 * 7, a.open)") == "42 True"  # the kernel goes on
    second = notebook.run(VIEW.format("b"))
    assert until(lambda: len(windows(display)) == 2) and alive(second)
    assert notebook.run("print(a.open, b.open)") == "True True"

    notebook.run("import signal, os")
    # As the stop button does it: to the kernel and all of its group.
    assert notebook.run("os.killpg(os.getpgid(0), signal.SIGINT); torch.zeros(3)\nwhile True: pass") == (
        "KeyboardInterrupt"
    )
    time.sleep(0.3)
    assert alive(first) and alive(second)

    assert notebook.run("a.close()\nprint(a.open, b.open)") == "False True"
    assert not alive(first) and until(lambda: len(windows(display)) == 1)
    notebook.restart()
    assert until(lambda: not alive(second), 20) is True
