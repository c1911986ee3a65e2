"""Reads the one file that describes an exhibit; an error names the line."""

import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from nnvis3d.errors import UserError
from nnvis3d.kiosk.config import KioskConfig
from nnvis3d.kiosk.config_check import ConfigError
from nnvis3d.resources import resource
from nnvis3d.toml_lines import Lines, parse, steps


def default_config() -> Path:
    """The file that ships."""
    return resource("assets", "kiosk/kiosk.toml")


Keys = tuple[str, ...]
_PLACE = re.compile(r" - at `\$(.*)`")
"""In msgspec's "Expected `int` - at `$.screen.width_mm`"."""


def read_config(path: Path) -> KioskConfig:
    """
    Raises:
        UserError: unreadable, not TOML, a key that there is not, a value that cannot be; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not a text file in UTF-8") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    data = parse(text, str(path))
    lines = Lines(text)
    if "base" in data:
        raise UserError(f"{path}, line {lines.of(('base',))}: there is no option 'base'")
    if (stranger := _stranger(data, KioskConfig)) is not None:
        name, known = ".".join(stranger[0]), ", ".join(stranger[1])
        where = f"{path}, line {lines.of(stranger[0])}"
        raise UserError(f"{where}: there is no option {name!r}; known are {known}")
    config = replace(_converted(path, lines, data), base=str(path.resolve().parent))
    _check_files(path, lines, config)
    return config


def _converted(path: Path, lines: Lines, data: dict) -> KioskConfig:
    """Table by table: so an error can be told which one it is in."""
    tables: dict[str, Any] = {}
    for name, kind in get_type_hints(KioskConfig).items():
        if name not in data:
            continue
        try:
            tables[name] = msgspec.convert(data[name], kind)
        except msgspec.ValidationError as error:
            raise UserError(_worded(path, lines, name, error)) from error
    return KioskConfig(**tables)


def _worded(path: Path, lines: Lines, table: str, error: msgspec.ValidationError) -> str:
    wrong = error.__cause__
    if isinstance(wrong, ConfigError):
        return f"{path}, line {lines.of((table, *wrong.key.split('.')))}: {wrong}"
    reason, place = str(error).partition(" - at ")[0].replace("`", ""), _PLACE.search(str(error))
    where = (table, *steps(place[1] if place else ""))
    named = ".".join(step for step in where if isinstance(step, str))
    return f"{path}, line {lines.of(where)}: {named}: {reason[0].lower()}{reason[1:]}"


def _stranger(
    data: dict, kind: type, above: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], list[str]] | None:
    """The path of a key that `kind` does not have, and those that it has."""
    hints = get_type_hints(kind)
    known = [f.name for f in fields(kind) if f.name != "base"]
    for key, value in data.items():
        if key not in known:
            return (*above, key), known
        if is_dataclass(hints[key]) and isinstance(value, dict):
            found = _stranger(value, hints[key], (*above, key))
            if found is not None:
                return found
    return None


def _check_files(path: Path, lines: Lines, config: KioskConfig) -> None:
    named = {
        "exhibit.logo": config.exhibit.logo,
        "exhibit.weights": config.exhibit.weights,
        "network.results_folder": config.network.results_folder if config.network.results else "",
    }
    for key, name in named.items():
        if name and not config.path(name).exists():
            where = f"{path}, line {lines.of(tuple(key.split('.')))}"
            raise UserError(f"{where}: {key.partition('.')[2]}: {name} does not exist")
