"""Outputs without an axis of their own."""

import pytest
import torch
from torch import nn

from lcodec.scrub import baselines
from python.tests.scrub.perceptron import X, Y, network, scrubber


@pytest.mark.parametrize(
    "options",
    [
        {"solver": "dense"},
        {"solver": "woodbury"},
        {"solver": "cg"},
        {"curvature": "exact"},
        {"curvature": "fisher"},
    ],
    ids=str,
)
def test_outputs_of_one_axis_are_as_good_as_those_of_two(options) -> None:
    target = (Y > 0).double()
    flat, deep = network(1, nn.Flatten(0)), network(1)
    scrubber(flat, nn.BCEWithLogitsLoss(), (X, target), **options).remove([0, 1])
    scrubber(deep, nn.BCEWithLogitsLoss(), (X, target[:, None]), **options).remove([0, 1])
    torch.testing.assert_close(flat[2].weight, deep[2].weight, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ["newton_cg", "kfac_newton", "ssd", "fisher_forgetting"])
def test_baselines_take_outputs_of_one_axis(name) -> None:
    target = (Y > 0).double()
    loss = nn.BCEWithLogitsLoss()
    flat, deep = (
        baselines.run(name, model, loss, (X[5:], y[5:]), (X[:5], y[:5]))[0]
        for model, y in [(network(1, nn.Flatten(0)), target), (network(1), target[:, None])]
    )
    torch.testing.assert_close(flat[2].weight, deep[2].weight, rtol=1e-8, atol=1e-10)
