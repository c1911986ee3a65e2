"""Named actions. Keys, mouse, panels, tours and the kiosk all say what they want by invoking one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nnvis3d.scene.input_events import Event, KeyChanged, TextTyped
from nnvis3d.tools.key_bindings import BINDINGS, GESTURES, Binding

_MODIFIERS = ("control", "alt", "meta", "shift")  # in the order in which they are written
_SHOWN = {
    "control": "Ctrl",
    "arrow_left": "←",
    "arrow_right": "→",
    "arrow_up": "↑",
    "arrow_down": "↓",
    "escape": "Esc",
    "delete": "Del",
}


@dataclass(frozen=True)
class Action:
    """Something that can be asked for by name."""

    name: str
    group: str
    """Heading in the help."""
    keys: tuple[str, ...]
    """Any of these invokes it, written as in key_bindings."""
    text: str
    """What it does, for people."""
    run: Callable[[Any], None]
    """Called with the argument of `invoke`, None where there is none."""
    repeats: bool = False
    """Whether a key held down goes on invoking it."""


class Actions:
    """The table of actions."""

    def __init__(self, bindings: Iterable[Binding] = BINDINGS):
        self._bindings = {binding.action: binding for binding in bindings}
        self._actions: dict[str, Action] = {}
        self._by_key: dict[str, Action] = {}

    def on(self, name: str, run: Callable[[Any], None]) -> None:
        """Register what the key table calls `name`.

        Raises:
            LookupError: the key table has no such action.
        """
        if name not in self._bindings:
            raise LookupError(f"no action {name!r} in the key table; it has {', '.join(self._bindings)}")
        binding = self._bindings[name]
        self.register(Action(name, binding.group, binding.keys, binding.text, run, binding.repeats))

    def register(self, action: Action) -> None:
        """
        Raises:
            ValueError: the name, or one of the keys, is taken.
        """
        if action.name in self._actions:
            raise ValueError(f"action {action.name!r} is already registered")
        keys = [_normal(key) for key in action.keys]
        for key in keys:
            if key in self._by_key:
                raise ValueError(f"{action.name}: {key!r} already invokes {self._by_key[key].name!r}")
        self._actions[action.name] = action
        self._by_key |= dict.fromkeys(keys, action)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all that can be invoked."""
        return tuple(self._actions)

    def invoke(self, name: str, argument: Any = None) -> None:
        """Do it.

        Raises:
            LookupError: nothing is registered by that name.
        """
        if name not in self._actions:
            raise LookupError(f"no action {name!r}; there are {', '.join(self._actions)}")
        self._actions[name].run(argument)

    def for_key(self, event: Event) -> str | None:
        """The name of the action that a pressed key, or a typed punctuation mark, invokes."""
        match event:
            case KeyChanged(down=True) if not _is_mark(event.name):
                key = _written(event.name, event.modifiers)
            case TextTyped() if _is_mark(event.text):
                key = event.text
            case _:
                return None
        action = self._by_key.get(key)
        return action.name if action and (action.repeats or not event.repeat) else None

    def shown_keys(self) -> dict[str, str]:
        """For tooltips: each action's first key as the help prints it."""
        return {name: _shown(action.keys[:1]) for name, action in self._actions.items() if action.keys}

    def rows(self) -> list[tuple[str, str, str]]:
        """For the help: (group, keys, text) of whatever has a key, and the gestures, group by group."""
        order = list(dict.fromkeys(binding.group for binding in self._bindings.values()))
        order += [action.group for action in self._actions.values() if action.group not in order]
        places = {name: place for place, name in enumerate(self._bindings)}
        actions = sorted(self._actions.values(), key=lambda a: places.get(a.name, len(places)))
        rows = [(a.group, _shown(a.keys), a.text) for a in actions if a.keys]
        return sorted([*rows, *GESTURES], key=lambda row: order.index(row[0]) if row[0] in order else -1)


def _is_mark(key: str) -> bool:
    return len(key) == 1 and not key.isalnum()


def _written(key: str, modifiers: Iterable[str]) -> str:
    return "-".join([*(m for m in _MODIFIERS if m in modifiers), key])


def _normal(keys: str) -> str:
    """The one way of writing it: modifiers in order."""
    if len(keys) == 1:
        return keys
    *modifiers, key = keys.split("-")
    unknown = set(modifiers) - set(_MODIFIERS)
    if unknown or not key:
        raise ValueError(f"key {keys!r}: expected one of {', '.join(_MODIFIERS)} before the last '-'")
    return _written(key, modifiers)


def _shown(keys: Iterable[str]) -> str:
    """As the help prints it: "Ctrl+Shift+Z, Ctrl+Y"."""
    return ", ".join(
        "+".join(_SHOWN.get(part, part.capitalize()) for part in ([key] if len(key) == 1 else key.split("-")))
        for key in keys
    )
