"""The baseline of bench.scrub.speed does the same removal as `Scrubber`, only slowly."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from bench.scrub.naive import Naive
from lcodec.scrub import Scrubber
from python.tests.scrub.networks import fill, labels, normal


@pytest.mark.parametrize("curvature", ["fisher", "secant"])
@pytest.mark.parametrize("batch", [1, 7])
def test_naive_removal_gives_the_same_weights(curvature, batch) -> None:
    model = fill(nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)))
    data = normal(41, 6), labels(41, 3)
    sample, retained = (data[0][:1], data[1][:1]), (data[0][1:], data[1][1:])
    options = {"weight_decay": 0.02, "damping": 0.1, "perturbations": 300, "curvature": curvature}
    ours, slow = copy.deepcopy(model), copy.deepcopy(model)
    paper = {"preset": "paper", "gradient": "retain"}
    report = Scrubber(ours, nn.CrossEntropyLoss(), retained, **paper, **options).remove(sample)
    chosen = Naive(slow, nn.CrossEntropyLoss(), retained, batch=batch, **options).remove(sample)
    assert chosen == [(one.layer, one.unit) for one in report.slices]
    assert 0 < report.parameters_touched < report.parameters_total
    moved = 0.0
    for start, one, other in zip(
        model.parameters(), ours.parameters(), slow.parameters(), strict=True
    ):
        moved += float((one - start).detach().square().sum())
        np.testing.assert_allclose(
            one.detach(), other.detach(), rtol=0, atol=1e-7 if curvature == "secant" else 1e-12
        )
    assert moved > 1e-6


def test_unknown_curvature_is_not_taken_for_another() -> None:
    data = torch.zeros(3, 2), torch.zeros(3).long()
    with pytest.raises(ValueError, match="must be 'fisher' or 'secant', got 'ggn'"):
        Naive(nn.Linear(2, 2), nn.CrossEntropyLoss(), data, curvature="ggn")
