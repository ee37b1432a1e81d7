"""Slices of units that no output shows one by one, and of normalisation layers."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call

from lcodec.scrub.slices.slices import FlatParameters, find_slices
from python.tests.scrub.networks import fill, normal
from python.tests.scrub.others import OTHERS, Factors, Tokens
from python.tests.scrub.slices.units import slices_of, uncovered

RECURRENT = {nn.RNN: 1, nn.GRU: 3, nn.LSTM: 4}


@pytest.mark.parametrize("name", OTHERS)
def test_all_parameters_are_in_one_slice_each(name) -> None:
    model, _ = OTHERS[name]
    slices = slices_of(model)
    total = sum(tensor.numel() for tensor in model.parameters())
    assert len(FlatParameters(model, slices)) == sum(one.parameters for one in slices) == total
    assert len({(one.layer, one.unit) for one in slices}) == len(slices)
    assert uncovered(model) == []


@settings(max_examples=20)
@given(st.sampled_from([*RECURRENT]), st.integers(1, 3), st.booleans(), st.booleans(), st.data())
def test_a_hidden_unit_has_what_makes_its_next_state(kind, layers, both, bias, data) -> None:
    """One step from random states: the new states of other units do not depend on its slice."""
    size, directions = data.draw(st.integers(1, 3)), 1 + both
    body = fill(kind(2, size, num_layers=layers, bidirectional=both, bias=bias))
    state = normal(layers * directions, 1, size, seed=4)
    given_states = (state, normal(*state.shape, seed=5)) if kind is nn.LSTM else state
    slices = slices_of(body)
    assert [one.unit for one in slices] == list(range(layers * directions * size))
    assert {one.kind for one in slices} == {kind.__name__}
    parameters = dict(body.named_parameters())

    def states(changed):
        found = functional_call(body, changed, (normal(1, 1, 2), given_states))[1]
        return (found[0] if kind is nn.LSTM else found).reshape(layers * directions, size)

    before = states(parameters)
    for one in slices:
        changed = {name: tensor.detach().clone() for name, tensor in parameters.items()}
        for name, where in one.entries:
            changed[name].reshape(-1)[where] += 0.1 * normal(len(where), seed=6)
        level = one.unit // size
        moved = (states(changed) != before).reshape(layers, -1)
        own = torch.zeros_like(moved)
        own[level // directions, one.unit % (directions * size)] = True
        later = torch.arange(layers)[:, None] > level // directions
        assert torch.equal(moved & ~later, own & ~later)


def test_attention_counts_queries_keys_and_values() -> None:
    for sizes in ({}, {"kdim": 3, "vdim": 2, "add_bias_kv": True}):
        slices = slices_of(nn.MultiheadAttention(4, 2, **sizes))
        own = [one for one in slices if one.layer == ""]
        assert [one.unit for one in own] == list(range(12))
        assert {one.layer for one in slices} - {""} - {"bias_k", "bias_v"} == {"out_proj"}
        widths = [4, 4, 4] if not sizes else [4, 3, 2]
        assert [own[4 * part].parameters for part in range(3)] == [1 + width for width in widths]


def test_parameters_by_themselves_go_by_their_names() -> None:
    found = {}
    for one in slices_of(Tokens()):
        if one.kind == "Parameter":
            found.setdefault(one.layer, []).append((one.unit, one.parameters))
    assert found == {
        "token": [(0, 4)],
        "places": [(row, 4) for row in range(6)],
        "scale": [(0, 1)],
        "shifts.0": [(row, 1) for row in range(4)],
        "shifts.1": [(row, 2) for row in range(2)],
    }


def test_layers_may_name_such_parameters() -> None:
    model = Tokens()
    assert {one.layer for one in slices_of(model, layers=["scale", "shifts"])} == {
        "scale", "shifts.0", "shifts.1",
    }  # fmt: skip
    model.token.requires_grad_(False)
    assert uncovered(model, layers=["", "token"]) == [("", "Tokens", 4, "frozen")]
    assert [one[3] for one in uncovered(Factors(), layers=["users"])] == ["not in `layers`"]


def test_a_parameter_that_a_layer_holds_too_is_a_slice_once() -> None:
    model = nn.Module()
    model.weight = nn.Parameter(torch.ones(3, 2))
    model.layer = nn.Linear(2, 3)
    model.layer.weight = model.weight
    model.again = nn.Module()
    model.again.scale = model.scale = nn.Parameter(torch.ones(2))
    assert [(one.layer, one.parameters) for one in find_slices(model)[0]] == [
        *[("scale", 1)] * 2, *[("layer", 3)] * 3,
    ]  # fmt: skip


def test_a_normalisation_of_its_own_kind_has_parameters_by_themselves() -> None:
    """Of which the influence must not be taken as if they were a factor."""

    class OnePlus(nn.RMSNorm):
        def forward(self, x):
            return nn.functional.rms_norm(x, self.normalized_shape, 1 + self.weight)

    assert [(one.layer, one.unit) for one in slices_of(OnePlus(2))] == [
        ("weight", 0),
        ("weight", 1),
    ]


def test_rows_of_an_embedding_bag_are_asked_for() -> None:
    model = nn.EmbeddingBag(4, 2, padding_idx=1)
    assert uncovered(model) == [
        ("", "EmbeddingBag", 8, "rows of an Embedding (`embeddings` is False)")
    ]
    assert [one.unit for one in slices_of(model, embeddings=True)] == [0, 2, 3]
    assert uncovered(model, embeddings=True) == [("", "EmbeddingBag", 2, "padding row")]
