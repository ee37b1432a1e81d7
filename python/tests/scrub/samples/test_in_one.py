"""Samples to forget come as data come: pairs, data sets, loaders, batches with their labels."""

import copy

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lcodec import LcodecError
from lcodec.scrub import Scrubber, evaluate
from python.tests.scrub.networks import labels, normal
from python.tests.scrub.perceptron import network

X, Y = normal(60, 4), labels(60, 3)
LOSS = nn.CrossEntropyLoss()
OPTIONS = {"select": "last_layer", "weight_decay": 0.1, "progress": False}


class Named(nn.Module):
    """Takes its inputs by name, as models of transformers do."""

    def __init__(self):
        super().__init__()
        self.inner = network()

    def forward(self, features):
        return self.inner(features)


def named(first, last):
    """Batches of four samples that hold their labels."""
    rows = [(X[at : at + 4], Y[at : at + 4]) for at in range(first, last, 4)]
    return [{"features": x, "labels": y} for x, y in rows]


SAMPLES = {
    "pair": (X[:12], Y[:12]),
    "dataset": TensorDataset(X[:12], Y[:12]),
    "loader": DataLoader(TensorDataset(X[:12], Y[:12]), 5, shuffle=True, drop_last=True),
    "batches": [(X[:7], Y[:7]), (X[7:12], Y[7:12])],
}


@pytest.mark.parametrize("form", list(SAMPLES)[1:])
def test_samples_in_any_form_are_the_same_removal(form) -> None:
    reports, models = [], []
    for samples in (SAMPLES["pair"], SAMPLES[form]):
        models.append(network())
        scrub = Scrubber(models[-1], LOSS, DataLoader(TensorDataset(X[12:], Y[12:]), 9), **OPTIONS)
        reports.append(scrub.remove(samples))
    one, other = (model.state_dict() for model in models)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert reports[0].forgotten_digest == reports[1].forgotten_digest


def test_batches_may_hold_their_labels() -> None:
    models = [Named(), Named()]
    models[1].load_state_dict(copy.deepcopy(models[0].state_dict()))
    pair = ({"features": X[12:]}, Y[12:]), ({"features": X[:12]}, Y[:12])
    for model, (retained, samples) in zip(
        models, (pair, (named(12, 60), named(0, 12))), strict=True
    ):
        Scrubber(model, LOSS, retained, **OPTIONS).remove(samples)
    one, other = (model.state_dict() for model in models)
    assert all(torch.allclose(one[name], other[name], atol=1e-12) for name in one)


def test_an_evaluation_takes_loaders_and_batches() -> None:
    model, refit = network(), network()
    asked = {"loss": LOSS, "retained": (X[24:], Y[24:]), "refits": [refit]}
    pairs = evaluate(model, forgotten=(X[:12], Y[:12]), test=(X[12:24], Y[12:24]), **asked)
    loader = DataLoader(TensorDataset(X[12:24], Y[12:24]), 5)
    found = evaluate(model, forgotten=SAMPLES["batches"], test=loader, **asked)
    assert found == pairs


def test_no_batches_are_no_samples() -> None:
    scrub = Scrubber(network(), LOSS, (X, Y), **OPTIONS)
    with pytest.raises(LcodecError, match="`samples` must hold at least one batch, got none"):
        scrub.remove(DataLoader(TensorDataset(X[:0], Y[:0])))
