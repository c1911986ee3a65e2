"""Where the panels of the first view stand, and what they leave to the scene."""

TOP = 66.0
"""Height of the strip at the upper edge that holds the bar and the answer, pixels at scale 1."""
BOTTOM = 62.0
"""Height of the strip at the lower edge that holds the toolbar and the legend."""
EDGE = 10.0
"""From the picture's edge to a panel."""


def hud_margins(width: int, height: int, scale: float) -> tuple[float, float, float, float]:
    """(left, right, bottom, top): shares of the picture that the scene should leave to the panels."""
    edge = EDGE * scale / max(width, 1)
    bottom, top = (length * scale / max(height, 1) for length in (BOTTOM, TOP))
    return min(edge, 0.2), min(edge, 0.2), min(bottom, 0.3), min(top, 0.3)
