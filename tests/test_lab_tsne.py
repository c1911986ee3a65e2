"""t-SNE against scikit-learn's; the four kinds against autograd's own; pictures that keep their places."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import squareform
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities, _kl_divergence
from threadpoolctl import threadpool_info

from nnvis3d.lab.affinities import probabilities, random_places, squared_distances
from nnvis3d.lab.board import Board
from nnvis3d.lab.features import filter_features
from nnvis3d.lab.obey import obey
from nnvis3d.lab.pace import Pace
from nnvis3d.lab.snapshots import Snapshots
from nnvis3d.lab.threads import on_one_thread
from nnvis3d.lab.tsne import Tsne, kl_divergence
from nnvis3d.network import lab_commands as commands
from tests.lab_parts import lab


def digits(count):
    return load_digits().data[:count].astype(np.float32)


@pytest.mark.parametrize(("count", "perplexity"), [(12, 3), (60, 5), (150, 30)])
def test_the_probabilities_are_those_of_scikit_learn(count, perplexity):
    distances = squared_distances(digits(count))
    mine, _ = probabilities(distances, perplexity)
    theirs = squareform(_joint_probabilities(distances, perplexity, 0))
    np.testing.assert_allclose(mine, theirs, atol=2e-6)


def test_the_step_follows_the_gradient_of_scikit_learn():
    joint, _ = probabilities(squared_distances(digits(40)), 10)
    places = np.random.default_rng(1).standard_normal((40, 2)).astype(np.float32)
    condensed = squareform(joint.astype(np.float64), checks=False)
    divergence, gradient = _kl_divergence(places.ravel(), condensed, 1, 40, 2)
    tsne = Tsne([joint], [places], [False])
    np.testing.assert_allclose(4 * tsne._gradient()[0].T.ravel(), gradient, rtol=1e-3, atol=1e-6)
    assert kl_divergence(joint, places) == pytest.approx(divergence, rel=1e-4)


@pytest.mark.parametrize("count", [4, 12])
def test_a_few_points_at_a_high_rate_find_a_picture_and_do_not_fly_off(count):
    joint, _ = probabilities(squared_distances(digits(count)), 3)
    tsne = Tsne([joint], [random_places(count, seed=count)], [True])
    for _ in range(300):
        tsne.step(100.0)
        assert np.abs(tsne.places(0)).max() < 100
    assert tsne.divergence(0) < 0.2


def nearest(places, count):
    away = ((places[:, None] - places[None]) ** 2).sum(2)
    np.fill_diagonal(away, np.inf)
    return [set(row[:count]) for row in np.argsort(away, 1)]


def principal_places(rows):
    """The rows' two principal components, small: a start from which both end in the same valley."""
    centred = rows - rows.mean(0)
    directions, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    places = directions[:, :2] * sizes[:2]
    return np.ascontiguousarray(places * (1e-2 / places.std()), np.float32)


def test_a_picture_is_as_good_as_scikit_learns():
    """The best of a few: one start leads into another valley on another processor, by its rounding."""
    rows = digits(80)
    joint, _ = probabilities(squared_distances(rows), 20)
    start = principal_places(rows)
    starts = [start, start * np.float32(1.1), start[:, ::-1] * np.float32(0.9), start * np.float32((1, -0.8))]
    fits = [TSNE(perplexity=20, init=s.copy(), method="exact", learning_rate=50.0).fit(rows) for s in starts]
    theirs = min(fits, key=lambda fit: fit.kl_divergence_)
    together = Tsne([joint] * len(starts), starts, [True] * len(starts))
    for _ in range(1000):
        together.step(50.0)
    best = min(range(len(starts)), key=together.divergence)
    assert together.divergence(best) <= 1.05 * theirs.kl_divergence_
    data, found = nearest(rows, 10), (together.places(best), theirs.embedding_)
    kept = [np.mean([len(a & b) for a, b in zip(data, nearest(p, 10), strict=True)]) for p in found]
    assert kept[0] >= 0.95 * kept[1]


@settings(max_examples=20)
@given(st.lists(st.integers(3, 40), min_size=1, max_size=4), st.integers(0, 99))
def test_a_batch_moves_each_picture_as_if_it_were_alone(sizes, seed):
    rng = np.random.default_rng(seed)
    joints = [probabilities(squared_distances(rng.random((n, 5), np.float32)), 5)[0] for n in sizes]
    starts = [rng.standard_normal((n, 2)).astype(np.float32) for n in sizes]
    fresh = [bool(k % 2) for k in range(len(sizes))]
    together = Tsne(joints, starts, fresh)
    alone = [Tsne([j], [s], [f]) for j, s, f in zip(joints, starts, fresh, strict=True)]
    for _ in range(3):
        together.step(5.0)
        for one in alone:
            one.step(5.0)
    for k, one in enumerate(alone):
        np.testing.assert_allclose(together.places(k), one.places(0), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((5, 3)),
        np.ones((2, 3)),
        np.ones((1, 3)),
        np.eye(4) * 1e20,
        np.full((4, 2), np.nan),
        np.eye(3) * 1e-30,
    ],
)
def test_strange_vectors_make_finite_pictures(rows):
    board = Board()
    board.update({("conv1", "x"): rows.astype(np.float32)})
    for _ in range(20):
        board.step()
    places = board.pictures["conv1", "x"].places
    assert places.shape == (len(rows), 2)
    assert np.isfinite(places).all()


def settled():
    made = lab()
    for _ in range(5):
        made.train_step()
    made.pause()
    return made


def test_the_four_kinds_are_those_of_autograd():
    made = settled()
    module, inputs, labels = made.trainer.network.module, made.fixed.inputs, made.fixed.labels
    obey(made, commands.Freeze("conv2"))
    found = filter_features(
        made.trainer.network, [("conv2", kind) for kind in commands.KINDS], inputs, labels
    )
    weight = module.conv2.weight
    assert not weight.requires_grad  # frozen it stays
    weight.requires_grad_(True)
    module.eval()
    first = module.pool1(torch.relu(module.norm1(module.conv1(inputs))))
    maps = torch.relu(module.conv2(first))
    answer = module.output(torch.relu(module.fc1(maps.flatten(1))))
    gradients = torch.autograd.grad(F.cross_entropy(answer, labels), [weight, maps])
    expected = [weight.detach(), gradients[0], maps.detach().transpose(0, 1), gradients[1].transpose(0, 1)]
    for kind, tensor in zip(commands.KINDS, expected, strict=True):
        np.testing.assert_allclose(found["conv2", kind], tensor.flatten(1).numpy(), rtol=1e-4, atol=1e-6)
    assert len({rows.tobytes() for rows in found.values()}) == 4


class Hand:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Slow(Hand):
    """Whatever is done between two looks at it takes so long."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def __call__(self):
        self.now += self.seconds
        return self.now


def work(made, hand, turns):
    for _ in range(turns):
        hand.now += 0.1
        made.work()


def test_pictures_keep_their_places_while_the_network_changes():
    made = settled()
    made.clock = hand = Hand()
    items = (("conv1", commands.KINDS[0]), ("fc1", commands.KINDS[3]))
    obey(made, commands.ShowEmbeddings(items))
    work(made, hand, 300)
    before = Snapshots(made).take().embeddings
    assert [(e.layer, e.kind, e.positions.shape) for e in before] == [
        ("conv1", commands.KINDS[0], (4, 2)),
        ("fc1", commands.KINDS[3], (6, 2)),
    ]
    obey(made, commands.AddFilter("conv1"))
    hand.now += 1
    made.work()
    grown = Snapshots(made).take().embeddings[0].positions
    assert grown.shape == (5, 2)
    shift = grown[:4] - before[0].positions
    assert np.abs(shift - shift.mean(0)).max() < 0.2 * np.ptp(before[0].positions)
    obey(made, commands.RemoveFilter("conv1", (1,)))
    hand.now += 1
    made.work()
    less = Snapshots(made).take().embeddings[0].positions
    assert less.shape == (4, 2)
    shift = less - grown[[0, 2, 3, 4]]
    assert np.abs(shift - shift.mean(0)).max() < 0.2 * np.ptp(before[0].positions)
    obey(made, commands.Undo())
    obey(made, commands.Undo())
    hand.now += 1
    made.work()
    assert Snapshots(made).take().embeddings[0].positions.shape == (4, 2)
    obey(made, commands.SetEmbedding(paused=True))
    still = Snapshots(made).take().embeddings[0].positions
    work(made, hand, 5)
    assert (Snapshots(made).take().embeddings[0].positions == still).all()


def steps_within(made, clock, seconds, training):
    """How often the points of `made` moved in so many seconds of the clock, while it trains or not."""
    made.running = training
    end, moved = clock.now + seconds, 0
    places = Snapshots(made).take().embeddings[0].positions
    while clock.now < end:
        made.embed()
        before, places = places, Snapshots(made).take().embeddings[0].positions
        moved += not np.array_equal(before, places)
    return moved


def test_embeddings_take_no_more_than_a_share_of_the_time_that_training_has():
    made = settled()
    made.clock = clock = Slow(0.0005)  # a step of the points takes one look at the clock
    obey(made, commands.ShowEmbeddings((("fc1", commands.KINDS[0]),)))
    made.embed()
    assert 45 < steps_within(made, clock, 2.0, training=True) <= 50  # 25 a second: it is cheap
    clock.seconds = 0.02
    assert 60 < steps_within(made, clock, 20.0, training=True) < 20 / (10 * 0.02)
    assert steps_within(made, clock, 20.0, training=False) > 300  # nobody waits for them


def test_a_pace_bounds_what_is_dear_and_leaves_alone_what_is_cheap():
    pace = Pace(share=10)
    assert pace.is_due(0.0)
    pace.took(1.0, 1.01, least=0.5)
    assert not pace.is_due(1.49) and pace.is_due(1.5)
    pace.took(2.0, 3.0, least=0.5)
    assert not pace.is_due(12.9) and pace.is_due(13.0)
    pace.took(20.0, 21.0, least=0.5, bounded=False)
    assert pace.is_due(21.0)
    pace.took(30.0, 31.0, least=0.5)
    pace.at_once()
    assert pace.is_due(31.0)


def test_a_lab_computes_on_one_thread():
    limits = on_one_thread()
    try:
        blas = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
        assert blas and set(blas) == {1} and torch.get_num_threads() == 1
    finally:
        limits.restore_original_limits()


def test_a_dragged_filter_goes_to_its_new_neighbours_and_the_loss_is_foretold():
    made = settled()
    made.clock = hand = Hand()
    obey(made, commands.ShowEmbeddings((("fc1", commands.KINDS[0]),)))
    work(made, hand, 60)
    places = Snapshots(made).take().embeddings[0].positions
    drop = tuple(places[4].tolist())
    before = made.trainer.state()
    obey(made, commands.MoveFilter("fc1", 0, drop, preview=True))
    assert made.message == ""
    foretold = made.move
    assert foretold.neighbours[0] == 4
    assert foretold.weights[0] > 0.99
    assert torch.equal(made.trainer.state().tensors["fc1.weight"], before.tensors["fc1.weight"])
    obey(made, commands.MoveFilter("fc1", 0, drop))
    moved = made.trainer.state().tensors["fc1.weight"]
    torch.testing.assert_close(moved[0], before.tensors["fc1.weight"][4], rtol=1e-2, atol=1e-3)
    record = made.line.actions[-1]
    assert record.loss_after == pytest.approx(foretold.moved_loss, rel=1e-6)
    assert record.loss_before == pytest.approx(foretold.loss, rel=1e-6)


def test_the_class_view():
    made = settled()
    made.clock = hand = Hand()
    obey(made, commands.ShowClasses("fc1", 30))
    work(made, hand, 400)
    view = Snapshots(made).take().classes
    assert view.positions.shape == (30, 2)
    assert (view.labels == made.data.validation.labels.numpy()[view.indices]).all()
    for _ in range(40):
        made.train_step()
    obey(made, commands.ShowClasses(None))
    assert Snapshots(made).take().classes is None


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (commands.ShowEmbeddings((("pool1", commands.KINDS[0]),)), "pool1: no layer with filters"),
        (commands.ShowEmbeddings((("conv1", "colour"),)), "colour: no kind of embedding"),
        (commands.SetEmbedding(perplexity=0), "perplexity: expected 1 to 500"),
        (commands.SetEmbedding(rate=float("nan")), "rate: expected"),
        (commands.MoveFilter("conv1", 0, (0.0, 0.0)), "conv1: not embedded by coefficients now"),
        (commands.ShowClasses("conv1", 5000), "samples: expected 10 to 2,000"),
        (commands.ShowClasses("conv9"), "conv9: no such layer"),
    ],
)
def test_bad_wishes_are_one_sentence(command, sentence):
    made = lab()
    obey(made, command)
    assert sentence in made.message
