"""The program, as its users start it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nnvis3d.cli import main

CHECKOUT = Path(__file__).parents[1]


def start(*arguments: object, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """`python main.py ARGUMENTS` in `folder`, without a display unless `environment` has one."""
    return subprocess.run(
        [sys.executable, str(CHECKOUT / "main.py"), *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def call(*arguments: object) -> int:
    """The same without a process of its own; its exit status."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as end:  # argparse
        return int(end.code or 0)


def own_lines(errors: str) -> list[str]:
    """What the program said. Panda3D reports late what the X server said to a window that an earlier test of
    this process opened."""
    return [line for line in errors.splitlines() if not line.startswith(":display:x11display")]


def refused(status: int, errors: str) -> str:
    """The one line of an error that is as it should be."""
    assert status == 2, errors
    lines = own_lines(errors)
    assert len(lines) == 1 and lines[0].startswith("nnvis3d"), errors
    return lines[0]


@pytest.fixture
def refusal(capfd):
    """A function that runs a command in this process, and returns the one line that it is refused with."""

    def run(*arguments: object) -> str:
        capfd.readouterr()
        status = call(*arguments)
        written = capfd.readouterr()
        assert written.out == ""
        return refused(status, written.err)

    return run
