"""`nnvis3d train` of a network that sees colour pictures: goes on where a run that was cut off stopped."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.inputs.picture_archive import LabelledPictures, read_picture_archive
from nnvis3d.network.spec import Preprocessing

if TYPE_CHECKING:
    from torch import nn

    from nnvis3d.runtime.picture_trainer import PictureTrainingOptions


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
    with tqdm(total=how.epochs, initial=done, unit="epoch", desc=f"train {name}", dynamic_ncols=True) as bar:

        def progress(epoch: int, loss: float, right: float) -> None:
            bar.set_postfix({"loss": f"{loss:.4f}", "right": f"{100 * right:.2f} %"}, refresh=False)
            bar.update()

        train_pictures(
            module, preprocessing, images, labels, how, before,
            lambda state: save_checkpoint(state, run, checkpoint), progress,
        )  # fmt: skip
