"""Settings for all tests."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Pictures are compared with those of Mesa's software driver, whatever card a machine has.
os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")
# What a test shows on a screen, it shows on one of its own (tests/xvfb.py), never on that of its caller.
os.environ.pop("DISPLAY", None)

# Cores are shared, here and in CI: how long one example takes says nothing about the code.
settings.register_profile("shared-cores", deadline=None)
settings.load_profile("shared-cores")


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
