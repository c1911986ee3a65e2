"""The panels: what they are told in each tick, what they ask for, which events are theirs.

It puts scene and tools together, and sees no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np

from nnvis3d.network import wording
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.network.grouping import paged
from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import LayerSpec, NetworkSpec
from nnvis3d.scene import input_events as events
from nnvis3d.scene import theme
from nnvis3d.scene.hud import compare, inspector, lab_panel, lab_points, stepper, strip
from nnvis3d.scene.hud.ask_state import StripState
from nnvis3d.scene.hud.hud import Hud
from nnvis3d.scene.hud.lab_state import LabState
from nnvis3d.scene.hud.places import EDGE
from nnvis3d.scene.hud.state import (
    Choice,
    HelpRow,
    HudState,
    Invocation,
    LayerRow,
    LegendState,
    SceneLabel,
    Tooltip,
)
from nnvis3d.scene.network_views import AnyNetworkView
from nnvis3d.scene.overlay import Overlay
from nnvis3d.scene.paged_view import PagedView
from nnvis3d.tools import compare_labels, row_labels, scene_labels
from nnvis3d.tools import hud_presenter as presenter
from nnvis3d.tools.latest import Latest
from nnvis3d.tools.messages import Messages

if TYPE_CHECKING:
    from nnvis3d.app.compare import Comparison
    from nnvis3d.app.show import Show
    from nnvis3d.app.standing import StandingEmbeddings
    from nnvis3d.tools.ask_answers import AskAnswers
    from nnvis3d.tools.pad_tool import PadTool

_SHORT_NAME = 2
"""Letters of a class's name that have room beside any layer."""
RATE_SECONDS = 0.5
"""That a rate stays as it is, so that it can be read; and after the last pass."""
NETWORKS = (Choice("cnn", "CNN"), Choice("mlp", "MLP"), Choice("resnet20", "ResNet-20"))
OUTPUT_LABELS = 44.0
"""Room at the right for the outputs' numbers where a panel takes the left, pixels at scale 1."""
SHARES = 26.0
"""Room between the outputs' numbers and what is said of two networks, pixels at scale 1."""
_IMGUI_BUTTONS = {0: 0, 1: 2, 2: 1}  # imgui counts the right button before the middle one


class StandIn(Protocol):
    """Draws through the panels' overlay, in their place."""

    def update(self, dt: float, frame: ActivationFrame | None) -> tuple[bool, list[Invocation]]:
        """As Panels.update."""


class Panels:
    """Holds the overlay; which panels are open; what is said."""

    def __init__(self, show: Show, pad: PadTool, answers: AskAnswers):
        self.show = show
        self.pad = pad
        self.answers = answers
        self.overlay = Overlay(show.host.output, show.shaders)
        self.theme = self._scaled()
        self.hud = Hud(self.overlay, self.theme)
        self.messages = Messages()
        self.legend = presenter.LegendPresenter(show.colors)
        self.loading = ""
        """What is being waited for; empty: nothing."""
        self._rate = (0.0, 0.0)
        """Passes a second that are shown, and for how many seconds they are not asked for again."""
        self.layers_open = self.help_open = False
        self.labels_shown = self.shown = True
        self.strip: StripState | None = None
        """The strip of keyframes; None: closed."""
        self.tools = True
        """Whether what one works with is there: the bars and the legends. What answers always is."""
        self.lab: Callable[[], LabState | None] | None = None
        """What the lab's panels show; None: there is no lab."""
        self.standing: StandingEmbeddings | None = None
        """What is written about embeddings in the scene."""
        self.comparison: Comparison | None = None
        """Two networks that are compared; None: there is no lab."""
        self.instead: StandIn | None = None
        """What is shown in their place: the kiosk's screens."""
        self._rows: tuple[tuple, tuple[LayerRow, ...]] | None = None
        """For which network and folds the lines of the layers panel were made, and they."""
        self._keys: Mapping[str, str] = {}
        self._help: tuple[HelpRow, ...] = ()
        self._titles: tuple[tuple, tuple[SceneLabel, ...]] | None = None
        """For which view the layers' titles were placed, and they."""
        self._named: Latest[tuple[SceneLabel, ...]] = Latest()
        """The titles, with the outputs' names and shares."""

    def _scaled(self) -> theme.Theme:
        return theme.THEMES[self.show.theme_name].scaled(self.show.scale)

    def restyle(self) -> None:
        """Theme, colour map or picture size are other ones now."""
        self.theme = self._scaled()
        self.legend.set_colors(self.show.colors)

    def learn(self, keys: Mapping[str, str], rows: Iterable[tuple[str, str, str]]) -> None:
        """What tooltips and help say: action -> its key; (group, keys, text). Once all actions are known."""
        self._keys = keys
        self._help = tuple(HelpRow(*row) for row in rows)

    def set_shown(self, shown: bool, tools: bool = True) -> None:
        """All panels, none, or (without `tools`) those that answer."""
        self.shown, self.tools = shown, tools
        self.hud.visible = shown

    # events

    def note(self, event: events.Event) -> None:
        """Tell imgui of everything; whose the event is, `take` says."""
        match event:
            case events.PointerMoved():
                self.overlay.pointer(event.x, event.y)
            case events.PointerLeft():
                self.overlay.leave()
            case events.ButtonChanged():
                self.overlay.pointer(event.x, event.y)
                self.overlay.button(_IMGUI_BUTTONS[event.button], event.down)
            case events.Wheel():
                self.overlay.wheel(-event.dx, event.dy)
            case events.KeyChanged():
                self.overlay.key(event.name, event.down)
            case events.TextTyped():
                self.overlay.text(event.text)

    def take(self, event: events.Event) -> bool:
        """Whether the panels keep this event for themselves."""
        if isinstance(event, events.KeyChanged | events.TextTyped):
            return self.overlay.wants_keyboard
        released = isinstance(event, events.ButtonChanged) and not event.down
        elsewhere = self.pad.stroking or (released and self.show.camera.dragging)
        return self.overlay.wants_pointer and not elsewhere

    def dismiss(self) -> bool:
        """Close the topmost thing; False if nothing was open."""
        if self.help_open:
            self.help_open = False
        elif not self.messages.dismiss():
            was, self.layers_open = self.layers_open, False
            return was
        return True

    @property
    def room(self) -> tuple[float, float, float]:
        """Pixels at the left edge that the lab takes, at the right edge that open inspectors take, and at the
        lower edge that step controls do."""
        if self.instead is not None:
            return 0.0, 0.0, 0.0
        left = (lab_panel.WIDTH + 2 * EDGE) * self.theme.scale if self.lab is not None else 0.0
        right = self._cards_room
        if self.show.beside is not None:
            width = compare.NARROW if right else compare.WIDTH
            right += (width + 2 * EDGE + SHARES) * self.theme.scale
        bottom = (stepper.HEIGHT + EDGE) * self.theme.scale if self.answers.stepper is not None else 0.0
        if self.strip is not None and self.shown:
            bottom += (strip.HEIGHT + EDGE) * self.theme.scale
        lab = self.lab() if self.lab is not None else None
        if self.lab is not None:
            right = max(right, OUTPUT_LABELS * self.theme.scale)
        if lab is not None and lab.docked:
            bottom = max(bottom, lab_points.dock_height(lab) * self.theme.scale)
        return left, right, bottom

    @property
    def _cards_room(self) -> float:
        """Pixels at the right edge that open inspectors take."""
        cards = bool(self.answers.inspectors(self.show.colors))
        return (inspector.WIDTH + EDGE) * self.theme.scale if cards else 0.0

    def set_rate(self, rate: float) -> None:
        """So many passes a second the network runs on its worker; 0: it rests."""
        if rate > 0 and self._rate[1] <= 0:
            self._rate = (rate, RATE_SECONDS)

    # the tick

    def update(self, dt: float, frame: ActivationFrame | None) -> tuple[bool, list[Invocation]]:
        """Show everything as it is now; whether anything was built anew, and what the person asked for."""
        self.messages.update(dt)
        self._rate = (self._rate[0], self._rate[1] - dt)
        if self.instead is not None:
            return self.instead.update(dt, frame)
        if not self.shown:
            return False, []
        builds = self.hud.builds
        asked = self.hud.update(dt, self.show.rig.size, self._state(frame), self.theme)
        return self.hud.builds != builds, asked

    def _state(self, frame: ActivationFrame | None) -> HudState:
        show = self.show
        spec = show.network.spec if show.network is not None else None
        hovered = spec.by_name.get(show.pointing.hover.neuron.layer) if spec and show.pointing.hover else None
        styles = show.arrangement.styles if show.arrangement else {}
        return HudState(
            networks=NETWORKS if self.lab is None else (),
            network=spec.name if spec else show.options.model,
            arrangement="2d" if show.arrangement and show.arrangement.flat else "3d",
            camera="fly" if show.camera.mode == "fly" else "orbit",
            answer=presenter.answer_state(frame, self.pad.colored),
            pad=presenter.pad_state(self.pad, show.docked, None, spec),
            no_pad=presenter.no_pad(spec),
            legends=self._legends(frame, hovered),
            layers=self._layer_rows(spec, styles) if spec and self.layers_open else (),
            fold_shows=show.arrangement.shows if show.arrangement and "fold" in styles.values() else "",
            layers_open=self.layers_open,
            preprocessing=wording.preprocessing(spec.preprocessing) if spec and spec.drawable else (),
            help_open=self.help_open,
            help_rows=self._help if self.help_open else (),
            labels=self._labels(frame) + self._standing_labels(),
            blocked=self.standing.rectangles() if self.standing is not None else (),
            filter_card=self.standing.card() if self.standing is not None else None,
            labels_shown=self.labels_shown,
            tooltip=self._tooltip(),
            inspectors=self.answers.inspectors(show.colors),
            find=self.answers.find,
            stepper=self.answers.stepper,
            lab=self.lab() if self.lab is not None else None,
            compare=self.comparison.state(frame, self._cards_room) if self.comparison else None,
            messages=self.messages.shown,
            loading=self.loading,
            strip=self.strip,
            tools=self.tools,
            rate=f"network {_rounded(self._rate[0])} /s"
            if self._rate[0] > 0 and self._rate[1] > -RATE_SECONDS
            else "",
            keys=self._keys,
        )

    def _tooltip(self) -> Tooltip | None:
        """Words for the neuron under the pointer."""
        if self.show.pointing.pixel is None:
            return None
        said = self.answers.tooltip(*self.show.pointing.pixel)
        return said if self.comparison is None else self.comparison.tooltip(said, *self.show.pointing.pixel)

    def _layer_rows(self, spec: NetworkSpec, styles: Mapping[str, str]) -> tuple[LayerRow, ...]:
        """Made anew only when something has changed: there may be hundreds."""
        folds = self.show.arrangement.folds if self.show.arrangement else frozenset()
        key = (spec, self.show.hidden, dict(styles), folds)
        if self._rows is None or self._rows[0] != key:
            self._rows = (key, presenter.layer_rows(spec, self.show.hidden, styles, folds))
        return self._rows[1]

    def _legends(self, frame: ActivationFrame | None, layer: LayerSpec | None) -> tuple[LegendState, ...]:
        """Of the layer under the pointer, or in general; and of the edges while there are any."""
        states = self.legend.states(frame, layer)
        edges = self.answers.edge_legend(self.show.colors)
        return states if edges is None else (edges, states[0])

    def _labels(self, frame: ActivationFrame | None) -> tuple[SceneLabel, ...]:
        show = self.show
        if show.arrangement is None or show.network is None or not self.labels_shown:
            return ()
        layout, beside = show.arrangement.layout, show.beside
        upper = beside.layout(show.arrangement) if beside is not None else None
        inviting = self.pad.drawing.empty and not show.docked
        names = self.comparison.names if self.comparison is not None else ()
        view = (layout, upper, show.rig.pose, show.rig.size, show.hidden, self.theme.scale, inviting, names)
        if self._titles is None or self._titles[0] != view:
            self._titles = (view, tuple(self._title_labels(layout, inviting, upper, names)))
        titles = self._titles[1]
        frames = [(show.network.spec, layout, frame)]
        if beside is not None and upper is not None:
            frames.append((beside.spec, upper, self.comparison.frame if self.comparison else None))
        key = (titles, *(part for one in frames for part in one))
        return self._named.of((), key, lambda: titles + self._output_labels(frames))

    def _output_labels(
        self, frames: list[tuple[NetworkSpec, Layout, ActivationFrame | None]]
    ) -> tuple[SceneLabel, ...]:
        """Classes and their shares: of the first network, and of one over it."""
        found: list[SceneLabel] = []
        for k, (spec, layout, frame) in enumerate(frames):
            if spec.output.name in self.show.hidden:
                continue
            place = layout.layers[spec.output.name]
            project, scale = self.show.rig.project, self.theme.scale
            crowded = paged(spec) or any(len(name) > _SHORT_NAME for name in spec.labels)
            room = scene_labels.name_room(layout, place, project) if crowded else np.inf
            labels = scene_labels.output_labels(spec, place, frame, project, scale, room)
            found += compare_labels.upper_labels(labels) if k else labels
        return tuple(found)

    def _standing_labels(self) -> tuple[SceneLabel, ...]:
        return self.standing.labels() if self.standing is not None and self.labels_shown else ()

    def _title_labels(
        self, layout: Layout, inviting: bool, upper: Layout | None = None, names: tuple[str, ...] = ()
    ) -> list[SceneLabel]:
        show, project = self.show, self.show.rig.project
        assert show.network is not None
        spec, beside = show.network.spec, show.beside
        if upper is not None and beside is not None:
            titles = self._titles_of(beside.network, upper)
            found = compare_labels.upper_labels(titles)
            found += compare_labels.lower_labels(self._titles_of(show.network, layout), spec, beside.spec)
            found += compare_labels.name_labels(names, layout, upper, project)
        else:
            found = self._titles_of(show.network, layout)
        if not spec.drawable:
            return found + (scene_labels.no_pad_labels(layout, project) if paged(spec) else [])
        return found + (scene_labels.pad_labels(layout, project) if inviting else [])

    def _titles_of(self, network: AnyNetworkView, layout: Layout) -> list[SceneLabel]:
        """Of the layers of one network."""
        hidden, project, scale = self.show.hidden, self.show.rig.project, self.theme.scale
        if isinstance(network, PagedView):
            return row_labels.row_labels(network.spec, layout, project, hidden, scale, network.lines)
        return scene_labels.layer_labels(layout, project, hidden, scale, False)

    def group_at(self, x: float, y: float) -> str | None:
        """The block whose label is at a pixel."""
        spec = self.show.network.spec if self.show.network is not None else None
        key = self.hud.label_at(x, y) if spec is not None and self.labels_shown else None
        return row_labels.asked_by(key, spec) if key is not None and spec is not None else None

    def close(self) -> None:
        self.hud.close()
        self.overlay.destroy()


def _rounded(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 3 else f"{rate:.1f}"
