"""The flat vector of the selected parameters."""

import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad

from lcodec.scrub.slices.slices import FlatParameters
from python.tests.scrub.networks import (
    conv_net,
    fill,
    normal,
)
from python.tests.scrub.slices.units import slices_of


def test_write_and_merge_touch_the_selected_entries_only() -> None:
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


def test_untouched_parameters_are_not_copied() -> None:
    model = conv_net()
    flat = FlatParameters(model, slices_of(model, layers=["5"])[:1])
    assert flat.merge(flat.read()).keys() == {"5.weight", "5.bias"}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_stepped_in_float32_and_rounded_once(dtype) -> None:
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


def test_merge_can_be_differentiated_through_in_half_precision() -> None:
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
