"""`nnvis3d` or `nnvis3d run`: the window; without a display, the headless demonstration instead."""

import argparse
import os
import sys
from pathlib import Path

from nnvis3d.commands.arguments import add_appearance, add_model, options_of
from nnvis3d.processes import late_interrupt


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    add_appearance(parser)
    parser.add_argument(
        "--input", metavar="PATH", help="put this image on the pad, or those of a folder, one after the other"
    )
    parser.add_argument(
        "--camera", metavar="N", help="look through camera N (0 is the first), or at a video file"
    )
    parser.add_argument("--fullscreen", action="store_true", help="fill the screen")


def run(options: argparse.Namespace) -> int:
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        from nnvis3d.commands.demo import demonstrate

        return demonstrate(options)
    with late_interrupt():
        from nnvis3d.app.app import App
        from nnvis3d.app.pictures import open_pictures
        from nnvis3d.inputs.album import PictureFiles
        from nnvis3d.inputs.camera import Camera
        from nnvis3d.scene.host import Host

    chosen = options_of(options)
    pictures = PictureFiles.of(Path(options.input)) if options.input else None
    camera = Camera(options.camera) if options.camera else None
    with late_interrupt():
        app = App(Host(chosen.size, offscreen=False, fullscreen=options.fullscreen), chosen)
    try:
        app.input.accept_files()
        if pictures is not None:
            open_pictures(app, pictures)
        if camera is not None:
            app.sight.look(camera)
        app.run()
    finally:
        app.close()
    return 0
