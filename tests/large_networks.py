"""Specs of large networks for tests, with blocks and skip connections, and frames for them without any
weights."""

import numpy as np

from nnvis3d.network.frame import CODES, ActivationFrame
from nnvis3d.network.spec import GroupSpec, LayerSpec, NetworkSpec, Preprocessing

_TITLES = {
    "input": "Input",
    "conv": "Convolution",
    "norm": "Batch norm",
    "activation": "ReLU",
    "add": "Addition",
    "concat": "Concatenation",
    "avgpool": "Average pooling",
    "maxpool": "Max pooling",
    "linear": "Linear",
    "upsample": "Upsampling",
    "attention": "Attention",
    "dropout": "Dropout",
}


class Builder:
    """Adds layers one by one; each reads the one before unless told otherwise."""

    def __init__(self, name: str, title: str, shape: tuple[int, int, int], drawable: bool = True):
        self.name, self.title, self.drawable = name, title, drawable
        self.layers: list[LayerSpec] = []
        self._groups: list[tuple[str, str, str, str]] = []
        self._open: list[str] = []
        self.add("input", "input", shape, sources=())

    @property
    def last(self) -> str:
        return self.layers[-1].name

    def add(
        self, name: str, kind: str, shape: tuple[int, ...], sources: tuple[str, ...] | None = None
    ) -> str:
        group = self._open[-1] if self._open else ""
        full = f"{group}.{name}" if group else name
        read = ((self.last,) if self.layers else ()) if sources is None else sources
        signed = kind not in ("activation", "input", "maxpool")
        title = _TITLES.get(kind, kind)
        self.layers.append(LayerSpec(full, kind, shape, title, read, signed=signed, group=group))
        return full

    def begin(self, name: str, kind: str, title: str) -> None:
        parent = self._open[-1] if self._open else ""
        full = f"{parent}.{name}" if parent else name
        self._groups.append((full, kind, title, parent))
        self._open.append(full)

    def end(self) -> None:
        self._open.pop()

    def spec(self, labels: tuple[str, ...] = ()) -> NetworkSpec:
        groups = []
        for name, kind, title, parent in self._groups:
            inside = tuple(
                one.name for one in self.layers if one.group == name or one.group.startswith(f"{name}.")
            )
            groups.append(GroupSpec(name, kind, title, inside, parent))
        shape = self.layers[0].shape
        return NetworkSpec(
            self.name, self.title, tuple(self.layers), Preprocessing(shape),  # type: ignore[arg-type]
            labels, groups=tuple(groups), drawable=self.drawable,
        )  # fmt: skip


CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def resnet20() -> NetworkSpec:
    """Three stages of three blocks of two convolutions, each block added to what it read: 0.7 M neurons."""
    net = Builder("resnet20", "ResNet-20", (3, 32, 32))
    for kind in ("conv", "norm", "activation"):
        net.add({"conv": "conv1", "norm": "bn1", "activation": "relu"}[kind], kind, (16, 32, 32))
    for stage, (channels, side) in enumerate(((16, 32), (32, 16), (64, 8)), 1):
        net.begin(f"layer{stage}", "Sequential", f"Stage {stage}")
        for block in range(3):
            shape, read = (channels, side, side), net.last
            net.begin(str(block), "BasicBlock", f"Block {block + 1}")
            for name, kind in (("conv1", "conv"), ("bn1", "norm"), ("relu", "activation")):
                net.add(name, kind, shape, (read,) if name == "conv1" else None)
            net.add("conv2", "conv", shape)
            end = net.add("bn2", "norm", shape)
            net.add("add", "add", shape, (end, read))
            net.add("relu2", "activation", shape)
            net.end()
        net.end()
    net.add("avgpool", "avgpool", (64,))
    net.add("fc", "linear", (10,))
    return net.spec(CIFAR)


def efficientnet_lite0() -> NetworkSpec:
    """The layers of EfficientNet-Lite0 at 224 x 224 as its leaf modules are: 134 or so, 20.6 million
    neurons."""
    net = Builder("efficientnet_lite0", "EfficientNet-Lite0", (3, 224, 224))
    _conv(net, "stem", (32, 112, 112))
    stages = (
        (1, 1, 16, 1),
        (6, 2, 24, 2),
        (6, 2, 40, 2),
        (6, 3, 80, 2),
        (6, 3, 112, 1),
        (6, 4, 192, 2),
        (6, 1, 320, 1),
    )
    side, channels = 112, 32
    net.begin("blocks", "Sequential", "Blocks")
    for stage, (expand, repeats, out, stride) in enumerate(stages):
        net.begin(str(stage), "Sequential", f"Stage {stage + 1}")
        for block in range(repeats):
            read, wide = net.last, channels * expand
            net.begin(str(block), "InvertedResidual", f"Block {block + 1}")
            if expand > 1:
                _conv(net, "pw", (wide, side, side))
            side = side // stride if block == 0 else side
            _conv(net, "dw", (wide, side, side))
            net.add("pwl", "conv", (out, side, side))
            end = net.add("bn", "norm", (out, side, side))
            if block > 0:
                net.add("add", "add", (out, side, side), (end, read))
            net.end()
            channels = out
        net.end()
    net.end()
    _conv(net, "head", (1280, 7, 7))
    net.add("pool", "avgpool", (1280,))
    net.add("classifier", "linear", (1000,))
    return net.spec(tuple(f"class {k}" for k in range(1000)))


def _conv(net: Builder, name: str, shape: tuple[int, int, int]) -> None:
    net.add(f"{name}_conv", "conv", shape)
    net.add(f"{name}_bn", "norm", shape)
    net.add(f"{name}_act", "activation", shape)


def unet() -> NetworkSpec:
    """Down four times and up again, each level read across: long skips into concatenations."""
    net = Builder("unet", "U-Net", (3, 128, 128))
    kept = []
    for level, channels in enumerate((16, 32, 64, 128)):
        side = 128 >> level
        net.begin(f"down{level + 1}", "Sequential", f"Down {level + 1}")
        for k in (1, 2):
            net.add(f"conv{k}", "conv", (channels, side, side))
            net.add(f"relu{k}", "activation", (channels, side, side))
        net.end()
        kept.append(net.last)
        net.add(f"pool{level + 1}", "maxpool", (channels, side // 2, side // 2))
    net.begin("bottom", "Sequential", "Bottom")
    net.add("conv", "conv", (256, 8, 8))
    net.add("relu", "activation", (256, 8, 8))
    net.end()
    for level, channels in reversed(list(enumerate((16, 32, 64, 128)))):
        side = 128 >> level
        net.begin(f"up{level + 1}", "Up", f"Up {level + 1}")
        up = net.add("upsample", "upsample", (channels * 2, side, side))
        net.add("concat", "concat", (channels * 3, side, side), (up, kept[level]))
        net.add("conv", "conv", (channels, side, side))
        net.add("relu", "activation", (channels, side, side))
        net.end()
    net.add("mask", "conv", (1, 128, 128))
    return net.spec()


def transformer(blocks: int = 12) -> NetworkSpec:
    """A vision transformer: patches, twelve blocks of attention and two linear layers, each added to what
    it read."""
    net = Builder("vit", "Vision transformer", (3, 224, 224), drawable=False)
    net.add("patches", "conv", (192, 14, 14))
    net.add("tokens", "reshape", (1, 197, 192))
    for block in range(blocks):
        net.begin(f"blocks.{block}", "Block", f"Block {block + 1}")
        read = net.last
        net.add("norm1", "norm", (1, 197, 192), (read,))
        net.add("attention", "attention", (3, 197, 197))
        end = net.add("proj", "linear", (1, 197, 192))
        read = net.add("add1", "add", (1, 197, 192), (end, read))
        net.add("norm2", "norm", (1, 197, 192))
        net.add("fc1", "linear", (1, 197, 768))
        net.add("gelu", "activation", (1, 197, 768))
        end = net.add("fc2", "linear", (1, 197, 192))
        net.add("add2", "add", (1, 197, 192), (end, read))
        net.end()
    net.add("norm", "norm", (1, 197, 192))
    net.add("head", "linear", (1000,))
    return net.spec(tuple(f"class {k}" for k in range(1000)))


def wide_mlp() -> NetworkSpec:
    """Three fully connected layers of 4096."""
    net = Builder("wide_mlp", "Wide MLP", (1, 28, 28))
    for k in (1, 2, 3):
        net.add(f"fc{k}", "linear", (4096,))
    net.add("output", "linear", (10,))
    return net.spec(tuple("0123456789"))


LARGE = {make.__name__: make for make in (resnet20, efficientnet_lite0, unet, transformer, wide_mlp)}


class MadeUp:
    """Stands in for a runner: answers every image with smooth maps that look like activations."""

    def __init__(self, spec: NetworkSpec, texel_type: type = np.uint8):
        self.spec, self._type, self._serial = spec, texel_type, 0
        self.values = np.concatenate([_values(layer, k) for k, layer in enumerate(spec.layers)])
        self.module = None

    def run(self, image: np.ndarray, blank: bool = False) -> ActivationFrame:
        self._serial += 1
        code = CODES[np.dtype(self._type)]
        full, zero = code.full, code.zero
        texels = np.empty(len(self.values), self._type)
        for layer in self.spec.layers:
            start = self.spec.offsets[layer.name]
            values = self.values[start : start + layer.neurons]
            low, gain = (zero, full - zero) if layer.signed else (0, full)
            texels[start : start + layer.neurons] = np.clip(low + values * np.float32(gain), 0, full)
        shares = None
        if self.spec.labels:
            powers = np.exp(4 * self.values[-self.spec.output.neurons :])
            shares = powers / powers.sum()
        scales = np.ones(len(self.spec.layers), np.float32)
        return ActivationFrame(self.spec, self._serial, self.values, texels, scales, shares, 1.0, blank)


def _values(layer: LayerSpec, seed: int) -> np.ndarray:
    """float32 (neurons,) in -1..1, in 0..1 where the layer is not signed: bumps and stripes, other ones a
    map."""
    random = np.random.default_rng(seed)
    channels, height, width = layer.map_shape
    if height * width == 1:
        values = random.normal(0, 0.35, channels).astype(np.float32)
    else:
        y, x = (
            np.linspace(-1, 1, height, dtype=np.float32)[:, None],
            np.linspace(-1, 1, width, dtype=np.float32),
        )
        at = random.uniform(-0.6, 0.6, (2, channels, 1, 1)).astype(np.float32)
        waves = random.uniform(2, 7, (2, channels, 1, 1)).astype(np.float32)
        bump = np.exp(-3 * ((x - at[0]) ** 2)) * np.exp(-3 * ((y - at[1]) ** 2))
        values = (bump * np.cos(waves[0] * x + waves[1] * y)).reshape(-1)
    return np.clip(values if layer.signed else np.abs(values), -1, 1)
