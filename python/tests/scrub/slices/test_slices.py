import copy
import doctest

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call, grad
from torch.nn.utils import parametrizations, prune
from transformers.pytorch_utils import Conv1D

from lcodec import LcodecError
from lcodec.scrub.selection import copies as perturbation
from lcodec.scrub.selection import perturbations as noise
from lcodec.scrub.slices import activations as hypercolumn
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

CONVOLUTIONS = [nn.Conv1d, nn.Conv2d, nn.Conv3d]
TRANSPOSED = [nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d]


def slices_of(model, **options):
    return find_slices(model, **options)[0]


def uncovered(model, **options):
    return [
        (one.layer, one.kind, one.parameters, one.reason)
        for one in find_slices(model, **options)[1]
    ]


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


@pytest.mark.parametrize("module", [slices_module, hypercolumn, noise, perturbation])
def test_examples_run(module):
    result = doctest.testmod(module)
    assert result.attempted > 4
    assert result.failed == 0


# --- which parameters make a unit -----------------------------------------------------------------


@settings(max_examples=40)
@given(layers())
def test_a_slice_is_what_autograd_says_its_unit_depends_on(drawn):
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
def test_a_block_lists_its_positions_in_order(start, count, stride, width):
    block = Block(start, count, stride + width, width)
    expected = [start + i * (stride + width) + j for i in range(count) for j in range(width)]
    assert block.positions().tolist() == expected
    assert len(block) == len(expected)


@pytest.mark.parametrize(
    "model", [conv_net(), ResNet(), TextCNN(), TiedText(), GRUClassifier()], ids=lambda m: type(m)
)
@pytest.mark.parametrize("embeddings", [False, True])
def test_slices_and_uncovered_are_all_the_parameters_once(model, embeddings):
    slices, left = find_slices(model, embeddings=embeddings)
    total = sum(tensor.numel() for tensor in model.parameters())
    assert len(FlatParameters(model, slices)) + sum(one.parameters for one in left) == total


def test_positions_are_not_held():
    """42,000 slices of 769 parameters, as in DistilBERT, without 260 MB of positions."""
    model = nn.Sequential(*[nn.Linear(768, 3072, device="meta") for _ in range(14)])
    slices = slices_of(model)
    assert len(slices) == 43008
    assert slices[-1].parameters == 769
    assert not any(isinstance(part, torch.Tensor) for one in slices for _, part in one.blocks)


def test_rows_of_an_embedding_without_the_padding():
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


# --- what is left out, and why --------------------------------------------------------------------


def hooked():
    return prune.l1_unstructured(nn.Linear(3, 2), "weight", amount=1)


class Scaled(nn.Embedding):
    def forward(self, ids):
        return 2 * super().forward(ids)


class Extra(nn.Linear):
    def __init__(self):
        super().__init__(3, 2)
        self.scale = nn.Parameter(torch.ones(2))


PARAMETRIZED = "parametrized"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (nn.LayerNorm(4), [("", "LayerNorm", 8, "not a supported layer type")]),
        (
            parametrizations.weight_norm(nn.Linear(3, 2)),
            [
                ("", "ParametrizedLinear", 2, PARAMETRIZED),
                ("parametrizations.weight", "ParametrizationList", 8, PARAMETRIZED),
            ],
        ),
        (hooked(), [("", "Linear", 8, "weight computed from other parameters")]),
        (
            nn.Embedding(4, 2, max_norm=1.0),
            [("", "Embedding", 8, "rows renormalised by `max_norm`")],
        ),
        (Scaled(4, 2), [("", "Scaled", 8, "Embedding with a forward of its own")]),
        (Extra(), [("", "Extra", 2, "neither weight nor bias of its layer")]),
        (nn.LSTM(2, 3), [("", "LSTM", 84, "not a supported layer type")]),
    ],
    ids=lambda part: type(part).__name__,
)  # fmt: skip
def test_reasons(model, expected):
    assert uncovered(model, embeddings=True) == expected


def test_frozen_parameters_are_in_no_slice():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
    model[3].bias.requires_grad_(False)
    model[0].weight.requires_grad_(False)
    assert uncovered(model) == [
        ("0", "Conv2d", 18, "frozen"),
        ("1", "BatchNorm2d", 4, "not a supported layer type"),
        ("3", "Linear", 3, "frozen"),
    ]
    assert [one.parameters for one in slices_of(model)] == [1, 1, 8, 8, 8]


def test_a_subclass_counts_as_its_type():
    assert [(one.kind, one.parameters) for one in slices_of(Extra())] == [
        ("Extra", 4),
        ("Extra", 4),
    ]


def test_only_the_conv1d_of_transformers_is_one():
    imposter = type("Conv1D", (nn.Module,), {"__module__": "elsewhere"})()
    imposter.weight = nn.Parameter(torch.ones(3, 2))
    assert uncovered(imposter) == [("", "Conv1D", 6, "not a supported layer type")]
    assert len(slices_of(type("Mine", (Conv1D,), {})(2, 3))) == 2


# --- `layers` -------------------------------------------------------------------------------------


def test_layers_are_named_with_their_submodules():
    model = ResNet()
    named = slices_of(model, layers=["stages.1.0", "head"])
    assert {one.layer for one in named} == {
        "stages.1.0.first", "stages.1.0.second", "stages.1.0.shortcut.0", "head",
    }  # fmt: skip
    reasons = {one.layer: one.reason for one in find_slices(model, layers=["head"])[1]}
    assert reasons["stem.0"] == "not in `layers`"
    assert reasons["stem.1"] == "not a supported layer type"
    assert [one.layer for one in slices_of(model, layers="head")] == ["head"] * 3
    assert len(slices_of(model, layers=[""])) == len(slices_of(model))


def test_a_shared_module_answers_to_all_its_names():
    shared = nn.Linear(2, 2)
    model = nn.Sequential(shared, nn.Tanh(), shared)
    assert [one.layer for one in slices_of(model, layers=["2"])] == ["0", "0"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("stages.1.0.frist", "; the nearest known one is 'stages.1.0.first'"), ("xyz", "")],
)
def test_unknown_layers_are_refused(name, hint):
    with pytest.raises(LcodecError) as caught:
        find_slices(ResNet(), layers=["head", name])
    assert caught.value.id == "lcodec:unknownLayer"
    message = f"`layers` must name modules of `model`, got '{name}'{hint}"
    assert str(caught.value).endswith(message)


# --- tied parameters ------------------------------------------------------------------------------


def test_tied_parameters_are_counted_once():
    model = fill(nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3)))
    model[1].weight = model[0].weight
    slices = slices_of(model)
    assert len(FlatParameters(model, slices)) == 9 + 3
    assert len(FlatParameters(model, [slices[0], slices[3]])) == 3 + 1


def test_an_embedding_that_an_output_layer_covers_is_not_left_out():
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


# --- the flat vector ------------------------------------------------------------------------------


def test_write_and_merge_touch_the_selected_entries_only():
    model = conv_net()
    slices = slices_of(model)
    flat = FlatParameters(model, [slices[2], slices[8], slices[11]])
    assert len(flat) == 10 + 13 + 17
    wanted = normal(len(flat), seed=5)
    merged = flat.merge(wanted)
    before = {name: tensor.clone() for name, tensor in model.named_parameters()}
    flat.write(wanted)
    assert torch.equal(flat.read(), wanted)
    changed = sum(int((before[n] != t).sum()) for n, t in model.named_parameters())
    assert changed == len(flat)
    for name, tensor in merged.items():
        assert torch.equal(tensor, dict(model.named_parameters())[name])


def test_untouched_parameters_are_not_copied():
    model = conv_net()
    flat = FlatParameters(model, slices_of(model, layers=["5"])[:1])
    assert flat.merge(flat.read()).keys() == {"5.weight", "5.bias"}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_stepped_in_float32_and_rounded_once(dtype):
    model = fill(nn.Linear(40, 3)).to(dtype)
    flat = FlatParameters(model, slices_of(model))
    start = flat.read()
    assert start.dtype == torch.float32
    step = 1e-3 * normal(len(flat))
    flat.write(start.double() + step)
    assert model.weight.dtype == dtype
    wanted = (start.double() + step).to(dtype)
    assert torch.equal(flat.read(), wanted.float())
    outputs = functional_call(model, flat.merge(start), (normal(2, 40).to(dtype),))
    assert outputs.dtype == dtype


def test_merge_can_be_differentiated_through_in_half_precision():
    model = fill(nn.Linear(4, 3)).to(torch.bfloat16)
    x = normal(5, 4).to(torch.bfloat16)
    flat = FlatParameters(model, slices_of(model)[:2])

    def value(vector):
        return functional_call(model, flat.merge(vector), (x,)).double().square().sum()

    found = grad(value)(flat.read())
    assert found.dtype == torch.float32
    exact = copy.deepcopy(model).double()
    exact(x.double()).square().sum().backward()
    wanted = flat.gather({name: tensor.grad for name, tensor in exact.named_parameters()})
    assert torch.allclose(found.double(), wanted, rtol=0.05, atol=0.05)
