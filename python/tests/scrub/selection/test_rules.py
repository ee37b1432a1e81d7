"""What each rule selects, within its budget."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Scrubber
from python.tests.scrub import convolution
from python.tests.scrub.networks import conv_data, conv_net, fill, labels, normal
from python.tests.scrub.paper import PAPER, scrubber


@pytest.mark.parametrize("select", ["random", "top_gradient", "lfoci", "all"])
def test_the_budget_is_kept(select) -> None:
    report = scrubber(select=select, max_parameters=40).remove(conv_data(5, seed=7))
    assert 0 < report.parameters_touched <= 40
    if select in ("random", "all"):
        assert report.parameters_touched > 40 - 10  # nothing that fits is left out
        assert len(report.slices) + len(report.dropped) == 13


def test_lfoci_keeps_its_order_within_the_budget() -> None:
    free = scrubber().remove(conv_data(5, seed=7))
    budget = free.parameters_touched - 1
    held = scrubber(max_parameters=budget).remove(conv_data(5, seed=7))
    order = [(one.layer, one.unit) for one in free.slices]
    kept = [(one.layer, one.unit) for one in held.slices]
    dropped = [(one.layer, one.unit) for one in held.dropped]
    assert kept == [one for one in order if one in kept]
    assert sorted(kept + dropped) == sorted(order)
    assert dropped


def test_random_selection_depends_on_the_seed_only() -> None:
    gone = conv_data(5, seed=7)

    def units(seed):
        report = scrubber(select="random", max_parameters=60, seed=seed).remove(gone)
        return report.by_layer()

    assert units(1) == units(1)
    assert len({json.dumps(units(seed)) for seed in range(5)}) > 1


def test_top_gradient_takes_the_largest_gradients() -> None:
    """Of what the removal changes, in which weight decay is not."""
    model, keep, forget = conv_net(), conv_data(40), conv_data(5, seed=7)
    kept, own = (nn.functional.cross_entropy(model(x), y) for x, y in (keep, forget))
    (kept - own).backward()
    norms = {
        (layer, unit): float(module.weight.grad[unit].square().sum() + module.bias.grad[unit] ** 2)
        for layer, module in model.named_modules()
        if hasattr(module, "weight")
        for unit in range(len(module.weight))
    }
    model.zero_grad()
    scrub = scrubber(model, keep, select="top_gradient", max_parameters=10**6)
    report = scrub.remove(forget)
    found = [(one.layer, one.unit) for one in report.slices]
    assert found == sorted(norms, key=lambda one: -norms[one])


def test_lfoci_finds_the_units_that_carry_the_response() -> None:
    """Of 12 units only number 5 reaches the output."""
    model = fill(nn.Sequential(nn.Linear(12, 12), nn.Linear(12, 2)))
    with torch.no_grad():
        model[0].weight.copy_(torch.eye(12))
        model[1].weight.zero_()
        model[1].weight[0, 5] = 2.0
    keep, forget = (normal(60, 12), labels(60, 2)), (normal(1, 12, seed=3), labels(1, 2))
    report = scrubber(model, keep, perturbations=400).remove(forget)
    first = report.slices[0]
    assert (first.layer, first.unit) in {("0", 5), ("1", 0)}
    assert {one.unit for one in report.slices if one.layer == "0"} <= {5}


def test_a_constant_loss_falls_back_to_the_margin_and_says_so() -> None:
    model = fill(nn.Linear(4, 3))
    x = normal(3, 4, seed=2)
    with torch.no_grad():
        model.bias.copy_(torch.tensor([50.0, 0.0, 0.0]))
    keep = normal(40, 4), labels(40, 3)
    options = {"weight_decay": 0.1, "perturbations": 100, "damping": 0.1, **PAPER}
    hinge = Scrubber(model, lambda z, t: nn.functional.relu(1 - z[:, 0]).mean(), keep, **options)
    report = hinge.remove((x, torch.zeros(3, dtype=torch.int64)))
    assert report.response == "margin"
    assert "lfoci on the margin" in str(report)
    asked = scrubber(response="margin").remove(conv_data(5, seed=7))
    assert asked.response == "margin"


def test_an_empty_lfoci_selection_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        selected = np.empty(0, dtype=np.int64)

    nothing = "lcodec.scrub.selection.selection.lfoci"
    monkeypatch.setattr(nothing, lambda *args, **options: Nothing())
    with pytest.raises(LcodecError, match="LFOCI must select at least one slice, got none of 13"):
        scrubber().remove(conv_data(5, seed=7))


def test_lfoci_goes_by_influence_and_fills_a_budget_on_request() -> None:
    stopped = convolution.scrubber(select="lfoci", max_parameters=100).remove([1, 2])
    filled = convolution.scrubber(select="lfoci", max_parameters=100, fill=True).remove([1, 2])
    assert stopped.response == filled.response == "influence"
    assert stopped.parameters_touched < 80
    assert 80 < filled.parameters_touched <= 100
    first = [(one.layer, one.unit) for one in stopped.slices]
    assert [(one.layer, one.unit) for one in filled.slices][: len(first)] == first
    convolution.refused(
        "missingOption",
        "`max_parameters` must be given for `fill`",
        lambda: convolution.scrubber(select="lfoci", fill=True),
    )
