"""What the lab does about commands of training, of options, and of the past."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from nnvis3d.errors import UserError
from nnvis3d.lab.build import dropout_name
from nnvis3d.lab.history import Kept
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.line import Line
from nnvis3d.lab.options import check, words
from nnvis3d.lab.state import TrainingState
from nnvis3d.network import lab_commands as commands
from nnvis3d.network.lab_snapshot import LAYER_OPTIONS, TrainingOptions


def start(lab: Lab, command: commands.Start) -> None:
    if command.steps is not None and command.steps < 1:
        raise UserError(f"steps: expected at least 1, got {command.steps}")
    lab.viewing = None
    lab.start(command.steps)


def pause(lab: Lab, command: commands.Pause) -> None:
    lab.pause()


def step(lab: Lab, command: commands.Step) -> None:
    lab.pause()
    lab.viewing = None
    lab.start(1)


def to_end_of_epoch(lab: Lab, command: commands.ToEndOfEpoch) -> None:
    lab.viewing = None
    lab.start(to_epoch=lab.trainer.sampler.epoch + 1)


def _set(lab: Lab, title: str, changed: TrainingOptions) -> None:
    check(changed, len(lab.data.train))
    lab.act(title, lambda state: replace(state, options=changed))


def set_optimizer(lab: Lab, command: commands.SetOptimizer) -> None:
    _set(lab, f"optimiser {command.kind}", replace(lab.trainer.options, optimizer=command.kind))


Option = commands.SetLearningRate | commands.SetMomentum | commands.SetWeightDecay | commands.SetDropout


def _option(name: str) -> Callable[[Lab, Option], None]:
    """A handler for an option that layers may have of their own."""

    def handle(lab: Lab, command: Option) -> None:
        value, layer, options = float(command.value), command.layer, lab.trainer.options
        title, own = f"{words(name)} {value:g}", f"layer_{name}"
        if layer is None:
            _set(lab, title, replace(options, **{name: value, own: {}}))  # type: ignore[arg-type]
            return
        _check_layer(lab, layer)
        if name == "dropout" and not hasattr(lab.trainer.network.module, dropout_name(layer)):
            raise UserError(f"{layer}: nothing is dropped behind the last layer")
        values = {**getattr(options, own), layer: value}
        _set(lab, f"{layer}: {title}", replace(options, **{own: values}))  # type: ignore[arg-type]

    return handle


def _check_layer(lab: Lab, layer: str) -> None:
    if layer not in [item.name for item in lab.trainer.network.weighted]:
        raise UserError(f"{layer}: no layer with weights")


def options_as_others(lab: Lab, command: commands.OptionsAsOthers) -> None:
    layer, options = command.layer, lab.trainer.options
    _check_layer(lab, layer)
    if not options.own(layer):
        raise UserError(f"{layer}: it is trained as the others")
    kept = {
        own: {name: value for name, value in getattr(options, own).items() if name != layer}
        for own in (f"layer_{option}" for option in LAYER_OPTIONS)
    }
    _set(lab, f"{layer}: trained as the others", replace(options, **kept))  # type: ignore[arg-type]


def evaluate(lab: Lab, command: commands.Evaluate) -> None:
    lab.validate()


def set_probe(lab: Lab, command: commands.SetProbe) -> None:
    if command.image is None:
        lab.probe = None
        return
    image = torch.from_numpy(np.require(command.image, np.float32, ("C", "W")))
    shape = lab.trainer.network.plan.input_shape
    if tuple(image.shape) != shape or not bool(torch.isfinite(image).all()):
        raise UserError(f"probe: expected finite numbers {shape}, got {tuple(image.shape)}")
    lab.probe = image


def set_batch_size(lab: Lab, command: commands.SetBatchSize) -> None:
    _set(lab, f"batch size {command.value}", replace(lab.trainer.options, batch_size=command.value))


def undo(lab: Lab, command: commands.Undo) -> None:
    lab.viewing = None
    lab.undo()


def redo(lab: Lab, command: commands.Redo) -> None:
    lab.viewing = None
    lab.redo()


def _kept(lab: Lab, step: int) -> Kept:
    lab.end_training()
    kept = lab.line.history.at(step)
    if kept is None:
        raise UserError(f"step {step}: nothing is kept of then")
    return kept


def view_step(lab: Lab, command: commands.ViewStep) -> None:
    if command.step is None:
        lab.viewing = None
        return
    lab.pause()
    lab.viewing = _kept(lab, command.step).state.step


def goto(lab: Lab, command: commands.Goto) -> None:
    lab.pause()
    state = _kept(lab, command.step).state
    lab.viewing = None
    lab.act(f"back to step {state.step:,}", lambda now: state)
    lab.line.curve = lab.line.curve.until(state.step)
    lab.line.history = lab.line.history.until(state.step)


def branch(lab: Lab, command: commands.Branch) -> None:
    name = command.name.strip()
    if not name or name in lab.lines:
        raise UserError(f"branch {name or 'without a name'}: give a name that no branch has")
    lab.pause()
    state: TrainingState = lab.trainer.state() if command.step is None else _kept(lab, command.step).state
    line = Line(name, lab.line.history.until(state.step), lab.line.curve.until(state.step))
    line.parent, line.parent_step, line.resting = lab.line.name, state.step, state
    line.history.add(Kept(state))
    lab.lines[name] = line
    lab.viewing = None
    lab.switch(line)


def _line(lab: Lab, name: str) -> Line:
    if name not in lab.lines:
        raise UserError(f"branch {name}: there is none; choose one of {', '.join(lab.lines)}")
    return lab.lines[name]


def switch_branch(lab: Lab, command: commands.SwitchBranch) -> None:
    line, left = _line(lab, command.name), lab.line
    lab.viewing = None
    if line is not left:
        lab.switch(line)
        if lab.compared == line.name:  # both stay in sight, and change places
            lab.compared = left.name


def delete_branch(lab: Lab, command: commands.DeleteBranch) -> None:
    line = _line(lab, command.name)
    if line is lab.line:
        raise UserError(f"branch {command.name}: it is the current one; switch to another first")
    del lab.lines[command.name]
    if lab.compared == command.name:
        lab.compared = None


def compare_branch(lab: Lab, command: commands.CompareBranch) -> None:
    line = None if command.name is None else _line(lab, command.name)
    if line is lab.line:
        raise UserError(f"branch {command.name}: it is the current one; compare it with another")
    lab.compared = None if line is None else line.name


HANDLERS: dict[type, Callable[[Lab, Any], None]] = {
    commands.Start: start,
    commands.Pause: pause,
    commands.Step: step,
    commands.ToEndOfEpoch: to_end_of_epoch,
    commands.SetOptimizer: set_optimizer,
    commands.SetLearningRate: _option("learning_rate"),
    commands.SetMomentum: _option("momentum"),
    commands.SetWeightDecay: _option("weight_decay"),
    commands.SetDropout: _option("dropout"),
    commands.OptionsAsOthers: options_as_others,
    commands.SetBatchSize: set_batch_size,
    commands.Evaluate: evaluate,
    commands.SetProbe: set_probe,
    commands.Undo: undo,
    commands.Redo: redo,
    commands.ViewStep: view_step,
    commands.Goto: goto,
    commands.Branch: branch,
    commands.SwitchBranch: switch_branch,
    commands.DeleteBranch: delete_branch,
    commands.CompareBranch: compare_branch,
}
