"""`nnvis3d models`: the built-in networks, their layers, sizes and accuracies."""

import argparse
import json

from nnvis3d.network.spec import NetworkSpec


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object a line, one for each network"
    )


def run(options: argparse.Namespace) -> int:
    from nnvis3d.runtime.registry import BUILTINS, load_network  # torch: not while options are parsed

    specs = [load_network(name).spec for name in BUILTINS]
    if options.json:
        print("\n".join(json.dumps(_as_json(spec)) for spec in specs))
    else:
        print("\n\n".join(_as_text(spec) for spec in specs))
    return 0


def _as_json(spec: NetworkSpec) -> dict:
    return {
        "name": spec.name,
        "title": spec.title,
        "parameters": spec.parameters,
        "neurons": spec.neurons,
        "layers": [
            {"name": layer.name, "kind": layer.kind, "shape": list(layer.shape)} for layer in spec.layers
        ],
        "accuracy": dict(spec.accuracy),
    }


def _as_text(spec: NetworkSpec) -> str:
    lines = [f"{spec.name}: {spec.title}, {spec.neurons:,} neurons, {spec.parameters:,} parameters"]
    lines.append(f"  {'layer':<8}{'kind':<9}{'shape':<14}{'neurons':>8}{'parameters':>12}")
    for layer in spec.layers:
        shape = " x ".join(str(n) for n in layer.shape)
        lines.append(f"  {layer.name:<8}{layer.kind:<9}{shape:<14}{layer.neurons:>8,}{layer.parameters:>12,}")
    for name, accuracy in spec.accuracy.items():
        lines.append(f"  {100 * accuracy:.2f} % on {name.replace('_', ' ')}")
    return "\n".join(lines)
