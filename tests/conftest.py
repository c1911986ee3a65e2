"""Settings for all tests."""

from hypothesis import settings

# Cores are shared, here and in CI: how long one example takes says nothing about the code.
settings.register_profile("shared-cores", deadline=None)
settings.load_profile("shared-cores")
