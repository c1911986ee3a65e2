"""`nnvis3d snapshot`: one picture, headless, and the exact activations behind it."""

import argparse
import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.commands.arguments import add_appearance, add_model, drawing_of, options_of, seconds
from nnvis3d.errors import UserError
from nnvis3d.inputs.pictures import read_exact
from nnvis3d.network import wording
from nnvis3d.network.catalog import NETWORKS
from nnvis3d.network.spec import NetworkSpec, NeuronId
from nnvis3d.scene.input_events import PointerMoved

if TYPE_CHECKING:
    from nnvis3d.app.app import App
    from nnvis3d.network.frame import ActivationFrame


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    add_appearance(parser)
    parser.add_argument(
        "--input", metavar="FILE", help="the image that the network sees; without it the pad is empty"
    )
    parser.add_argument("--output", required=True, type=Path, metavar="OUT.png", help="the picture to write")
    parser.add_argument(
        "--activations", type=Path, metavar="OUT.npz", help="also write every layer's exact values"
    )
    parser.add_argument(
        "--select", metavar="L:C:R:C", help="ask a neuron: layer, channel, row, column; its edges are drawn"
    )
    parser.add_argument(
        "--edges", choices=("incoming", "outgoing", "path"), default="incoming", help="which edges of it"
    )
    parser.add_argument("--hover", metavar="L:C:R:C", help="hold the pointer over this neuron")
    parser.add_argument(
        "--step", type=seconds, metavar="S", help="step for so many seconds through what computes --select"
    )
    parser.add_argument(
        "--no-normalize", action="store_true", help="leave the image where and as large as it is"
    )
    parser.add_argument("--no-panels", action="store_true", help="the scene alone, without panels")


def run(options: argparse.Namespace) -> int:
    from nnvis3d.app.app import App
    from nnvis3d.scene.host import Host

    if options.step is not None and options.select is None:
        raise UserError("--step: also say --select LAYER:CHANNEL:ROW:COLUMN, the neuron to begin with")
    drawing = drawing_of(options.input) if options.input else None
    _require_folder(options.output)
    if options.activations is not None:
        _require_folder(options.activations)
    chosen = options_of(options, quality="full")
    host = Host(chosen.size, offscreen=True)
    app = App(host, chosen)
    try:
        if drawing is not None:
            app.pad.put(drawing)
            if chosen.model not in NETWORKS:
                app.answering.exact = partial(read_exact, Path(options.input))
        app.pad.set_normalize(not options.no_normalize)
        app.panels.shown = not options.no_panels
        app.settle()
        if app.frame is None:
            raise UserError(app.panels.messages.shown[-1].text)
        if options.select is not None:
            select(app, options.select, options.edges)
            app.settle()
        if options.hover is not None:
            hover(app, options.hover)
            app.settle()
        if options.step is not None:
            step(app, options.step)
        host.save_picture(options.output)
        if options.activations is not None and app.frame is not None:
            save_activations(app.frame, options.activations)
    finally:
        app.close()
    return 0


def select(app: "App", address: str, edges: str) -> None:
    """Ask a neuron, given as LAYER:CHANNEL:ROW:COLUMN or, where a layer has no rows, LAYER:CHANNEL.

    Raises:
        UserError: this network has no such neuron.
    """
    assert app.frame is not None
    app.asking.edges.budget_ms = None  # nobody waits for this picture
    app.invoke("edges_mode", edges)
    app.invoke("select", neuron_of(app.frame.spec, address))
    app.panels.messages.clear()


def hover(app: "App", address: str) -> None:
    """Hold the pointer over a neuron, given as in `select`.

    Raises:
        UserError: this network has no such neuron.
    """
    assert app.frame is not None and app.show.arrangement is not None
    app.asking.edges.budget_ms = None
    place = app.show.arrangement.layout.position(neuron_of(app.frame.spec, address))
    pixels, _ = app.show.rig.project(place[None])
    app.input.inject(PointerMoved(*pixels[0].tolist()))


def step(app: "App", duration: float) -> None:
    """Play the operation of the selected neuron's layer for `duration` seconds of the program's time."""
    from nnvis3d.app.app import TICK_SECONDS

    app.invoke("step", None)
    for _ in range(round(duration / TICK_SECONDS)):
        app.tick(TICK_SECONDS, draw=False)
    app.host.render()


def neuron_of(spec: NetworkSpec, address: str) -> NeuronId:
    """The neuron at "conv1:3:12:7" or "fc1:37".

    Raises:
        UserError: it is no address, or there is no such neuron.
    """
    layer, place = _split(spec, address)
    if layer not in spec.by_name:
        raise UserError(
            f"--select {address}: {spec.name} has no layer {layer!r}; it has {', '.join(spec.by_name)}"
        )
    try:
        if len(place) != 3 and (len(place) != 1 or spec.by_name[layer].map_shape[1:] != (1, 1)):
            raise ValueError
        neuron = NeuronId(layer, *(int(part) for part in place))
        spec.by_name[layer].index(neuron)
    except (ValueError, TypeError, IndexError):
        shape = wording.shape(spec.by_name[layer])
        raise UserError(
            f"--select {address}: no such neuron; {layer} has {shape}, as in {layer}:0:0:0"
        ) from None
    return neuron


def _split(spec: NetworkSpec, address: str) -> tuple[str, list[str]]:
    """(layer, place); from the right, for a layer's name may hold colons itself."""
    for count in (3, 1):
        layer, *place = address.rsplit(":", count)
        if layer in spec.by_name and len(place) == count:
            return layer, place
    layer, *place = address.split(":")
    return layer, place


def save_activations(frame: "ActivationFrame", path: Path) -> None:
    """Write one float32 array a layer, keyed by the layers' names: (C, H, W) or (N,).

    Raises:
        UserError: the file cannot be written.
    """
    memory = io.BytesIO()
    np.savez_compressed(memory, **{layer.name: frame.layer(layer.name) for layer in frame.spec.layers})  # type: ignore[arg-type]
    try:
        path.write_bytes(memory.getvalue())
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error


def _require_folder(path: Path) -> None:
    """Said before a minute of work, not after it."""
    if not path.absolute().parent.is_dir():
        raise UserError(f"{path}: there is no folder {path.absolute().parent}")
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name a file")
