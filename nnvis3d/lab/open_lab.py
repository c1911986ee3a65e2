"""Opens a lab: from names, as the command line has them, or from a module of the user's own."""

import copy
from dataclasses import replace

import torch
from torch import nn
from torch.utils.data import Dataset

from nnvis3d.errors import UserError
from nnvis3d.lab.build import assemble, plan_for
from nnvis3d.lab.custom import custom
from nnvis3d.lab.data import LabData, dataset_data
from nnvis3d.lab.lab import Lab
from nnvis3d.lab.options import check
from nnvis3d.lab.sources import lasting, load_lab_data
from nnvis3d.lab.state import TrainingState
from nnvis3d.lab.trainer import CROSS_ENTROPY, BaseFactory, Loss, first_state
from nnvis3d.network.lab_snapshot import NetworkPlan, TrainingOptions


def open_lab(model: str, data: str, **options: object) -> Lab:
    """A built-in network with random weights on the data that `data` names.

    Args:
        options: what is not to be as `default_options` say.

    Raises:
        UserError: no such network, or unusable data.
    """
    plan_for_colours = plan_for(model, 1, ("0", "1"))  # refuses an unknown name before data is read
    first_state(plan_for_colours, TrainingOptions())
    loaded = load_lab_data(data, lambda channels: plan_for(model, channels, ()).input_shape)
    plan = plan_for(model, loaded.channels, loaded.labels)
    how = replace(default_options(model, len(loaded.train)), **options)  # type: ignore[arg-type]
    check(how, len(loaded.train))
    return Lab(loaded, first_state(plan, how), source=lasting(data))


def open_custom(model: str, data: str, shape: tuple[int, int, int] | None = None, **options: object) -> Lab:
    """A network of the user's own, "package.module:factory" (see `custom`), on the data that `data` names.

    Args:
        shape: (C, H, W) of its input; None: as its example input is, or 32x32 in the data's colours.

    Raises:
        UserError: it cannot be made, does not fit the data, or the data cannot be used.
    """
    torch.manual_seed(int(options.get("seed", 1)))  # type: ignore[call-overload]
    made = custom(model, shape)
    loaded = load_lab_data(data, lambda channels: made.shape or (channels, 32, 32))
    channels, height, width = loaded.validation.batch(torch.tensor([0])).shape[1:]
    plan = made.plan((channels, height, width), loaded.labels)
    how = check(replace(default_options(model, len(loaded.train)), **options), len(loaded.train))  # type: ignore[arg-type]
    state = _own_state(plan, made.base, how)
    return Lab(loaded, state, made.base, source=lasting(data), loss=made.loss)


def _own_state(plan: NetworkPlan, base: BaseFactory, options: TrainingOptions) -> TrainingState:
    """Before the first step, with the weights that the module has."""
    network = assemble(plan, base(plan), {})
    tensors = {name: tensor.detach().clone() for name, tensor in network.module.state_dict().items()}
    return TrainingState(0, 0, 0, 0, plan, options, tensors)


def open_data(plan: NetworkPlan, data: str) -> LabData:
    """What `data` names, for a network that there is already.

    Raises:
        UserError: it is gone, or has other classes now.
    """
    loaded = load_lab_data(data, lambda channels: plan.input_shape)
    if loaded.labels != plan.labels:
        raise UserError(f"--data {data}: has other classes than the saved lab's {', '.join(plan.labels)}")
    return loaded


def default_options(model: str, images: int) -> TrainingOptions:
    """What a network learns well with, on so many images."""
    batch = min(64 if model == "resnet20" else 32, images)
    if model in ("cifar3", "resnet20"):
        return TrainingOptions(learning_rate=0.02, batch_size=batch, weight_decay=1e-4)
    return TrainingOptions(learning_rate=0.01, batch_size=batch)


def module_lab(
    module: nn.Module,
    train: Dataset,
    validation: Dataset,
    labels: tuple[str, ...],
    input_shape: tuple[int, int, int],
    options: TrainingOptions | None = None,
    loss: Loss = CROSS_ENTROPY,
) -> Lab:
    """Any module that answers images (B, C, H, W) with logits (B, classes), on any two Datasets of (image,
    class) pairs. The module itself is not changed.

    Args:
        loss: of outputs (B, classes) and labels (B,), a mean.

    Raises:
        UserError: a Dataset is empty, or a class has no name.
    """
    channels = input_shape[0]
    plan = NetworkPlan("custom", input_shape, labels, (0.0,) * channels, (1.0,) * channels)
    kept = copy.deepcopy(module).cpu()

    def base(wanted: NetworkPlan) -> nn.Module:
        return copy.deepcopy(kept)

    data = dataset_data(train, validation, labels, input_shape)
    how = check(options or default_options("custom", len(data.train)), len(data.train))
    torch.manual_seed(how.seed)
    return Lab(data, _own_state(plan, base, how), base, loss=loss)
