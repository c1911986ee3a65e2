"""Still more of the zoo: what a stranger brings who wants to see it fail."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

from tests.traced import zoo
from tests.traced.zoo import GREY, IMAGE, SERIES

FURTHER: dict = {}
network = partial(zoo.network, into=FURTHER)


# torch.func: what runs inside is one block.


@network(1, 6)
class Mapped(nn.Module):
    """A layer is mapped over rows."""

    def __init__(self):
        super().__init__()
        self.each, self.out = nn.Linear(6, 5), nn.Linear(5, 2)

    def forward(self, x):
        rows = torch.cat([x, 2 * x, 3 * x])
        return self.out(torch.func.vmap(self.each)(rows).sum(0, keepdim=True))


@network(1, 6)
class Ensemble(nn.Module):
    """Networks of one kind, run as one on stacked weights."""

    def __init__(self):
        super().__init__()
        self.members = nn.ModuleList(nn.Sequential(nn.Linear(6, 8), nn.Tanh()) for _ in range(3))
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        weights, buffers = torch.func.stack_module_state(list(self.members))

        def run(weights, buffers):
            return torch.func.functional_call(self.members[0], (weights, buffers), (x,))

        return self.out(torch.vmap(run)(weights, buffers).mean(0))


@network(1, 6)
class Energy(nn.Module):
    """It goes down the slope of another network."""

    def __init__(self):
        super().__init__()
        self.energy = nn.Sequential(nn.Linear(6, 8), nn.Softplus(), nn.Linear(8, 1))
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        for _ in range(2):
            x = x - 0.1 * torch.func.grad(lambda v: self.energy(v).sum())(x)
        return self.out(x)


@network(1, 4)
class Slopes(nn.Module):
    """Products with Jacobians, whole ones, and slopes of slopes."""

    def __init__(self):
        super().__init__()
        self.net, self.out = nn.Sequential(nn.Linear(4, 5), nn.Tanh()), nn.Linear(5, 2)

    def forward(self, x):
        y, slope = torch.func.jvp(self.net, (x,), (torch.ones_like(x),))
        z, pull = torch.func.vjp(self.out, y + slope)
        bent = torch.func.hessian(lambda v: self.net(v).square().sum())(x[0])
        return z + pull(z)[0].sum() + torch.func.jacrev(self.net)(x[0]).sum() + bent.mean()


# Ways of PyTorch.


@network(1, 3, 12, 12)
class Compiled(nn.Module):
    """A block that TorchScript has compiled, and one that it has recorded; both are called twice."""

    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, x):
            for _ in range(3):
                x = torch.relu(self.conv(x))
            return x

    def __init__(self):
        super().__init__()
        self.loop = torch.jit.script(self.Loop())
        self.flat = torch.jit.trace(nn.Sequential(nn.Conv2d(3, 3, 1), nn.Tanh()), torch.rand(1, 3, 12, 12))
        self.out = nn.Conv2d(3, 2, 3)

    def forward(self, x):
        return self.out(self.flat(self.loop(x)) + self.flat(self.loop(x + 1)))


@network(1, 6)
class Growing(nn.Module):
    """It makes its last layer when it first knows of which size."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 6), None

    def forward(self, x):
        x = self.first(x)
        if self.last is None:
            self.last = nn.Linear(x.shape[-1], 3)
        return self.last(x)


@network(1, 6)
class Ragged(nn.Module):
    """Rows of different lengths in one tensor."""

    def __init__(self):
        super().__init__()
        self.each, self.out = nn.Linear(2, 4), nn.Linear(4, 2)

    def forward(self, x):
        rows = torch.nested.nested_tensor([x[0, :4].view(2, 2), x[0, 4:].view(1, 2)], layout=torch.jagged)
        return self.out(torch.nested.to_padded_tensor(self.each(rows), 0.0).sum(1)[:1])


@network(1, 9, 5)
class Packed(nn.Module):
    """A packed sequence through recurrent layers on each other, one of them with a projection."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 4, 2, bidirectional=True, batch_first=True, proj_size=3)
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        packed = pack_padded_sequence(x, torch.tensor([6]), batch_first=True, enforce_sorted=False)
        y, (h, _) = self.lstm(packed)
        y, _ = pad_packed_sequence(y, batch_first=True)
        return self.out(torch.cat([h[-1], h[-2]], -1) + y.mean(1))


@network(1, 6, 8)
class OldAttention(nn.Module):
    """PyTorch's attention with all that it can be told."""

    def __init__(self):
        super().__init__()
        self.plain = nn.MultiheadAttention(8, 2, batch_first=True)
        self.rich = nn.MultiheadAttention(8, 4, add_bias_kv=True, add_zero_attn=True)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        y, _ = self.plain(x, x, x, need_weights=False)
        z, weights = self.rich(y.mT.mT.transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1))
        return self.out(z.transpose(0, 1)), weights


@network(1, 3, 8, 8)
class Repeated(nn.Module):
    """Checkpoints of both kinds, whose modules are then called again."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*(nn.Conv2d(3, 3, 3, padding=1) for _ in range(4)))

    def forward(self, x):
        x = checkpoint(self.blocks[0], x, use_reentrant=True)
        return checkpoint_sequential(self.blocks, 2, x, use_reentrant=False)


@network(1, 6)
class Steps(nn.Module):
    """A module that yields."""

    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.step = nn.Linear(6, 6)

        def forward(self, x) -> Iterator[torch.Tensor]:
            for _ in range(3):
                x = self.step(x)
                yield x

    def __init__(self):
        super().__init__()
        self.steps, self.out = self.Steps(), nn.Linear(6, 2)

    def forward(self, x):
        return self.out(sum(self.steps(x)))


@network(1, 6)
class Answers(nn.Module):
    """It has an answer for whatever attribute it is asked for, and one that fails."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 2)

    @property
    def default_cfg(self):
        raise RuntimeError("not today")

    def __getattr__(self, name):
        if name.startswith("__") or name in self.__dict__.get("_modules", {}):
            return super().__getattr__(name)
        return nn.Identity()

    def forward(self, x):
        return self.b(self.a(x))


@network(1, 6)
class Alike(nn.Module):
    """Modules that equal each other, hash alike, and are false."""

    class Twin(nn.Linear):
        def __eq__(self, other):
            return True

        def __hash__(self):
            return 1

        def __len__(self):
            return 0

    def __init__(self):
        super().__init__()
        self.a, self.b = self.Twin(6, 6), self.Twin(6, 2)

    def __len__(self):
        return 0

    def forward(self, x):
        return self.b(self.a(x))


@dataclass
class Answer:
    logits: torch.Tensor
    extra: tuple
    said: str = "words"


@network(1, 6)
class Wrapped(nn.Module):
    """Hooks that take keywords and change what is returned; a dataclass as the answer."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 3)
        self.a.register_forward_pre_hook(lambda m, args, kw: ((args[0] * 2,), kw), with_kwargs=True)
        self.a.register_forward_hook(lambda m, args, output: output + 1, prepend=True)
        self.register_forward_hook(lambda m, args, output: Answer(*output))

    def forward(self, x):
        hidden = self.a(x)
        return self.b(hidden), (hidden, None)


@network(1, 8, 16)
class Spectral(nn.Module):
    """FNet (Lee-Thorp et al. 2021), and a spectrogram beside it."""

    def __init__(self):
        super().__init__()
        self.norm, self.mix, self.out = nn.LayerNorm(16), nn.Linear(16, 16), nn.Linear(16, 4)

    def forward(self, x):
        x = self.norm(x + torch.fft.fft2(x.to(torch.cfloat)).real)
        window = torch.hann_window(16)
        loud = torch.stft(x.reshape(1, -1), 16, return_complex=True, window=window).abs().mean()
        return self.out(x + self.mix(x)) + loud


@network(*SERIES)
class LongConvolution(nn.Module):
    """A convolution as long as its series, by way of frequencies (S4, Gu et al. 2022)."""

    def __init__(self):
        super().__init__()
        self.decay, self.out = nn.Parameter(torch.rand(4, 3)), nn.Conv1d(4, 4, 1)
        self.read = nn.Parameter(torch.randn(4, 3))

    def forward(self, x):
        length = x.shape[-1]
        kernel = torch.einsum(
            "hn,hnl->hl", self.read, torch.exp(-self.decay[..., None] * torch.arange(length))
        )
        y = torch.fft.irfft(torch.fft.rfft(x, n=2 * length) * torch.fft.rfft(kernel, n=2 * length))
        return self.out(F.gelu(y[..., :length])) + x


@network(*GREY)
class Spiking(nn.Module):
    """Neurons that collect and fire; time passes in its forward."""

    def __init__(self):
        super().__init__()
        self.into, self.out = nn.Linear(144, 12), nn.Linear(12, 4)

    def forward(self, x):
        level, said = torch.zeros(1, 12), torch.zeros(1, 4)
        for _ in range(4):
            level = 0.9 * level + self.into(x.flatten(1))
            fired = (level > 0.2).float()
            level = level - fired
            said += self.out(fired)
        return said / 4


@network(1, 8)
class Hyper(nn.Module):
    """One layer's output is another's weights (Ha et al. 2017)."""

    def __init__(self):
        super().__init__()
        self.weights, self.used = nn.Linear(8, 24), nn.Linear(8, 3)

    def forward(self, x):
        weights = self.weights(x).view(3, 8)
        return torch.func.functional_call(self.used, {"weight": weights}, (x,)) + F.linear(x, weights)


@network(*IMAGE)
class Moments(nn.Module):
    """Poolings that no module has."""

    def __init__(self):
        super().__init__()
        self.conv, self.power = nn.Conv2d(3, 4, 3), nn.Parameter(torch.tensor(3.0))
        self.out = nn.Linear(20, 2)

    def forward(self, x):
        x = self.conv(x).clamp(min=1e-6)
        spread, mean = torch.std_mean(x, (2, 3))
        powers = x.pow(self.power).mean((-1, -2)).pow(1 / self.power)
        largest, middle = x.flatten(2).max(-1)[0], x.flatten(2).median(-1).values
        return self.out(torch.cat([powers, spread, mean, largest, middle], 1))


@network(1, 4)
class Deep(nn.Module):
    """Two hundred layers, and forty modules in each other."""

    class Nest(nn.Module):
        def __init__(self, depth: int):
            super().__init__()
            self.inner = type(self)(depth - 1) if depth else nn.Linear(4, 4)

        def forward(self, x):
            return self.inner(x)

    def __init__(self):
        super().__init__()
        self.rows = nn.Sequential(*(nn.Linear(4, 4) if i % 2 else nn.Tanh() for i in range(200)))
        self.nest = self.Nest(40)

    def forward(self, x):
        return self.nest(self.rows(x))


@network(1, 6)
class OddNames(nn.Module):
    """Names with colons, slashes, signs that mean something to us, and letters of the world."""

    def __init__(self):
        super().__init__()
        names = ("a:b", "schön/ü 層", "#2", "add", "@x", "input", "relu#2")
        self.net = nn.ModuleDict({name: nn.Linear(6, 6) for name in names})
        self.input, self.output, self.add = nn.Linear(6, 6), nn.Linear(6, 3), nn.Identity()

    def forward(self, x):
        for part in self.net.values():
            x = part(x) + x
        return self.output(self.add(self.input(x)))


@network(1, 6)
class Nothing(nn.Module):
    """Tensors without a number in them."""

    def __init__(self):
        super().__init__()
        self.none, self.back, self.some = nn.Linear(6, 0), nn.Linear(0, 3), nn.Linear(6, 3)

    def forward(self, x):
        empty = self.none(x)
        return self.back(empty) + self.some(torch.cat([x[:, :0], x], 1)) + math.prod(empty.shape)
