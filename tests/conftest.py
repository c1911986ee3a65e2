"""Settings for all tests."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Pictures are compared with those of Mesa's software driver, whatever card a machine has.
os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")
# What a test shows on a screen, it shows on one of its own (tests/xvfb.py), never on that of its caller.
os.environ.pop("DISPLAY", None)

# What the program keeps of its own accord, tests keep in a folder that goes with them.
_STATE = tempfile.TemporaryDirectory(prefix="nnvis3d-tests-", ignore_cleanup_errors=True)
os.environ["XDG_STATE_HOME"] = _STATE.name

# Workers share the cores, and the program computes on one thread as well.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Cores are shared, here and in CI: how long one example takes says nothing about the code.
settings.register_profile("shared-cores", deadline=None)
settings.load_profile("shared-cores")

LONG = ("record", "kiosk_faults", "window", "kiosk_exhibit", "ask_app", "bench", "app", "ask_window")
"""Modules that take longest: they come first, or one worker would still be at one when the other is done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"test_{name}": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(Path(item.path).stem, len(LONG)))


@pytest.fixture(autouse=True)
def ordinary_numbers() -> Iterator[None]:
    """A Runner has the processor flush denormal numbers to zero; other tests count on them."""
    _keep_denormals()  # a Runner of a whole module was made before this
    yield
    _keep_denormals()


def _keep_denormals() -> None:
    torch = sys.modules.get("torch")
    if hasattr(torch, "set_flush_denormal"):  # a thread of the test before may still be importing it
        torch.set_flush_denormal(False)
