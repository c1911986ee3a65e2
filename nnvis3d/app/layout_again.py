"""A window stands again as it stood when its lab was saved: by the actions by which it came to stand so.

Layers, neurons and colours that there are no more are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.inputs.strokes import Drawing
from nnvis3d.network import poses
from nnvis3d.network.colormaps import color_maps
from nnvis3d.network.grouping import ancestors
from nnvis3d.network.lab_snapshot import LabSnapshot
from nnvis3d.network.layer_styles import styles_of
from nnvis3d.network.spec import NeuronId

if TYPE_CHECKING:
    from collections.abc import Collection

    from nnvis3d.app.app import App
    from nnvis3d.app.lab import LabInApp
    from nnvis3d.tools.kept_drawing import KeptDrawing
    from nnvis3d.tools.window_layout import KeptPose, WindowLayout


def stand_again(
    app: App, lab: LabInApp, snapshot: LabSnapshot, layout: WindowLayout, given: Collection[str], drawn: bool
) -> None:
    """Of a window with the snapshot's network on its stage.

    Args:
        given: what the command line said, "view" or "theme".
        drawn: whether the drawing on the pad shall stay.

    Raises:
        ValueError: a picture is damaged, or a drawing makes no sense; nothing was done then.
    """
    away = app.show.framing.away or app.show.camera.led_away  # somebody was faster than the lab
    drawing = _drawing(layout.drawing)
    held = None if layout.held is None else layout.held.floats
    with app.panels.messages.silent():
        _appearance(app, layout, given)
        _layers(app, layout)
        _cards(app, layout)
        _panels(app, layout)
        if not drawn and layout.drawing is not None and drawing is not None:
            _pad(app, layout.drawing.sample, drawing)
        _desk(app, lab, snapshot, layout)
        if lab.desk.answers:
            _source(app, snapshot, layout.source, held)
    if layout.viewing in snapshot.history.steps.tolist():
        app.invoke("lab_view", layout.viewing)
    lab.standing.look(snapshot)  # what stands in the scene is in the camera's limits
    arrangement = app.show.arrangement
    same = arrangement is not None and arrangement.flat == (layout.view == "2d")
    if same and not away and layout.camera is not None:  # a pose in space is none of the plane
        _look(app, layout.camera, layout.flying)


def _appearance(app: App, layout: WindowLayout, given: Collection[str]) -> None:
    show = app.show
    if "theme" not in given and layout.theme != show.theme_name:
        app.invoke("toggle_theme", layout.theme)
    known = [colors.name for colors in color_maps(show.theme_name == "light")]
    if layout.colors in known and layout.colors != show.colors.name:
        app.invoke("next_colormap", layout.colors)
    if "view" not in given:
        app.invoke("toggle_arrangement", layout.view)


def _layers(app: App, layout: WindowLayout) -> None:
    """Hidden, folded, spread, stacked."""
    arrangement, show = app.show.arrangement, app.show
    assert arrangement is not None
    spec = arrangement.spec
    for name in layout.hidden:
        if name in spec.by_name and name not in show.hidden:
            app.invoke("toggle_layer", name)
    for name, style in layout.styles.items():
        layer = spec.by_name.get(name)
        if layer is not None and style in styles_of(spec, layer) and style != arrangement.style(name):
            app.invoke("layer_style", (name, style))
    if layout.folds is not None:
        # The outermost first: whoever opens one folds those in it.
        for group in sorted(spec.groups, key=lambda group: len(ancestors(spec, group.name))):
            if (group.name in arrangement.folds) != (group.name in layout.folds):
                app.invoke("fold_layer", group.name)
    if layout.shows != arrangement.shows:
        app.invoke("fold_shows", layout.shows)


def _cards(app: App, layout: WindowLayout) -> None:
    """What is asked: the pinned neurons, then the selected one."""
    tool = app.asking.tool
    tool.set_hidden(app.show.hidden)
    for address in layout.pinned:
        neuron = tool.existing(_neuron(address))
        if neuron is not None and neuron not in tool.cards.pinned:
            app.invoke("select", neuron)
            app.invoke("inspector_pin")
    chosen = tool.existing(None if layout.selected is None else _neuron(layout.selected))
    if chosen != tool.selected:
        app.invoke("select", chosen)
    if chosen is not None and chosen not in tool.cards.pinned and not layout.inspected:
        app.invoke("inspect")  # closes its card
    app.asking.follow_selection()  # blocks are folded as they were


def _neuron(address: str) -> NeuronId:
    layer, *place = address.rsplit(":", 3)
    return NeuronId(layer, *map(int, place))


def _panels(app: App, layout: WindowLayout) -> None:
    app.invoke("toggle_labels", layout.labels)
    app.invoke("toggle_layers_panel", layout.layers_open)
    app.invoke("toggle_dock", layout.docked)
    if layout.normalize != app.pad.normalize:
        app.invoke("toggle_normalize")


def _drawing(kept: KeptDrawing | None) -> Drawing | None:
    """What was kept; of a sample only how it lies. None: nothing was.

    Raises:
        ValueError: it makes no sense.
    """
    if kept is None:
        return None
    return kept.drawing if kept.sample is None else Drawing(placement=kept.placement)


def _pad(app: App, sample: int | None, drawing: Drawing) -> None:
    """A sample that ships, or a drawing of one's own; behind that nothing can be undone."""
    if sample is not None:
        app.pad.put_sample(sample, drawing.placement)
        return
    app.pad.forget()
    if not drawing.empty:
        app.pad.put(drawing)


def _desk(app: App, lab: LabInApp, snapshot: LabSnapshot, layout: WindowLayout) -> None:
    """The lab's own panels."""
    desk, filter = lab.desk, layout.filter
    lab.follow_selection()  # or the selected neuron's would be chosen later
    if layout.layer in desk.layers:
        count = snapshot.shown.spec.by_name[layout.layer].shape[0]
        app.invoke("lab_choose", (layout.layer, filter if filter is not None and filter < count else None))
    lab.follow_choice()  # blocks are folded as they were
    app.invoke("lab_alone", layout.alone)
    app.invoke("lab_bars", layout.bars)
    app.invoke("lab_tab", layout.tab)
    if desk.points or desk.classes:  # with none open the action would open one
        app.invoke("lab_stand", layout.standing)


def _source(app: App, snapshot: LabSnapshot, source: str, held: np.ndarray | None) -> None:
    """What the network on the stage sees."""
    if source != "hold":
        app.invoke("lab_source", source)
    elif held is not None and held.shape == snapshot.shown.image.shape:
        app.invoke("lab_show", held)


def _look(app: App, kept: KeptPose, flying: bool) -> None:
    """From there, at once."""
    show = app.show
    app.invoke("fly" if flying else "orbit")
    clamp = poses.clamp_flight if flying else poses.clamp
    show.camera.jump(clamp(kept.pose, show.camera.limits))
    show.camera.led_away = True
