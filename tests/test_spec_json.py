"""A network's description as JSON, and back."""

import json

import pytest

from nnvis3d.errors import UserError
from nnvis3d.network import catalog
from nnvis3d.network.spec_json import spec_from_json, spec_to_json
from nnvis3d.runtime.tracing.trace import trace
from tests.traced.zoo import ZOO


@pytest.mark.parametrize("name", ["ResNet", "Encoder", "Detector"])
def test_a_traced_network_survives_a_file(name):
    module, args = ZOO[name]()
    spec = trace(module, args[0]).spec
    assert spec_from_json(json.loads(json.dumps(spec_to_json(spec))), "file") == spec


def test_a_built_in_one_does_too():
    spec = catalog.network_spec("cnn")
    assert spec_from_json(json.loads(json.dumps(spec_to_json(spec))), "file") == spec


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layers": []}, "no layers"),
        ({"layers": 3}, "layers"),
        ({"title": None}, "title"),
        ({"groups": [{"name": "a", "kind": "b", "title": "c", "layers": ["nowhere"]}]}, "not there"),
    ],
)
def test_what_is_no_network_is_refused(change, said):
    data = spec_to_json(catalog.network_spec("cnn"))
    with pytest.raises(UserError, match=rf"record\.json: does not describe a network \(.*{said}"):
        spec_from_json({**data, **change}, "record.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sources": ["nowhere"]}, "reads nowhere"),
        ({"group": "nowhere"}, "stands in nowhere"),
        ({"scale": 0.0}, "scale"),
        ({"shape": [0, 1, 2]}, "shape"),
        ({"shape": "wide"}, "shape"),
        ({"name": "fc1"}, "unique"),
    ],
)
def test_so_is_one_with_an_impossible_layer(change, said):
    data = spec_to_json(catalog.network_spec("cnn"))
    data["layers"] = [{**layer, **change} if layer["name"] == "conv1" else layer for layer in data["layers"]]
    with pytest.raises(UserError, match=said):
        spec_from_json(json.loads(json.dumps(data)), "record.json")
