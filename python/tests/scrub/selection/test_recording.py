"""Recordings: influences against gradients that autograd writes out sample by sample."""

import numpy as np
import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import run
from lcodec.scrub.selection.recording import record
from lcodec.scrub.slices.slices import find_slices
from python.tests.scrub.networks import Twice, conv_data, conv_net, fill, labels, normal
from python.tests.scrub.others import OTHERS, Tokens

LOSS = nn.CrossEntropyLoss()


class Words(nn.Module):
    """Embedding, transposed convolution and a classifier tied to the embedding."""

    def __init__(self):
        super().__init__()
        self.read = nn.Embedding(7, 4)
        self.mix = nn.ConvTranspose1d(4, 4, 3, padding=1)
        self.head = nn.Linear(4, 7)
        fill(self)
        self.head.weight = self.read.weight

    def forward(self, ids):
        mixed = torch.tanh(self.mix(self.read(ids).transpose(1, 2)))
        return self.head(mixed.mean(dim=2))


def directions(model, seed=3):
    return {
        name: normal(*tensor.shape, seed=seed + place)
        for place, (name, tensor) in enumerate(model.named_parameters())
    }


def written_out(model, slices, inputs, targets, direction):
    """Sum over a slice's entries of gradient times direction, one sample after the other."""
    table = np.zeros((len(inputs), len(slices)))
    for row in range(len(inputs)):
        loss = LOSS(model(inputs[row : row + 1]), targets[row : row + 1])
        parts = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
        names = [name for name, _ in model.named_parameters()]
        product = {
            name: torch.zeros_like(direction[name]) if part is None else part * direction[name]
            for name, part in zip(names, parts, strict=True)
        }
        for column, one in enumerate(slices):
            table[row, column] = sum(
                float(product[name].reshape(-1)[where].sum()) for name, where in one.entries
            )
    return table


def influences(model, slices, inputs, targets, direction, *, size=None, samples=1):
    """Record each row as a copy of its own, or `samples` rows per copy."""
    rows = torch.arange(len(inputs))
    batches = [
        (part // samples, part % samples, inputs[part])
        for part in torch.split(rows, size or len(inputs))
    ]
    return record(
        model,
        PerSampleLoss(LOSS),
        slices,
        targets[:samples],
        batches,
        len(inputs) // samples,
        direction=direction,
    ).influence


CASES = {
    "convolutions": (conv_net, conv_data(6)[0], 3),
    "module called twice": (Twice, normal(6, 4), 3),
    "dead end": (
        lambda: nn.Sequential(fill(nn.Linear(4, 4)), nn.ReLU(inplace=True), fill(nn.Linear(4, 3))),
        normal(6, 4),
        3,
    ),
}


CASES |= {name: (lambda model=model: model, x, 2) for name, (model, x) in OTHERS.items()}
del CASES["factors"]  # has one output


@pytest.mark.parametrize("name", CASES)
def test_influences_are_products_of_gradient_and_direction(name) -> None:
    make, inputs, _ = CASES[name]
    model, targets = make().eval(), torch.ones(len(inputs), dtype=torch.int64)
    slices, direction = find_slices(model)[0], directions(model)
    found = influences(model, slices, inputs, targets, direction)
    wanted = written_out(model, slices, inputs, targets, direction)
    assert np.allclose(found, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())


def test_tied_weights_share_the_influence_of_the_whole() -> None:
    """Slices of tied layers overlap; the parts that run through each layer add up all the same."""
    model = Words().eval()
    inputs = torch.randint(7, (5, 6), generator=torch.Generator().manual_seed(0))
    targets, direction = torch.full((5,), 2), directions(model)
    slices = find_slices(model, embeddings=True)[0]
    found = influences(model, slices, inputs, targets, direction).sum(axis=1)
    for row in range(5):
        loss = LOSS(model(inputs[row : row + 1]), targets[row : row + 1])
        parts = torch.autograd.grad(loss, list(model.parameters()))
        slope = sum(
            float((part * direction[name]).sum())
            for (name, _), part in zip(model.named_parameters(), parts, strict=True)
        )
        assert found[row] == pytest.approx(slope, rel=1e-10)


def test_embedding_rows_that_are_not_read_have_no_influence() -> None:
    model = Words().eval()
    model.head.weight = nn.Parameter(normal(7, 4, seed=9))
    inputs = torch.tensor([[1, 1, 2, 5]])
    slices = find_slices(model, embeddings=True)[0]
    direction = directions(model)
    found = influences(model, slices, inputs, torch.tensor([2]), direction)
    wanted = written_out(model, slices, inputs, torch.tensor([2]), direction)
    assert np.allclose(found, wanted, rtol=0, atol=1e-12)
    unread = [i for i, one in enumerate(slices) if one.layer == "read" and one.unit in (0, 3, 4, 6)]
    assert (found[0, unread] == 0).all()


def test_the_sum_is_the_slope_of_the_loss_along_the_direction() -> None:
    model, (inputs, _) = conv_net().eval(), conv_data(4)
    targets, direction = torch.tensor([0, 1, 2, 0]), directions(model)
    slices = find_slices(model)[0]
    total = influences(model, slices, inputs, targets[:1].expand(4), direction).sum(axis=1)
    step = 1e-6
    own = dict(model.named_parameters())

    def losses(scale):
        moved = {name: own[name].detach() + scale * direction[name] for name in own}
        with torch.no_grad():
            return PerSampleLoss(LOSS)(run(model, inputs, moved), targets[:1].expand(4))

    slope = (losses(step) - losses(-step)) / (2 * step)
    assert np.allclose(total, slope.numpy(), rtol=1e-6)


def test_copies_average_over_samples_and_batches_do_not_matter() -> None:
    model, (inputs, _) = conv_net().eval(), conv_data(8)
    slices, direction = find_slices(model)[0], directions(model)
    targets = labels(2, 3)
    each = written_out(model, slices, inputs, targets.repeat(4), direction)
    for size in (3, 8):
        found = influences(model, slices, inputs, targets, direction, size=size, samples=2)
        assert np.allclose(found, each.reshape(4, 2, -1).mean(axis=1), atol=1e-12)


def test_a_direction_changes_nothing_else_in_the_recording() -> None:
    model, (inputs, targets) = conv_net().eval(), conv_data(6)
    slices = find_slices(model)[0]
    rows = torch.arange(6)
    batches = [(rows, rows, inputs)]
    plain = record(model, PerSampleLoss(LOSS), slices, targets, batches, 6)
    full = record(
        model, PerSampleLoss(LOSS), slices, targets, batches, 6, direction=directions(model)
    )
    assert plain.influence is None
    assert np.array_equal(plain.activations, full.activations)
    assert np.array_equal(plain.loss, full.loss)
    assert np.array_equal(plain.margin, full.margin)
    assert all(tensor.grad is None for tensor in model.parameters())


def test_copies_that_go_through_the_whole_model_average_over_samples_too() -> None:
    model, inputs = Tokens().eval(), normal(8, 5, 4)
    slices, direction = find_slices(model)[0], directions(model)
    targets = labels(2, 2)
    each = written_out(model, slices, inputs, targets.repeat(4), direction)
    for size in (3, 8):
        found = influences(model, slices, inputs, targets, direction, size=size, samples=2)
        assert np.allclose(found, each.reshape(4, 2, -1).mean(axis=1), atol=1e-12)


def test_frozen_parameters_have_no_influence() -> None:
    model, inputs = Twice().eval(), normal(3, 4)
    model.body.bias.requires_grad_(False)
    slices, direction = find_slices(model)[0], directions(model)
    del direction["body.bias"]
    found = influences(model, slices, inputs, torch.zeros(3, dtype=torch.int64), direction)
    model.body.bias.requires_grad_(True)
    direction["body.bias"] = torch.zeros(4, dtype=torch.float64)
    wanted = written_out(model, slices, inputs, torch.zeros(3, dtype=torch.int64), direction)
    assert np.allclose(found, wanted, rtol=0, atol=1e-12)


def test_layers_without_an_output_per_sample_have_influences() -> None:
    class Positions(nn.Module):
        def __init__(self):
            super().__init__()
            self.place = nn.Embedding(4, 4)
            self.head = nn.Linear(4, 3)
            fill(self)

        def forward(self, x):
            return self.head(x + self.place(torch.arange(4)[None]).mean(dim=1))

    model = Positions().eval()
    slices = find_slices(model, embeddings=True)[0]
    given = normal(3, 4), torch.zeros(3, dtype=torch.int64), directions(model)
    found, wanted = (way(model, slices, *given) for way in (influences, written_out))
    assert np.allclose(found, wanted, rtol=0, atol=1e-12)


def test_influences_that_are_not_finite_are_refused() -> None:
    model = Twice().eval()
    direction = directions(model)
    direction["head.weight"][0, 0] = torch.inf
    slices = find_slices(model)[0]
    with pytest.raises(LcodecError, match="influence of the slices of the perturbed samples"):
        influences(model, slices, normal(3, 4), torch.zeros(3, dtype=torch.int64), direction)
