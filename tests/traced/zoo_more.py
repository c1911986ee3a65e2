"""More of the zoo: what the field's papers put together, and what PyTorch has beside modules."""

import math
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.checkpoint import checkpoint

from tests.traced import zoo
from tests.traced.zoo import GREY, IMAGE, SERIES, TOKENS

MORE: dict = {}
network = partial(zoo.network, into=MORE)


# Images.


@network(1, 8, 8, 4)
class WindowAttention(nn.Module):
    """Windows that are shifted by a roll, as in Swin (Liu et al. 2021); channels last throughout."""

    def __init__(self):
        super().__init__()
        self.norm, self.qkv, self.proj = nn.LayerNorm(4), nn.Linear(4, 12), nn.Linear(4, 4)
        self.bias = nn.Parameter(torch.randn(2, 16, 16) / 5)
        self.merge = nn.Linear(16, 6)

    def forward(self, x):
        y = torch.roll(self.norm(x), (-2, -2), (1, 2))
        windows = y.view(1, 2, 4, 2, 4, 4).permute(0, 1, 3, 2, 4, 5).reshape(4, 16, 4)
        q, k, v = self.qkv(windows).reshape(4, 16, 3, 2, 2).permute(2, 0, 3, 1, 4)
        y = ((q @ k.mT) / 2**0.5 + self.bias).softmax(-1) @ v
        y = self.proj(y.transpose(1, 2).reshape(4, 16, 4))
        y = y.view(1, 2, 2, 4, 4, 4).permute(0, 1, 3, 2, 4, 5).reshape(1, 8, 8, 4)
        x = x + torch.roll(y, (2, 2), (1, 2))
        corners = [x[:, i::2, j::2] for i in range(2) for j in range(2)]
        return self.merge(torch.cat(corners, -1))


@network(*IMAGE)
class Mixer(nn.Module):
    """MLP-Mixer (Tolstikhin et al. 2021)."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 6, 4, stride=4)
        self.tokens = nn.Sequential(nn.Linear(16, 8), nn.GELU(), nn.Linear(8, 16))
        self.channels = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 6))
        self.norm1, self.norm2, self.head = nn.LayerNorm(6), nn.LayerNorm(6), nn.Linear(6, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).mT
        x = x + self.tokens(self.norm1(x).mT).mT
        x = x + self.channels(self.norm2(x))
        return self.head(x.mean(dim=1))


@network(*IMAGE)
class Shuffle(nn.Module):
    """Grouped convolutions and a shuffle of channels between them (Zhang et al. 2018)."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 3, padding=1, groups=2)
        self.shuffle, self.c = nn.ChannelShuffle(2), nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = self.shuffle(self.b(self.a(x)))
        x = x.view(1, 4, 2, 16, 16).transpose(1, 2).reshape(1, 8, 16, 16)
        left, right = x.chunk(2, dim=1)
        return torch.cat((left, F.relu(self.c(right))), dim=1)


@network(*GREY)
class SpatialTransformer(nn.Module):
    """It looks where it wants to (Jaderberg et al. 2015)."""

    def __init__(self):
        super().__init__()
        self.where = nn.Sequential(nn.Conv2d(1, 3, 5, stride=3), nn.ReLU(), nn.Flatten(), nn.Linear(27, 6))
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x):
        theta = self.where(x).view(-1, 2, 3) + torch.eye(2, 3)
        x = F.grid_sample(x, F.affine_grid(theta, x.size(), align_corners=False), align_corners=False)
        return self.conv(x)


@network(*GREY)
class Capsules(nn.Module):
    """Routing by agreement (Sabour et al. 2017): a loop without modules in it."""

    def __init__(self):
        super().__init__()
        self.primary = nn.Conv2d(1, 8, 5, stride=3)
        self.weight = nn.Parameter(torch.randn(3, 18, 6, 4) / 3)

    @staticmethod
    def squash(s):
        norm = s.norm(dim=-1, keepdim=True)
        return norm / (1 + norm**2) * s

    def forward(self, x):
        u = self.squash(self.primary(x).reshape(1, 18, 4))
        votes = torch.einsum("jipd,bid->bjip", self.weight, u)
        logits = torch.zeros(1, 3, 18)
        for _ in range(3):
            v = self.squash(torch.einsum("bji,bjip->bjp", logits.softmax(1), votes))
            logits = logits + torch.einsum("bjip,bjp->bji", votes, v)
        return v.norm(dim=-1)


@network(1, 5)
class Generator(nn.Module):
    """Noise and a class become an image, with FiLM (Perez et al. 2018) in between."""

    def __init__(self):
        super().__init__()
        self.classes = nn.Embedding(10, 4)
        self.film = nn.Linear(4, 12)
        self.start = nn.ConvTranspose2d(5, 6, 4, bias=False)
        self.bn = nn.BatchNorm2d(6)
        self.up = nn.ConvTranspose2d(6, 3, 4, 2, 1, output_padding=1)

    def forward(self, z):
        gamma, beta = self.film(self.classes(torch.tensor([3]))).chunk(2, dim=-1)
        x = self.bn(self.start(z[..., None, None]))
        x = F.relu((1 + gamma)[..., None, None] * x + beta[..., None, None])
        return torch.tanh(self.up(x))


@network(*GREY)
class SuperResolution(nn.Module):
    """Sub-pixel convolution on a bicubic picture (Shi et al. 2016)."""

    def __init__(self):
        super().__init__()
        self.body = nn.ModuleList([nn.Conv2d(1, 4, 5, padding=2), nn.Conv2d(4, 4, 3, padding="same")])

    def forward(self, x):
        y = x
        for conv in self.body:
            y = torch.tanh(conv(y))
        return F.pixel_shuffle(y, 2).add_(F.interpolate(x, scale_factor=2, mode="bicubic")).clamp_(0, 1)


@network(*IMAGE)
class EarlyExit(nn.Module):
    """It stops when it is sure (Teerapittayanon et al. 2016); what comes after is never run."""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList(nn.Conv2d(3, 3, 3, padding=1) for _ in range(3))
        self.exits = nn.ModuleList(nn.Linear(3, 4) for _ in range(3))
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        for stage, leave in zip(self.stages, self.exits, strict=True):
            x = F.relu(stage(x))
            answer = leave(self.pool(x).flatten(1))
            if answer.softmax(-1).max() > 0.3:
                break
        return answer


@network(*IMAGE)
class Pyramid(nn.Module):
    """Feature pyramid with several outputs, of which some are cut from views (Lin et al. 2017)."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 6, 3, 2, 1)])
        self.side = nn.ModuleList([nn.Conv2d(4, 5, 1), nn.Conv2d(6, 5, 1)])
        self.smooth = nn.Conv2d(5, 5, 3, padding=1)
        self.head = nn.Conv2d(5, 3 * 6, 1)

    def forward(self, x):
        c1 = self.down[0](x)
        c2 = self.down[1](c1.relu())
        p2 = self.side[1](c2)
        p1 = self.smooth(F.interpolate(p2, size=c1.shape[-2:]) + self.side[0](c1))
        return [self.head(p).view(1, 3, 6, -1).permute(0, 1, 3, 2).contiguous() for p in (p1, p2)]


@network(*IMAGE)
class Bilinear(nn.Module):
    """Two streams and the outer product of what they see (Lin et al. 2015)."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 5, 3)
        self.out, self.mix = nn.Linear(20, 3), nn.Bilinear(3, 3, 2)

    def forward(self, x):
        a, b = self.a(x).flatten(2), self.b(x).flatten(2)
        y = torch.bmm(a, b.mT).flatten(1) / 196
        y = self.out(F.normalize(y.sign() * y.abs().sqrt()))
        return self.mix(y, y)


@network(*GREY)
class Unpooled(nn.Module):
    """SegNet's way back up (Badrinarayanan et al. 2017), and dictionaries between its modules."""

    class Pooled(nn.Module):
        def __init__(self):
            super().__init__()
            self.pool = nn.MaxPool2d(2, return_indices=True)

        def forward(self, x):
            values, at = self.pool(x)
            return {"values": values, "at": at}

    def __init__(self):
        super().__init__()
        self.conv, self.pooled, self.back = nn.Conv2d(1, 3, 3, padding=1), self.Pooled(), nn.MaxUnpool2d(2)

    def forward(self, x):
        p = self.pooled(self.conv(x))
        return self.back(p["values"], p["at"])


# Series and tokens.


@network(*SERIES)
class WaveNet(nn.Module):
    """Dilated causal convolutions with gates (van den Oord et al. 2016)."""

    def __init__(self):
        super().__init__()
        self.start, self.end = nn.Conv1d(4, 6, 1), nn.Conv1d(6, 3, 1)
        self.gates = nn.ModuleList(nn.Conv1d(6, 12, 2, dilation=d) for d in (1, 2, 4))
        self.residual = nn.ModuleList(nn.Conv1d(6, 6, 1) for _ in range(3))

    def forward(self, x):
        x, skips = self.start(x), 0
        for gate, residual in zip(self.gates, self.residual, strict=True):
            y = gate(F.pad(x, (gate.dilation[0], 0)))
            y = residual(torch.tanh(y[:, :6]) * torch.sigmoid(y[:, 6:]))
            x, skips = x + y, skips + y
        return self.end(F.relu(skips))


@network(*SERIES)
class TemporalConv(nn.Module):
    """A block of a TCN (Bai et al. 2018): padding is cut off again, weights are normalised the old way."""

    class Chomp(nn.Module):
        def forward(self, x):
            return x[:, :, :-2].contiguous()

    def __init__(self):
        super().__init__()
        conv = nn.utils.parametrizations.weight_norm(nn.Conv1d(4, 4, 3, padding=2))
        self.net = nn.Sequential(conv, self.Chomp(), nn.ReLU(), nn.Dropout1d(0.2))
        self.relu, self.last = nn.ReLU(), nn.Linear(4, 2)

    def forward(self, x):
        return self.last(self.relu(self.net(x) + x)[:, :, -1])


@network(*TOKENS, whole=20)
class Translator(nn.Module):
    """A GRU reads, another writes token by token, each chosen by the last and by attention."""

    def __init__(self):
        super().__init__()
        self.embed, self.encoder = nn.Embedding(20, 6), nn.GRU(6, 5, batch_first=True)
        self.cell, self.out = nn.GRUCell(11, 5), nn.Linear(5, 20)

    def forward(self, ids):
        memory, h = self.encoder(self.embed(ids))
        h, token, said = h[0], ids[:, :1], []
        for _ in range(3):
            share = F.softmax(memory @ h[..., None], dim=1)
            h = self.cell(torch.cat([self.embed(token)[:, 0], (share * memory).sum(1)], -1), h)
            said.append(self.out(h))
            token = said[-1].argmax(-1, keepdim=True)
        return torch.stack(said, 1)


@network(*TOKENS, whole=20)
class Bag(nn.Module):
    """The mean of embeddings, as fastText has it (Joulin et al. 2017)."""

    def __init__(self):
        super().__init__()
        self.bag, self.norm, self.out = (
            nn.EmbeddingBag(20, 6, mode="mean"),
            nn.BatchNorm1d(6),
            nn.Linear(6, 3),
        )

    def forward(self, ids):
        return F.log_softmax(self.out(self.norm(self.bag(ids))), -1)


@network(*IMAGE)
class Perceiver(nn.Module):
    """Few latents read many pixels (Jaegle et al. 2021), with PyTorch's own attention module."""

    def __init__(self):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(4, 8))
        self.place = nn.Parameter(torch.randn(64, 5))
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)
        self.think = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, dropout=0.0)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        pixels = F.avg_pool2d(x, 2).flatten(2).transpose(1, 2)
        read = torch.cat((pixels, self.place[None]), dim=2)
        latents = self.latents.unsqueeze(0)
        for _ in range(2):
            latents = latents + self.attend(latents, read, read)[0]
            latents = self.think(latents)
        return self.out(latents.mean(1))


@network(*TOKENS, whole=20)
class Rotary(nn.Module):
    """A block as Llama's (Touvron et al. 2023): rotations of pairs, a SwiGLU, fewer keys than queries."""

    def __init__(self):
        super().__init__()
        self.embed, self.norm = nn.Embedding(20, 8), nn.RMSNorm(8)
        self.q, self.kv, self.o = (nn.Linear(8, n, bias=False) for n in (8, 8, 8))
        self.gate, self.up, self.down = nn.Linear(8, 12), nn.Linear(8, 12), nn.Linear(12, 8)

    @staticmethod
    def turn(x):
        angles = torch.outer(torch.arange(x.shape[-2]), torch.tensor([1.0, 0.1]))
        pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
        return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)

    def forward(self, ids):
        x = self.embed(ids)
        h = self.norm(x)
        q = self.q(h).view(1, 7, 2, 4).transpose(1, 2)
        k, v = (t.view(1, 7, 1, 4).transpose(1, 2) for t in self.kv(h).chunk(2, -1))
        y = F.scaled_dot_product_attention(self.turn(q), self.turn(k), v, is_causal=True, enable_gqa=True)
        x = x + self.o(y.transpose(1, 2).reshape(1, 7, 8))
        return x + self.down(F.silu(self.gate(x)) * self.up(x))


@network(*SERIES)
class StateSpace(nn.Module):
    """A linear recurrence with inputs that choose its pace, as in Mamba (Gu and Dao 2023)."""

    def __init__(self):
        super().__init__()
        self.pace, self.read, self.write = nn.Linear(4, 4), nn.Linear(4, 3), nn.Linear(4, 3)
        self.decay, self.out = nn.Parameter(torch.randn(4, 3)), nn.Linear(4, 2)

    def forward(self, x):
        x = x.mT
        dt, b, c = F.softplus(self.pace(x)), self.read(x), self.write(x)
        h, ys = torch.zeros(1, 4, 3), []
        for t in range(5):
            h = torch.exp(dt[:, t, :, None] * -self.decay.exp()) * h
            h = h + dt[:, t, :, None] * b[:, t, None] * x[:, t, :, None]
            ys.append(torch.einsum("bdn,bn->bd", h, c[:, t]))
        return self.out(torch.stack(ys, 1))


# Numbers.


@network(1, 8)
class Coupling(nn.Module):
    """A normalising flow's steps (Dinh et al. 2017), and the logarithm of their volume."""

    def __init__(self):
        super().__init__()
        self.nets = nn.ModuleList(
            nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 8)) for _ in range(3)
        )

    def forward(self, x):
        volume = torch.zeros(len(x))
        for net in self.nets:
            a, b = x.tensor_split(2, dim=-1)
            s, t = net(a).split(4, dim=-1)
            x = torch.cat([b * torch.exp(s) + t, a], dim=-1)
            volume = volume + s.sum(-1)
        return x, volume


@network(1, 6)
class Splines(nn.Module):
    """Each edge a curve, as in a KAN (Liu et al. 2024)."""

    class Layer(nn.Module):
        def __init__(self, inside: int, outside: int):
            super().__init__()
            self.base = nn.Linear(inside, outside)
            self.curves = nn.Parameter(torch.randn(outside, inside, 5) / 5)
            self.register_buffer("knots", torch.linspace(-1, 1, 5))

        def forward(self, x):
            near = (1 - (x[..., None] - self.knots).abs() * 2).clamp(min=0)
            return self.base(F.silu(x)) + torch.einsum("bik,oik->bo", near, self.curves)

    def __init__(self):
        super().__init__()
        self.one, self.two = self.Layer(6, 5), self.Layer(5, 2)

    def forward(self, x):
        return self.two(self.one(x))


@network(1, 9)
class Routed(nn.Module):
    """Tokens are sorted to experts by an index, and added up where they came from."""

    def __init__(self):
        super().__init__()
        self.up, self.gate = nn.Linear(9, 24), nn.Linear(4, 3)
        self.experts = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))

    def forward(self, x):
        tokens = self.up(x).view(6, 4)
        share, chosen = self.gate(tokens).softmax(-1).max(-1)
        out = torch.zeros_like(tokens)
        for k, expert in enumerate(self.experts):
            rows = (chosen == k).nonzero().flatten()
            if len(rows):
                out.index_add_(0, rows, share[rows, None] * expert(tokens[rows]))
        return out.view(1, 24)


@network(1, 7)
class Complex(nn.Module):
    """Weights and numbers are complex; what is shown are magnitudes."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(7, 6, dtype=torch.cfloat), nn.Linear(6, 3, dtype=torch.cfloat)

    def forward(self, x):
        y = self.one(x.to(torch.cfloat))
        y = torch.complex(y.real.relu(), y.imag.relu())
        return self.two(y).abs()


@network(1, 12)
class Quantised(nn.Module):
    """Linear layers in whole numbers, quantised as they run."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3))
        self.net = torch.ao.quantization.quantize_dynamic(self.net, {nn.Linear}, dtype=torch.qint8)

    def forward(self, x):
        return self.net(x)


@network(1, 6)
class Equilibrium(nn.Module):
    """A fixed point, found by steps until they are small (Bai et al. 2019)."""

    def __init__(self):
        super().__init__()
        self.cell, self.inject = nn.Linear(6, 6, bias=False), nn.Linear(6, 6)
        self.cell.weight.data.mul_(0.3)

    def forward(self, x):
        z = torch.zeros_like(x)
        for _ in range(12):
            new = torch.tanh(self.cell(z) + self.inject(x))
            if (new - z).norm() < 1e-2:
                break
            z = new
        return new


# What PyTorch has beside modules.


@network(*IMAGE)
class Checkpointed(nn.Module):
    """Its blocks are run again when gradients are asked for."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.ReLU()) for _ in range(2))

    def forward(self, x):
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=False) + x
        return x


@network(*IMAGE)
class Hooked(nn.Module):
    """Hooks of its own change what goes in and out, and one module is called by its `forward`."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 1)
        self.a.register_forward_hook(lambda module, args, output: output * 2)
        self.b.register_forward_pre_hook(lambda module, args: (args[0].abs(),))

    def forward(self, x):
        return self.b(self.a(x)) + self.b.forward(self.a(x))


@network(*IMAGE)
class Lazy(nn.Module):
    """Its layers learn their sizes from their first input; a parameter list, and a module kept in a dict."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.LazyConv2d(4, 3, stride=2), nn.LazyLinear(3)
        self.gains = nn.ParameterList(torch.rand(4, 1, 1) for _ in range(2))
        self.norms = nn.ModuleDict({"a_b:c": nn.GroupNorm(2, 4)})

    def forward(self, x):
        x = self.conv(x)
        for gain in self.gains:
            x = self.norms["a_b:c"](x * gain)
        return self.fc(torch.flatten(x, 1))


@network(1, 3, 8, 8)
class Autocast(nn.Module):
    """Half of it runs in bfloat16 by autocast."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.fc = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = F.relu(self.b(self.a(x)))
        return self.fc(y.float().mean((-2, -1)))


@network(1, 16, 3)
class Points(nn.Module):
    """A cloud of points: neighbours by distance, gathered by index (Wang et al. 2019)."""

    def __init__(self):
        super().__init__()
        self.edge, self.out = nn.Linear(6, 5), nn.Linear(5, 3)

    def forward(self, x):
        near = torch.cdist(x, x).topk(4, largest=False).indices
        neighbours = x[:, near[0]]
        own = x.unsqueeze(2).expand_as(neighbours)
        h = F.leaky_relu(self.edge(torch.cat([own, neighbours - own], -1)), 0.2)
        return self.out(h.max(dim=2).values.max(dim=1).values)


@network(1, 1, 8, 10)
class Spectrogram(nn.Module):
    """Sines and cosines of the input's places (NeRF, SIREN), and a scan along rows."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(10, 6), nn.Linear(24, 4)
        self.scan = nn.LSTM(6, 6, batch_first=True)

    def forward(self, x):
        h = torch.sin(30 * self.first(x[:, 0]))
        h, (last, _) = self.scan(h)
        waves = [f(math.pi * 2**k * last[-1]) for k in range(2) for f in (torch.sin, torch.cos)]
        return self.last(torch.hstack(waves))
