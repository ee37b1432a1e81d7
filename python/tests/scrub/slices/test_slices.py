"""Which parameters make a unit."""

import doctest

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call, grad
from transformers.pytorch_utils import Conv1D

from lcodec.scrub.selection import copies as perturbation
from lcodec.scrub.selection import perturbations as noise
from lcodec.scrub.slices import activations
from lcodec.scrub.slices import slices as slices_module
from lcodec.scrub.slices.layers import Block
from lcodec.scrub.slices.slices import FlatParameters, find_slices
from python.tests.scrub.networks import (
    GRUClassifier,
    ResNet,
    TextCNN,
    TiedText,
    conv_net,
    fill,
    normal,
)
from python.tests.scrub.slices.units import slices_of, uncovered

CONVOLUTIONS = [nn.Conv1d, nn.Conv2d, nn.Conv3d]
TRANSPOSED = [nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d]


@st.composite
def layers(draw):
    """A layer of any supported type, the axis of its units, and an input."""
    kind = draw(st.sampled_from([nn.Linear, Conv1D, *CONVOLUTIONS, *TRANSPOSED]))
    bias = draw(st.booleans())
    if kind is nn.Linear:
        return fill(kind(draw(st.integers(1, 4)), 3, bias=bias)), -1
    if kind is Conv1D:
        return fill(kind(draw(st.integers(1, 4)), draw(st.integers(1, 4)))), -1
    groups = draw(st.integers(1, 3))
    inputs, outputs = (groups * draw(st.integers(1, 2)) for _ in range(2))
    size = draw(st.integers(1, 2))
    return fill(kind(inputs, outputs, size, stride=size, groups=groups, bias=bias)), 1


def input_of(layer):
    if isinstance(layer, (nn.Linear, Conv1D)):
        return normal(
            2, layer.weight.shape[layer.weight.ndim - 1 if type(layer) is nn.Linear else 0]
        )
    return normal(2, layer.in_channels, *[2] * len(layer.kernel_size))


@pytest.mark.parametrize("module", [slices_module, activations, noise, perturbation])
def test_examples_run(module) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 4
    assert result.failed == 0


# --- which parameters make a unit -----------------------------------------------------------------


@settings(max_examples=40)
@given(layers())
def test_a_slice_is_what_autograd_says_its_unit_depends_on(drawn) -> None:
    layer, axis = drawn
    x = input_of(layer)
    slices = slices_of(layer)
    assert [one.unit for one in slices] == list(range(layer(x).shape[axis]))
    for one in slices:

        def unit(parameters, at=one.unit):
            return functional_call(layer, parameters, (x,)).select(axis, at).pow(3).sum()

        gradient = grad(unit)(dict(layer.named_parameters()))
        assert one.entries
        for name, positions in one.entries:
            found = gradient.pop(name).reshape(-1).nonzero()[:, 0]
            assert torch.equal(found, positions)
            assert positions.dtype == torch.int64
        assert not any(part.any() for part in gradient.values())


@given(st.integers(0, 5), st.integers(1, 4), st.integers(1, 9), st.integers(1, 3))
def test_a_block_lists_its_positions_in_order(start, count, stride, width) -> None:
    block = Block(start, count, stride + width, width)
    expected = [start + i * (stride + width) + j for i in range(count) for j in range(width)]
    assert block.positions().tolist() == expected
    assert len(block) == len(expected)


@pytest.mark.parametrize(
    "model", [conv_net(), ResNet(), TextCNN(), TiedText(), GRUClassifier()], ids=lambda m: type(m)
)
@pytest.mark.parametrize("embeddings", [False, True])
def test_slices_and_uncovered_are_all_the_parameters_once(model, embeddings) -> None:
    slices, left = find_slices(model, embeddings=embeddings)
    total = sum(tensor.numel() for tensor in model.parameters())
    assert len(FlatParameters(model, slices)) + sum(one.parameters for one in left) == total


def test_positions_are_not_held() -> None:
    """42,000 slices of 769 parameters, as in DistilBERT, without 260 MB of positions."""
    model = nn.Sequential(*[nn.Linear(768, 3072, device="meta") for _ in range(14)])
    slices = slices_of(model)
    assert len(slices) == 43008
    assert slices[-1].parameters == 769
    assert not any(isinstance(part, torch.Tensor) for one in slices for _, part in one.blocks)


def test_rows_of_an_embedding_without_the_padding() -> None:
    model = nn.Sequential(nn.Embedding(5, 3, padding_idx=2), nn.Linear(3, 2))
    slices, left = find_slices(model, embeddings=True)
    assert [(one.layer, one.unit) for one in slices] == [
        ("0", 0), ("0", 1), ("0", 3), ("0", 4), ("1", 0), ("1", 1),
    ]  # fmt: skip
    assert slices[2].entries[0][1].tolist() == [9, 10, 11]
    assert [(one.parameters, one.reason) for one in left] == [(3, "padding row")]
    assert uncovered(model) == [
        ("0", "Embedding", 15, "rows of an Embedding (`embeddings` is False)")
    ]


# --- tied parameters ------------------------------------------------------------------------------


def test_tied_parameters_are_counted_once() -> None:
    model = fill(nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3)))
    model[1].weight = model[0].weight
    slices = slices_of(model)
    assert len(FlatParameters(model, slices)) == 9 + 3
    assert len(FlatParameters(model, [slices[0], slices[3]])) == 3 + 1


def test_an_embedding_that_an_output_layer_covers_is_not_left_out() -> None:
    model = TiedText()
    assert uncovered(model) == []
    output = [one for one in slices_of(model) if one.layer == "output"]
    assert [name for name, _ in output[3].entries] == ["embedding.weight"]
    both = slices_of(model, embeddings=True)
    assert len(both) == 12 + 5 + 12
    assert len(FlatParameters(model, both)) == sum(p.numel() for p in model.parameters())
    assert uncovered(model, layers=["body"]) == [
        ("embedding", "Embedding", 60, "rows of an Embedding (`embeddings` is False)")
    ]
