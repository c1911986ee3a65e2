"""What a Runner says of an image against plain PyTorch, and its texels against the formula."""

import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from safetensors.torch import load_file
from torch import nn

from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.samples import sample_digits, sample_strokes
from nnvis3d.network.catalog import DIGITS, entry
from nnvis3d.network.frame import TEXEL_FULL as FULL
from nnvis3d.network.frame import TEXEL_STRANGE, TEXEL_ZERO
from nnvis3d.network.spec import LayerSpec, NetworkSpec, Preprocessing
from nnvis3d.resources import resource
from nnvis3d.runtime.registry import LoadedNetwork, load_network
from nnvis3d.runtime.runner import Runner

NAMES = ["cnn", "mlp"]


@pytest.fixture(scope="module", params=NAMES)
def runner(request) -> Runner:
    return Runner(load_network(request.param))


def images(runner: Runner) -> dict[str, np.ndarray]:
    """A picture, a pen's drawing, nothing, noise, and values that no pad gives."""
    shape, random = runner.spec.preprocessing.shape, np.random.default_rng(5)
    drawings = {"digit": sample_digits()[4].drawing, "strokes": sample_strokes()[7].drawing}
    return {
        **{name: reduce_drawing(drawing, shape).image for name, drawing in drawings.items()},
        "nothing": np.zeros(shape, np.float32),
        "noise": random.random(shape, np.float32),
        "beyond": random.normal(0, 4, shape).astype(np.float32),
    }


# The oracle: the shipped tensors through plain PyTorch, without any code of ours.


def forward(name: str, image: np.ndarray) -> dict[str, np.ndarray]:
    """Every layer of a built-in network, in its own shape."""
    w = load_file(resource("weights", f"{name}.safetensors"))
    x = (torch.from_numpy(image) - 0.13) / 0.31
    layers = {"input": torch.from_numpy(image)}
    if name == "cnn":
        for number in (1, 2):
            x = layers[f"conv{number}"] = F.relu(
                F.conv2d(x[None], w[f"conv{number}.weight"], w[f"conv{number}.bias"])[0]
            )
            x = layers[f"pool{number}"] = F.max_pool2d(x, 2)
    x = x.flatten()
    for layer in ("fc1", "fc2"):
        x = layers[layer] = F.relu(F.linear(x, w[f"{layer}.weight"], w[f"{layer}.bias"]))
    layers["output"] = F.linear(x, w["output.weight"], w["output.bias"])
    return {layer: tensor.numpy() for layer, tensor in layers.items()}


def test_every_layer_is_what_plain_pytorch_computes(runner):
    for what, image in images(runner).items():
        frame = runner.run(image)
        expected = forward(runner.spec.name, image)
        assert list(expected) == [layer.name for layer in runner.spec.layers]
        for name, values in expected.items():
            found = frame.layer(name)
            assert found.shape == values.shape and found.dtype == np.float32
            assert np.allclose(found, values, rtol=1e-4, atol=1e-4), (what, name)


def test_probabilities_are_the_softmax_and_sum_to_one(runner):
    for image in images(runner).values():
        frame = runner.run(image)
        logits = torch.from_numpy(forward(runner.spec.name, image)["output"])
        assert np.allclose(frame.probabilities, F.softmax(logits, dim=0).numpy(), atol=1e-5)
        assert frame.probabilities.sum() == pytest.approx(1, abs=1e-5)
        (best, share), (second, less) = frame.guesses(2)
        assert DIGITS.index(best) == logits.argmax() and share >= less and best != second


def test_a_blank_image_has_values_but_no_guess(runner):
    frame = runner.run(images(runner)["nothing"], blank=True)
    assert frame.probabilities is None and frame.guesses() == [] and frame.blank
    assert np.isfinite(frame.values).all() and frame.layer("fc1").any()


def test_frames_are_counted_and_stay_as_they_were(runner):
    first_image, second_image = images(runner)["digit"], images(runner)["noise"]
    first = runner.run(first_image)
    values, texels, scales = first.values.copy(), first.texels.copy(), first.scales.copy()
    second, again = runner.run(second_image), runner.run(first_image)
    assert (second.serial, again.serial) == (first.serial + 1, first.serial + 2)
    assert np.array_equal(first.values, values) and np.array_equal(first.texels, texels)
    assert np.array_equal(first.scales, scales) and not np.array_equal(second.texels, texels)
    assert np.array_equal(again.values, values) and np.array_equal(again.texels, texels)
    assert np.array_equal(first.image, first_image)


def test_an_image_that_is_read_only_is_run_without_a_warning():
    """PyTorch warns once a process: one of its own shows it."""
    code = (
        "import numpy as np\n"
        "from tests.test_runner import made_up\n"
        "runner = made_up(scale=1.0)\n"
        "image = np.zeros(runner.spec.preprocessing.shape, np.float32)\n"
        "image.flags.writeable = False\n"
        "runner.run(image)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "not writable" not in done.stderr


@pytest.mark.parametrize("shape", [(28, 28), (1, 27, 32), (3, 32, 32), (1, 1, 32, 32), ()])
def test_an_image_of_another_shape_is_refused(runner, shape):
    with pytest.raises(ValueError, match="image: expected"):
        runner.run(np.zeros(shape, np.float32))


def test_denormal_numbers_become_zero_on_whichever_thread_runs():
    """Networks are loaded on a thread of their own; the processor's setting is each thread's own."""
    made: list[Runner] = []
    thread = threading.Thread(target=lambda: made.append(made_up(scale=1.0)))
    thread.start()
    thread.join()
    with torch.no_grad():
        made[0].module.signed.weight.fill_(1e-20)
        made[0].module.signed.bias.zero_()
    assert not made[0].forward(np.full((1, 1, 4), 1e-20, np.float32))[4:7].any()  # 1e-40 each


# Texels: per layer, value / scale. Unsigned: 0 .. 65534 for 0 .. scale; signed: 32768 for 0.
# 65535: not finite.


LOWEST = 2 * TEXEL_ZERO - FULL
"""Of a signed layer: the negative of its scale."""


class Chain(nn.Module):
    """Four values, three that may be negative, four that may not, two classes."""

    def __init__(self):
        super().__init__()
        self.signed, self.unsigned, self.output = nn.Linear(4, 3), nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.output(torch.relu(self.unsigned(self.signed(x.flatten(1)))))


def made_up(scale: float | None) -> Runner:
    """A Runner of a Chain; `scale`: of its two middle layers."""
    layers = (
        LayerSpec("input", "input", (1, 1, 4), "Input", scale=1.0),
        LayerSpec("signed", "linear", (3,), "Signed", ("input",), signed=True, scale=scale),
        LayerSpec("unsigned", "linear", (4,), "Unsigned", ("signed",), "relu", scale=scale),
        LayerSpec("output", "linear", (2,), "Output", ("unsigned",), signed=True, scale=10.0),
    )
    spec = NetworkSpec("chain", "Chain", layers, Preprocessing((1, 1, 4)), ("yes", "no"))
    torch.manual_seed(1)
    return Runner(LoadedNetwork(spec, Chain().eval().requires_grad_(False)))


def texels(values: list[float], scale: float | None = 2.0) -> np.ndarray:
    """Texels of the seven neurons of the middle layers that have these values; nothing may be warned of."""
    runner = made_up(scale)
    everything = np.array([0, 0, 0, 0, *values, 0, 0], np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = runner.frame_of(everything, blank=False)
    assert frame.texels.dtype == np.uint16 and frame.scales.dtype == np.float32
    assert np.isfinite(frame.scales).all() and (frame.scales > 0).all()
    return frame.texels[4:11].astype(int)


def test_zero_and_scale_are_exact():
    assert texels([0, 2, -2, 0, 2, 1, 0.5]).tolist() == [
        *(TEXEL_ZERO, FULL, TEXEL_ZERO - (FULL - TEXEL_ZERO)),
        *(0, FULL, round(FULL / 2), round(FULL / 4)),
    ]


def test_what_is_beyond_the_scale_is_clipped():
    assert texels([3, -3, 1e9, -1, 2.001, 1e9, -1e9]).tolist() == [FULL, LOWEST, FULL, 0, FULL, FULL, 0]


def test_what_is_no_number_has_a_texel_of_its_own_and_is_counted():
    nan, infinite = float("nan"), float("inf")
    assert texels([nan, 1, -infinite, nan, 0, infinite, 2]).tolist() == [
        *(TEXEL_STRANGE, TEXEL_ZERO + (FULL - TEXEL_ZERO) // 2, TEXEL_STRANGE),
        *(TEXEL_STRANGE, 0, TEXEL_STRANGE, FULL),
    ]
    values = np.zeros(13, np.float32)
    values[[4, 5, 8]] = nan, infinite, -infinite
    assert made_up(2.0).frame_of(values, blank=False).strange.tolist() == [0, 2, 1, 0]
    assert made_up(2.0).frame_of(np.zeros(13, np.float32), blank=False).strange is None


def test_huge_values_are_full_and_nobody_is_warned():
    assert texels([3e38, -3e38, 3e38, 3e38, 3e38, 0, 0]).tolist() == [FULL, LOWEST, FULL, FULL, FULL, 0, 0]
    infinite = float("inf")
    relative = texels([infinite, -infinite, 0, infinite, 3e38, 0, 1], scale=None)
    assert relative.tolist() == [*[TEXEL_STRANGE] * 2, TEXEL_ZERO, TEXEL_STRANGE, FULL, 0, 0]


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_outputs_that_are_no_numbers_are_no_guess(value):
    values = np.zeros(13, np.float32)
    values[-1] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = made_up(2.0).frame_of(values, blank=False)
    assert frame.probabilities is None and frame.guesses() == [] and not frame.blank


def test_outputs_far_apart_are_a_certain_guess():
    values = np.zeros(13, np.float32)
    values[-2:] = -3e38, 3e37
    assert made_up(2.0).frame_of(values, blank=False).guesses(2) == [("no", 1.0), ("yes", 0.0)]


def test_between_zero_and_scale_texels_are_the_share_of_it(runner):
    for image in images(runner).values():
        frame = runner.run(image)
        for layer, scale in zip(runner.spec.layers, frame.scales, strict=True):
            start = runner.spec.offsets[layer.name]
            found = frame.texels[start : start + layer.neurons].astype(float)
            share = frame.layer(layer.name).ravel().astype(float) / scale
            exact = TEXEL_ZERO + (FULL - TEXEL_ZERO) * share if layer.signed else FULL * share
            assert np.abs(found - exact.clip(LOWEST if layer.signed else 0, FULL)).max() <= 1.1, layer.name


def test_shipped_networks_have_fixed_scales(runner):
    scales = {name: runner.run(image).scales for name, image in images(runner).items()}
    assert all(np.array_equal(found, scales["digit"]) for found in scales.values())
    assert all(layer.scale == scale for layer, scale in zip(runner.spec.layers, scales["digit"], strict=True))


def test_a_layer_without_a_scale_is_shown_relative_to_its_largest_value():
    assert texels([0.5, -4, 1, 0.001, 0.0005, 0, 0.00025], scale=None).tolist() == [
        *(TEXEL_ZERO + (FULL - TEXEL_ZERO) // 8, LOWEST, TEXEL_ZERO + (FULL - TEXEL_ZERO) // 4),
        *(FULL, round(FULL / 2), 0, round(FULL / 4)),
    ]
    assert texels([0] * 7, scale=None).tolist() == [TEXEL_ZERO] * 3 + [0] * 4


def test_weights_without_a_record_are_shown_relatively():
    network = load_network("mlp")
    runner = Runner(LoadedNetwork(entry("mlp").spec(), network.module))
    frame = runner.run(images(runner)["digit"])
    for layer, scale in zip(runner.spec.layers[1:], frame.scales[1:], strict=True):
        assert scale == np.abs(frame.layer(layer.name)).max()
        start = runner.spec.offsets[layer.name]
        if not layer.signed:
            assert frame.texels[start : start + layer.neurons].max() == FULL
