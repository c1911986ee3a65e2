"""What the lab does about commands that write files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnvis3d.errors import UserError
from nnvis3d.lab.lab import Lab
from nnvis3d.network import lab_commands as commands
from nnvis3d.runtime.weights import save_weights, write_atomically


def save(lab: Lab, command: commands.Save) -> None:
    if command.layout is not None:
        _check_layout(command.layout)
    lab.keeper.save(Path(command.folder), command.layout)
    lab.say(f"saved in {command.folder}")


def keep_in(lab: Lab, command: commands.KeepIn) -> None:
    lab.keeper.keep_in(Path(command.folder))


def keep_layout(lab: Lab, command: commands.KeepLayout) -> None:
    _check_layout(command.layout)
    lab.layout = command.layout


def _check_layout(layout: str) -> None:
    longest = commands.LONGEST_LAYOUT
    if len(layout) > longest:
        raise UserError(f"layout: expected at most {longest:,} characters, got {len(layout):,}")


def export_weights(lab: Lab, command: commands.ExportWeights) -> None:
    path = _file(command.file, ".safetensors")
    save_weights(lab.trainer.network.module, path)
    lab.say(f"weights written to {path}")


def export_curves(lab: Lab, command: commands.ExportCurves) -> None:
    path = _file(command.file, ".csv")
    write_atomically(path, curves_csv(lab).encode())
    lab.say(f"curves written to {path}")


def _file(name: str, ending: str) -> Path:
    path = Path(name)
    if path.suffix != ending:
        raise UserError(f"{name}: expected a name that ends in {ending}")
    return path


def curves_csv(lab: Lab) -> str:
    """A row for each point of each branch's curves; training and validation in rows of their own."""
    lines = ["branch,step,loss,accuracy,validation_loss,validation_accuracy"]
    for name, line in lab.lines.items():
        quoted, curve = '"' + name.replace('"', '""') + '"', line.curve.curve
        rows = [
            (step, f"{quoted},{step},{loss:.6g},{right:.6g},,")
            for step, loss, right in zip(curve.step, curve.loss, curve.accuracy, strict=True)
        ]
        validated = curve.validation_step, curve.validation_loss, curve.validation_accuracy
        rows += [
            (step, f"{quoted},{step},,,{loss:.6g},{right:.6g}")
            for step, loss, right in zip(*validated, strict=True)
        ]
        lines += [text for _, text in sorted(rows, key=lambda row: row[0])]
    return "\n".join(lines) + "\n"


HANDLERS: dict[type, Callable[[Lab, Any], None]] = {
    commands.Save: save,
    commands.KeepIn: keep_in,
    commands.KeepLayout: keep_layout,
    commands.ExportWeights: export_weights,
    commands.ExportCurves: export_curves,
}
