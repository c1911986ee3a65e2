"""A value of an exhibit's file that cannot be."""


class ConfigError(ValueError):
    """Begins with the key that it is about."""

    def __init__(self, key: str, reason: str):
        super().__init__(f"{key}: {reason}")
        self.key = key


def within(name: str, value: float, low: float, high: float) -> None:
    """
    Raises:
        ConfigError: it is not.
    """
    if not low <= value <= high:
        raise ConfigError(name, f"expected {low:g} to {high:g}, got {value:g}")
