"""Reads the one file that describes an exhibit; an error names the line."""

import re
import tomllib
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from nnvis3d.errors import UserError
from nnvis3d.kiosk.config import ConfigError, KioskConfig
from nnvis3d.kiosk.toml_lines import line_of, path_in
from nnvis3d.resources import resource


def default_config() -> Path:
    """The file that ships."""
    return resource("assets", "kiosk/kiosk.toml")


_LINE = re.compile(r"line (\d+)")


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
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        found = _LINE.match(place)
        line = int(found[1]) if found else max(1, len(text.splitlines()))  # "end of document"
        raise UserError(f"{path}, line {line}: not TOML: {reason}") from error
    except RecursionError as error:
        raise UserError(f"{path}: not TOML: brackets within brackets without end") from error
    if "base" in data:
        raise UserError(f"{path}, line {line_of(text, 'base')}: there is no option 'base'")
    if (stranger := _stranger(data, KioskConfig)) is not None:
        known = ", ".join(stranger[1])
        line = line_of(text, stranger[0])
        raise UserError(f"{path}, line {line}: there is no option {stranger[0]!r}; known are {known}")
    config = replace(_converted(path, text, data), base=str(path.resolve().parent))
    _check_files(path, text, config)
    return config


def _converted(path: Path, text: str, data: dict) -> KioskConfig:
    """Table by table: so an error can be told which one it is in."""
    tables: dict[str, Any] = {}
    for name, kind in get_type_hints(KioskConfig).items():
        if name not in data:
            continue
        try:
            tables[name] = msgspec.convert(data[name], kind)
        except msgspec.ValidationError as error:
            raise UserError(_worded(path, text, name, error)) from error
    return KioskConfig(**tables)


def _worded(path: Path, text: str, table: str, error: msgspec.ValidationError) -> str:
    wrong = error.__cause__
    key = wrong.key if isinstance(wrong, ConfigError) else path_in(str(error))
    reason = (
        str(wrong) if isinstance(wrong, ConfigError) else str(error).partition(" - at ")[0].replace("`", "")
    )
    where = f"{table}.{key}" if key else table
    if not isinstance(wrong, ConfigError):
        reason = f"{where}: {reason[0].lower()}{reason[1:]}"
    return f"{path}, line {line_of(text, where)}: {reason}"


def _stranger(data: dict, kind: type, above: str = "") -> tuple[str, list[str]] | None:
    """The dotted path of a key that `kind` does not have, and those that it has."""
    hints = get_type_hints(kind)
    known = [f.name for f in fields(kind) if f.name != "base"]
    for key, value in data.items():
        if key not in known:
            return f"{above}{key}", known
        if is_dataclass(hints[key]) and isinstance(value, dict):
            found = _stranger(value, hints[key], f"{above}{key}.")
            if found is not None:
                return found
    return None


def _check_files(path: Path, text: str, config: KioskConfig) -> None:
    named = {
        "exhibit.logo": config.exhibit.logo,
        "exhibit.weights": config.exhibit.weights,
        "network.results_folder": config.network.results_folder if config.network.results else "",
    }
    for key, name in named.items():
        if name and not config.path(name).exists():
            raise UserError(
                f"{path}, line {line_of(text, key)}: {key.partition('.')[2]}: {name} does not exist"
            )
