"""From any nn.Module and one example to a NetworkSpec, by running it once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from nnvis3d.errors import UserError
from nnvis3d.network.spec import LayerSpec, NetworkSpec, Preprocessing
from nnvis3d.runtime.tracing import kinds
from nnvis3d.runtime.tracing.draft import Draft
from nnvis3d.runtime.tracing.groups import groups_of
from nnvis3d.runtime.tracing.inputs import Inputs, first_item
from nnvis3d.runtime.tracing.modes import unwrapped
from nnvis3d.runtime.tracing.recording import Recording


@dataclass(frozen=True, eq=False)
class Trace:
    """A module that was looked at while it ran."""

    spec: NetworkSpec
    module: nn.Module
    inputs: Inputs
    """What it is run on, and how an image gets in there."""
    keys: Mapping[str, str] = field(repr=False, default_factory=dict)
    """By layer: the call in each pass that computes it, as the walk names it."""
    names: Mapping[tuple, str] = field(repr=False, default_factory=dict)
    """Of calls that the walk does not name as usual, see Walk.names."""


def trace(
    module: nn.Module,
    example: object,
    name: str = "",
    labels: Sequence[str] = (),
    preprocessing: Preprocessing | None = None,
    title: str = "",
) -> Trace:
    """Run `module` once on `example` and say what it is.

    It runs in evaluation mode without gradients; its modes, hooks and parameters stay as they are.

    Args:
        example: one tensor or array with a batch of one in front, or a tuple of several, or a dict of named
            arguments. Of a larger batch the first item is taken.
        labels: names of the output classes, in order; empty: the outputs are not classes.
        preprocessing: how an image becomes its first input; None: as the module says, else a picture's
            values from 0 to 1 go in as they are.

    Raises:
        UserError: it cannot be run on the example, has no output, is too large for this machine's memory,
            or has another number of outputs than labels. The message names the layer.
    """
    module = unwrapped(module)
    inputs, recording = _first_pass(module, example, preprocessing)
    spec = _spec(recording, inputs, name or type(module).__name__, title)
    if labels and spec.output.neurons != len(labels):
        raise UserError(
            f"{spec.name}: {len(labels)} labels for {spec.output.neurons} outputs; give one label for each"
        )
    spec = NetworkSpec(**{**_fields(spec), "labels": tuple(str(label) for label in labels)})
    return Trace(spec, module, inputs, {draft.name: draft.key for draft in recording.drafts}, recording.names)


def _first_pass(
    module: nn.Module, example: object, preprocessing: Preprocessing | None
) -> tuple[Inputs, Recording]:
    """Of a batch of several the first item; of what cannot be cut like that, all of it."""
    whole = Inputs.of(module, example, None)
    one = first_item(whole)
    if one is not None:
        try:
            inputs = Inputs.of(module, one, preprocessing)
            return inputs, _record(module, inputs)
        except UserError:
            pass  # its first dimension was not the batch: what is wrong with the whole is said below
    inputs = Inputs.of(module, example, preprocessing)
    return inputs, _record(module, inputs)


def _record(module: nn.Module, inputs: Inputs) -> Recording:
    """The first pass, or a second one if the module cannot run while its values are followed."""
    state = torch.get_rng_state()
    recording = Recording(module)
    try:
        recording.record(inputs.args, inputs.kwargs, inputs.layers)
    except UserError:
        raise
    except Exception as error:
        plain = Recording(module, dataflow=False)
        torch.set_rng_state(state)
        try:
            plain.record(inputs.args, inputs.kwargs, inputs.layers)
        except UserError:
            raise
        except Exception:
            raise failure(recording.here, error, inputs) from error
        recording = plain
    finally:
        torch.set_rng_state(state)
    if len(recording.drafts) == len(inputs.layers):
        raise UserError(f"{type(module).__name__}: its output holds no numbers, so there is nothing to show")
    return recording


def failure(where: str, error: Exception, inputs: Inputs) -> UserError:
    """One line on a pass that did not come to its end."""
    reason = " ".join(str(error).split()) or type(error).__name__
    reason = reason if len(reason) <= 300 else reason[:299] + "…"
    if isinstance(error, MemoryError) or "can't allocate memory" in reason or "not enough memory" in reason:
        return UserError(f"{where}: needs more memory than this machine has ({reason}); give a smaller input")
    return UserError(f"{where}: fails on input {inputs.shapes} with {type(error).__name__}: {reason}")


def _spec(recording: Recording, inputs: Inputs, name: str, title: str) -> NetworkSpec:
    drafts = recording.drafts
    groups = groups_of(recording.module, drafts, recording.modules)
    titles = _titles(drafts, inputs)
    layers = tuple(
        LayerSpec(
            draft.name,
            draft.kind,
            inputs.shape if draft.kind == "input" and i == 0 else draft.shown.shape,
            titles[draft.name],
            draft.sources,
            signed=inputs.signed if i == 0 else draft.signed,
            scale=1.0 if i == 0 and inputs.drawable else None,
            parameters=draft.parameters,
            group=draft.scopes[-1] if draft.scopes else "",
            axes=inputs.axes if i == 0 and inputs.axes else draft.shown.axes,
            note=draft.note,
            activation="softmax" if draft.kind == "softmax" else "none",
        )
        for i, draft in enumerate(drafts)
    )
    return NetworkSpec(
        name, title or name, layers, inputs.preprocessing, groups=groups, drawable=inputs.drawable
    )


def _titles(drafts: list[Draft], inputs: Inputs) -> dict[str, str]:
    """By layer, "Convolution 3"; without a number where there is one only."""
    words = {d.name: d.title or kinds.title_of(d.kind, d.module) for d in drafts}
    words |= {
        draft.name: "Input" if i == 0 else f"Input {draft.name.partition('.')[2]}"
        for i, draft in enumerate(drafts[: len(inputs.layers)])
    }
    many, met, titles = Counter(words.values()), Counter[str](), {}
    for draft in drafts:
        word = words[draft.name]
        met[word] += 1
        titles[draft.name] = f"{word} {met[word]}" if many[word] > 1 else word
    return titles


def _fields(spec: NetworkSpec) -> dict:
    return {name: getattr(spec, name) for name in spec.__dataclass_fields__}
