"""The way down on a sample of the data, and curvature on few rows: made small here."""

import copy
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from lcodec.scrub import Scrubber, Sekhari, checks, stages
from lcodec.scrub.descent import Way, sample
from lcodec.scrub.stages import choose, step
from python.tests.scrub.convex import minimise, whole, zero
from python.tests.scrub.networks import fill, labels, normal
from python.tests.scrub.perceptron import network

LOSS = nn.CrossEntropyLoss()
X, Y = normal(400, 4), labels(400, 3)
DECAY = 0.05
FIRST = 40  # rows of the first sample


@pytest.fixture(autouse=True)
def small(monkeypatch) -> None:
    monkeypatch.setattr(sample, "WORK", 0)
    monkeypatch.setattr(sample, "FEWEST", FIRST)


@pytest.fixture
def sizes(monkeypatch) -> list[int]:
    """Rows of the samples on which it was tried."""
    seen = []
    own = stages.on_sample

    def on_sample(request, start, size):
        part, begun = own(request, start, size)
        seen.append(part.retained.size())
        outcome, slope = stages.check(part, begun, {})
        assert outcome.actual_change == pytest.approx(0.0, abs=1e-12)
        for name, wanted in start.slope.items():  # the gradient is that of all the data
            assert torch.allclose(slope[name], wanted, rtol=0, atol=1e-12), name
        return part, begun

    monkeypatch.setattr(stages, "on_sample", on_sample)
    return seen


def remove(model, count: int = 6, **options):
    scrub = Scrubber(model, LOSS, (X, Y), select="all", weight_decay=DECAY, **options)
    return scrub.remove(list(range(count)))


def test_a_sample_leads_to_the_refit_and_all_data_say_how_near(sizes, monkeypatch) -> None:
    monkeypatch.setattr(sample, "AGREES", 0.5)
    model = minimise(zero(nn.Linear(4, 3)), LOSS, (X, Y), DECAY)
    refit = whole(minimise(zero(nn.Linear(4, 3)), LOSS, (X[6:], Y[6:]), DECAY)).read()
    before = float((whole(model).read() - refit).norm())
    on_all = copy.deepcopy(model)
    monkeypatch.setattr(sample, "FEWEST", 100)
    report = remove(model)
    assert sizes == [100]
    assert float((whole(model).read() - refit).norm()) < 0.5 * before
    leaf = copy.deepcopy(model)
    decay = sum(part.square().sum() for part in leaf.parameters()) * DECAY / 2
    (LOSS(leaf(X[6:]), Y[6:]) + decay).backward()
    left = torch.cat([part.grad.flatten() for part in leaf.parameters()])
    assert report.residual_after == pytest.approx(float(left.norm()), rel=1e-2)
    monkeypatch.setattr(sample, "FEWEST", 1000)
    all_of_it = remove(on_all)
    assert sizes == [100]
    assert report.passes["check"] < all_of_it.passes["check"]
    assert report.model_bytes == all_of_it.model_bytes + 2 * 8 * 15


def test_where_all_data_do_not_agree_the_way_begins_again_on_more(sizes, monkeypatch) -> None:
    monkeypatch.setattr(sample, "AGREES", -1.0)
    tried, whole_way = fill(network()), fill(network())
    report = remove(tried)
    assert sizes == [FIRST, 4 * FIRST]  # sixteenfold is more than half
    monkeypatch.setattr(sample, "FEWEST", 1000)
    assert remove(whole_way).actual_change == report.actual_change
    assert torch.equal(whole(tried).read(), whole(whole_way).read())


@pytest.mark.parametrize(
    ("risen", "more", "tries"),
    [(0.0, 0.05, 1), (0.0, 0.2, 2), (1e-3, 0.0, 2)],
    ids=["near", "more residual", "risen"],
)
def test_all_data_agree_where_the_residual_is_near_and_nothing_rose(
    sizes, monkeypatch, risen, more, tries
) -> None:
    """The first check over all the data is told to find this much more than the sample did."""
    own, left = Way.checked, []

    def checked(self, step, vector):
        found = own(self, step, vector)
        if self.request.retained.size() < 394:
            left.append(found.outcome.residual_after)
        elif len(sizes) == 1:
            residual = min(left) + more * self.residual
            outcome = replace(found.outcome, actual_change=risen, residual_after=residual)
            return replace(found, outcome=outcome)
        return found

    monkeypatch.setattr(Way, "checked", checked)
    remove(fill(network()), steps=1, damping=None)
    assert len(sizes) >= tries
    assert (len(sizes) == 1) == (tries == 1)


@pytest.mark.parametrize(("rows", "tried"), [(197, [197]), (198, [])])
def test_a_sample_has_at_most_half_of_the_rows(sizes, monkeypatch, rows, tried) -> None:
    monkeypatch.setattr(sample, "FEWEST", rows)
    remove(fill(network()))
    assert sizes == tried


def test_a_sample_that_sees_no_gain_is_no_verdict(sizes, monkeypatch) -> None:
    monkeypatch.setattr(sample, "AGREES", 1e9)
    own, calls = sample.descend, []

    def refuses(way, gradient, curve):
        calls.append(way.request.retained.size())
        if len(calls) < 3:
            checks.fail("noGain", "not here")
        return own(way, gradient, curve)

    monkeypatch.setattr(sample, "descend", refuses)
    assert remove(fill(network())).steps >= 1
    assert calls == [FIRST, 4 * FIRST, 394]


@pytest.mark.parametrize(
    "options",
    [
        {"damping": 0.1},
        {"curvature_samples": 300},
        {"step": "ascent"},
        {"privacy": Sekhari(0.5, 1e-3, 1.0, 1.0, 1.0, scope="all")},
    ],
    ids=["damping", "samples", "ascent", "privacy"],
)
def test_what_was_asked_for_is_done_on_all_data(options, sizes) -> None:
    report = remove(fill(network()), **options)
    assert sizes == []
    assert report.curvature_samples in (None, 394, 300)


def test_the_first_batches_of_a_container_are_no_sample(sizes, monkeypatch) -> None:
    monkeypatch.setattr(step, "BENT", 0)
    monkeypatch.setattr(step, "FEWEST", 30)
    batches = list(zip(X.split(50), Y.split(50), strict=True))
    scrub = Scrubber(fill(network()), LOSS, batches[1:], select="all", weight_decay=DECAY)
    assert scrub.remove((X[:6], Y[:6])).curvature_samples == 350
    assert sizes == []


def test_the_curvature_of_a_large_network_is_taken_on_few_rows(monkeypatch) -> None:
    given = []
    own = step.build

    def build(*arguments, directions, accuracy, **options):
        given.append((directions, accuracy))
        return own(*arguments, directions=directions, accuracy=accuracy, **options)

    monkeypatch.setattr(step, "build", build)
    monkeypatch.setattr(sample, "FEWEST", 1000)
    monkeypatch.setattr(step, "BENT", 0)
    monkeypatch.setattr(step, "FEWEST", 30)
    report = remove(fill(network()), steps=1)
    assert report.curvature_samples == 30
    assert report.residual_ratio < 1
    assert remove(fill(network()), steps=1, damping=0.1).curvature_samples == 394
    assert remove(fill(network()), steps=1, curvature_directions=3).curvature_samples == 30
    assert given == [(2, 1e-3), (None, 1e-10), (3, 1e-3)]


@pytest.mark.parametrize(
    ("given", "parameters", "copies", "each"),
    [
        (None, 1e3, 1000, 2147),
        (100, 1e3, 100, 21474),
        (None, 8e4, 1000, 26),
        (250, 8e4, 250, 107),
        (None, 4e6, 536, 1),
        (None, 6.6e7, 250, 1),
        (50, 6.6e7, 50, 1),
        (2000, 6.6e7, 2000, 1),
    ],
)
def test_copies_of_large_networks_are_of_few_samples(given, parameters, copies, each) -> None:
    class Request:
        def __init__(self) -> None:
            self.options = SimpleNamespace(perturbations=given)

        def rows_within(self, work: int, fewest: int) -> int:
            return max(fewest, int(work // parameters))

    assert choose._copies(Request()) == (copies, each)  # type: ignore[arg-type]
