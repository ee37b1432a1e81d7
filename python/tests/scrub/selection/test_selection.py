"""Selections on tables whose right answer is known."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Scrubber
from lcodec.scrub.selection import selection
from lcodec.scrub.selection.recording import Recording
from lcodec.scrub.slices.activations import Column
from lcodec.scrub.slices.layers import Block
from lcodec.scrub.slices.slices import Slice
from python.tests.scrub.networks import conv_data, conv_net


def slices_of(*costs):
    """Slices of these many parameters, one layer each but the last two."""
    names = [f"layer{i}" for i in range(len(costs) - 2)] + ["last", "last"]
    start = np.cumsum([0, *costs])
    return [
        Slice(name, "Linear", unit, (("w", Block(int(start[unit]), width=cost)),))
        for unit, (name, cost) in enumerate(zip(names, costs, strict=True))
    ]


def recorded(activations, loss, margin=None, influence=None, slices=None):
    owners = range(activations.shape[1]) if slices is None else slices
    names = [f"layer{i}" for i in range(activations.shape[1] - 2)] + ["last", "last"]
    columns = tuple(Column(name, 0, one, one) for name, one in zip(names, owners, strict=True))
    given = (activations, loss, margin, influence)
    held, *rest = (None if one is None else torch.as_tensor(one) for one in given)
    return Recording(held, columns, *rest)


def table(rows=400, columns=6, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, columns))


GRADIENT = {"w": torch.arange(60, dtype=torch.float64)}


def choose(method, recording, costs=(10,) * 6, **options):
    return selection.select(method, recording, slices_of(*costs), GRADIENT, **options)


def test_activations_that_make_the_loss_are_found_in_order() -> None:
    x = table()
    found = choose("lfoci", recorded(x, 3 * x[:, 4] + x[:, 1]))
    assert found.chosen[:2] == (4, 1)
    assert found.response == "loss"


def test_influences_explain_their_sum() -> None:
    share = table() * [0.1, 5.0, 0.1, 0.1, 2.0, 0.1]
    found = choose(
        "lfoci",
        recorded(table(seed=1), table(seed=2)[:, 0], influence=share),
        features="influence",
        response="influence",
    )
    assert found.chosen[:2] == (1, 4)
    assert found.response == "influence"


@pytest.mark.parametrize("scale", [2.0**-900, 2.0**900])
def test_the_scale_of_a_column_does_not_matter(scale) -> None:
    """Squares of influences on a sample that the model is sure of are too small for a number."""
    share = table() * [0.1, 5.0, 0.1, 0.1, 2.0, 0.1]
    response = torch.as_tensor(share.sum(axis=1))
    scaled = share * [1.0, 1.0, scale, 1.0, scale, 1.0]
    orders = [
        selection.by_lfoci(torch.as_tensor(one), range(6), response, sigma=0.01, seed=0)
        for one in (share, scaled)
    ]
    assert orders[0] == orders[1]
    assert orders[0][:2] == [1, 4]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
def test_columns_come_into_range_by_powers_of_two_alone(column) -> None:
    ranged = selection.in_range(torch.tensor(column, dtype=torch.float64)[:, None]).numpy()[:, 0]
    _, exponent = np.frexp(np.abs(column).max())
    assert np.array_equal(ranged, np.ldexp(column, -exponent))


def test_lfoci_takes_the_table_where_it_is(monkeypatch) -> None:
    """What was recorded on a device does not leave it."""
    given = []

    def lfoci(table, values, **options):
        given.extend((table, values))
        return SimpleNamespace(selected=[2])

    monkeypatch.setattr(selection, "lfoci", lfoci)
    x = torch.as_tensor(table()).to("meta")
    monkeypatch.setattr(selection, "_varies", lambda values: True)
    assert choose("lfoci", recorded(x, x[:, 0])).chosen == (2,)
    assert [one.device.type for one in given] == ["meta", "meta"]


def test_activations_may_explain_the_influence() -> None:
    x, share = table(), np.zeros((400, 6))
    share[:, 0] = x[:, 3] ** 3
    found = choose("lfoci", recorded(x, x[:, 5], influence=share), response="influence")
    assert found.chosen[0] == 3


@pytest.mark.parametrize("options", [{"features": "influence"}, {"response": "influence"}])
def test_influences_must_have_been_recorded(options) -> None:
    x = table()
    with pytest.raises(LcodecError, match="`recording` must have influences") as caught:
        choose("lfoci", recorded(x, x[:, 0]), **options)
    assert caught.value.id == "lcodec:noInfluence"


def test_a_constant_influence_is_refused_and_a_constant_loss_is_not() -> None:
    x = table()
    margin = x[:, 2]
    assert choose("lfoci", recorded(x, np.zeros(400), margin)).response == "margin"
    with pytest.raises(LcodecError, match=r"`response` 'influence' must vary .* 1 distinct values"):
        choose(
            "lfoci",
            recorded(x, x[:, 0], margin, influence=np.zeros((400, 6))),
            response="influence",
        )


def test_one_feature_is_the_cheap_form() -> None:
    x = table()
    assert choose("lfoci", recorded(x, x[:, 4] + x[:, 1]), max_features=1).chosen in [(4,), (1,)]


def test_columns_of_one_slice_count_once() -> None:
    x = table()
    found = choose("lfoci", recorded(x, x[:, 0] + x[:, 1] + x[:, 2], slices=[0, 0, 3, 3, 4, 5]))
    assert set(found.chosen[:2]) == {0, 3}


def test_filling_goes_on_where_lfoci_stops() -> None:
    x = table()
    recording = recorded(x, x[:, 2])
    assert choose("lfoci", recording).chosen == (2,)
    for budget, count in ((10, 1), (35, 3), (60, 6)):
        found = choose("lfoci", recording, max_parameters=budget, fill=True)
        assert found.chosen[0] == 2
        assert len(found.chosen) == count


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.integers(1, 100))
def test_no_set_within_the_budget_has_more_members_than_are_asked_of_lfoci(costs, budget) -> None:
    most = selection.most_within(costs, budget)
    best, left = 0, budget
    for cost in sorted(costs):
        best, left = best + (cost <= left), left - cost
    assert most == max(1, best if budget >= min(costs) else 0)


@given(
    st.permutations(range(6)),
    st.lists(st.integers(1, 20), min_size=6, max_size=6),
    st.integers(20, 130),
)
def test_the_budget_is_filled_first_come_first_served(order, costs, budget) -> None:
    slices = slices_of(*costs)
    found = selection.within_budget(order, slices, budget)
    left, chosen = budget, []
    for one in order:
        if costs[one] <= left:
            left -= costs[one]
            chosen.append(one)
    assert found.chosen == tuple(chosen)
    assert sorted(found.chosen + found.dropped) == list(range(6))


def test_the_rules_to_compare_with() -> None:
    recording = recorded(table(), table()[:, 0])
    assert choose("all", recording).chosen == tuple(range(6))
    assert choose("last_layer", recording).chosen == (4, 5)
    assert choose("top_gradient", recording, max_parameters=20).chosen == (5, 4)
    several = [choose("one", recording, seed=seed).chosen for seed in range(30)]
    assert {len(chosen) for chosen in several} == {1}
    assert len(set(several)) == 6
    mixed = choose("random", recording, max_parameters=60, seed=1).chosen
    assert sorted(mixed) == list(range(6))
    assert mixed != choose("random", recording, max_parameters=60, seed=2).chosen


def test_the_scrubber_selects_by_influence() -> None:
    model = conv_net()
    report = Scrubber(
        model,
        nn.CrossEntropyLoss(),
        conv_data(40),
        weight_decay=0.1,
        features="influence",
        response="influence",
        perturbations=100,
    ).remove(conv_data(3, seed=7))
    assert report.response == "influence"
    assert report.slices


def test_a_loss_of_a_tenth_as_many_values_as_perturbations_varies() -> None:
    margin = table()[:, 1]
    for values, used in ((39, "margin"), (40, "loss")):
        loss = np.arange(400.0) % values
        assert selection.pick_response(recorded(table(), loss, margin), "loss")[0] == used
    few = np.array([0.0, 1, 0, 0])  # of four perturbations two values are enough
    name, values = selection.pick_response(recorded(table(4), few, margin[:4]), "loss")
    assert (name, values.tolist()) == ("loss", few.tolist())
    with pytest.raises(LcodecError, match="must vary over the perturbations, got 1 distinct"):
        selection.pick_response(recorded(table(4), 0 * few), "loss")


def test_gradients_are_compared_by_their_norms() -> None:
    gradient = {"w": torch.tensor([2.0, 2.0, 3.0, 0.0, -1.0, 1.0])}
    assert selection.by_gradient([0, 1, 2], slices_of(2, 2, 2), gradient) == [1, 0, 2]


def test_a_slice_that_just_fits_is_taken() -> None:
    found = selection.within_budget([0, 1, 2], slices_of(4, 7, 3), 7)
    assert (found.chosen, found.dropped) == ((0, 2), (1,))
    assert selection.most_within([5, 4, 3], 7) == 2
