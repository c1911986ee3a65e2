"""Where a walk is: in which calls of which modules, on each of the threads that have a part in a pass."""

import torch
from torch import nn

ELSEWHERE = (-1,)
"""Stands for the piece of work in Walk.names, of modules that run where they are not heard."""


class Scope:
    """One call of one module that is not over yet."""

    __slots__ = ("called", "inside", "kept", "module", "name", "opaque", "silent", "start", "task")
    # opaque: it is a layer by itself, and the functions that it calls are its own affair
    # silent: nothing in it is heard of

    def __init__(self, module: nn.Module, name: str, opaque: bool, silent: bool):
        self.module, self.name, self.opaque, self.silent = module, name, opaque, silent
        self.called: dict[str, int] = {}
        """How often each function was called in it."""
        self.start = 0
        """When it began."""
        self.inside = 0
        """How many layers were met in it."""
        self.task = ""
        """Of what it does on another thread: which piece of work that is."""
        self.kept: torch.Tensor | None = None
        """bool (batch, tokens): those that nn.TransformerEncoder would keep, see attention.padded."""


class Strand:
    """What one thread does of a pass: all of it, or one piece of work that another strand handed on."""

    def __init__(self, path: tuple[int, ...] = (), place: tuple[float, ...] = ()):
        self.path, self.place = path, place
        """Which piece of work: its number, behind that of the piece that handed it on; and when."""
        self.scopes: list[Scope] = []
        self.calls: dict[str, int] = {}
        """How often each module was called here."""
        self.handed_on = 0
        self.layers = 0

    def piece(self) -> "Strand":
        """One that this one hands on, in the module that is running."""
        self.handed_on += 1
        number = self.handed_on
        strand = Strand((*self.path, number), (*self.place, self.layers - 0.5, number))
        around = self.scopes[-1]
        here = Scope(around.module, around.name, around.opaque, around.silent)
        here.task = ".".join(map(str, strand.path)) + "."
        strand.scopes = [*self.scopes, here]
        return strand
