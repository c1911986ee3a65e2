"""Exported programs (.pt2), read without running anything but PyTorch's own operations.

torch.export.load would unpickle what a file marks as pickled, fall back to pickle for example inputs,
evaluate sizes as Python expressions, and call any function below `torch` that the file names. So a file is
looked through first, and refused if it holds any of that.
"""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.runtime.bringing.factory import said

_OPERATIONS = re.compile(
    r"(torch\.ops\.(aten|prims)\.(?!from_file|save)\w+(\.\w+)?|_operator\.(?!methodcaller|attrgetter)\w+"
    r"|math\.\w+|torch\.sym_\w+|torch\._C\._(set_grad_enabled|nn\.\w+)|torch\.ops\.higher_order\.wrap_with_set_grad_enabled)"
)
_EXPRESSION = re.compile(r"[\w\s+\-*/().,<>=%&|~]*")
"""Sizes that depend on others: "2*s0", "Max(1, s1)"."""
_CALLABLE = re.compile(r"__|[A-Za-z_]\s*\.|\blambda\b|\bimport\b")
_TENSORS = ("weight_", "tensor_")
_LARGEST_TEXT = 1 << 28


def load_exported(path: Path) -> tuple[nn.Module, object]:
    """The module in the file, with the modules that it was exported from, and its example input (or None).

    Raises:
        UserError: no such file, damaged, or it holds what could run code.
    """
    if not path.is_file():
        raise UserError(f"--model {path}: no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            problem = _problem(archive)
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, RecursionError) as error:
        raise UserError(f"--model {path}: not a whole exported program ({said(error)})") from error
    if problem:
        raise UserError(
            f"--model {path}: {problem}, which may run any code; "
            f"where you trust the file, load it and save its state_dict as safetensors"
        )
    try:
        program = torch.export.load(path)
    except Exception as error:
        raise UserError(
            f"--model {path}: cannot be read by PyTorch {torch.__version__} ({said(error)})"
        ) from error
    return _module_of(program), _example_of(program)


def _problem(archive: zipfile.ZipFile) -> str | None:
    """What in it is more than numbers and operations."""
    names = archive.namelist()
    inner = {name.partition("/")[2] for name in names}
    if not any(name.startswith("models/") for name in inner):
        raise ValueError("it has no models/: written by another program, or PyTorch before 2.8")
    for name in names:
        place = name.partition("/")[2]
        if place.endswith("_config.json"):
            for payload in json.loads(_text(archive, name)).get("config", {}).values():
                if payload.get("use_pickle") or not str(payload.get("path_name")).startswith(_TENSORS):
                    return "it holds pickled objects"
        elif place.startswith("models/"):
            problem = _unsafe(json.loads(_text(archive, name)))
            if problem:
                return problem
        elif place.startswith("data/sample_inputs/"):
            with archive.open(name) as stream:
                try:
                    torch.load(stream, map_location="cpu", weights_only=True)
                except Exception:
                    return "its example inputs are pickled objects"
        elif place.startswith("data/aotinductor"):
            return "it holds compiled code"
    return None


def _text(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _LARGEST_TEXT:
        raise ValueError(f"{name} is too large")
    return archive.read(name)


def _unsafe(program: object) -> str | None:
    """The first operation or expression that is not harmless."""
    for key, value in _pairs(program):
        if key == "target" and isinstance(value, str) and value and not _OPERATIONS.fullmatch(value):
            return f"it calls {value}"
        if key in ("expr_str", "guards_code") and not all(map(_harmless, _strings(value))):
            return "it holds Python expressions"
    return None


def _harmless(text: str) -> bool:
    return _EXPRESSION.fullmatch(text) is not None and not _CALLABLE.search(text)


def _pairs(thing: object) -> Iterator[tuple[str, object]]:
    if isinstance(thing, dict):
        for key, value in thing.items():
            yield key, value
            if key != "metadata":  # words for people: they are not looked up
                yield from _pairs(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from _pairs(value)


def _strings(thing: object) -> Iterator[str]:
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, list):
        for value in thing:
            yield from _strings(value)


def _module_of(program: torch.export.ExportedProgram) -> nn.Module:
    """With its modules in each other, as they were exported; flat where that cannot be had."""
    try:
        return torch.export.unflatten(program)
    except Exception:
        return program.module()


def _example_of(program: torch.export.ExportedProgram) -> object:
    if not program.example_inputs:
        return None
    args, kwargs = program.example_inputs
    return args or dict(kwargs)
