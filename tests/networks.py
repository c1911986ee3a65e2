"""Specs of networks for tests: the two that are shipped, in shape, and any that a test may think of."""

from dataclasses import replace

from hypothesis import strategies as st

from nnvis3d.network.spec import LayerSpec, NetworkSpec, Preprocessing

DIGITS = tuple("0123456789")


def network(*shapes: tuple[int, ...], labels: tuple[str, ...] = DIGITS) -> NetworkSpec:
    """A network whose layers have these shapes, each reading the one before; (N,) is fully connected."""
    names = ["input"] + [f"layer{i}" for i in range(1, len(shapes))]
    layers = [
        LayerSpec(name, "input" if i == 0 else "linear" if len(shape) == 1 else "conv", shape, name.title())
        for i, (name, shape) in enumerate(zip(names, shapes, strict=True))
    ]
    first = shapes[0] if len(shapes[0]) == 3 else (1, 1, shapes[0][0])
    return NetworkSpec("test", "Test", tuple(layers), Preprocessing(first), labels)


def cnn() -> NetworkSpec:
    return network(
        (1, 32, 32), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (100,), (10,)
    )  # layer1 is conv1


def mlp() -> NetworkSpec:
    return network((1, 28, 28), (300,), (100,), (10,))


def _maps(most: int):
    return st.builds(
        lambda channels, side: (channels, side, side),
        st.integers(1, most),
        st.sampled_from([1, 4, 7, 14, 28]),
    )


def without_image(*shapes: tuple[int, ...], labels: tuple[str, ...] = ()) -> NetworkSpec:
    """The same for a network that no image can be drawn for."""
    return replace(network(*shapes, labels=labels), drawable=False)


def networks_without_image():
    """Short networks that read vectors, sequences or matrices."""
    inputs = st.one_of(
        st.integers(1, 600).map(lambda n: (n,)),
        st.tuples(st.integers(1, 6), st.integers(1, 40), st.integers(1, 100)),
    )
    maps = st.lists(st.tuples(st.integers(1, 32), st.integers(1, 20), st.integers(1, 64)), max_size=3)
    connected = st.lists(st.integers(1, 300).map(lambda n: (n,)), min_size=1, max_size=4)
    labels = st.sampled_from([(), DIGITS])
    return st.builds(
        lambda i, m, c, names: without_image(i, *m, *c, labels=names), inputs, maps, connected, labels
    )


def networks():
    """Networks of one to eight layers after the input: maps first, then fully connected ones."""
    inputs = st.sampled_from([(1, 28, 28), (1, 32, 32), (3, 32, 32), (3, 64, 48)])
    convolutions = st.lists(_maps(64), max_size=4)
    connected = st.lists(st.integers(1, 700).map(lambda n: (n,)), min_size=1, max_size=4)
    return st.builds(lambda i, c, f: network(i, *c, *f), inputs, convolutions, connected)
