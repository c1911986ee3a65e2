"""Modules that a function in somebody's Python code makes: "package.module:factory"."""

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from torch import nn

from nnvis3d.errors import UserError


def is_factory(model: str) -> bool:
    """Whether `model` reads like "package.module:factory" or "folder/file.py:factory"."""
    where, _, name = model.rpartition(":")
    return bool(where) and all(part.isidentifier() for part in name.split("."))


def call_factory(model: str) -> tuple[nn.Module, object]:
    """What the factory makes, and the example input that it gives with it (or None).

    A factory is a function or a class that needs no argument, or a module that is there already. It returns
    a module, or a module and an example input. The working directory is importable.

    Raises:
        UserError: there is nothing of that name, or it fails, or makes something else.
    """
    asked = f"--model {model}"
    thing = _found(model, asked)
    made = thing if isinstance(thing, nn.Module) else _called(thing, asked, "makes a torch.nn.Module")
    example = None
    if isinstance(made, tuple) and len(made) == 2:
        made, example = made
    if not isinstance(made, nn.Module):
        raise UserError(
            f"--model {model}: expected a torch.nn.Module, or one and an example input, "
            f"got {type(made).__name__}"
        )
    return made, example


def call_maker(text: str, option: str) -> object:
    """What the function or class "package.module:name" makes, whatever that is.

    Args:
        option: that named it, for messages.

    Raises:
        UserError: there is nothing of that name, or it fails.
    """
    asked = f"{option} {text}"
    return _called(_found(text, asked), asked, "can be called")


def _found(text: str, asked: str) -> object:
    where, _, name = text.rpartition(":")
    thing = _imported(where, asked)
    for part in name.split("."):
        if not hasattr(thing, part):
            raise UserError(f"{asked}: {where} has no {name}")
        thing = getattr(thing, part)
    return thing


def _imported(where: str, asked: str) -> ModuleType | object:
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        if where.endswith(".py"):
            return _from_file(Path(where))
        return importlib.import_module(where)
    except ModuleNotFoundError as error:
        if error.name is not None and (where == error.name or where.startswith(f"{error.name}.")):
            raise UserError(
                f"{asked}: there is no Python module {error.name}; "
                f"run from the folder that it is in, or install its package"
            ) from error
        raise UserError(f"{asked}: importing {where} needs {error.name}; install it") from error
    except FileNotFoundError as error:
        raise UserError(f"{asked}: no such file {where}") from error
    except Exception as error:
        raise UserError(f"{asked}: importing {where} fails: {said(error)}") from error


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(path)
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[path.stem] = module
    found.loader.exec_module(module)
    return module


def _called(thing: object, asked: str, does: str) -> object:
    if not callable(thing):
        raise UserError(f"{asked}: expected a function or class that {does}")
    try:
        return thing()
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{asked}: making it fails: {said(error)}") from error


def said(error: Exception) -> str:
    """ "ValueError: bad width", in one line."""
    reason = " ".join(str(error).split())
    reason = reason if len(reason) <= 300 else reason[:299] + "…"
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__
