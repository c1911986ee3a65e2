"""`nnvis3d snapshot`: one picture, headless, and the exact activations behind it."""

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.commands.arguments import add_appearance, add_model, drawing_of, options_of
from nnvis3d.errors import UserError
from nnvis3d.network import wording
from nnvis3d.network.spec import NetworkSpec, NeuronId

if TYPE_CHECKING:
    from nnvis3d.app import App
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
    parser.add_argument(
        "--no-normalize", action="store_true", help="leave the image where and as large as it is"
    )
    parser.add_argument("--no-panels", action="store_true", help="the scene alone, without panels")


def run(options: argparse.Namespace) -> int:
    from nnvis3d.app import App
    from nnvis3d.scene.host import Host

    drawing = drawing_of(options.input) if options.input else None
    _require_folder(options.output)
    if options.activations is not None:
        _require_folder(options.activations)
    chosen = options_of(options)
    host = Host(chosen.size, offscreen=True)
    app = App(host, chosen)
    try:
        if drawing is not None:
            app.pad.put(drawing)
        app.pad.set_normalize(not options.no_normalize)
        app.panels.shown = not options.no_panels
        app.settle()
        if options.select:
            select(app, options.select, options.edges)
            app.settle()
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


def neuron_of(spec: NetworkSpec, address: str) -> NeuronId:
    """The neuron at "conv1:3:12:7" or "fc1:37".

    Raises:
        UserError: it is no address, or there is no such neuron.
    """
    layer, *place = address.split(":")
    if layer not in spec.by_name:
        raise UserError(
            f"--select {address}: {spec.name} has no layer {layer!r}; it has {', '.join(spec.by_name)}"
        )
    try:
        neuron = NeuronId(layer, *(int(part) for part in place))
        spec.by_name[layer].index(neuron)
    except (ValueError, TypeError, IndexError):
        shape = wording.shape(spec.by_name[layer])
        raise UserError(
            f"--select {address}: no such neuron; {layer} has {shape}, as in {layer}:0:0:0"
        ) from None
    return neuron


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
