"""Settings for all tests."""

import os

from hypothesis import settings

# Pictures are compared with those of Mesa's software driver, whatever card a machine has.
os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")
# What a test shows on a screen, it shows on one of its own (tests/xvfb.py), never on that of its caller.
os.environ.pop("DISPLAY", None)

# Cores are shared, here and in CI: how long one example takes says nothing about the code.
settings.register_profile("shared-cores", deadline=None)
settings.load_profile("shared-cores")
