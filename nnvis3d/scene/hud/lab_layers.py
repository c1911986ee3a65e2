"""Every layer in numbers, what the bars on the feature maps say, and what is wrong with the training."""

from nnvis3d.network.lab_commands import KINDS
from nnvis3d.network.lab_snapshot import LayerNumbers
from nnvis3d.scene.hud.lab_scope import draw_dot, own_words
from nnvis3d.scene.hud.lab_state import BARS, LabState
from nnvis3d.scene.hud.widgets import Touch, Widgets
from nnvis3d.scene.overlay import Rectangle

ROW = 34
ALARM_LINE = 19
HEAD = 26
BAR_TITLES = {"none": "Off", "activation": "Activation", "gradient": "Gradient", "change": "Change"}
BAR_HINTS = {
    "none": "No bars on the feature maps",
    "activation": "Bars: how strongly each filter answers on average",
    "gradient": "Bars: how large each filter's gradient is",
    "change": "Bars: how much each filter has changed in this epoch",
}
EMBEDDINGS = dict(zip(KINDS, ("weights", "w. gradients", "answers", "a. gradients"), strict=True))
"""Short words for the four kinds."""
COLUMNS = (("gradient", 0.42), ("update", 0.59), ("dead", 0.75))
"""(title, where its right edge is, share of the width)."""


def draw_layer_numbers(ui: Widgets, state: LabState, place: Rectangle) -> None:
    left, top, width, height = place
    bottom = top + height
    top = _bars(ui, state, left, top, width)
    top = _table(ui, state, left, top, width, bottom)
    top = _embed(ui, state, left, top + ui.px(6), width)
    _alarms(ui, state, left, top + ui.px(8), width, bottom)


def _bars(ui: Widgets, state: LabState, left: float, top: float, width: float) -> float:
    ui.text(left, top + ui.px(13), "Bars on the feature maps", "small", ui.theme.muted)
    top += ui.px(HEAD)
    each = width / len(BARS)
    for index, kind in enumerate(BARS):
        place = (left + index * each, top, each, ui.px(30))
        on, hint = kind == state.bars, BAR_HINTS[kind]
        if ui.text_button(f"lab_bars/{kind}", BAR_TITLES[kind], place, on=on, hint=hint):
            ui.ask("lab_bars", kind)
    return top + ui.px(38)


def _embed(ui: Widgets, state: LabState, left: float, top: float, width: float) -> float:
    """Which embeddings of the chosen layer are open."""
    words = f"Embed {state.layer}: its {state.thing}s by"
    ui.text(left, top + ui.px(11), ui.fit(words, 0.7 * width), "small", ui.theme.muted)
    wide = ui.width("images", "small", True) + ui.px(16)
    place = (left + width - wide, top - ui.px(3), wide, ui.px(28))
    shown = state.snapshot.classes
    on = state.classes and shown is not None and shown.layer == state.layer
    if ui.text_button("lab_classes", "images", place, on=on, hint="Unseen images by what this layer answers"):
        ui.ask("lab_classes", None if on else state.layer)
    top += ui.px(24)
    words_wide = [ui.width(title, "small", True) for title in EMBEDDINGS.values()]
    gap = (width - sum(words_wide)) / len(words_wide)
    for (kind, title), word in zip(EMBEDDINGS.items(), words_wide, strict=True):
        item = (state.layer, kind)
        place = (left, top, word + gap, ui.px(30))
        hint = f"Filters with like {kind} stand near each other; those that change most are large"
        if ui.text_button(f"lab_embed/{kind}", title, place, on=item in state.points, hint=hint):
            ui.ask("lab_points", item)
        left += word + gap
    return top + ui.px(34)


def _table(ui: Widgets, state: LabState, left: float, top: float, width: float, bottom: float) -> float:
    """A row a layer; a click chooses it."""
    head = ui.px(HEAD)
    ui.text(left, top + head / 2, "Layer", "small", ui.theme.muted)
    for title, share in COLUMNS:
        ui.text(left + share * width, top + head / 2, title, "small", ui.theme.muted, align=1)
    ui.text(left + width, top + head / 2, "values", "small", ui.theme.muted, align=1)
    top += head
    room = max(1, int((bottom - top - ui.px(130)) / ui.px(ROW)))
    shown = min(len(state.layers), room)
    area = (left, top, width, shown * ui.px(ROW))
    first = ui.scroll("lab_layers", area, len(state.layers), shown)
    for name in state.layers[first : first + shown]:
        _row(ui, state, name, left, top, width)
        top += ui.px(ROW)
    return top


def _row(ui: Widgets, state: LabState, name: str, left: float, top: float, width: float) -> None:
    height = ui.px(ROW)
    touch = ui.touch(f"lab_layer/{name}", left, top, width, height)
    place = (left - ui.px(4), top, left + width + ui.px(4), top + height)
    if name == state.layer:
        ui.rect(*place, ui.theme.accent, 0.13, ui.px(5))
    ui.glow(f"lab_layer/{name}", touch, place)
    if touch.clicked:
        ui.ask("lab_choose", (name, None))
    y = top + height / 2
    _name(ui, state, name, touch, (left, top, width, height))
    numbers = state.snapshot.layers.get(name)
    if numbers is None:
        ui.text(left + COLUMNS[0][1] * width, y, "–", "small", ui.theme.muted, align=1)
        return
    texts = (short(numbers.gradient_norm), short(numbers.update_ratio), f"{100 * numbers.dead_share:.0f} %")
    for (_, share), text in zip(COLUMNS, texts, strict=True):
        ui.text(left + share * width, y, text, "small", align=1)
    _histogram(ui, numbers, (left + 0.79 * width, top + ui.px(5), left + width, top + height - ui.px(5)))


def _name(ui: Widgets, state: LabState, name: str, touch: Touch, place: Rectangle) -> None:
    """In another colour where something is wrong, with a dot where it has options of its own."""
    left, top, width, height = place
    wrong = any(alarm.layer == name for alarm in state.snapshot.alarms)
    text, y = ui.fit_end(name, 0.27 * width, wrong), top + height / 2
    color = ui.theme.error if wrong else ui.theme.text
    end = left + ui.text(left, y, text, "small", color, bold=wrong)
    words = own_words(state, name)
    if words:
        draw_dot(ui, end + ui.px(9), y)
        hint = f"{name}: {words}"
        ui.hint(f"lab_layer/{name}", hint, touch, left + width / 2, top, top + height)


def short(value: float) -> str:
    """ "0.012", "3.4e-5": three digits at most."""
    return f"{value:.2g}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.0e}"


def _histogram(ui: Widgets, numbers: LayerNumbers, place: Rectangle) -> None:
    """Counts as bars, by their square roots: zeros would hide all others."""
    left, top, right, bottom = place
    heights = numbers.histogram.astype(float) ** 0.5
    most = max(float(heights.max()), 1.0)
    each = (right - left) / len(heights)
    for index, value in enumerate(heights):
        if value > 0:
            x, y = left + index * each, bottom - (bottom - top) * value / most
            ui.rect(x, y, x + max(each - 1, 1), bottom, ui.theme.accent, 0.75)
    ui.rect(left, bottom, right, bottom + 1, ui.theme.faint)


def _alarms(ui: Widgets, state: LabState, left: float, top: float, width: float, bottom: float) -> None:
    numbers = state.snapshot.numbers
    if numbers.forward_ms == numbers.forward_ms:
        times = f"forward {numbers.forward_ms:.1f} ms · backward {numbers.backward_ms:.1f} ms a step"
        ui.text(left, top + ui.px(8), times, "small", ui.theme.muted)
        top += ui.px(26)
    _sentences(ui, state, left, top, width, bottom)


def _sentences(ui: Widgets, state: LabState, left: float, top: float, width: float, bottom: float) -> None:
    """What is wrong, in lines that the wheel moves where they do not all fit."""
    sentences = [ui.wrapped(alarm.sentence, width - ui.px(24)) for alarm in state.snapshot.alarms]
    lines = [line for sentence in sentences for line in ("", *sentence)][1:]
    each = ui.px(ALARM_LINE)
    room = max(int((bottom - top) / each), 0)
    if not lines or not room:
        return
    area = (left, top, width, room * each)
    first = ui.scroll("lab_alarms", area, len(lines), room)
    for line in lines[first : first + room]:
        if line:
            ui.rect(left, top, left + ui.px(3), top + each, ui.theme.error)
            ui.text(left + ui.px(12), top + each / 2, line, "small", ui.theme.error)
        top += each
