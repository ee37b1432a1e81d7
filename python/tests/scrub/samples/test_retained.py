"""Removal by id, and the retained set that shrinks."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from python.tests.scrub.convolution import X, Y, refused, scrubber, vector
from python.tests.scrub.networks import conv_net, normal


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return len(X)

    def __getitem__(self, at):
        return X[at], Y[at]


@pytest.mark.parametrize(
    "data",
    [
        (X, Y),
        Rows(),
        DataLoader(Rows(), batch_size=7),
        DataLoader(TensorDataset(X, Y), batch_size=40),
    ],
    ids=["pair", "dataset", "loader", "tensors"],
)
@pytest.mark.parametrize("select", ["all", "lfoci"])
def test_removal_by_id_is_removal_of_the_samples(data, select) -> None:
    kept = [at for at in range(40) if at not in (3, 17)]
    model, by_id = conv_net(), conv_net()
    report = scrubber(by_id, data, select=select).remove([17, 3])
    direct = scrubber(model, (X[kept], Y[kept]), select=select)
    direct.remove((X[[17, 3]], Y[[17, 3]]))
    assert torch.allclose(vector(model), vector(by_id), rtol=0, atol=1e-10)
    assert report.ids == (17, 3)
    assert (report.forgotten, report.retained) == (2, 38)


@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor])
def test_ids_may_come_in_any_container(kind) -> None:
    assert scrubber().remove(kind([5, 6])).ids == (5, 6)


def test_labels_as_ids() -> None:
    names = [f"patient {at}" for at in range(40)]
    by_name, by_place = conv_net(), conv_net()
    report = scrubber(by_name, ids=names).remove(["patient 7"])
    scrubber(by_place).remove([7])
    assert report.ids == ("patient 7",)
    assert torch.equal(vector(by_name), vector(by_place))


def test_removals_one_after_another_shrink_the_retained_set() -> None:
    model = conv_net()
    scrub = scrubber(model)
    first, second = scrub.remove([0]), scrub.remove([1])
    assert (first.retained, second.retained) == (39, 38)
    direct = conv_net()
    scrubber(direct, (X[1:], Y[1:])).remove((X[:1], Y[:1]))
    scrubber(direct, (X[2:], Y[2:])).remove((X[1:2], Y[1:2]))
    assert torch.allclose(vector(model), vector(direct), rtol=0, atol=1e-12)


def test_ids_are_checked() -> None:
    once = scrubber()
    once.remove([4])
    named = scrubber(ids=[f"s{at}" for at in range(40)])
    stream = scrubber(data=[(X, Y)])
    cases = [
        (once, [4], "alreadyRemoved", "`samples` must not have been removed already, got 4"),
        (once, [40], "unknownIds", "`samples` must be ids of `retained`, ...0 to 39, got 40"),
        (once, [-1], "unknownIds", "got -1"),
        (once, ["a"], "unknownIds", "got 'a'"),
        (named, ["s40"], "unknownIds", "the given `ids`, got 's40'"),
        (named, [3], "unknownIds", "got 3"),
        (once, [1, 2, 1], "duplicateIds", "`samples` must be distinct, got 1 twice"),
        (once, [], "emptyInput", "`samples` must hold at least one id, got none"),
        (scrubber(), range(40), "nothingRetained", "must leave at least one sample, got all 40"),
        (stream, [1], "noIds", "`retained` must be a pair (inputs, targets), ...of batches"),
    ]
    for scrub, samples, id, message in cases:
        refused(id, message, lambda scrub=scrub, samples=samples: scrub.remove(samples))
    for ids, id, message in [
        (range(39), "sizeMismatch", "`ids` must have 40 entries like `retained`, got 39"),
        ([0] * 40, "duplicateIds", "`ids` must be distinct, got 0 twice"),
        (3, "optionType", "`ids` must be a sequence of whole numbers or strings, got int"),
        (normal(40), "optionType", "`ids` must be a sequence"),
    ]:
        refused(id, message, lambda ids=ids: scrubber(ids=ids))


def test_a_refused_removal_leaves_its_samples_retained() -> None:
    model = conv_net()
    scrub = scrubber(model, memory_limit=1000)
    before = vector(model)
    refused("memoryLimit", "of 163 selected parameters", lambda: scrub.remove([1]))
    assert torch.equal(before, vector(model))
    refused("memoryLimit", "", lambda: scrub.remove([1]))  # and not: already removed


def test_a_stream_of_batches_needs_samples() -> None:
    class Stream(IterableDataset):
        def __iter__(self):
            yield from zip(X[5:], Y[5:], strict=True)

    by_stream, by_pair = conv_net(), conv_net()
    scrubber(by_stream, DataLoader(Stream(), batch_size=9)).remove((X[:5], Y[:5]))
    scrubber(by_pair, (X[5:], Y[5:])).remove((X[:5], Y[:5]))
    assert torch.allclose(vector(by_stream), vector(by_pair), rtol=0, atol=1e-12)
