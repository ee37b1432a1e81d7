"""What a removal costs: the network's work, counted by the code that does it."""

import sys

import pytest
import torch
from torch import nn

from lcodec.scrub import Scrubber, Sekhari
from lcodec.scrub.objective import work
from python.tests.scrub.convolution import LOSS, X, Y, scrubber
from python.tests.scrub.networks import conv_net, normal


def test_nothing_of_the_network_goes_uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call of the model is counted, and before every derivative one is noted."""
    rows, noted, taken, count, grad = [], [0], [0], work.backward, torch.autograd.grad

    def backward(samples, times=1):
        noted[0] += times
        count(samples, times)

    def differentiate(*arguments, **named):
        if str(sys._getframe(1).f_globals["__name__"]).startswith("lcodec."):
            taken[0] += 1
            assert noted[0] >= taken[0], "a derivative that nobody counted"
        return grad(*arguments, **named)

    monkeypatch.setattr(work, "backward", backward)

    def back(*arguments, **named):
        taken[0] += 1
        return pull(*arguments, **named)

    pull = torch.Tensor.backward
    monkeypatch.setattr(torch.Tensor, "backward", back)
    monkeypatch.setattr(torch.autograd, "grad", differentiate)
    for options in (
        {"select": "lfoci", "curvature": "ggn"},
        {"curvature": "exact", "select": "last_layer"},
        {"curvature": "exact", "solver": "cg", "steps": 1},
        {"curvature": "ggn", "solver": "cg", "steps": 1},
        {"curvature": "fisher", "gradient": "retain", "damping": 1.0},
    ):
        model = conv_net()
        model.register_forward_hook(lambda *call: rows.append(len(call[2])))
        rows.clear()
        noted[0] = taken[0] = 0
        with work.counted() as found:
            plan = scrubber(model, **options).plan([1, 2])
        assert found.forward == sum(rows)
        assert plan.cost == pytest.approx(found.samples / 38, rel=1e-12)
        assert 0 < taken[0] <= noted[0] <= 2 * taken[0]


def test_the_passes_of_a_plain_removal() -> None:
    """30 samples stay and 3 go: in the gradient and forwards, and once more in the check.

    Before the recording, 3 samples and then 2 try which layers have a row for each.
    """
    x, y = normal(33, 4), normal(33, 1, seed=1)
    options = {"select": "all", "damping": 0.5, "steps": 1, "weight_decay": 0.1}
    plan = Scrubber(nn.Linear(4, 1).double(), nn.MSELoss(), (x, y), **options).plan([0, 1, 2])
    assert plan.passes["gradient"] == pytest.approx((33 + 3 / 3) / 30)
    assert plan.passes["record"] == pytest.approx((3 + 3 + 2) / 3 / 30)
    assert plan.passes["check"] == pytest.approx((30 + 3 / 3) / 30)
    assert plan.cost == sum(plan.passes.values())
    assert f"{plan.cost:.3g} passes over the retained data" in str(plan)
    assert plan.refits is None


@pytest.mark.parametrize("privacy", [None, Sekhari(0.5, 1e-3, 1.0, 1.0, 1.0, scope="all")])
def test_a_plan_says_what_the_removal_costs(privacy) -> None:
    scrub = scrubber(privacy=privacy, epochs=20, damping=1.0)
    plan = scrub.plan([1, 2])
    with work.counted() as found:
        report = scrub.remove([1, 2])
    assert plan.passes == report.passes
    assert report.cost == pytest.approx(found.samples / 38, rel=1e-12)
    assert report.refits == pytest.approx(found.samples / 38 / 20, rel=1e-12)
    assert ("noise" in plan.passes) == (privacy is not None)
    assert f"{plan.refits:.3g} times the work of training again" in str(plan)


def test_a_refit_trains_on_all_that_was_trained_on() -> None:
    part = Scrubber(conv_net(), LOSS, (X, Y), epochs=20, training_size=402, select="all", steps=1)
    report = part.remove([1, 2])
    assert report.refits == pytest.approx(report.cost * 38 / (400 * 20), rel=1e-12)
