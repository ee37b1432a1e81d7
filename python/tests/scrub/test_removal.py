"""Plans, guards and steps that would do harm."""

import json
import re

import torch
from torch import nn

from lcodec.scrub import Scrubber, fingerprint
from python.tests.scrub.convolution import LOSS, refused, scrubber
from python.tests.scrub.networks import conv_net, fill, labels, normal

# --- plan and guard -------------------------------------------------------------------------------


def test_a_plan_says_what_a_removal_does_and_changes_nothing() -> None:
    model = conv_net()
    scrub = scrubber(model, select="lfoci")
    before = fingerprint(model)
    plan = scrub.plan([2, 5])
    assert fingerprint(model) == before
    report = scrub.remove([2, 5])
    fields, done = plan.to_dict(), report.plan.to_dict()
    assert fields.pop("seconds").keys() == done.pop("seconds").keys()
    assert fields.pop("date") <= done.pop("date")
    assert fields == done
    json.dumps(plan.to_dict(), allow_nan=False)
    for part in ("2 to remove, 38 to keep", "ggn curvature on 38 samples (dense", "step norm"):
        assert part in str(plan)
    assert re.search(r"^ids +2, 5$", str(plan), re.MULTILINE)


def test_a_guard_can_refuse() -> None:
    model = conv_net()
    before = fingerprint(model)
    seen = []

    def guard(report):
        seen.append(report.residual_ratio)
        return report.residual_ratio > 10

    scrub = scrubber(model, guard=guard)
    refused("guard", "`guard` must not refuse the removal", lambda: scrub.remove([1]))
    assert len(seen) == 1
    assert fingerprint(model) == before
    scrubber(model, guard=lambda report: None).remove([1])
    assert fingerprint(model) != before


def test_a_step_that_would_do_harm_is_damped_until_it_does_not() -> None:
    """The loss bends over: undamped Newton steps lead far beyond the minimum of log(1 + z^2)."""
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.constant_(model.weight, 0.95)
    y = torch.zeros(9, 1, dtype=torch.float64)
    x = 1 + 1e-9 * torch.arange(9).double()[:, None]

    def loss(outputs, targets):
        return torch.log1p((outputs - targets).square()).mean()

    options = {"gradient": "retain", "curvature": "exact", "damping": 0.0}
    scrub = Scrubber(model, loss, (x, y), select="all", **options)
    report = scrub.remove([0])
    assert report.damping > 0
    assert report.actual_change < 0
    assert abs(model.weight.item()) < 0.95


# --- what is refused ------------------------------------------------------------------------------


def test_activations_that_are_not_finite_are_refused() -> None:
    class Overflows(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = fill(nn.Linear(4, 4), scale=1.0)
            self.head = fill(nn.Linear(4, 3))

        def forward(self, x):
            return self.head(torch.tanh(self.inner(torch.exp(torch.exp(5 * x)))).nan_to_num())

    model = Overflows()
    before = fingerprint(model)
    data = (3 + normal(20, 4).abs(), labels(20, 3))
    scrub = Scrubber(model, LOSS, data, perturbations=20)
    refused("nonFinite", "activations of the perturbed samples", lambda: scrub.remove([0]))
    assert fingerprint(model) == before
