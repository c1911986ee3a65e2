"""`nnvis3d evaluate`: accuracy on drawn strokes, through the live pad's own code, or on images."""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnvis3d.errors import UserError
from nnvis3d.inputs.idx import read_labelled
from nnvis3d.inputs.picture_archive import class_numbers, read_picture_archive
from nnvis3d.inputs.pictures import read_colors, read_picture, read_picture_folder
from nnvis3d.inputs.stroke_file import read_strokes
from nnvis3d.network.spec import NetworkSpec

if TYPE_CHECKING:
    from nnvis3d.runtime.evaluation import Evaluation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="cnn", help="a built-in network (default: cnn)")
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--strokes", type=Path, metavar="FILE", help="pen strokes, .jsonl or .jsonl.gz")
    data.add_argument(
        "--images",
        type=Path,
        metavar="PATH",
        help="an IDX image file, an .npz of pictures and labels, or a folder with one subfolder a class",
    )
    parser.add_argument("--no-normalize", action="store_true", help="as drawn: neither centred nor scaled")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="other weights than those that ship")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    import torch  # here, not above: `--help` and a bad option answer at once

    from nnvis3d.runtime.evaluation import evaluate
    from nnvis3d.runtime.registry import load_network

    torch.set_num_threads(1)
    network = load_network(options.model, options.weights)
    images, labels = _images(options, network.spec)
    result = evaluate(network.spec, network.module, images, labels)
    print(json.dumps(result.as_json()) if options.json else _as_text(result))
    return 0


def _images(options: argparse.Namespace, spec: NetworkSpec) -> tuple[Iterable[np.ndarray], Sequence[int]]:
    """Network inputs float32 (C, H, W), and their class numbers."""
    from nnvis3d.runtime.evaluation import picture_images, stroke_images

    shape, normalize = spec.preprocessing.shape, not options.no_normalize
    if options.strokes is not None:
        items = read_strokes(options.strokes)
        return stroke_images(items, shape, normalize), [item.label for item in items]
    if options.images.is_dir():
        read = read_colors if shape[0] == 3 else read_picture
        pictures, classes = read_picture_folder(options.images, spec.labels, read)
    elif options.images.suffix == ".npz":
        archive = read_picture_archive(options.images)
        pictures, classes = list(archive.images), class_numbers(archive, spec.labels, options.images)
    else:
        pixels, labels = read_labelled(options.images)
        pictures, classes = [image.astype(np.float32) / 255 for image in pixels], labels.tolist()
    if not pictures:
        raise UserError(f"{options.images}: holds no images")
    return picture_images(pictures, shape, normalize), classes


def _as_text(result: "Evaluation") -> str:
    right = int(np.trace(result.confusion))
    lines = [f"{result.model}: {100 * result.accuracy:.2f} % right ({right:,} of {result.count:,})", ""]
    width = max(4, len(str(result.confusion.max())), *(len(label) for label in result.labels)) + 1
    lines.append("true \\ guess" + "".join(f"{label:>{width}}" for label in result.labels) + "    right")
    for label, row in zip(result.labels, result.confusion, strict=True):
        cells = "".join(f"{count or '.':>{width}}" for count in row)
        share = f"{100 * result.per_class[label]:8.2f} %" if label in result.per_class else f"{'-':>8}"
        lines.append(f"{label:>12}{cells} {share}")
    return "\n".join(lines)
