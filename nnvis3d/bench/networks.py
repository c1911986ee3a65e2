"""How fast a network answers a pen, and how fast the camera turns around it."""

from functools import partial

import numpy as np

from nnvis3d.app.app import TICK_SECONDS, App, Options
from nnvis3d.bench import hand
from nnvis3d.bench.timing import Distribution, distribution, timed
from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.network import poses
from nnvis3d.network.frame import ActivationFrame
from nnvis3d.scene import input_events as events
from nnvis3d.scene.host import Host

SIZE = (1280, 720)
ORBIT_DEGREES = 25.0


def measure_network(name: str, flat: bool, quick: bool = False) -> dict[str, Distribution]:
    """All figures of one network in one arrangement, offscreen, each frame waited for."""
    host = Host(SIZE, offscreen=True, finish=True)
    app = App(host, Options(model=name, size=SIZE, flat=flat))
    try:
        app.settle()
        count = 1 if quick else 12
        _stroke_times(app, 1 if quick else 2)  # warm up: shaders, caches
        return {
            **_stroke_times(app, count),
            **_network_times(app, 150 if quick else 600),
            **_asking_times(app, 20 if quick else 240),
            **_picture_times(app, 24 if quick else 240),
        }
    finally:
        app.close()


def _stroke_times(app: App, digits: int) -> dict[str, Distribution]:
    """Ticks in which a pointer event of a stroke arrives, and from that event to the finished frame.

    The event is put into the queue at the moment in which its tick begins, and the tick ends when the
    driver has finished the frame, so what a display adds (waiting for its refresh) is in neither figure.
    """
    ticks, delays = [], []
    for drawing in hand.digits(digits):
        app.invoke("clear")
        app.tick(TICK_SECONDS)
        for event in hand.pointer_events(app, drawing):
            stroking = app.pad.stroking and isinstance(event, events.PointerMoved)
            frame = app.frame
            delay = timed(partial(_answer, app, event))
            if stroking and app.frame is not frame:
                delays.append(delay)
            ticks.append(delay)
    return {"tick_ms": distribution(ticks), "pointer_to_frame_ms": distribution(delays)}


def _answer(app: App, event: events.Event) -> None:
    app.input.inject(event)
    app.tick(TICK_SECONDS)


def _network_times(app: App, repeats: int) -> dict[str, Distribution]:
    """The forward pass with all that is caught of it, the module alone, and making texels and uploading them.

    They take turns, so that each finds the caches as the others leave them. A traced network's texels are
    made layer by layer during its pass, so there they count as part of that.
    """
    import torch

    from nnvis3d.runtime.registry import load_network
    from nnvis3d.runtime.runner import Runner

    assert app.runner is not None and app.show.network is not None
    runner, view = app.runner, app.show.network
    bare = load_network(runner.spec.name).module
    image = reduce_drawing(hand.digits(4)[3], runner.spec.preprocessing.shape).image
    batch = torch.from_numpy(runner.preprocess(image).copy())
    forward, alone, upload = [], [], []

    def pass_alone() -> None:
        with torch.inference_mode():
            bare(batch)

    def forward_pass() -> np.ndarray | ActivationFrame:
        return runner.forward(image) if isinstance(runner, Runner) else runner.run(image)

    def show(found: np.ndarray | ActivationFrame) -> None:
        if isinstance(found, np.ndarray) and isinstance(runner, Runner):
            found = runner.frame_of(found, blank=False)
        assert isinstance(found, ActivationFrame)
        view.show(found, ease=False)

    for _ in range(repeats):
        alone.append(timed(pass_alone))
        forward.append(timed(forward_pass))
        upload.append(timed(partial(show, forward_pass())))
    transfer = _transfer_time(app, repeats // 4)
    return {
        "forward_ms": distribution(forward),
        "bare_forward_ms": distribution(alone),
        "upload_ms": distribution([time + transfer for time in upload]),
    }


def _move(app: App) -> None:
    """Have all of the room drawn with the frames that come, as if something in it had moved."""
    app.show.stale = True
    app.tick(TICK_SECONDS)


def _transfer_time(app: App, repeats: int) -> float:
    """Milliseconds that handing the changed texture to the driver adds to a frame.

    Panda3D does that while it draws and has no call for it alone: so the same small picture is drawn in
    turn with and without a changed texture, and the median of the differences is what it costs.
    """
    show, frame = app.show, app.frame
    assert show.network is not None and frame is not None
    rest = [show.stage.backdrop, show.stage.floor, show.pad_view.path]
    rest += [view.path for name, view in show.network.layers.items() if name != frame.spec.output.name]
    _move(app)
    for path in rest:
        path.hide()
    app.panels.overlay.visible = False
    plain, changed = [], []
    for _ in range(repeats):
        plain.append(timed(app.host.render))
        show.network.show(frame, ease=False)
        changed.append(timed(app.host.render))
    for path in rest:
        path.show()
    app.panels.overlay.visible = True
    return max(0.0, float(np.median(np.subtract(changed, plain))))


def _asking_times(app: App, repeats: int) -> dict[str, Distribution]:
    """Finding the neuron under the pointer; from a pointer event over another neuron to the finished frame
    with its edges; the same with an inspector open on it; and with the whole path of an output.
    """
    show, invoke = app.show, app.invoke
    app.pad.put(hand.digits(4)[3])
    app.settle()
    spots = _spots(app, repeats)
    pick = [timed(partial(show.pointing.pick, x, y)) for x, y in spots]
    hover = [timed(partial(_answer, app, events.PointerMoved(x, y))) for x, y in spots]
    assert app.frame is not None
    spec = app.frame.spec
    inspector = []
    for k in range(repeats // 4):
        invoke("select", spec.layers[1].neuron(k % spec.layers[1].neurons))
        inspector.append(timed(lambda: app.tick(TICK_SECONDS)))
    invoke("edges_mode", "path")
    path = []
    for k in range(repeats // 4):
        invoke("select", spec.output.neuron(k % spec.output.neurons))
        path.append(timed(lambda: app.tick(TICK_SECONDS)))
    invoke("select", None)
    invoke("edges_mode", "incoming")
    app.input.inject(events.PointerMoved(2.0, SIZE[1] / 2))
    app.settle()
    return {
        "pick_ms": distribution(pick),
        "hover_to_frame_ms": distribution(hover),
        "inspector_to_frame_ms": distribution(inspector),
        "path_to_frame_ms": distribution(path),
    }


def _spots(app: App, count: int) -> list[tuple[float, float]]:
    """Pixels over neurons of all layers after the input, spread evenly over them."""
    show = app.show
    assert show.arrangement is not None
    layers = list(show.arrangement.layout.layers.values())[1:]
    points = [
        layer.cells(np.linspace(0, layer.spec.neurons - 1, -(-count // len(layers))).astype(int))
        for layer in layers
    ]
    pixels, _ = show.rig.project(np.concatenate(points))
    return [(float(x), float(y)) for x, y in pixels[:count]]


def _picture_times(app: App, frames: int) -> dict[str, Distribution]:
    """Drawing alone; an orbit through the whole tick; the same frame with an empty scene."""
    _move(app)
    draw = [timed(app.host.render) for _ in range(frames)]
    camera, home = app.show.camera, app.show.camera.pose
    orbit = []
    for k in range(frames):
        turn = ORBIT_DEGREES * np.sin(2 * np.pi * k / frames) / poses.DEGREES_PER_PICTURE * SIZE[1]
        camera.jump(poses.orbit(home, float(turn), 0.0, SIZE))
        app.show.stale = True
        orbit.append(timed(lambda: app.tick(TICK_SECONDS)))
    camera.jump(home)
    for path in app.show.root.get_children():
        path.hide()
    app.panels.overlay.visible = False
    floor = [timed(app.host.render) for _ in range(frames)]
    return {"draw_ms": distribution(draw), "orbit_ms": distribution(orbit), "floor_ms": distribution(floor)}
