"""Walks along while a module runs: which of its modules is called, and which function, each with a name of
its own that is the same in every pass.

Nothing is put into the module: hooks that PyTorch has for all modules are there for the length of a pass,
and heard only on the thread that runs it, and on those that the network itself gives work to.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from nnvis3d.runtime.tracing import attention, threads, transforms
from nnvis3d.runtime.tracing.functions import Functions
from nnvis3d.runtime.tracing.kinds import (
    computes_itself,
    is_sealed,
    kind_of_module,
)
from nnvis3d.runtime.tracing.modes import COMPILED, eagerly, evaluating
from nnvis3d.runtime.tracing.strands import Scope, Strand


class Walk:
    """Runs a module, and hears of each module and function call in it.

    A module's call is named "layer1.0.relu", the second one in the same pass "layer1.0.relu#2". The n-th
    call of a function in a module's own forward is "layer1.0/add@n"; in work that was handed to another
    thread, its number comes before: "layer1.0/add@1.n".
    """

    def __init__(self, module: nn.Module, functions: bool = True):
        """
        Args:
            functions: whether to hear of functions, too; that costs some microseconds for each.
        """
        self.module = module
        self._names = _names_of(module)
        self._opaque = {id(part): computes_itself(part) for part in module.modules()}
        # A network without modules in it is seen through, unless it is one layer of PyTorch's own.
        self._opaque[id(module)] = kind_of_module(module) is not None or is_sealed(module)
        self._functions = Functions(self) if functions else None
        self._strands: dict[int, Strand] = {}
        """By thread."""
        self._unheard: dict[int, nn.Module] = {}
        """By thread that nobody gave work to while we listened: the outermost module that runs there."""
        self._fell: tuple[Scope, Scope] | None = None
        """Where a piece of work failed, and where it was handed on."""
        self.names: dict[tuple, str] = {}
        """Of calls that are not named as usual: by module, piece of work and how many there were in it."""

    # what subclasses hear

    def entered(self, scope: Scope) -> None:
        """A module's call begins."""

    def left(self, scope: Scope, args: tuple, output: object) -> object:
        """A module's call is over. What is returned here, unless it is None, takes the output's place."""

    def called(self, key: str, name: str, function: Callable, args: tuple, kwargs: dict) -> object:
        """A function is called in a module's own forward: call it, and return what it returns."""
        return function(*args, **kwargs)

    def attended(self, key: str, weights: torch.Tensor) -> None:
        """Attention weights (batch, heads, queries, keys) were computed."""

    def elsewhere(self, name: str, module: nn.Module, args: tuple, output: object) -> None:
        """A module ran on a thread that was there before and took its work in a way of its own: what is in
        it is not heard."""

    # the pass

    def run(self, args: tuple, kwargs: dict | None = None) -> object:
        """One forward pass in evaluation mode without gradients; the module's modes are restored after."""
        self._fell = None
        self._unheard = {}
        self._strands = mine = {threading.get_ident(): Strand()}
        try:
            with evaluating(self.module), torch.no_grad(), eagerly(), self._hearing():
                return self.module(*args, **(kwargs or {}))
        finally:  # what goes on on other threads has no part in it any more
            self._strands = {thread: mine[thread] for thread in (threading.get_ident(),)}

    @property
    def here(self) -> str:
        """The module that is running: "layer3.0.conv2 (Conv2d)", or, when it failed, ran last."""
        scope = self.scopes[-1] if self.scopes else None
        if self._fell is not None and self._fell[1] is scope:
            scope = self._fell[0]
        if scope is None or scope.module is self.module:
            return type(self.module).__name__
        return f"{scope.name} ({type(scope.module).__name__})"

    @contextmanager
    def _hearing(self) -> Iterator[None]:
        handles = [
            register_module_forward_pre_hook(self._enter),
            register_module_forward_hook(self._leave),  # type: ignore[arg-type]  # it may return an output
            register_module_forward_hook(self._leave_unheard, always_call=True),
        ]
        # Hooks of the module's own may change its output: then ours has to be the last one.
        self._own = {id(part) for part in self.module.modules() if part._forward_hooks}
        for part in self.module.modules():
            if id(part) in self._own:
                handles.append(part.register_forward_hook(self._left_for_good))
        try:
            heard = transforms.hearing(self._transformed), threads.hearing(self._adopt)
            with self._functions or nullcontext(), heard[0], heard[1]:
                yield
        finally:
            for handle in handles:
                handle.remove()

    def modes(self) -> AbstractContextManager:
        """What a thread that is given work has to run in, beside what every walk needs."""
        return nullcontext()

    def named(self, name: str, strand: Strand, count: int) -> str:
        """What the call of module `name` is called that is the n-th in a strand."""
        known = self.names.get((name, strand.path, count))
        if known is None and strand.path:  # the first pass has not met it
            return f"{name}@{strand.path}#{count}"
        return known or (name if count == 1 else f"{name}#{count}")

    @property
    def strand(self) -> Strand | None:
        """What this thread does of the pass; None if it has no part in it."""
        return self._strands.get(threading.get_ident())

    @property
    def scopes(self) -> list[Scope]:
        """The calls that this thread is in, the outermost first."""
        strand = self.strand
        return strand.scopes if strand is not None else []

    def _adopt(self, function: Callable) -> Callable:
        """This thread hands a function on to another one, which then has a part in the pass, too."""
        strand = self.strand
        if strand is None or not strand.scopes or transforms.inside():
            return function
        strands, piece, around = self._strands, strand.piece(), strand.scopes[-1]

        def run(*args, **kwargs):
            if strands is not self._strands or self.strand is not None:
                return function(*args, **kwargs)  # the pass is over; or the thread has a part in it already
            strands[threading.get_ident()] = piece
            functions = Functions(self) if self._functions is not None else nullcontext()
            try:
                with torch.no_grad(), self.modes(), functions:
                    return function(*args, **kwargs)
            except BaseException:
                self._fell = piece.scopes[-1], around
                raise
            finally:
                strands.pop(threading.get_ident(), None)

        return run

    def _enter(self, module: nn.Module, args: tuple) -> None:
        strand = self.strand
        if strand is None:
            if id(module) in self._names:
                self._unheard.setdefault(threading.get_ident(), module)
            return
        parent = strand.scopes[-1] if strand.scopes else None
        name = self._name_of(module, parent)
        count = strand.calls[name] = strand.calls.get(name, 0) + 1
        silent = "parametrizations" in name or (
            parent is not None and (parent.silent or is_sealed(parent.module) or transforms.inside())
        )
        opaque = silent or self._is_opaque(module)
        scope = Scope(module, self.named(name, strand, count), opaque, silent)
        strand.scopes.append(scope)
        self.entered(scope)

    def _leave_unheard(self, module: nn.Module, args: tuple, output: object) -> None:
        """Called after failures, too; there is no output then."""
        thread = threading.get_ident()
        if self.strand is None and self._unheard.get(thread) is module:
            del self._unheard[thread]
            if output is not None:
                self.elsewhere(self._names[id(module)], module, args, output)

    def _name_of(self, module: nn.Module, parent: Scope | None) -> str:
        name = self._names.get(id(module))
        if name is None:  # put in on the way, made in forward, or kept where PyTorch does not find it
            self._names |= _names_of(self.module)
            name = self._names.get(id(module))
        if name is None:
            name = _within(parent.name if parent else "", type(module).__name__.lower())
        return name

    def _transformed(self, name: str, function: Callable, args: tuple, kwargs: dict) -> object:
        """One of torch.func's transforms is called."""
        if not self.scopes or self._functions is None:
            return function(*args, **kwargs)
        key = self.key(name)
        if self.scopes[-1].opaque:
            return function(*args, **kwargs)
        return self.called(key, name, function, args, kwargs)

    def _is_opaque(self, module: nn.Module) -> bool:
        known = self._opaque.get(id(module))
        return computes_itself(module) if known is None else known

    def _leave(self, module: nn.Module, args: tuple, output: object) -> object:
        if self.strand is not None and id(module) not in self._own:
            return self._pop(module, args, output)
        return None

    def _left_for_good(self, module: nn.Module, args: tuple, output: object) -> object:
        if self.strand is not None:
            return self._pop(module, args, output)
        return None

    def _pop(self, module: nn.Module, args: tuple, output: object) -> object:
        scopes = self.scopes
        while scopes and (scopes[-1].module is not module or scopes[-1].task):
            scopes.pop()  # it failed, and whoever called it went on without it
        if not scopes:
            return None
        scope = scopes[-1]
        around = scopes[-2] if len(scopes) > 1 else scope
        output, before = attention.padded(around.module, around.kept, module, output), output
        instead = None if scope.silent else self.left(scope, args, output)
        if instead is None and output is not before:
            instead = output
        if len(scopes) > 1:  # the network's own stays, for `here`
            scopes.pop()
        return instead

    def key(self, name: str) -> str:
        """That of the next call of function `name` in the module that is running."""
        scope = self.scopes[-1]
        count = scope.called[name] = scope.called.get(name, 0) + 1
        return f"{scope.name}/{name}@{scope.task}{count}"


def _names_of(module: nn.Module) -> dict[int, str]:
    names = {}
    for name, part in module.named_modules():
        names[id(part)] = ".".join(word for word in name.split(".") if word != COMPILED)
    return names


def _within(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name
