"""`nnvis3d train`: makes the weights that ship, and the record beside them."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.commands.train_pictures import PICTURE_EPOCHS, run_pictures
from nnvis3d.errors import UserError
from nnvis3d.network import catalog
from nnvis3d.resources import resource

if TYPE_CHECKING:
    from torch import nn

    from nnvis3d.network.spec import NetworkSpec
    from nnvis3d.runtime.trainer import TrainingOptions
    from nnvis3d.runtime.training_data import TrainingData

DIGIT_EPOCHS = 60
SHIPPED = "shipped"
"""`--data shipped`: what is in `assets/mnist`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="cnn", help="a built-in network (default: cnn)")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="MNIST's IDX files, and pen strokes if there are any; `shipped`: the 5,000 digits that ship; "
        "for resnet20 CIFAR-10 as train.npz and test.npz",
    )
    parser.add_argument(
        "--epochs",
        type=_at_least_one,
        help=f"of 128,000 digits (default: {DIGIT_EPOCHS}), or of all pictures (default: {PICTURE_EPOCHS})",
    )
    parser.add_argument("--seed", type=int, default=1, help="same seed, same numbers (default: 1)")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.safetensors")
    parser.add_argument(
        "--hold-out",
        type=_writers,
        metavar="N,N,...",
        help="writers of pen strokes to test on, not to train on",
    )
    parser.add_argument(
        "--steps",
        type=_at_least_one,
        default=1000,
        help="of digits: batches of 128 an epoch (default: 1000)",
    )
    parser.add_argument(
        "--again", type=int, default=0, metavar="N", help="pictures: epochs of a second cycle (default: 0)"
    )
    parser.add_argument(
        "--average",
        type=int,
        default=0,
        metavar="N",
        help="pictures: epochs after the cycles whose weights' mean is kept (default: 0)",
    )
    parser.add_argument(
        "--settle",
        type=int,
        default=0,
        metavar="N",
        help="pictures: epochs that go on from that mean (default: 0)",
    )
    parser.add_argument(
        "--rounds",
        type=_at_least_one,
        default=1,
        metavar="N",
        help="pictures: how often, each time from where the last ended; the ends' mean is kept (default: 1)",
    )
    parser.add_argument("--json", action="store_true", help="print the record as one JSON object")


def run(options: argparse.Namespace) -> int:
    _check_output(options.output)
    if catalog.entry(options.model).preprocessing.shape[0] == 3:
        return run_pictures(options)
    import torch  # here, not above: `--help` and a bad option answer at once

    from nnvis3d.runtime.record import training_record
    from nnvis3d.runtime.registry import builtin
    from nnvis3d.runtime.trainer import TrainingOptions
    from nnvis3d.runtime.training_data import HELD_OUT_WRITERS, load_training_data
    from nnvis3d.runtime.weights import save_weights, write_atomically

    torch.set_num_threads(1)
    spec = builtin(options.model).spec()
    how = TrainingOptions(options.epochs or DIGIT_EPOCHS, options.seed, options.steps)
    sys.stderr.write("reading the digits and drawing the strokes in other hands: about a minute\n")
    folder = resource("assets", "mnist") if str(options.data) == SHIPPED else options.data
    data = load_training_data(folder, options.seed, options.hold_out or HELD_OUT_WRITERS)
    module = _train(spec, data, how)
    record = training_record(spec, module, data, how, _command(options))
    save_weights(module, options.output)
    text = json.dumps(record, indent=2)
    write_atomically(options.output.with_suffix(".json"), (text + "\n").encode())
    print(json.dumps(record) if options.json else _as_text(options.output, record))
    return 0


def _train(spec: "NetworkSpec", data: "TrainingData", how: "TrainingOptions") -> "nn.Module":
    """The trained network; a bar on stderr shows how far it is."""
    import torch
    from tqdm import tqdm

    from nnvis3d.runtime.record import accuracies
    from nnvis3d.runtime.registry import builtin
    from nnvis3d.runtime.trainer import train

    torch.manual_seed(how.seed)  # the weights' start
    module = builtin(spec.name).factory()
    watched = type(data)(
        data.sources, None, data.held_out, data.held_out_writers
    )  # MNIST's test only at the end
    with tqdm(total=how.epochs, unit="epoch", desc=f"train {spec.name}", dynamic_ncols=True) as bar:

        def progress(epoch: int, loss: float, averaged: "nn.Module") -> None:
            held_out = accuracies(spec, averaged, watched) if epoch % 5 == 0 else {}
            shown = {name: f"{100 * accuracy:.2f} %" for name, accuracy in held_out.items()}
            bar.set_postfix({"loss": f"{loss:.4f}", **shown}, refresh=False)
            bar.update()

        return train(module, spec.preprocessing, data.sources, how, progress)


def _command(options: argparse.Namespace) -> list[str]:
    """The command that makes the same weights again."""
    words = ["nnvis3d", "train", "--model", options.model, "--data", str(options.data)]
    words += ["--epochs", str(options.epochs or DIGIT_EPOCHS), "--seed", str(options.seed)]
    if options.steps != 1000:
        words += ["--steps", str(options.steps)]
    if options.hold_out:
        words += ["--hold-out", ",".join(map(str, options.hold_out))]
    return [*words, "--output", str(options.output)]


def _as_text(output: Path, record: dict) -> str:
    lines = [f"wrote {output} and {output.with_suffix('.json').name}"]
    lines += [
        f"  {name.replace('_', ' '):<18}{100 * value:6.2f} %" for name, value in record["accuracy"].items()
    ]
    return "\n".join(lines)


def _check_output(output: Path) -> None:
    """Half an hour of training must not end in an unwritable file."""
    if output.suffix != ".safetensors":
        raise UserError(f"--output {output}: expected a name that ends in .safetensors")
    if not output.parent.is_dir():
        raise UserError(f"--output {output}: no folder {output.parent}; make it first")


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {number}")
    return number


def _writers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))
