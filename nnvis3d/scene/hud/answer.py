"""The answer: one large digit to be read across a room, how sure the network is, its second guess."""

from nnvis3d.network.wording import percent
from nnvis3d.scene.hud.places import EDGE
from nnvis3d.scene.hud.state import AnswerState
from nnvis3d.scene.hud.widgets import Widgets

HEIGHT = 58
LETTERS = 5
"""Of a class's name, up to which it is written large."""
WIDTH = 264

_INVITATIONS = {
    False: ("Draw a digit", "on the pad at the left"),
    True: ("Show it something", "draw, or N: a picture"),
}


def answer_place(ui: Widgets) -> tuple[int, int, int, int]:
    """(left, top, width, height) of the card."""
    width, edge = ui.px(WIDTH), ui.px(EDGE)
    return max(ui.size[0] - width - edge, 0), ui.px(5), width, ui.px(HEIGHT)


def draw_answer(ui: Widgets, state: AnswerState) -> None:
    """The card at the upper right."""
    place = answer_place(ui)
    with ui.panel("answer", place):
        if state.blank or not state.guesses:
            _invite(ui, place, state)
        else:
            _guess(ui, place, state)


def _invite(ui: Widgets, place: tuple[int, int, int, int], state: AnswerState) -> None:
    left, top, _, height = place
    middle = top + height / 2
    words = ("No guess", "its outputs are no classes")
    if state.blank:
        words = _INVITATIONS[state.colored]
    ui.icon("pen" if state.blank else "eye", left + ui.px(34), middle, ui.theme.accent, scale=1.5)
    ui.text(left + ui.px(64), middle - ui.px(10), words[0], "body", bold=True)
    ui.text(left + ui.px(64), middle + ui.px(13), words[1], "small", ui.theme.muted)


def _guess(ui: Widgets, place: tuple[int, int, int, int], state: AnswerState) -> None:
    left, top, width, height = place
    middle = top + height / 2
    label, probability = state.guesses[0]
    if any(len(name) > LETTERS for name, _ in state.guesses):
        _names(ui, place, state)
        return
    ui.text(left + ui.px(14), middle, "It reads", "small", ui.theme.muted)
    size = "hero" if len(label) == 1 else "body"
    ui.text(left + ui.px(106), middle, label, size, ui.theme.accent, bold=True, align=0.5)
    share = percent(probability, 1)
    most = width - ui.px(10) - ui.width(share, "large", True)  # "100.0 %" begins a little farther left
    at = left + min(ui.px(144), most)
    ui.text(at, middle - ui.px(10), share, "large", bold=True)
    if len(state.guesses) > 1:
        second, its_share = state.guesses[1]
        said = f"or {second}, {percent(its_share, 1)}"
        ui.text(at + ui.px(1), middle + ui.px(17), said, "small", ui.theme.muted)


def _names(ui: Widgets, place: tuple[int, int, int, int], state: AnswerState) -> None:
    """Classes with long names: the two likeliest, a line each."""
    left, top, width, height = place
    for k, (label, share) in enumerate(state.guesses[:2]):
        y = top + height * (0.32 if k == 0 else 0.72)
        size, tone = ("body", ui.theme.accent) if k == 0 else ("small", ui.theme.muted)
        number = percent(share)
        room = width - ui.px(28) - ui.width(number, size, k == 0) - ui.px(24)
        word = ui.fit(label.split(",")[0], room, k == 0, size)
        ui.text(left + ui.px(14), y, word, size, tone, bold=k == 0)
        tone = ui.theme.text if k == 0 else ui.theme.muted
        ui.text(left + width - ui.px(14), y, number, size, tone, bold=k == 0, align=1)


def draw_rate(ui: Widgets, rate: str) -> None:
    """At which rate the network runs, left of the answer, where there is room for it."""
    left, top, _, height = answer_place(ui)
    shown = ui.ease("rate", float(bool(rate)), 0.25)
    if rate and ui.size[0] >= ui.px(1100):
        with ui.layer("back"):
            ui.text(left - ui.px(14), top + height / 2, rate, "small", ui.theme.muted, align=1, alpha=shown)
