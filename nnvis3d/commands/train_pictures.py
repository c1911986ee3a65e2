"""`nnvis3d train` of a network that sees colour pictures: goes on where a run that was cut off stopped."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.inputs.picture_archive import LabelledPictures, read_picture_archive
from nnvis3d.network.spec import Preprocessing

if TYPE_CHECKING:
    from torch import nn

    from nnvis3d.runtime.picture_options import PictureTrainingOptions

PICTURE_EPOCHS = 36


def run_pictures(options: argparse.Namespace) -> int:
    """Train, measure, write; `options` are those of `nnvis3d train`.

    The checkpoint OUTPUT.checkpoint stays beside the weights: the same command then trains no more, and more
    epochs begin anew.

    Raises:
        UserError: the data cannot be used, or the checkpoint is of another run.
    """
    import torch

    from nnvis3d.runtime.picture_options import PictureTrainingOptions
    from nnvis3d.runtime.picture_record import picture_record
    from nnvis3d.runtime.registry import builtin
    from nnvis3d.runtime.weights import save_weights, write_atomically

    torch.set_num_threads(1)
    network = builtin(options.model)
    how = PictureTrainingOptions(
        options.epochs or PICTURE_EPOCHS,
        options.seed,
        again=options.again,
        average=options.average,
        settle=options.settle,
        rounds=options.rounds,
    )
    sys.stderr.write("reading the pictures\n")
    pictures, test = read_folder(options.data, "train"), read_folder(options.data, "test")
    torch.manual_seed(how.seed)  # the weights' start
    module = network.factory()
    checkpoint = options.output.with_suffix(".checkpoint")
    train_module(network.name, module, network.preprocessing, pictures, how, checkpoint)
    module.eval().requires_grad_(False)
    record = picture_record(network, module, pictures, test, how, _command(options, how))
    save_weights(module, options.output)
    write_atomically(options.output.with_suffix(".json"), record_text(record).encode())
    print(json.dumps(record) if options.json else _as_text(options.output, record))
    return 0


def record_text(record: dict) -> str:
    """The record as JSON that a person can read: of the network, a line for each layer and group."""
    spec = record["network"]
    lists = {
        key: "[\n      " + ",\n      ".join(map(json.dumps, spec[key])) + "\n    ]"
        for key in ("layers", "groups")
    }
    parts = [f"{json.dumps(key)}: {lists.get(key) or json.dumps(value)}" for key, value in spec.items()]
    outer = json.dumps({key: value for key, value in record.items() if key != "network"}, indent=2)
    return outer[:-2] + ',\n  "network": {\n    ' + ",\n    ".join(parts) + "\n  }\n}\n"


def _command(options: argparse.Namespace, how: "PictureTrainingOptions") -> list[str]:
    """The command that makes the same weights again."""
    words = ["nnvis3d", "train", "--model", options.model, "--data", str(options.data)]
    words += ["--epochs", str(how.epochs), "--seed", str(how.seed)]
    words += ["--again", str(how.again)] if how.again else []
    words += ["--average", str(how.average)] if how.average else []
    words += ["--settle", str(how.settle)] if how.settle else []
    words += ["--rounds", str(how.rounds)] if how.rounds > 1 else []
    return [*words, "--output", str(options.output)]


def _as_text(output: Path, record: dict) -> str:
    right = record["accuracy"]["cifar10_test"]
    return f"wrote {output} and {output.with_suffix('.json').name}\n  cifar10 test      {100 * right:6.2f} %"


def read_folder(folder: Path, name: str) -> LabelledPictures:
    """`folder/name.npz` or `folder/cifar10/name.npz`.

    Raises:
        UserError: in neither place, or unusable.
    """
    nested = folder / "cifar10" / f"{name}.npz"
    return read_picture_archive(nested if nested.exists() else folder / f"{name}.npz")


def train_module(
    name: str,
    module: "nn.Module",
    preprocessing: Preprocessing,
    pictures: LabelledPictures,
    how: "PictureTrainingOptions",
    checkpoint: Path,
) -> None:
    """Train `module` in place; a bar on stderr shows how far it is, `checkpoint` is written every epoch."""
    import torch
    from tqdm import tqdm

    from nnvis3d.runtime.checkpoint import load_checkpoint, save_checkpoint
    from nnvis3d.runtime.picture_trainer import train_pictures

    run = {"model": name, "pictures": len(pictures), **asdict(how)}
    before = load_checkpoint(checkpoint, run, module)
    if before is not None:
        sys.stderr.write(f"{checkpoint}: goes on after epoch {before.epoch}\n")
    images = torch.from_numpy(pictures.images).permute(0, 3, 1, 2)
    labels = torch.from_numpy(pictures.labels)
    done = before.epoch if before is not None else 0
    with tqdm(total=how.total, initial=done, unit="epoch", desc=f"train {name}", dynamic_ncols=True) as bar:

        def progress(epoch: int, loss: float, right: float) -> None:
            bar.set_postfix({"loss": f"{loss:.4f}", "right": f"{100 * right:.2f} %"}, refresh=False)
            bar.update()

        train_pictures(
            module, preprocessing, images, labels, how, before,
            lambda state: save_checkpoint(state, run, checkpoint), progress,
        )  # fmt: skip
