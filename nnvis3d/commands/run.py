"""`nnvis3d` or `nnvis3d run`: the window; without a display, the headless demonstration instead."""

import argparse
import os
import sys

from nnvis3d.commands.arguments import add_appearance, add_model, options_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    add_appearance(parser)
    parser.add_argument("--input", metavar="FILE", help="put this image on the pad")
    parser.add_argument("--fullscreen", action="store_true", help="fill the screen")


def run(options: argparse.Namespace) -> int:
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        from nnvis3d.commands.demo import demonstrate

        return demonstrate(options)
    from nnvis3d.app import App
    from nnvis3d.commands.arguments import drawing_of
    from nnvis3d.scene.host import Host

    drawing = drawing_of(options.input) if options.input else None
    chosen = options_of(options)
    host = Host(chosen.size, offscreen=False, fullscreen=options.fullscreen)
    app = App(host, chosen)
    if drawing is not None:
        app.pad.put(drawing)
    try:
        app.run()
    finally:
        app.close()
    return 0
