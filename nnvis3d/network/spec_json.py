"""A NetworkSpec as JSON and back: a record beside weights can say what their network looks like, so that it
is on screen before PyTorch is there."""

from typing import Any

import msgspec

from nnvis3d.errors import UserError
from nnvis3d.network.spec import NetworkSpec


def spec_to_json(spec: NetworkSpec) -> dict[str, Any]:
    """Plain dicts, lists, numbers and strings."""
    return msgspec.to_builtins(spec)


def spec_from_json(data: object, where: str) -> NetworkSpec:
    """The inverse of `spec_to_json`.

    Args:
        where: what holds it, for the message: a file's name.

    Raises:
        UserError: it is no network, or one that contradicts itself.
    """
    try:
        spec = msgspec.convert(data, NetworkSpec)
    except (msgspec.ValidationError, ValueError) as error:
        raise UserError(
            f"{where}: does not describe a network ({error}); make it again or remove it"
        ) from error
    problem = _problem(spec)
    if problem:
        raise UserError(f"{where}: does not describe a network ({problem}); make it again or remove it")
    return spec


def _problem(spec: NetworkSpec) -> str | None:
    if not spec.layers:
        return "it has no layers"
    groups = {group.name for group in spec.groups}
    for layer in spec.layers:
        unknown = [source for source in layer.sources if source not in spec.by_name]
        if unknown:
            return f"{layer.name} reads {unknown[0]}, which is no layer"
        if layer.group and layer.group not in groups:
            return f"{layer.name} stands in {layer.group}, which is no group"
        if layer.scale is not None and not layer.scale > 0:
            return f"{layer.name}: its scale must be above 0"
    for group in spec.groups:
        stranger = next((name for name in group.layers if name not in spec.by_name), None)
        if stranger is not None or (group.parent and group.parent not in groups):
            return f"{group.name} holds or stands in what is not there"
    return None
