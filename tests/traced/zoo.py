"""Small networks of every kind, each with an example input: what people may bring."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

ZOO: dict[str, Callable[[], tuple[nn.Module, tuple]]] = {}
IMAGE, GREY, TOKENS, SERIES = (1, 3, 16, 16), (1, 1, 12, 12), (1, 7), (1, 4, 24)


def network(*shape: int, whole: int = 0, into: dict = ZOO):
    """Register a class of modules; its example are random numbers of `shape`, or token ids below `whole`."""

    def register(factory):
        def make() -> tuple[nn.Module, tuple]:
            torch.manual_seed(3)
            module = factory()
            example = torch.randint(whole, shape) if whole else torch.rand(*shape)
            return module, (example,)

        into[factory.__name__] = make
        return factory

    return register


def chain(name: str, shape: tuple[int, ...], *makers: Callable[[], nn.Module]) -> None:
    """Register modules in a row."""

    def make() -> tuple[nn.Module, tuple]:
        torch.manual_seed(3)
        return nn.Sequential(*(maker() for maker in makers)), (torch.rand(*shape),)

    ZOO[name] = make


# Every kind of layer, in rows.

chain("linear", (1, 20), lambda: nn.Linear(20, 12), nn.Tanh, lambda: nn.Linear(12, 5), lambda: nn.Softmax(-1))
chain(
    "conv2d",
    IMAGE,
    lambda: nn.Conv2d(3, 8, 3, padding=1),
    lambda: nn.BatchNorm2d(8),
    lambda: nn.ReLU(inplace=True),
    lambda: nn.MaxPool2d(2),
    lambda: nn.Conv2d(8, 8, 3, groups=8, padding="same"),
    lambda: nn.Conv2d(8, 12, 3, groups=4, dilation=2, padding=2, padding_mode="circular"),
    lambda: nn.Hardswish(inplace=True),
    lambda: nn.AvgPool2d(2),
    lambda: nn.Flatten(),
    lambda: nn.Dropout(0.5),
    lambda: nn.Linear(12 * 16, 10),
)
chain(
    "conv1d",
    SERIES,
    lambda: nn.Conv1d(4, 6, 5, stride=2),
    lambda: nn.BatchNorm1d(6),
    nn.ELU,
    lambda: nn.MaxPool1d(2),
    lambda: nn.ConvTranspose1d(6, 3, 4, stride=2),
    lambda: nn.AdaptiveAvgPool1d(4),
    nn.Flatten,
    lambda: nn.Linear(12, 2),
)
chain(
    "conv3d",
    (1, 2, 6, 8, 8),
    lambda: nn.Conv3d(2, 4, 3, padding=1),
    lambda: nn.BatchNorm3d(4),
    nn.LeakyReLU,
    lambda: nn.MaxPool3d(2),
    lambda: nn.ConvTranspose3d(4, 2, 2, stride=2),
    lambda: nn.AdaptiveMaxPool3d(2),
    lambda: nn.Flatten(1),
    lambda: nn.Linear(16, 3),
)
chain(
    "decoder",
    (1, 16),
    lambda: nn.Linear(16, 64),
    lambda: nn.Unflatten(1, (4, 4, 4)),
    lambda: nn.ConvTranspose2d(4, 8, 4, stride=2, padding=1),
    lambda: nn.GroupNorm(2, 8),
    nn.SiLU,
    lambda: nn.Upsample(scale_factor=2, mode="bilinear"),
    lambda: nn.Conv2d(8, 12, 3, padding=1),
    lambda: nn.PixelShuffle(2),
    lambda: nn.InstanceNorm2d(3, affine=True),
    nn.Sigmoid,
)
chain(
    "pools",
    IMAGE,
    lambda: nn.ReflectionPad2d(2),
    lambda: nn.LPPool2d(2, 2),
    lambda: nn.LocalResponseNorm(2),
    lambda: nn.AdaptiveMaxPool2d(6),
    lambda: nn.AdaptiveAvgPool2d((3, 2)),
    lambda: nn.Softmax2d(),
    lambda: nn.PReLU(3),
    nn.Softplus,
    nn.GELU,
    nn.Mish,
    nn.Hardtanh,
    nn.LogSigmoid,
    nn.Identity,
    lambda: nn.LayerNorm([3, 3, 2]),
)
chain(
    "weight_norms",
    IMAGE,
    lambda: nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)),
    lambda: nn.utils.parametrizations.spectral_norm(nn.Conv2d(4, 4, 3)),
    nn.ReLU6,
    nn.Flatten,
    lambda: nn.utils.parametrizations.orthogonal(nn.Linear(4 * 12 * 12, 6)),
)
chain(
    "unfolded", IMAGE, lambda: nn.Unfold(4, stride=4), lambda: nn.Linear(16, 5), lambda: nn.Conv1d(48, 2, 1)
)


# Ways to put layers together.


class Basic(nn.Module):
    """A block of a residual network, after He et al. 2016."""

    def __init__(self, inside: int, outside: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(outside), nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Sequential()
        if stride != 1 or inside != outside:
            self.shortcut = nn.Sequential(nn.Conv2d(inside, outside, 1, stride), nn.BatchNorm2d(outside))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += self.shortcut(x)
        return self.relu(y)


@network(*IMAGE)
class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1)
        self.layer1 = nn.Sequential(Basic(6, 6), Basic(6, 6))
        self.layer2 = nn.Sequential(Basic(6, 8, 2), Basic(8, 8))
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.stem(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


@network(*IMAGE)
class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3 + 4 * i, 4, 3, padding=1) for i in range(3))
        self.head = nn.Linear(15, 4)

    def forward(self, x):
        parts = [x]
        for conv in self.convs:
            parts.append(torch.relu(conv(torch.cat(parts, 1))))
        return self.head(torch.cat(parts, 1).mean(dim=(2, 3)))


@network(*GREY)
class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.middle = nn.Conv2d(8, 8, 3, padding=1)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.last = nn.Conv2d(8, 4, 3, padding=1)
        self.out = nn.Conv2d(8, 2, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        a = F.relu(self.down1(x))
        b = F.relu(self.down2(self.pool(a)))
        c = F.relu(self.middle(self.pool(b)))
        d = F.interpolate(c, scale_factor=2, mode="nearest")
        e = torch.cat([self.up(d + b), a], dim=1)
        return self.out(torch.cat([self.last(e), a], 1))


@network(*IMAGE)
class MobileBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.expand, self.bn = nn.Conv2d(3, 12, 1), nn.BatchNorm2d(12)
        self.depthwise = nn.Conv2d(12, 12, 3, padding=1, groups=12)
        self.squeeze, self.excite = nn.Conv2d(12, 3, 1), nn.Conv2d(3, 12, 1)
        self.project = nn.Conv2d(12, 3, 1)

    def forward(self, x):
        y = F.hardswish(self.bn(self.expand(x)))
        y = F.relu6(self.depthwise(y))
        gate = F.hardsigmoid(self.excite(F.relu(self.squeeze(y.mean((2, 3), keepdim=True)))))
        return x + self.project(y * gate)


@network(*IMAGE)
class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleDict(
            {
                "one": nn.Conv2d(3, 2, 1),
                "three": nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Conv2d(2, 3, 3, padding=1)),
                "pool": nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(3, 2, 1)),
            }
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches.values()], dim=1)


@network(*GREY)
class ConvLSTM(nn.Module):
    """The same modules at each step, and gates cut out of one tensor."""

    def __init__(self):
        super().__init__()
        self.gates = nn.Conv2d(1 + 3, 12, 3, padding=1)
        self.read = nn.Conv2d(3, 1, 1)

    def forward(self, x):
        h = c = torch.zeros(1, 3, 12, 12)
        for _ in range(3):
            i, f, o, g = self.gates(torch.cat([x, h], 1)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        return self.read(h)


@network(*TOKENS, whole=30)
class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 8)
        self.lstm = nn.LSTM(8, 6, num_layers=2, bidirectional=True, batch_first=True)
        self.gru, self.rnn = nn.GRU(12, 5), nn.RNN(5, 4, batch_first=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, ids):
        x, (_, _) = self.lstm(self.embed(ids))
        x, _ = self.gru(x.transpose(0, 1))
        x, last = self.rnn(x.transpose(0, 1))
        return self.fc(last[-1])


@network(1, 5, 4)
class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.out = nn.LSTMCell(4, 6), nn.GRUCell(6, 6), nn.Linear(6, 2)

    def forward(self, x):
        state, h = None, torch.zeros(1, 6)
        for step in range(x.shape[1]):
            state = self.lstm(x[:, step], state)
            h = self.gru(state[0], h)
        return self.out(h)


@network(*TOKENS, whole=30)
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.place = nn.Embedding(30, 16), nn.Embedding(7, 16)
        layer = nn.TransformerEncoderLayer(16, 4, 24, batch_first=True, activation="gelu", norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.fc = nn.Linear(16, 3)

    def forward(self, ids):
        x = self.embed(ids) + self.place(torch.arange(ids.shape[1]))
        return self.fc(self.encoder(x).mean(1))


@network(1, 6, 16)
class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Transformer(16, 2, 1, 1, 32, batch_first=True)

    def forward(self, x):
        return self.net(x, x.flip(1))


class HandAttention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) / (d // self.heads) ** 0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, t, d))


@network(*IMAGE)
class ViT(nn.Module):
    """A vision transformer, after Dosovitskiy et al. 2021."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 12, 4, stride=4)
        self.cls = nn.Parameter(torch.randn(1, 1, 12))
        self.pos = nn.Parameter(torch.randn(1, 17, 12))
        self.norm1, self.norm2 = nn.LayerNorm(12), nn.LayerNorm(12)
        self.attention = HandAttention(12, 3)
        self.mlp = nn.Sequential(nn.Linear(12, 24), nn.GELU(), nn.Linear(24, 12))
        self.head = nn.Linear(12, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.pos
        x = x + self.attention(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(x[:, 0])


@network(*TOKENS, whole=30)
class GPT(nn.Module):
    """A decoder with fused attention and tied weights."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 16)
        self.qkv, self.proj = nn.Linear(16, 48), nn.Linear(16, 16)
        self.norm = nn.RMSNorm(16)
        self.head = nn.Linear(16, 30, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, ids):
        x = self.embed(ids)
        q, k, v = (t.view(1, 7, 4, 4).transpose(1, 2) for t in self.qkv(self.norm(x)).split(16, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(y.transpose(1, 2).reshape(1, 7, 16))
        return self.head(x)


@network(*GREY)
class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode, self.mean, self.spread = nn.Linear(144, 20), nn.Linear(20, 4), nn.Linear(20, 4)
        self.decode = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 144), nn.Sigmoid())

    def forward(self, x):
        h = torch.relu(self.encode(x.flatten(1)))
        mean, spread = self.mean(h), self.spread(h)
        z = mean + torch.randn_like(mean) * (0.5 * spread).exp()
        return self.decode(z).view(1, 1, 12, 12), mean, spread


@network(*IMAGE)
class Highway(nn.Module):
    """Functions only: no module in it but itself."""

    def __init__(self):
        super().__init__()
        self.weight, self.gate = (nn.Parameter(torch.randn(3, 3, 3, 3) / 5) for _ in range(2))

    def forward(self, x):
        gate = torch.sigmoid(F.conv2d(x, self.gate, padding=1))
        return gate * torch.tanh(F.conv2d(x, self.weight, padding=1)) + (1 - gate) * x


@network(*IMAGE)
class Fourier(nn.Module):
    """Complex numbers between its layers."""

    class Spectrum(nn.Module):
        def forward(self, x):
            return torch.fft.rfft2(x)

    class Back(nn.Module):
        def forward(self, x):
            return torch.fft.irfft2(x)

    def __init__(self):
        super().__init__()
        self.spectrum, self.back = self.Spectrum(), self.Back()
        self.filter = nn.Parameter(torch.randn(3, 16, 9, dtype=torch.cfloat))
        self.conv = nn.Conv2d(3, 2, 1)

    def forward(self, x):
        return self.conv(self.back(self.spectrum(x) * self.filter))


@network(*IMAGE)
class Detector(nn.Module):
    """Queries read an image, as in DETR (Carion et al. 2020); the output is a dict."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 16, 4, stride=4), nn.ReLU())
        self.queries = nn.Embedding(5, 16)
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(16, 2, 24, batch_first=True), 1)
        self.classes, self.boxes = nn.Linear(16, 4), nn.Linear(16, 4)

    def forward(self, x):
        memory = self.backbone(x).flatten(2).transpose(1, 2)
        h = self.decoder(self.queries.weight[None], memory)
        return {"pred_logits": self.classes(h), "pred_boxes": self.boxes(h).sigmoid()}


@network(*IMAGE)
class Undulating(nn.Module):
    """The way through it depends on the data."""

    def __init__(self):
        super().__init__()
        self.conv, self.bright, self.dark = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(3))
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        for _ in range(int(x.sum()) % 3 + 1):
            x = torch.relu(self.conv(x))
        x = self.bright(x) if x.mean() > 0.1 else self.dark(x)
        return self.fc(x.amax((2, 3)))


@network(*IMAGE)
class InPlace(nn.Module):
    """Overwrites what it has computed, in parts, through views, and in place."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        y = self.a(x)
        y[:, :2] += x[:, :1]
        y.mul_(2).relu_()
        z = self.b(y)
        z[:, 1:3].copy_(y[:, 1:3])
        buffer = torch.zeros(1, 8, 16, 16)
        buffer[:, :4], buffer[:, 4:] = y, z
        return F.dropout(buffer, 0.3, self.training).flatten(1)


@network(*IMAGE)
class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(784, 5))

    def forward(self, x):
        a, b = self.tower(x), self.tower(x.flip(-1))
        return F.cosine_similarity(a, b), torch.stack([a, b], 1)


@network(*IMAGE)
class Unheard(nn.Module):
    """Modules of its own making, a list that PyTorch does not know, and one made on the way."""

    class Swish(nn.Module):
        def forward(self, x):
            return x * torch.sigmoid(x)

    class Halves(nn.Module):
        def forward(self, x):
            return [x[:, :2], {"rest": x[:, 2:]}]

    def __init__(self):
        super().__init__()
        self.conv, self.swish, self.halves = nn.Conv2d(3, 4, 3), self.Swish(), self.Halves()
        self.hidden = [nn.Conv2d(2, 2, 1)]

    def forward(self, x):
        a, b = self.halves(self.swish(self.conv(x)))
        return nn.AvgPool2d(2)(self.hidden[0](a) - b["rest"])


@network(*IMAGE)
class Channelwise(nn.Module):
    """Channels last in memory and in meaning, as in ConvNeXt (Liu et al. 2022)."""

    def __init__(self):
        super().__init__()
        self.depthwise = nn.Conv2d(3, 3, 7, padding=3, groups=3)
        self.norm, self.up, self.down = nn.LayerNorm(3), nn.Linear(3, 12), nn.Linear(12, 3)
        self.scale = nn.Parameter(torch.full((3,), 0.5))

    def forward(self, x):
        y = self.depthwise(x.to(memory_format=torch.channels_last)).permute(0, 2, 3, 1)
        y = self.scale * self.down(F.gelu(self.up(self.norm(y))))
        return x + y.permute(0, 3, 1, 2)


@network(1, 5, 3)
class Graph(nn.Module):
    """A graph network: a product with a sparse matrix of neighbours."""

    def __init__(self):
        super().__init__()
        self.register_buffer("neighbours", (torch.rand(5, 5) > 0.5).float().to_sparse())
        self.one, self.two = nn.Linear(3, 6), nn.Linear(6, 2)

    def forward(self, x):
        h = torch.relu(torch.sparse.mm(self.neighbours, self.one(x[0])))
        return self.two(h).sum(0, keepdim=True)


@network(1, 12)
class Experts(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(12, 4)
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(12, 6), nn.GELU()) for _ in range(4))

    def forward(self, x):
        share, chosen = self.gate(x).softmax(-1).topk(2)
        parts = [w * self.experts[int(k)](x) for w, k in zip(share[0], chosen[0], strict=True)]
        return sum(parts)


@network(*IMAGE)
class Scripted(nn.Module):
    """A block of it was compiled with TorchScript."""

    def __init__(self):
        super().__init__()
        self.block = torch.jit.script(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()))
        self.conv = nn.Conv2d(4, 2, 3)

    def forward(self, x):
        return self.conv(self.block(x))


@network(*IMAGE)
class Halved(nn.Module):
    """Layers of several number types."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3).to(torch.bfloat16), nn.Conv2d(4, 2, 3).double()

    def forward(self, x):
        return self.b(self.a(x.bfloat16()).double())


@network(*IMAGE)
class Own(nn.Module):
    """An autograd function of its own, and gradients taken in forward."""

    class Round(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.mul(4).round().div(4)

        @staticmethod
        def backward(ctx, grad):
            return grad

    def __init__(self):
        super().__init__()
        self.conv, self.out = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 1)

    def forward(self, x):
        with torch.enable_grad():
            y = x.clone().requires_grad_()
            slope = torch.autograd.grad(self.conv(y).square().sum(), y)[0]
        return self.out(self.Round.apply(self.conv(x + 0.1 * slope)))
