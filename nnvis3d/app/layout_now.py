"""How the window of a lab stands now, as values that can be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnvis3d.network.colormaps import color_maps
from nnvis3d.tools.window_layout import KeptPose, WindowLayout

if TYPE_CHECKING:
    from nnvis3d.app.app import App
    from nnvis3d.app.lab import LabInApp
    from nnvis3d.tools.kept_drawing import KeptDrawing, KeptNumbers


def layout_now(
    app: App, lab: LabInApp, drawing: KeptDrawing | None, held: KeptNumbers | None
) -> WindowLayout:
    """Of a window with a network on its stage.

    Args:
        drawing: what is on the pad.
        held: the picture that is held; None: none is.
    """
    show, panels, desk, cards = app.show, app.panels, lab.desk, app.asking.tool.cards
    arrangement = show.arrangement
    assert arrangement is not None and lab.snapshot is not None
    first = color_maps(show.theme_name == "light")[0].name
    return WindowLayout(
        tab=desk.tab,  # type: ignore[arg-type]  # one of TABS, as there
        layer=desk.layer,
        filter=desk.filter,
        alone=desk.alone,
        bars=desk.bars,  # type: ignore[arg-type]
        standing=desk.standing,
        viewing=lab.snapshot.viewing,
        source=desk.source,  # type: ignore[arg-type]
        held=held,
        drawing=drawing,
        normalize=app.pad.normalize,
        docked=show.docked,
        view="2d" if arrangement.flat else "3d",
        flying=show.camera.mode == "fly",
        camera=KeptPose.of(show.camera.goal) if show.framing.away or show.camera.led_away else None,
        theme="light" if show.theme_name == "light" else "dark",
        colors="" if show.colors.name == first else show.colors.name,
        labels=panels.labels_shown,
        layers_open=panels.layers_open,
        hidden=tuple(sorted(show.hidden)),
        styles=dict(sorted(arrangement.styles.items())),
        folds=tuple(sorted(arrangement.folds)),
        shows=arrangement.shows,  # type: ignore[arg-type]
        selected=None if cards.selected is None else str(cards.selected),
        inspected=cards.follows,
        pinned=tuple(str(neuron) for neuron in cards.pinned),
    )
