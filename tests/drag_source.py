"""Another program, of another toolkit (GTK 3), from which things are dragged: `drag_source.py WHAT...`.

WHAT is URIs, which it gives as files, or "text", which it gives as words. It runs in the system's Python,
whose bindings it needs. Says "ready", and "taken" or "refused" after each drag.
"""

import sys

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def main(things: list[str]) -> None:
    window, handle = Gtk.Window(type=Gtk.WindowType.POPUP), Gtk.EventBox()
    window.resize(120, 60)
    window.move(0, 0)
    handle.add(Gtk.Label(label="drag"))
    window.add(handle)
    handle.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
    refused: list[bool] = []
    if things == ["text"]:
        handle.drag_source_add_text_targets()
        handle.connect("drag-data-get", lambda _, context, data, info, time: data.set_text("words", -1))
    else:
        handle.drag_source_add_uri_targets()
        handle.connect("drag-data-get", lambda _, context, data, info, time: data.set_uris(things))
    handle.connect("drag-failed", lambda *_: refused.append(True))
    handle.connect("drag-end", lambda *_: say("refused" if refused else "taken"))
    window.show_all()
    say("ready")
    Gtk.main()


main(sys.argv[1:])
