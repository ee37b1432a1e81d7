"""`max_passes`: the work of a removal stays at or below it, and what was found by then is taken."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Scrubber, Sekhari, stages
from lcodec.scrub.descent import Way, sample
from lcodec.scrub.objective import work
from python.tests.scrub.convolution import refused, scrubber, vector
from python.tests.scrub.networks import conv_net, fill, labels, normal
from python.tests.scrub.perceptron import network

NOISE = Sekhari(0.5, 1e-3, 1.0, 1.0, 1.0, scope="all")
WAYS = {
    "all": {},
    "lfoci": {"select": "lfoci"},
    "damping": {"damping": 1e-6},
    "conjugate gradients": {"curvature": "exact", "solver": "cg"},
    "noise": {"privacy": NOISE},
}
ROUNDING = 1e-9


def outcome(scrub: Scrubber, samples: list[int]):
    """Return the report, None where the cap allows none, and the work that was done."""
    with work.counted() as found:
        try:
            return scrub.remove(samples), found.samples
        except LcodecError as error:
            if error.id != "lcodec:maxPasses":
                raise
    return None, found.samples


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
def test_the_work_stays_within_the_cap(options) -> None:
    free = scrubber(**options).remove([1, 2])
    costs = []
    for share in (0.3, 0.5, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0):
        cap = max(2.0, share * free.cost)
        report, done = outcome(scrubber(max_passes=cap, **options), [1, 2])
        assert done <= 38 * (cap + ROUNDING)
        if report is not None:
            assert report.cost == pytest.approx(done / 38, rel=1e-12)
            costs.append(report.cost)
    assert len(costs) > 2
    assert costs[0] < costs[-1] == free.cost  # what it leaves is used


@pytest.mark.parametrize("name", ["all", "lfoci", "damping", "conjugate gradients"])
def test_a_removal_that_costs_less_is_the_same(name) -> None:
    models = [conv_net(), conv_net()]
    free = scrubber(models[0], **WAYS[name]).remove([1, 2])
    report = scrubber(models[1], max_passes=free.cost, **WAYS[name]).remove([1, 2])
    assert torch.equal(vector(models[0]), vector(models[1]))
    assert (report.passes, report.steps, report.capped) == (free.passes, free.steps, False)
    assert "max_passes" not in str(report)


def test_the_best_of_the_dampings_and_steps_that_it_leaves_is_taken(monkeypatch) -> None:
    """A plan says the same as the removal, and both that it was the cap that ended the search."""
    seen, own = [], Way.checked

    def checked(self, step, values):
        found = own(self, step, values)
        seen.append(found.outcome.residual_after)
        return found

    monkeypatch.setattr(Way, "checked", checked)
    assert scrubber(select="lfoci").plan([1, 2]).steps == 2
    first = scrubber(select="lfoci", steps=1).plan([1, 2])
    before, check = first.cost - first.passes["check"], 1 + 2 / 38 / 3
    for tries, more in ((1, 0.5), (2, 0.5), (2, 2.0)):  # too little for a curvature and a check
        cap = before + (tries + more) * check
        seen.clear()
        scrub = scrubber(select="lfoci", max_passes=cap)
        plan = scrub.plan([1, 2])
        assert len(seen) == tries
        report = scrub.remove([1, 2])
        assert plan.capped
        assert report.capped
        assert plan.passes == report.passes
        assert report.residual_after == min(seen)
        assert report.to_dict()["capped"] is True
        for text in (str(plan), str(report)):
            assert "`max_passes` ended the search for a better step" in text
        assert report.steps == 1
        assert report.passes["curvature"] == first.passes["curvature"]


def test_a_cap_that_leaves_no_step_is_an_error_that_says_what_was_spent() -> None:
    model = conv_net()
    before = vector(model)
    why = "got 4: spent are try 0.404, gradient 1.07, checking the result takes 1.02, and there is "
    why += "no room for record, 5.26 at least; give a larger `max_passes`, or fewer `perturbations`"
    scrub = scrubber(model, select="lfoci", max_passes=4)
    refused("maxPasses", why, lambda: scrub.plan([1, 2]))
    refused("maxPasses", why, lambda: scrub.remove([1, 2]))
    assert torch.equal(vector(model), before)
    noisy = scrubber(privacy=NOISE, max_passes=2.5)
    refused("maxPasses", "checking the result takes 2.09", lambda: noisy.remove([1, 2]))


def test_a_cap_below_gradient_and_check_is_refused_before_them(monkeypatch) -> None:
    monkeypatch.setattr(stages, "begin", None)
    scrub = scrubber(max_passes=2)
    refused("maxPasses", "no room for gradient, 1 at least", lambda: scrub.remove([1, 2]))
    why = "`max_passes` must be at least 2, a pass over the data before the step and one after it, "
    refused("optionRange", f"{why}got 1.5", lambda: scrubber(max_passes=1.5))


def test_where_all_dampings_so_far_do_harm_there_is_no_step(monkeypatch) -> None:
    own, seen = Way.checked, []

    def checked(self, step, values):
        seen.append(step.damping)
        found = own(self, step, values)
        outcome = replace(found.outcome, actual_change=1.0)
        return found if step.damping >= 100 else replace(found, outcome=outcome)

    monkeypatch.setattr(Way, "checked", checked)
    free = scrubber(steps=1).plan([1, 2])
    assert seen == [1.0, 10.0, 100.0, 1000.0]
    assert free.damping == 100.0
    for tries, cap in ((2, free.cost - 2), (3, free.cost - 1)):
        seen.clear()
        scrub = scrubber(steps=1, max_passes=cap)
        if tries == 2:
            refused("maxPasses", "there is no room for", lambda scrub=scrub: scrub.plan([1, 2]))
        else:
            assert scrub.plan([1, 2]).damping == 100.0
        assert len(seen) == tries


# --- on a sample of the data ----------------------------------------------------------------------

X, Y = normal(400, 4), labels(400, 3)


@pytest.fixture
def small(monkeypatch) -> list[int]:
    """Make the first sample one of 40 rows that all the data never agree with; note their sizes."""
    monkeypatch.setattr(sample, "WORK", 0)
    monkeypatch.setattr(sample, "FEWEST", 40)
    monkeypatch.setattr(sample, "AGREES", -1.0)
    sizes, own = [], stages.on_sample

    def on_sample(request, start, size):
        sizes.append(size)
        return own(request, start, size)

    monkeypatch.setattr(stages, "on_sample", on_sample)
    return sizes


def removal(model: nn.Module, **options) -> Scrubber:
    return Scrubber(
        model, nn.CrossEntropyLoss(), (X, Y), select="all", weight_decay=0.05, **options
    )


def test_larger_samples_are_begun_where_they_can_be_afforded(small) -> None:
    free = removal(fill(network())).remove([0, 1, 2])
    assert small == [40, 160]
    tried = set()
    for share in (0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        small.clear()
        cap = share * free.cost
        report, done = outcome(removal(fill(network()), max_passes=cap), [0, 1, 2])
        assert done <= 397 * (cap + ROUNDING)
        if report is not None:
            tried.add(len(small))
            assert report.cost == pytest.approx(done / 397, rel=1e-12)
            assert report.capped == (share < 1.0)
            assert report.residual_ratio < 1
            assert report.gradient_before == free.gradient_before  # of all the data
    assert tried == {1, 2}


@pytest.mark.parametrize("cap", [2.55, 2.6, 2.7, 2.8, 2.9, 3.0])
def test_work_is_left_for_the_check_of_all_the_data(small, monkeypatch, cap) -> None:
    """Wherever the search on the sample is ended, there is a result."""
    monkeypatch.setattr(sample, "AGREES", 1.0)
    assert removal(fill(network())).plan([0, 1, 2]).cost > 3.0
    report = removal(fill(network()), max_passes=cap).remove([0, 1, 2])
    assert report.capped
    assert report.cost <= cap + ROUNDING
    assert report.residual_ratio < 1


def test_the_best_by_all_the_data_is_taken(small, monkeypatch) -> None:
    """Also where larger samples, or a first step on all the data, were tried after it."""
    left, own = [], Way.checked

    def checked(self, step, values):
        found = own(self, step, values)
        if self.request.retained.size() == 397:
            left.append(found.outcome.residual_after)
        return found

    monkeypatch.setattr(Way, "checked", checked)
    report = removal(model := fill(network()), max_passes=12.8).remove([0, 1, 2])
    assert small == [40, 160]
    assert len(left) == 3
    assert report.residual_after == min(left) < left[-1]
    weights = torch.cat([part.detach().flatten() for part in model.parameters()])
    start = torch.cat([part.detach().flatten() for part in fill(network()).parameters()])
    assert float((weights - start).norm()) == pytest.approx(report.step_norm, rel=1e-12)


@pytest.mark.parametrize("worse", ["actual_change", "residual_after"])
def test_a_sample_whose_step_does_harm_is_refused(small, monkeypatch, worse) -> None:
    own = Way.checked

    def checked(self, step, values):
        found = own(self, step, values)
        if self.request.retained.size() < 397:
            return found
        return replace(found, outcome=replace(found.outcome, **{worse: 1.0 + self.residual}))

    monkeypatch.setattr(Way, "checked", checked)
    model = fill(network())
    before = vector(model)
    scrub = removal(model, max_passes=4.0)
    why = "a larger `max_passes`, which ended the search"
    refused("noGain", why, lambda: scrub.remove([0, 1, 2]))
    assert small == [40]
    assert torch.equal(vector(model), before)


# --- the count of it ------------------------------------------------------------------------------


def test_work_that_would_pass_the_limit_is_not_counted_anywhere() -> None:
    with work.counted() as outer, pytest.raises(work.Spent), work.counted(2.0) as inner:
        work.forward(2)
        work.backward(2)
        work.forward(1)
    assert (outer.samples, inner.samples) == (2.0, 2.0)
    assert (outer.forward, inner.forward) == (2, 2)
