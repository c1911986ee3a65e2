"""Two networks that are compared: beside each its name and its answer."""

from dataclasses import dataclass, replace

from nnvis3d.network.wording import percent
from nnvis3d.scene.hud.answer import LETTERS
from nnvis3d.scene.hud.places import BOTTOM, EDGE, TOP
from nnvis3d.scene.hud.state import AnswerState
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Rectangle

WIDTH, HEIGHT = 214, 122
"""Of a card."""
NARROW, LOW = 132, 74
"""Of a card where something else takes the right edge."""
PAD = 14
HEAD = 34
"""Of its first line."""


@dataclass(frozen=True)
class ComparedNetwork:
    """One of the two."""

    name: str
    """Of its branch."""
    step: int
    answer: AnswerState
    middle: float
    """Pixels from the picture's upper edge to the middle of the network in the first view."""
    current: bool
    """Whether it is the one that is trained."""

    @property
    def resting(self) -> "ComparedNetwork":
        """Without what follows the pen and the training."""
        return replace(self, step=0, answer=AnswerState())


@dataclass(frozen=True)
class CompareState:
    """Both, as they stand: the upper one first. Says "lab_compare" (None) to end it."""

    networks: tuple[ComparedNetwork, ComparedNetwork]
    right: float = 0.0
    """Pixels that something else takes at the right edge."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a card at scale 1."""
        return (NARROW, LOW) if self.right else (WIDTH, HEIGHT)

    @property
    def resting(self) -> "CompareState":
        """What the buttons depend on."""
        upper, lower = self.networks
        return replace(self, networks=(upper.resting, lower.resting))


def compare_places(ui: Widgets, state: CompareState) -> tuple[Rectangle, Rectangle]:
    """(left, top, width, height) of both cards: beside their networks, and never over one another."""
    width, height = (ui.px(length) for length in state.size)
    left = max(ui.size[0] - width - ui.px(EDGE) - state.right, 0)
    lowest = ui.size[1] - ui.px(BOTTOM) - height
    first = min(max(state.networks[0].middle - height / 2, ui.px(TOP)), lowest - height - ui.px(EDGE))
    second = max(min(state.networks[1].middle - height / 2, lowest), first + height + ui.px(EDGE))
    return (left, round(first), width, height), (left, round(second), width, height)


def draw_compare(ui: Widgets, state: CompareState) -> None:
    """The cards."""
    for network, place in zip(state.networks, compare_places(ui, state), strict=True):
        with ui.panel(f"compared/{network.current}", place):
            (_small_card if state.right else _card)(ui, network, place)


def draw_compare_end(ui: Widgets, state: CompareState) -> None:
    """The button that ends it, on the card of the one that goes."""
    for network, (left, top, width, _) in zip(state.networks, compare_places(ui, state), strict=True):
        if network.current:
            continue
        side = ui.px(28)
        at = left + width - side - ui.px(4)
        with ui.panel("compare_end", (at, top + ui.px(3), side, side), card=""):
            hint = "Only the current branch"
            if ui.button("lab_compare/end", "close", at, top + ui.px(3), side=side, hint=hint):
                ui.ask("lab_compare", None)


def _card(ui: Widgets, network: ComparedNetwork, place: Rectangle) -> None:
    left, top, width, height = place
    pad, line = ui.px(PAD), top + ui.px(HEAD) / 2
    color = ui.theme.accent if network.current else ui.theme.text
    right = left + width - pad - (0 if network.current else ui.px(22))
    step = f"step {network.step:,}"
    room = right - left - pad - ui.width(step) - ui.px(10)
    ui.text(left + pad, line, ui.fit(network.name, room, True), "small", color, bold=True)
    ui.text(right, line, step, "small", ui.theme.muted, align=1)
    ui.rect(left + pad, top + ui.px(HEAD), left + width - pad, top + ui.px(HEAD) + 1, ui.theme.rim)
    body = (left + pad, top + ui.px(HEAD), width - 2 * pad, height - ui.px(HEAD))
    guesses = network.answer.guesses
    if not guesses:
        middle = body[1] + body[3] / 2
        ui.text(left + width / 2, middle, "no guess yet", "small", ui.theme.muted, align=0.5)
    elif any(len(name) > LETTERS for name, _ in guesses):
        _names(ui, guesses, body, color)
    else:
        _large(ui, guesses, body, color)


def _small_card(ui: Widgets, network: ComparedNetwork, place: Rectangle) -> None:
    """Its name; its first guess and how sure it is."""
    left, top, width, height = place
    pad, line = ui.px(PAD), top + ui.px(HEAD) / 2
    color = ui.theme.accent if network.current else ui.theme.text
    room = width - 2 * pad - (0 if network.current else ui.px(20))
    ui.text(left + pad, line, ui.fit(network.name, room, True), "small", color, bold=True)
    y = top + ui.px(HEAD) + (height - ui.px(HEAD)) * 0.42
    if not network.answer.guesses:
        ui.text(left + pad, y, "no guess yet", "small", ui.theme.muted)
        return
    label, share = network.answer.guesses[0]
    number = percent(share)
    room = width - 2 * pad - ui.width(number, "small") - ui.px(8)
    size, word = ("body", label) if len(label) <= 2 else ("small", ui.fit(label.split(",")[0], room, True))
    ui.text(left + pad, y, word, size, color, bold=True)
    ui.text(left + width - pad, y, number, "small", align=1)


def _large(ui: Widgets, guesses: tuple[tuple[str, float], ...], body: Rectangle, color: tuple) -> None:
    """A digit that is read across a room, how sure it is, the second guess."""
    left, top, width, height = body
    (label, share), middle = guesses[0], top + height / 2
    size = "hero" if len(label) == 1 else "body"
    ui.text(left + ui.px(24), middle, label, size, color, bold=True, align=0.5)
    ui.text(left + width, middle - ui.px(12), percent(share, 1), "large", bold=True, align=1)
    if len(guesses) > 1:
        second = f"or {guesses[1][0]}, {percent(guesses[1][1], 1)}"
        ui.text(left + width, middle + ui.px(18), second, "small", ui.theme.muted, align=1)


def _names(ui: Widgets, guesses: tuple[tuple[str, float], ...], body: Rectangle, color: tuple) -> None:
    """Classes with long names: the two likeliest, a line each."""
    left, top, width, height = body
    for k, (label, share) in enumerate(guesses[:2]):
        y, size = top + height * (0.34 if k == 0 else 0.72), "body" if k == 0 else "small"
        tone, number = color if k == 0 else ui.theme.muted, percent(share)
        room = width - ui.width(number, size, k == 0) - ui.px(24)
        ui.text(left, y, ui.fit(label.split(",")[0], room, k == 0, size), size, tone, bold=k == 0)
        ui.text(left + width, y, number, size, tone, bold=k == 0, align=1)
