"""The report agrees with independent measurements, as numbers, text and JSON."""

import copy
import json

import pytest
from torch import nn

from lcodec.scrub import gradient_norm, mean_loss
from python.tests.scrub.networks import conv_data, conv_net, labels, normal
from python.tests.scrub.paper import LOSS, scrubber


def test_the_report_agrees_with_independent_measurements() -> None:
    model, keep, forget = conv_net(), conv_data(40), conv_data(5, seed=7)
    before = copy.deepcopy(model)
    report = scrubber(model, keep, gradient="retain").remove(forget)

    def objective(network):
        squares = sum(tensor.square().sum().item() for tensor in network.parameters())
        return mean_loss(network, LOSS, keep) + 0.05 * squares

    def gradient(network):
        return gradient_norm(network, LOSS, keep, weight_decay=0.1)

    assert report.gradient_before == pytest.approx(gradient(before), rel=1e-12)
    assert report.gradient_after == pytest.approx(gradient(model), rel=1e-10)
    assert report.residual_before == report.gradient_before
    assert report.residual_after == report.gradient_after
    assert report.residual_ratio == report.gradient_after / report.gradient_before
    assert report.loss_before == pytest.approx(mean_loss(before, LOSS, forget), rel=1e-12)
    assert report.loss_after == pytest.approx(mean_loss(model, LOSS, forget), rel=1e-12)
    assert report.actual_change == pytest.approx(objective(model) - objective(before), rel=1e-8)
    assert report.predicted_change < 0
    pairs = list(zip(before.parameters(), model.parameters(), strict=True))
    moved = sum(int((one != other).sum()) for one, other in pairs)
    assert moved == report.parameters_touched == sum(one.parameters for one in report.slices)
    length = sum(float((one - other).detach().square().sum()) for one, other in pairs) ** 0.5
    assert report.step_norm == pytest.approx(length, rel=1e-10)
    assert report.forgotten == 5
    assert report.response == "loss"
    stages = ["try", "gradient", "record", "select", "curvature", "solve", "check"]
    assert list(report.seconds) == stages


def test_report_as_text_and_json() -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)).double()
    keep, forget = (normal(30, 4), labels(30, 3)), (normal(4, 4, seed=2), labels(4, 3))
    model[1].requires_grad_(False)
    report = scrubber(model, keep, max_step=1e-3, steps=1).remove(forget)
    fields = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert fields["uncovered"] == [
        {
            "layer": "1",
            "kind": "BatchNorm1d",
            "parameters": 10,
            "reason": "frozen",
        }
    ]
    assert fields["slices"][0].keys() == {"layer", "kind", "unit", "parameters"}
    assert fields["residual_ratio"] == report.residual_ratio
    text = str(report)
    for part in ("not covered", "1 (BatchNorm1d, 10 parameters)", "lfoci on the loss", "max_step"):
        assert part in text
    assert report.step_clipped
    assert report.step_norm == 1e-3
