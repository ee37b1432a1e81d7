"""Copies of forgotten samples in the retained data, and data that change from pass to pass."""

import json
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, Dataset, TensorDataset, WeightedRandomSampler

from lcodec import LcodecWarning
from lcodec.cli.page import html
from lcodec.scrub import Scrubber
from lcodec.scrub.samples.ids import shown
from lcodec.scrub.samples.prints import Pass, prints
from python.tests.scrub.networks import normal
from python.tests.scrub.perceptron import CROSS_ENTROPY, Rows, X, Y, network, refused, scrubber


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=30),
    st.lists(st.integers(0, 3), min_size=1, max_size=5),
    st.sampled_from([torch.uint8, torch.float16, torch.float32, torch.int64, torch.complex128]),
    st.integers(1, 7),
)
def test_copies_are_those_that_a_comparison_finds(rows, gone, dtype, size) -> None:
    def batch(values):
        tensor = torch.tensor(values)
        return {"a": tensor[:, None].to(dtype), "b": tensor[:, None, None] > 1}, tensor % 2

    seen = Pass(batch(gone))
    for start in range(0, len(rows), size):
        seen(batch(rows[start : start + size]))
    wanted = [at for at, value in enumerate(rows) if value in gone]
    assert seen.positions == wanted
    assert (seen.copies, seen.count) == (len(wanted), len(rows))
    turned = Pass(batch(gone))
    turned(batch(rows[::-1]))
    assert turned.digest == seen.digest


def test_prints_tell_samples_apart() -> None:
    x = normal(4000, 3)
    assert len(prints((x, torch.zeros(4000))).unique()) == 4000
    swapped = torch.zeros(4000)
    swapped[7] = 1
    one, other = Pass((x[:1], swapped[:1])), Pass((x[:1], swapped[:1]))
    one((x, swapped))
    other((x, swapped.roll(1)))  # the same targets, of other inputs
    assert one.digest != other.digest


def copied() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.cat([X, X[:3]]), torch.cat([Y, Y[:3]])


NAMES = [f"person {row}" for row in range(43)]


@pytest.mark.parametrize("data", [copied(), TensorDataset(*copied())], ids=["pair", "dataset"])
@pytest.mark.parametrize("names", [None, NAMES], ids=["positions", "labels"])
def test_copies_that_stay_are_warned_of_and_reported(data, names) -> None:
    scrub = Scrubber(network(), CROSS_ENTROPY, data, ids=names, select="last_layer")
    ids = [0, 5] if names is None else [names[0], names[5]]
    with pytest.warns(LcodecWarning, match="keeps 1 copies") as caught:
        report = scrub.remove(ids)
    assert [warning.message.id for warning in caught] == ["lcodec:copies"]
    assert (report.copies, report.copy_ids) == (1, (40 if names is None else names[40],))
    assert f"1 equal samples stay: {shown(report.copy_ids[0])}" in str(report)
    assert json.loads(json.dumps(report.to_dict()))["copies"] == 1
    assert "1 retained sample equals a removed one" in html(report.to_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # gone with its copy, there is none
        scrub.remove([2, 42] if names is None else [names[2], names[42]])


@pytest.mark.parametrize("data", [(X, Y), [(X[:20], Y[:20]), (X[20:], Y[20:])]], ids=str)
def test_samples_that_are_all_in_the_retained_data_are_refused(data) -> None:
    model = network()
    scrub = scrubber(model, retained=data)
    refused("stillRetained", "got 2 rows there.*by their ids", lambda: scrub.remove((X[:2], Y[:2])))
    assert torch.equal(model[2].weight, network()[2].weight)
    with pytest.warns(LcodecWarning, match="keeps 1 copies"):
        scrub.plan((torch.cat([X[:1], X[:1] + 1]), Y[:2]))
    scrub.plan((X[:2] + 1, Y[:2]))


class Augmented(Dataset):
    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, torch.Tensor]:
        return X[row] + 0.3 * torch.randn(4, dtype=torch.float64), Y[row]


@pytest.mark.parametrize("select", ["all", "lfoci"])
def test_random_augmentation_is_refused(select) -> None:
    model = network()
    refused(
        "changingData",
        "random augmentation",
        lambda: scrubber(model, retained=Augmented(), select=select).remove([0, 1]),
    )
    assert torch.equal(model[2].weight, network()[2].weight)


def test_a_sampler_with_replacement_is_refused() -> None:
    sampler = WeightedRandomSampler(torch.ones(40), 40)
    data = DataLoader(TensorDataset(X, Y), batch_size=8, sampler=sampler)
    outside = X[:2] + 0.01, Y[:2]
    refused("changingData", "replacement", lambda: scrubber(network(), retained=data).plan(outside))


class Shuffled(list):
    """Batches in another order in every pass."""

    def __iter__(self):
        order = torch.randperm(len(self)).tolist()
        return iter([self[at] for at in order])


def test_another_order_is_the_same_data_unless_some_are_drawn() -> None:
    batches = [(X[at : at + 4], Y[at : at + 4]) for at in range(0, 40, 4)]
    outside = X[:2] + 1, Y[:2]
    model, other = network(), network()
    scrubber(model, retained=Shuffled(batches)).remove(outside)
    scrubber(other, retained=batches).remove(outside)
    torch.testing.assert_close(model[2].weight, other[2].weight, rtol=1e-8, atol=1e-10)
    sampled = scrubber(network(), retained=Shuffled(batches), curvature_samples=8)
    refused("changingData", "another order", lambda: sampled.plan(outside))


def test_data_that_drift_are_refused_before_the_weights_change() -> None:
    calls = []

    def drifting(x: torch.Tensor) -> torch.Tensor:
        calls.append(x)
        return x + (0.1 if len(calls) > 120 else 0.0)

    model = network()
    refused(
        "changingData",
        "at the end than at the start",
        lambda: scrubber(model, retained=Rows(drifting), curvature="identity").remove([0, 1]),
    )
    assert torch.equal(model[2].weight, network()[2].weight)
