"""Reads a lab that `store` saved. What is damaged is said in one sentence."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import torch

from nnvis3d.errors import UserError
from nnvis3d.lab.curve import CurveBuilder
from nnvis3d.lab.custom import Custom
from nnvis3d.lab.history import History, Kept
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.line import Done, Line, Moment
from nnvis3d.lab.models import FACTORIES
from nnvis3d.lab.open_lab import open_data
from nnvis3d.lab.sources import lasting, names_code
from nnvis3d.lab.state import TrainingState
from nnvis3d.lab.store import MANIFEST, STATES, VERSION, Manifest, SavedClasses, SavedLine, SavedState
from nnvis3d.lab.trainer import CROSS_ENTROPY, named_base
from nnvis3d.network.lab_snapshot import ActionRecord, Curve
from nnvis3d.runtime.weights import read_tensors

_REMEDY = "save it again, or start a new one"


def load_lab(folder: str | Path, own: Custom | None = None, moved: str | None = None) -> Lab:
    """The lab that was saved in `folder`, on its own data. Kept states that are damaged are left out, which
    its message says; of a branch, the newest whole one is where it goes on.

    Args:
        own: the module of the user's own that it trains. A saved lab names its code, and that a file names
            code is no reason to run it.
        moved: where its data is now, as `--data` names it; None: where it was.

    Raises:
        UserError: none is there, it is damaged beyond that, its data is gone, or its module was not given.
    """
    path = Path(folder)
    manifest = _manifest(path)
    _check_model(path, manifest, own)
    if moved is None and names_code(manifest.data):
        raise UserError(f"{path}: trains on Datasets of its owner's own; open it with --data {manifest.data}")
    base, loss = (own.base, own.loss) if own is not None else (named_base, CROSS_ENTROPY)
    try:
        reader = _Reader(path)
        lines = {line.name: reader.line(line) for line in manifest.lines}
        now = reader.newest[manifest.current]
        data = open_data(now.state.plan, moved or manifest.data)
        lab = Lab(data, now.state, base, loss=loss)
        _fill(lab, manifest, lines, now.embeddings)
    except (KeyError, ValueError, RuntimeError, AssertionError) as error:
        reason = next(iter(str(error).splitlines()), "")  # torch.fx adds the whole graph
        raise UserError(f"{path}: not a whole lab ({reason}); {_REMEDY}") from error
    lab.source = lasting(moved) if moved else manifest.data
    if reader.damaged:
        number, first = len(reader.damaged), next(iter(reader.damaged.values()))
        lab.say(f"{path}: {number} kept state{'s' if number > 1 else ''} left out as damaged; {first}")
    return lab


def _check_model(path: Path, manifest: Manifest, own: Custom | None) -> None:
    models = {state.plan.model for line in manifest.lines for state in (line.state, *line.history)}
    foreign = sorted(models - set(FACTORIES))
    if own is None and foreign:
        words = f"--model {foreign[0]}" if ":" in foreign[0] else "--model package.module:factory"
        raise UserError(f"{path}: trains a network of its owner's own; open it with {words}")
    if own is not None and models != {own.name}:
        raise UserError(f"{path}: trains {', '.join(sorted(models))}, not {own.name}")


def _fill(
    lab: Lab, manifest: Manifest, lines: dict[str, Line], places: Mapping[tuple[str, str], np.ndarray]
) -> None:
    """Put into a new lab what was saved of the old one.

    Args:
        places: of the embeddings; none: they are those of the newest kept step.
    """
    lab.lines, lab.line = lines, lines[manifest.current]
    lab.line.resting = None
    lab.layout = manifest.layout
    newest = lab.line.history.at(lab.trainer.step)
    lab.embeddings.board.put(places or (newest.embeddings if newest is not None else {}))
    if manifest.board is not None:
        lab.embeddings.board.set(manifest.board.perplexity, manifest.board.rate, manifest.board.paused)
    known = {layer.name for layer in lab.trainer.network.weighted}  # one that was undone may still be open
    shown = tuple((layer, kind) for layer, kind in manifest.shown if layer in known)
    lab.embeddings.show(shown, lab.trainer.network)
    if manifest.classes is not None:
        _open_classes(lab, manifest.classes)
    lab.embed()  # so that whoever looks first sees which are open
    lab.compared = lines[manifest.compared].name if manifest.compared else None


def _open_classes(lab: Lab, saved: SavedClasses) -> None:
    """The class view as it was, if its layer is still there."""
    if saved.layer in lab.trainer.network.by_name:
        places = np.array(saved.places, np.float64).reshape(-1, 2)
        lab.embeddings.open_classes(
            saved.layer, lab.data.validation, lab.trainer.prepared, saved.samples, places
        )


def _manifest(folder: Path) -> Manifest:
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise UserError(f"{folder}: no saved lab there ({error.strerror or error})") from error
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UserError(f"{folder / MANIFEST}: not a saved lab ({error}); {_REMEDY}") from error
    if manifest.version != VERSION:
        raise UserError(f"{folder}: saved by another version ({manifest.version}); {_REMEDY}")
    return manifest


class _Reader:
    """Reads states, each once."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._known: dict[str, Kept] = {}
        self.damaged: dict[str, UserError] = {}
        """Files that are no whole states, and why."""
        self.newest: dict[str, Kept] = {}
        """By the names of lines: where each of them goes on."""

    def line(self, saved: SavedLine) -> Line:
        history = History(interval=max(1, saved.interval))
        for item in saved.history:
            past = self._whole(item)
            if past is not None:
                history.kept[past.state.step] = past
        now = self._whole(saved.state) or history.at(saved.state.step)
        if now is None:
            raise self.damaged[saved.state.file]
        curve = Curve(
            *(
                np.array(saved.curve[name], np.int64 if name.endswith("step") else np.float32)
                for name in Curve.__annotations__
            )
        )
        built = CurveBuilder.of(curve, max(1, saved.stride))
        if now.state.step < saved.state.step:
            built = built.until(now.state.step)
        line = Line(saved.name, history, built)
        line.parent, line.parent_step = saved.parent, saved.parent_step
        line.resting, self.newest[saved.name] = now.state, now
        for record, item in saved.done:
            self._did(line, record, item)
        return line

    def _did(self, line: Line, record: ActionRecord, saved: SavedState) -> None:
        """Note an action; where the state before it is damaged, there is no way back to what was earlier."""
        before = self._whole(saved)
        assert line.resting is not None
        if before is None:
            line.undo.clear()
        elif record.step <= line.resting.step:
            step = before.state.step
            curve, history = line.curve.until(step), line.history.until(step)
            line.undo.append(Done(record, Moment(before.state, curve, history, before.embeddings)))

    def _whole(self, saved: SavedState) -> Kept | None:
        """None: it is damaged."""
        if saved.file in self.damaged:
            return None
        try:
            return self._kept(saved)
        except UserError as error:
            self.damaged[saved.file] = error
            return None

    def _kept(self, saved: SavedState) -> Kept:
        if saved.file not in self._known:
            if Path(saved.file).name != saved.file:
                raise ValueError("it names a file outside of itself")
            self._known[saved.file] = self._read(saved)
        known = self._known[saved.file]
        frozen = {layer: frozenset(rows) for layer, rows in saved.frozen.items()}
        return replace(known, state=replace(known.state, frozen=frozen))

    def _read(self, saved: SavedState) -> Kept:
        module: dict[str, torch.Tensor] = {}
        optimizer: dict[str, dict[str, torch.Tensor]] = {}
        places: dict[tuple[str, str], np.ndarray] = {}
        for name, tensor in read_tensors(self._folder / STATES / saved.file, _REMEDY).items():
            part, rest = name.split("/", 1)
            if part == "module":
                module[rest] = tensor
            elif part == "optimizer":
                parameter, key = rest.rsplit("/", 1)
                optimizer.setdefault(parameter, {})[key] = tensor
            else:
                layer, kind = rest.rsplit("/", 1)
                places[layer, kind] = tensor.numpy()
        every = [*module.values(), *(tensor for kept in optimizer.values() for tensor in kept.values())]
        if not all(bool(torch.isfinite(tensor).all()) for tensor in every):
            raise UserError(f"{saved.file}: holds what is no number; {_REMEDY}")
        state = TrainingState(
            saved.step,
            saved.epoch,
            saved.position,
            saved.examples,
            saved.plan,
            saved.options,
            module,
            optimizer,
        )
        return Kept(state, places)
