"""Padding does not count."""

import pytest
import torch
from torch.func import functional_call

from lcodec.scrub.slices.activations import Activations
from lcodec.scrub.slices.slices import find_slices
from python.tests.scrub.slices.columns import IDS, MASK, Masked


def passed(model, call, **options):
    slices, _ = find_slices(model, embeddings=True)
    with torch.no_grad(), Activations(model, slices, **options) as activations:
        call(model)
        values = activations.take(3)
    return {
        layer: values[:, [at for at, c in enumerate(activations.columns) if c.layer == layer]]
        for layer in ("words", "positions", "body", "mix", "pairs", "head")
    }


@pytest.mark.parametrize(
    "call",
    [
        lambda model: model(IDS, attention_mask=MASK),
        lambda model: model(ids=IDS, attention_mask=MASK.bool()),
        lambda model: model(IDS, MASK.double()),
        lambda model: functional_call(model, {}, (IDS,), {"attention_mask": MASK}),
    ],
)
def test_padding_does_not_count(call) -> None:
    model = Masked()
    found = passed(model, call)
    with torch.no_grad():
        x = model.words(IDS) + model.positions(torch.arange(5))
        body, mix = model.body(x), model.mix(x.transpose(1, 2))
        for row, length in enumerate(MASK.sum(1).tolist()):
            assert torch.allclose(found["body"][row], body[row, :length].mean(0), atol=1e-12)
            assert torch.allclose(found["mix"][row], mix[row, :, :length].mean(1), atol=1e-12)
            counts = torch.bincount(IDS[row, :length], minlength=9) / length
            assert torch.allclose(found["words"][row], counts.double(), atol=1e-7)
        assert torch.allclose(found["pairs"], model.pairs(x.transpose(1, 2)).mean(2), atol=1e-12)
        assert torch.allclose(found["head"], model.head(body[:, 0]), atol=1e-12)
    positions = torch.cat([torch.full((5,), 0.2), torch.zeros(1)]).double()
    assert torch.allclose(found["positions"], positions.expand(3, -1), atol=1e-7)


@pytest.mark.parametrize(
    ("call", "options"),
    [
        (lambda model: model(IDS), {}),
        (lambda model: model(IDS, MASK), {"mask": None}),
        (lambda model: model(IDS, MASK), {"mask": "padding"}),
        (lambda model: model(IDS, MASK[:, :4]), {}),
        (lambda model: model(IDS, MASK[:, None, None]), {}),
    ],
)
def test_without_a_mask_that_fits_all_positions_count(call, options) -> None:
    model = Masked()
    found = passed(model, call, **options)
    x = model.words(IDS) + model.positions(torch.arange(5))
    assert torch.allclose(found["body"], model.body(x).mean(1), atol=1e-12)


def test_a_mask_is_of_one_pass_only() -> None:
    model = Masked()
    slices, _ = find_slices(model, layers=["body"])
    with torch.no_grad(), Activations(model, slices) as activations:
        model(IDS, attention_mask=MASK)
        masked = activations.take(3)
        model(IDS)
        assert not torch.allclose(activations.take(3), masked)


def test_a_row_without_tokens_has_no_activation() -> None:
    model, mask = Masked(), MASK.clone()
    mask[1] = 0
    found = passed(model, lambda model: model(IDS, mask))
    assert not found["body"][1].any()
    assert not found["words"][1].any()
    assert found["body"][0].all()
