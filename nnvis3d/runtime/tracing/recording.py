"""The first pass of a network: notes which layers there are, of which shape, and what each one reads."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from threading import RLock

import torch
from torch import nn

from nnvis3d.runtime.tracing import kinds, transforms
from nnvis3d.runtime.tracing.dataflow import Dataflow, Origins, merged
from nnvis3d.runtime.tracing.draft import Draft, place_of
from nnvis3d.runtime.tracing.judging import is_layer, kind_of
from nnvis3d.runtime.tracing.limits import check_memory
from nnvis3d.runtime.tracing.shapes import Shown, shown_as
from nnvis3d.runtime.tracing.strands import ELSEWHERE, Scope, Strand
from nnvis3d.runtime.tracing.tensors import first_tensor, named_tensors, note_of, shape_of, tensors_in
from nnvis3d.runtime.tracing.walk import Walk

_UNKNOWN = "Unknown module: its output is shown."
_BEFORE = 1_000_000
"""More than there are inputs."""
_ELSEWHERE_NOTE = "It runs on a thread of its own: its output is shown, not what is in it."
_CONSTANT = "Nothing that PyTorch computed leads here from the input."
_LABELS = {"multi_head_attention_forward": "attended", "scaled_dot_product_attention": "attended"}
_MAIN = ("logits", "pred_logits", "prediction_logits", "out", "output", "scores", "last_hidden_state")


class Recording(Walk):
    """A walk that writes down what it meets."""

    def __init__(self, module: nn.Module, dataflow: bool = True):
        """
        Args:
            dataflow: False for modules that cannot run in a mode: sources are then what the arguments tell.
        """
        super().__init__(module)
        self.drafts: list[Draft] = []
        self.modules: dict[str, nn.Module] = {}
        """By the name of its call, each module that others were called in."""
        self.flow = Dataflow()
        self._below = self.flow if dataflow else nullcontext()
        self._by_name: dict[str, Draft] = {}
        self._reserved = {name for name in self._names.values() if name}
        self._counted: set[int] = set()
        self._called: set[str] = set()
        """Names of module calls."""
        self._lock = RLock()
        """For a network that computes on several threads."""

    def record(self, args: tuple, kwargs: dict, inputs: list[tuple[str, torch.Tensor]]) -> object:
        """Run once; `inputs` are the names and tensors of the layers that are read from outside."""
        for name, tensor in inputs:
            self._add(
                Draft(f"/{name}", name, "input", shown_as(tuple(tensor.shape), "input"), (), ()), tensor
            )
        with self._below:
            output = self.run(args, kwargs)
        self.drafts.sort(key=lambda draft: draft.order)  # whichever thread was faster
        self._leave_out()
        self._end(output)
        return output

    # what is heard

    def entered(self, scope: Scope) -> None:
        scope.start = self.flow.clock

    def left(self, scope: Scope, args: tuple, output: object) -> object:
        with self._lock:
            return self._left(scope, args, output)

    def _left(self, scope: Scope, args: tuple, output: object) -> object:
        root = scope.module is self.module
        if not scope.opaque and scope.inside:
            if not root:
                self.modules[scope.name] = scope.module
            return None
        if root and not scope.opaque:
            return None  # nothing in it is shown: its output is, as the network's
        tensor = first_tensor(output)
        if tensor is None or tensor.numel() == 0:
            return None
        if not self.flow.origins(output):
            # It went through numpy, or another program, where nobody follows it.
            self.flow.mark(output, self.flow.origins(args))
        if kinds.is_hidden(scope.module, tensor, bool(self.flow.origins(output))):
            return None
        instead = None
        handed_on = output is tensor and any(tensor is given for given in tensors_in(args))
        if handed_on and self.flow.only_seen(tensor, args, scope.start):
            # It hands on what it was given. In another tensor, for others may still hold what it was given,
            # and that does not come from here.
            instead = output = tensor = tensor.view_as(tensor)
        draft = self._draft_of(scope, args, output, tensor)
        if instead is not None and draft.kind == "module":
            draft.kind, draft.note = "identity", ""
        self._add(draft, output, self.scopes[:-1], (args, scope.start))
        return instead

    def _draft_of(self, scope: Scope, args: tuple, output: object, tensor: torch.Tensor) -> Draft:
        kind = (
            kinds.kind_of_module(scope.module)
            or kinds.kind_of_calls(scope.called)
            or kinds.kind_of_class(scope.module)
        )
        name = scope.name or kinds.class_title(scope.module).lower()
        made_from, given = self.flow.origins(output), self.flow.origins(args)
        sources = merged((tuple(o for o in given if o in made_from), made_from))
        draft = Draft(
            scope.name, name, kind or "module", self._shown(tensor, kind or "", sources), sources, ()
        )
        draft.module = scope.module
        draft.note = " ".join(filter(None, ("" if kind else _UNKNOWN, note_of(tensor))))
        cls = kinds.class_title(scope.module)
        draft.title = "" if kinds.kind_of_module(scope.module) or (kind and cls in kinds.FACELESS) else cls
        draft.parameters = self._parameters(scope.module)
        return draft

    def called(self, key: str, name: str, function: Callable, args: tuple, kwargs: dict) -> object:
        operands = [self.flow.origins(t) for t in tensors_in((args, kwargs))]
        data = [origins for origins in operands if origins]
        output = function(*args, **kwargs)
        if name in transforms.NAMES:  # it may read more than it is given
            data = [origins for origins in [self.flow.origins(output)] if origins]
        sources = merged(data)
        tensor = first_tensor(output)
        if tensor is None or tensor.numel() == 0 or not is_layer(name, data, args, tensor, self._by_name):
            return output
        with self._lock:
            self._heard(key, name, output, sources)
        return output

    def _heard(self, key: str, name: str, output: object, sources: Origins) -> None:
        """A function's output that is a layer."""
        tensor = first_tensor(output)
        assert tensor is not None
        kind = kind_of(name, tensor, sources, self._by_name)
        label = "attention" if kind == "attention" else _LABELS.get(name, kind)
        draft = Draft(key, self._name(label), kind, self._shown(tensor, kind, sources), sources, ())
        draft.note = note_of(tensor)
        self._add(draft, output, self.scopes)

    def attended(self, key: str, weights: torch.Tensor) -> None:
        sources, shown = self.flow.origins(weights), self._shown(weights, "attention", ())
        with self._lock:
            draft = Draft(key, self._name("weights"), "attention", shown, sources, ())
            # Beside the way of the values: what follows reads the attention's output, not its weights.
            self._add(draft, (), self.scopes)

    def modes(self) -> AbstractContextManager:
        return self.flow.elsewhere() if self._below is self.flow else nullcontext()

    def named(self, name: str, strand: Strand, count: int) -> str:
        """As usual; where that is taken, or threads may take it in another order next time, it is noted."""
        with self._lock:
            number, usual = count, name if count == 1 else f"{name}#{count}"
            word = usual
            while word in self._called:
                number += 1
                word = f"{name}#{number}"
            self._called.add(word)
            if strand.path or word != usual:
                self.names[name, strand.path, count] = word
            return word

    def elsewhere(self, name: str, module: nn.Module, args: tuple, output: object) -> None:
        """One block; of several calls nobody can tell next time which is which, so these are left out."""
        with self._lock:
            origins, tensor = self.flow.origins(args), first_tensor(output)
            if not origins or tensor is None or not tensor.numel():  # not of this pass
                return
            if name in self._called:
                self.names.pop((name, ELSEWHERE, 1), None)
                self.flow.mark(output, origins)
                return
            self._called.add(name)
            self.names[name, ELSEWHERE, 1] = name
            self.flow.mark(output, origins)
            draft = self._draft_of(Scope(module, name, True, True), args, output, tensor)
            draft.note = draft.note if kinds.computes_itself(module) else _ELSEWHERE_NOTE
            self._add(draft, output)

    def _leave_out(self) -> None:
        """Layers that ran elsewhere more than once; who reads them reads what they read."""
        for draft in [d for d in self.drafts if d.elsewhere and (d.name, ELSEWHERE, 1) not in self.names]:
            self.drafts.remove(draft)
            for other in self.drafts:
                if draft.name in other.sources:
                    rest = [draft.sources if s == draft.name else (s,) for s in other.sources]
                    other.sources = merged(rest)

    # how it is written down

    def _add(
        self,
        draft: Draft,
        output: object,
        scopes: list[Scope] | None = None,
        read: tuple[object, int] = ((), 0),
    ) -> None:
        """
        Args:
            read: what the layer was given, and when.
        """
        draft.scopes = tuple(dict.fromkeys(s.name for s in scopes or () if s.name))
        for scope in scopes or ():
            scope.inside += 1
        self._placed(draft)
        if draft.kind != "input" and not draft.sources:
            draft.note = draft.note or _CONSTANT
        if draft.kind in kinds.NOT_NEGATIVE:
            draft.signed = False
        elif draft.kind in kinds.KEEPS_SIGN and draft.sources:
            draft.signed = any(self._by_name[source].signed for source in draft.sources)
        tensor = first_tensor(output)
        if tensor is not None:
            draft.place = place_of(tensor)
            for each in tensors_in(output):
                if self.flow.only_seen(each, *read):
                    self.flow.mark_view(each, (draft.name,))
                else:
                    self.flow.mark(each, (draft.name,))
        self.drafts.append(draft)
        self._by_name[draft.name] = draft
        check_memory(self.drafts, self.here)

    def _placed(self, draft: Draft) -> None:
        """Note where it stands among the others: by what handed its piece of work on, not by the clock."""
        strand = self.strand
        if strand is None and self._strands:  # elsewhere
            main = next(iter(self._strands.values()))
            draft.order = (*main.place, main.layers - 0.5, len(self.drafts))
            draft.elsewhere = True
        elif strand is not None:
            draft.order = (*strand.place, strand.layers)
            strand.layers += 1
        else:  # the inputs, before the pass begins
            draft.order = (len(self.drafts) - _BEFORE,)

    def _shown(self, tensor: torch.Tensor, kind: str, sources: Origins) -> Shown:
        first = self._by_name.get(sources[0]) if sources else None
        return shown_as(shape_of(tensor), kind, first is not None and first.shown.channels_first)

    def _name(self, label: str) -> str:
        """A name of its own for a function's output: "layer1.0.add", "layer1.0.add#2"."""
        scope = self.scopes[-1].name
        base = f"{scope}.{label}" if scope else label
        if base in self._reserved:
            base = f"{scope}.F.{label}" if scope else f"F.{label}"
        name, count = base, 1
        while name in self._by_name:
            count += 1
            name = f"{base}#{count}"
        return name

    def _parameters(self, module: nn.Module) -> int:
        """Of the module, without those that another layer was already given (tied weights)."""
        direct = [*module.parameters(recurse=False)]
        own = direct or [*module.parameters()]
        fresh = {id(p): p.numel() for p in own if id(p) not in self._counted}
        self._counted.update(fresh)
        return sum(fresh.values())

    # the network's output

    def _end(self, output: object) -> None:
        """See that the last layer is what the network answers."""
        found = [(name, tensor) for name, tensor in named_tensors(output) if tensor.numel()]
        if not found:
            return
        main = next((pair for name in _MAIN for pair in found if pair[0] == name), found[0])
        for pair in (*(pair for pair in found if pair is not main), main):
            draft = self._layer_of(pair[1])
            if draft is None or (pair is main and self._is_read(draft)):
                self._add_output(*pair)
            elif pair is main:
                self.drafts.remove(draft)
                self.drafts.append(draft)

    def _layer_of(self, tensor: torch.Tensor) -> Draft | None:
        """The layer whose output this tensor is, whatever shape it was given since."""
        origins = self.flow.origins(tensor)
        draft = self._by_name.get(origins[0]) if len(origins) == 1 else None
        same = draft is not None and draft.kind != "input" and draft.place == place_of(tensor) != ()
        return draft if same else None

    def _is_read(self, draft: Draft) -> bool:
        return draft is not self.drafts[-1] and any(draft.name in other.sources for other in self.drafts)

    def _add_output(self, name: str, tensor: torch.Tensor) -> None:
        key = f"/output.{name}" if name else "/output"
        label = f"output.{name}" if name else "output"
        while label in self._by_name or label in self._reserved:
            label += "'"
        sources = self.flow.origins(tensor)
        draft = Draft(key, label, "output", self._shown(tensor, "output", sources), sources, ())
        draft.note = note_of(tensor)
        self._add(draft, (), None)
