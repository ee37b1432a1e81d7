"""Datasets, loaders and batches give the rows that they hold."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, SubsetRandomSampler

from lcodec.scrub.samples.batches import PairSource
from python.tests.scrub.networks import labels, normal
from python.tests.scrub.perceptron import Rows, X, Y, network, refused, scrubber


class Halves(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = network()

    def forward(self, left, right):
        return self.inner(torch.cat([left, right], dim=-1))


def loader(data, **how):
    return DataLoader(data, batch_size=16, **how)


def halves(row):
    return row[..., :2], row[..., 2:]


@pytest.mark.parametrize(
    "retained",
    [
        Rows(halves),
        loader(Rows(halves)),
        (list(halves(X)), Y),
        [(list(halves(X[:9])), Y[:9]), (halves(X[9:]), Y[9:])],
    ],
    ids=["dataset", "loader", "lists", "batches"],
)
def test_inputs_that_torch_collates_to_lists_are_positional_arguments(retained) -> None:
    new = normal(2, 4, seed=5), labels(2, 3)
    model, split = network(), Halves()
    scrubber(model).remove(new)
    scrubber(split, retained=retained).remove((list(halves(new[0])), new[1]))
    torch.testing.assert_close(split.inner[2].weight, model[2].weight, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("how", [{}, {"drop_last": True}, {"shuffle": True, "drop_last": True}])
def test_a_loader_gives_all_rows_and_leaves_the_random_state(how) -> None:
    new, model, other = (normal(2, 4, seed=5), labels(2, 3)), network(), network()
    scrubber(model).remove(new)
    before = torch.get_rng_state()
    data = loader(Rows(lambda row: row), **how)
    report = scrubber(other, retained=data, curvature_samples=1000).remove(new)
    assert torch.equal(torch.get_rng_state(), before)
    assert report.retained == report.curvature_samples == 40
    torch.testing.assert_close(other[2].weight, model[2].weight, rtol=1e-8, atol=1e-10)


def test_a_loader_with_a_sampler_of_its_own_gives_what_that_gives() -> None:
    new, model, other = (normal(2, 4, seed=5), labels(2, 3)), network(), network()
    scrubber(model, retained=(X[:25], Y[:25])).remove(new)
    before = torch.get_rng_state()
    data = loader(Rows(lambda row: row), sampler=SubsetRandomSampler(range(25)))
    assert scrubber(other, retained=data).remove(new).retained == 25
    assert torch.equal(torch.get_rng_state(), before)
    torch.testing.assert_close(other[2].weight, model[2].weight, rtol=1e-8, atol=1e-10)
    refused("noIds", "sampler of its own", lambda: scrubber(other, retained=data).remove([3]))


def test_more_curvature_samples_than_batches_hold_are_all_of_them() -> None:
    new, model, other = (normal(2, 4, seed=5), labels(2, 3)), network(), network()
    scrubber(model).remove(new)
    batches = [(X[:30], Y[:30]), (X[30:], Y[30:])]
    report = scrubber(other, retained=batches, curvature_samples=1000).remove(new)
    assert report.curvature_samples == 40
    torch.testing.assert_close(other[2].weight, model[2].weight, rtol=1e-8, atol=1e-10)


def test_numpy_data_say_what_they_are() -> None:
    wanted = r"got tuple of 2 \(ndarray, ndarray\)"
    refused("notPair", wanted, lambda: scrubber(network(), retained=(X.numpy(), Y.numpy())))


@pytest.mark.parametrize(
    "index", [[3, 4, 5], [0, 2, 1, 3], [5, 4, 3], [2, 2, 4], [7], [8, 9, 1]], ids=str
)
def test_a_pair_gives_the_rows_that_are_asked_for(index) -> None:
    """Also where they only begin and end like rows that follow one another."""
    source = PairSource(X, Y, 64)
    ((inputs, targets),) = source.batches(torch.tensor(index))
    assert torch.equal(inputs, X[index])
    assert torch.equal(targets, Y[index])
