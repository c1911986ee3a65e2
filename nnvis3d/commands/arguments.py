"""Options that several commands share."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nnvis3d.errors import UserError

if TYPE_CHECKING:
    from nnvis3d.inputs.strokes import Drawing
    from nnvis3d.options import Options

LARGEST = 16384


def size(text: str) -> tuple[int, int]:
    """ "1280x720" -> (1280, 720)."""
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: expected WIDTHxHEIGHT, such as 1280x720") from None
    if not (1 <= width <= LARGEST and 1 <= height <= LARGEST):
        raise argparse.ArgumentTypeError(f"{text}: width and height go from 1 to {LARGEST}")
    return width, height


def shape(text: str) -> tuple[int, ...]:
    """ "3x224x224" -> (3, 224, 224); "784" -> (784,)."""
    try:
        lengths = tuple(int(part) for part in text.lower().split("x"))
    except ValueError:
        lengths = ()
    if not lengths or min(lengths) < 1 or max(lengths) > LARGEST * 64 or len(lengths) > 5:
        raise argparse.ArgumentTypeError(f"{text}: expected CxHxW, such as 3x224x224")
    return lengths


def seconds(text: str) -> float:
    """ "2.5": from 0 to an hour."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text}: expected seconds, from 0 to 3600")
    return value


def positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.25 <= value <= 8:
        raise argparse.ArgumentTypeError(f"{text}: expected a number from 0.25 to 8")
    return value


def add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        default="cnn",
        metavar="NAME",
        help="the network to show (default: cnn), package.module:factory, or a .pt2 or .onnx file",
    )
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="weights other than those that ship: .safetensors; for a factory also a .pt or .pth state dict",
    )
    parser.add_argument(
        "--input-shape",
        type=shape,
        metavar="CxHxW",
        help="what a network reads that does not say so itself, such as 3x224x224",
    )


def add_appearance(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--size", type=size, default=(1280, 720), metavar="WxH", help="picture size (1280x720)"
    )
    parser.add_argument("--view", choices=("3d", "2d"), default="3d", help="in space or flat")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark", help="light is for projectors")
    parser.add_argument(
        "--scale", type=positive, default=1.0, metavar="N", help="size of all text and panels"
    )


def options_of(options: argparse.Namespace, quality: str = "auto") -> "Options":
    """What App needs to know, checked before a window opens.

    Raises:
        UserError: there is no such network.
    """
    from nnvis3d.options import Options

    return Options(
        model=options.model,
        size=options.size,
        flat=options.view == "2d",
        theme=options.theme,
        scale=options.scale,
        weights=options.weights,
        input_shape=options.input_shape,
        picture=picture_size(options),
        quality=quality,
    )


def picture_size(options: argparse.Namespace) -> tuple[int, int] | None:
    """(height, width) of the picture that --input names; None: there is none, or it cannot be read."""
    if not getattr(options, "input", None):
        return None
    from PIL import Image, ImageOps

    try:
        with Image.open(options.input) as file:
            width, height = ImageOps.exif_transpose(file).size
    except (OSError, ValueError):
        return None  # whoever reads the picture says what is wrong with it
    return height, width


def drawing_of(file: str) -> "Drawing":
    """The image FILE as it lies on the pad.

    Raises:
        UserError: it cannot be read as an image.
    """
    from nnvis3d.inputs.pictures import read_base
    from nnvis3d.inputs.strokes import Drawing

    path = Path(file)
    if not path.exists():
        raise UserError(f"{file}: no such file")
    return Drawing(base=read_base(path))
