"""What Panda3D says about a window's mouse and keyboard, as plain data.

Measured with 1.10.16 on X11: an input device's pointer events hold every motion between two pumps (200 of
200), its button events every press and release, in order but without places; the times are those of the pump.
"""

import panda3d.core as p3d

from nnvis3d.scene.pointer_order import Change, Sample

_KINDS = {
    p3d.ButtonEvent.T_down: "down",
    p3d.ButtonEvent.T_resume_down: "down",
    p3d.ButtonEvent.T_repeat: "down",
    p3d.ButtonEvent.T_up: "up",
    p3d.ButtonEvent.T_keystroke: "text",
    p3d.ButtonEvent.T_raw_down: "raw_down",
    p3d.ButtonEvent.T_raw_up: "raw_up",
}


def pump(engine: p3d.GraphicsEngine) -> None:
    """Have the window system's news handed out without drawing anything (5 microseconds).

    Panda asks for them at the end of `render_frame` only: without this an event that comes while the program
    waits is shown one picture late, and never while it idles. An inactive window is asked, but not drawn.
    """
    active = [output for output in engine.get_windows() if output.active]
    for output in active:
        output.active = False
    try:
        engine.render_frame()
    finally:
        for output in active:
            output.active = True


def samples(device: p3d.InputDevice) -> list[Sample]:
    """Every place of the pointer since this was last asked."""
    found = device.get_pointer_events()
    return [
        Sample(float(found.get_xpos(i)), float(found.get_ypos(i)), found.get_in_window(i), found.get_time(i))
        for i in range(found.get_num_events() if found else 0)
    ]


def changes(device: p3d.InputDevice) -> list[Change]:
    """What buttons and keys did since this was last asked."""
    return [change for event in device.get_button_events().events if (change := _change(event))]


def _change(event: p3d.ButtonEvent) -> Change | None:
    kind = _KINDS.get(event.type)
    if kind == "text":
        text = chr(event.keycode)
        return Change(kind, text, event.time) if text.isprintable() else None
    return Change(kind, str(event.button), event.time) if kind else None


def named_events() -> set[str]:
    """Names of the events that Panda queued since this was last asked: they pile up if nobody does."""
    queue, names = p3d.EventQueue.get_global_event_queue(), set()
    while not queue.is_queue_empty():
        names.add(queue.dequeue_event().name)
    return names
