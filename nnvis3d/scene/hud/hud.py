"""All panels together: what is shown, when it is built anew, what the person asked for."""

from dataclasses import replace

from nnvis3d.scene.hud.answer import answer_place, draw_answer, draw_rate
from nnvis3d.scene.hud.compare import compare_places, draw_compare, draw_compare_end
from nnvis3d.scene.hud.find import Find
from nnvis3d.scene.hud.help import draw_help
from nnvis3d.scene.hud.inspector import Inspectors
from nnvis3d.scene.hud.lab_channels import draw_filter_card
from nnvis3d.scene.hud.lab_panel import WIDTH as COLUMN
from nnvis3d.scene.hud.lab_panel import LabPanel
from nnvis3d.scene.hud.lab_points import PointsDock, dock_height
from nnvis3d.scene.hud.labels import LABEL, draw_labels
from nnvis3d.scene.hud.layers_panel import draw_layers
from nnvis3d.scene.hud.legend import Legend
from nnvis3d.scene.hud.messages import draw_loading, draw_messages, draw_tooltip
from nnvis3d.scene.hud.places import BOTTOM, EDGE
from nnvis3d.scene.hud.state import AnswerState, HudState, Invocation
from nnvis3d.scene.hud.stepper import HEIGHT as STEPPER
from nnvis3d.scene.hud.stepper import draw_stepper
from nnvis3d.scene.hud.strip import HEIGHT as STRIP
from nnvis3d.scene.hud.strip import draw_strip
from nnvis3d.scene.hud.toolbar import draw_no_tools, draw_toolbar
from nnvis3d.scene.hud.top_bar import draw_top_bar
from nnvis3d.scene.hud.widgets import Widgets
from nnvis3d.scene.overlay import Overlay, Rectangle
from nnvis3d.scene.theme import Theme

MOST_DT_S = 0.1
"""A longer pause counts as so much: nothing that eases may jump after an idle minute."""


class Hud:
    """Shows a HudState through an Overlay; builds only when something has changed.

    What follows the pen and the camera (the answer, the labels) has an overlay of its own beneath, what
    follows the pointer (the tooltip) one above: so a stroke does not build all buttons anew sixty times a
    second, nor a pointer all labels.
    """

    def __init__(self, overlay: Overlay, theme: Theme):
        self._overlay = overlay
        self._ui = Widgets(overlay, theme)
        self._legend = Legend()
        self._inspectors = Inspectors()
        self._find = Find()
        self._lab = LabPanel()
        self._points = PointsDock()
        self._shown: tuple[HudState, tuple[int, int], Theme] | None = None
        self._below = overlay.beneath()
        self._under = Widgets(self._below, theme)
        self._followed: tuple | None = None
        self._above: Overlay | None = None
        """Made when it is needed first: a start should not wait for it."""
        self._over: Widgets | None = None
        self._pointed: tuple | None = None
        self.builds = 0
        """How often everything was built anew."""

    @property
    def places(self) -> dict[str, Rectangle]:
        """Thing to press -> left, top, right, bottom, pixels, as last built."""
        return self._ui.places

    def label_at(self, x: float, y: float) -> str | None:
        """The key of the label that is drawn at a pixel."""
        for name, (left, top, right, bottom) in self._under.places.items():
            if left <= x < right and top <= y < bottom and name.startswith(LABEL):
                return name.removeprefix(LABEL)
        return None

    @property
    def visible(self) -> bool:
        """Whether what was built is drawn."""
        return self._below.visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._overlay.visible = self._below.visible = visible

    def update(self, dt: float, size: tuple[int, int], state: HudState, theme: Theme) -> list[Invocation]:
        """Show `state` in a picture of `size` pixels; returns what was asked for since the last tick."""
        compare = state.compare.resting if state.compare is not None else None
        resting = replace(
            state,
            answer=AnswerState(),
            compare=compare,
            labels=(),
            blocked=(),
            tooltip=None,
            filter_card=None,
            rate="",
        )
        asked = self._update_panels(dt, size, resting, theme)
        self._update_following(dt, size, state, theme)
        self._update_tooltip(dt, size, state, theme)
        return asked

    def _update_panels(
        self, dt: float, size: tuple[int, int], state: HudState, theme: Theme
    ) -> list[Invocation]:
        wanted = (state, size, theme)
        if wanted == self._shown and not self._overlay.restless:
            return []
        if self._shown and (self._shown[0].find is None) != (state.find is None):
            self._overlay.wake()  # the keyboard goes to the text field, or comes back from it
        self._shown = wanted
        dt = min(dt, MOST_DT_S)
        self._overlay.begin(dt, size)
        self._ui.begin(dt, size, theme, state.keys)
        self._draw(state)
        self._ui.end()
        self._overlay.end()
        self.builds += 1
        return self._ui.asked

    def _update_following(self, dt: float, size: tuple[int, int], state: HudState, theme: Theme) -> None:
        taken = self._overlay.taken
        labels = state.labels_shown and (state.labels, state.blocked)
        wanted = (state.answer, state.compare, labels, state.rate, taken, size, theme)
        if wanted == self._followed and not self._below.restless:
            return
        self._followed = wanted
        dt = min(dt, MOST_DT_S)
        self._below.begin(dt, size)
        self._under.begin(dt, size, theme, state.keys)
        if state.compare is not None:
            draw_compare(self._under, state.compare)
        else:
            draw_answer(self._under, state.answer)
        draw_rate(self._under, state.rate)
        if state.labels_shown:
            draw_labels(self._under, state.labels, [*taken, *state.blocked])
        self._under.end()
        self._below.end()
        self.builds += 1

    def _update_tooltip(self, dt: float, size: tuple[int, int], state: HudState, theme: Theme) -> None:
        if self._above is None or self._over is None:
            if state.tooltip is None and state.filter_card is None:
                return
            self._above = self._overlay.above()
            self._over = Widgets(self._above, theme)
        wanted = (state.tooltip, state.filter_card, size, theme)
        if wanted == self._pointed:
            return
        self._pointed = wanted
        self._above.begin(min(dt, MOST_DT_S), size)
        self._over.begin(dt, size, theme, state.keys)
        if state.tooltip is not None:
            draw_tooltip(self._over, state.tooltip)
        elif state.filter_card is not None:
            draw_filter_card(self._over, state.filter_card)
        self._over.end()
        self._above.end()
        self.builds += 1

    def close(self) -> None:
        """Take away what this made itself: the caller's overlay stays."""
        self._below.destroy()
        if self._above is not None:
            self._above.destroy()

    def _draw(self, state: HudState) -> None:
        ui = self._ui
        if state.tools:
            draw_top_bar(ui, state)
        compare = state.compare
        for left, top, width, height in compare_places(ui, compare) if compare else (answer_place(ui),):
            self._overlay.solid((left, top, left + width, top + height))
        if compare is not None:
            draw_compare_end(ui, compare)
        if state.tools and state.pad is not None:
            draw_toolbar(ui, state.pad)
        elif state.tools and state.no_pad:
            draw_no_tools(ui, state.no_pad)
        if state.lab is not None:
            foot = BOTTOM if state.tools else EDGE  # where there are no bars beneath
            self._lab.draw(ui, state.lab, foot)
            if state.lab.docked:
                self._points.draw(ui, state.lab, foot)
        if state.tools:
            self._legend.draw(ui, state.legends)
        if state.layers_open:
            draw_layers(ui, state.layers, state.fold_shows, state.preprocessing)
        if state.loading:
            draw_loading(ui, state.loading, state.loading_share)
        self._inspectors.draw(ui, state.inspectors)
        if state.stepper is not None:
            draw_stepper(ui, state.stepper)
        lift = 0.0
        if state.strip is not None:
            draw_strip(ui, state.strip, ui.px(STEPPER) if state.stepper is not None else 0)
            lift = ui.px(STRIP)
        self._find.draw(ui, state.find)
        beside = 0
        if state.lab is not None:  # its panels may be before what is drawn after them
            beside = ui.px(COLUMN + EDGE)
            lift += ui.px(dock_height(state.lab)) if state.lab.docked else 0
        said = tuple(m for m in state.messages if state.tools or m.kind == "error")
        draw_messages(ui, said, lift, beside)
        if state.help_open:
            draw_help(ui, state.help_rows)
        ui.show_hint()
