"""Which named action does what. Keys, panels, tours and kiosks all come through here."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.app.panels import NETWORKS
from nnvis3d.errors import UserError
from nnvis3d.files import free_name
from nnvis3d.tools.hud_presenter import brush_from_panel
from nnvis3d.tools.layer_actions import LayerPorts, connect_layers

if TYPE_CHECKING:
    from nnvis3d.app.app import App


def connect(app: App) -> None:
    """Register what App, Show and the tools can do."""
    _connect_pad(app)
    _connect_view(app)
    _connect_window(app)
    connect_layers(
        app.actions,
        LayerPorts(
            arrangement=lambda: app.show.arrangement,
            here=lambda: _layer_here(app),
            moved=app.show.rearrange,
            say=lambda text: app.panels.messages.say(text),
        ),
    )


def _connect_pad(app: App) -> None:
    on, pad = app.actions.on, app.pad
    for tool in ("pen", "eraser", "hand"):
        on(tool, partial(_choose, app, tool))
    on("undo", lambda _: pad.undo())
    on("redo", lambda _: pad.redo())
    on("clear", lambda _: pad.clear())
    on("brush_smaller", lambda _: pad.step_brush(-1))
    on("brush_bigger", lambda _: pad.step_brush(1))
    on("brush_size", lambda width: pad.set_brush(brush_from_panel(width)))
    on("toggle_normalize", lambda _: _toggle_normalize(app))
    on("reset_drawing_transform", lambda _: pad.reset_transform())
    on("toggle_dock", lambda wanted: _flip(app.show, "docked", wanted))


def _connect_view(app: App) -> None:
    on, show = app.actions.on, app.show
    on("home", lambda _: show.framing.go_home())
    on("focus", lambda _: _focus(app))
    on("toggle_arrangement", lambda wanted: _arrange(app, wanted))
    on("toggle_fly", lambda _: show.camera.set_fly(show.camera.mode != "fly"))
    on("fly", lambda _: show.camera.set_fly(True))
    on("orbit", lambda _: show.camera.set_fly(False))
    on("choose_network", lambda name: app.answering.request(str(name)))
    on("next_network", lambda _: _next_network(app))
    on("toggle_layers_panel", lambda wanted: _flip(app.panels, "layers_open", wanted))
    on("toggle_layer", lambda name: show.toggle_layer(str(name)))
    on("toggle_labels", lambda wanted: _flip(app.panels, "labels_shown", wanted))
    on("next_colormap", lambda name: _next_colors(app, name))
    on("toggle_theme", lambda name: _toggle_theme(app, name))


def _connect_window(app: App) -> None:
    on = app.actions.on
    on("toggle_help", lambda _: _flip(app.panels, "help_open"))
    on("toggle_fullscreen", lambda _: _fullscreen(app))
    on("screenshot", lambda _: _screenshot(app))
    on("dismiss_message", lambda _: _dismiss(app))
    on("quit", lambda _: setattr(app, "quit", True))


def _layer_here(app: App) -> str | None:
    """The layer under the pointer, or else that of the selected neuron."""
    selected = app.asking.tool.selected
    return app.show.pointing.layer() or (selected.layer if selected is not None else None)


def _choose(app: App, tool: str, _: object) -> None:
    app.pad.choose(tool)


def _flip(owner: object, name: str, wanted: object = None) -> None:
    """Let it be the other way round, or as it is `wanted`."""
    setattr(owner, name, not getattr(owner, name) if wanted is None else bool(wanted))


def _arrange(app: App, wanted: object) -> None:
    """ "3d" or "2d"; none of them: the other one."""
    now = "2d" if app.show.arrangement and app.show.arrangement.flat else "3d"
    app.show.set_flat(_one_of(wanted, ("3d", "2d"), now) == "2d")


def _one_of(wanted: object, known: tuple[str, ...], now: str) -> str:
    """`wanted`, or if that is None the one after `now`.

    Raises:
        UserError: there is none of that name.
    """
    if wanted is None:
        return known[(known.index(now) + 1) % len(known)]
    if wanted not in known:
        raise UserError(f"{wanted}: expected {' or '.join(known)}")
    return str(wanted)


def _toggle_normalize(app: App) -> None:
    app.pad.set_normalize(not app.pad.normalize)
    app.panels.messages.say(
        "Centring on: the drawing is scaled and centred as MNIST's digits are"
        if app.pad.normalize
        else "Centring off: the network sees the drawing just where and as large as it is"
    )


def _focus(app: App) -> None:
    """Fly to the layer under the pointer, or nearer to its neuron where the layer fills the picture
    already."""
    show, hover = app.show, app.show.pointing.hover
    if hover is None or show.arrangement is None:
        show.framing.go_home()
        return
    layer = show.arrangement.layout.layers[hover.neuron.layer]
    side = max(layer.map_extent) * 1.4 if max(layer.map_extent) > 4 * layer.pitch else 12 * layer.pitch
    show.camera.focus(hover.point, side, None if show.arrangement.flat else layer.placement.heading)


def _next_network(app: App) -> None:
    names = [choice.name for choice in NETWORKS]
    shown = app.show.network.spec.name if app.show.network else app.options.model
    app.answering.request(names[(names.index(shown) + 1) % len(names)] if shown in names else names[0])


def _fullscreen(app: App) -> None:
    app.show.fullscreen = not app.show.fullscreen
    app.host.set_fullscreen(app.show.fullscreen, app.options.size)


def _screenshot(app: App) -> None:
    path = free_name(Path.cwd(), "nnvis3d")
    app.host.save_picture(path)
    app.panels.messages.say(f"Saved {path}")


def _dismiss(app: App) -> None:
    """Escape closes the topmost thing."""
    if not (app.panels.dismiss() or app.asking.tool.dismiss()) and app.lab is not None:
        app.lab.dismiss()


def _next_colors(app: App, name: object) -> None:
    app.panels.messages.say(f"Colours: {app.show.next_colors(name)}")
    app.restyle()


def _toggle_theme(app: App, name: object) -> None:
    app.show.set_theme(_one_of(name, ("dark", "light"), app.show.theme_name))
    app.restyle()
