"""A window of 800x600 at (100, 50) that polls its InputLayer for each line it reads, and prints what came.

The line "other" opens a second window, which takes the focus away.
"""

import sys

import panda3d.core as p3d

from nnvis3d.scene.input_layer import InputLayer


def open_window(engine: p3d.GraphicsEngine, pipe: p3d.GraphicsPipe, title: str) -> p3d.GraphicsWindow:
    properties = p3d.WindowProperties(size=(800, 600) if title == "recorder" else (50, 50))
    properties.set_origin(100, 50)
    properties.set_title(title)
    flags = p3d.GraphicsPipe.BF_require_window
    window = engine.make_output(pipe, title, 0, p3d.FrameBufferProperties.get_default(), properties, flags)
    engine.open_windows()
    while not window.get_properties().foreground:
        engine.render_frame()
    return window


def say(events: list) -> None:
    sys.stdout.write(f"{events}\n")
    sys.stdout.flush()


def main() -> None:
    engine = p3d.GraphicsEngine.get_global_ptr()
    pipe = p3d.GraphicsPipeSelection.get_global_ptr().make_pipe("glxGraphicsPipe", "pandagl")
    layer = InputLayer(open_window(engine, pipe, "recorder"), engine)
    layer.poll()
    say([])
    for line in sys.stdin:
        if line.strip() == "other":
            open_window(engine, pipe, "other")
        say(layer.poll())


main()
