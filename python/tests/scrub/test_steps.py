"""Several Newton steps on the same objective, and the damping that nobody gave."""

import copy
import itertools
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Scrubber, Sekhari
from lcodec.scrub.descent import way
from lcodec.scrub.slices.slices import FlatParameters, find_slices
from python.tests.scrub.convex import minimise, whole, zero
from python.tests.scrub.networks import fill, labels, normal
from python.tests.scrub.perceptron import network

LOSS = nn.CrossEntropyLoss()
X, Y = normal(90, 4), labels(90, 3)
DECAY = 0.05


def logistic() -> nn.Module:
    """A logistic regression at the minimum over all rows."""
    return minimise(zero(nn.Linear(4, 3)), LOSS, (X, Y), DECAY)


@cache
def trained() -> nn.Module:
    model = network()
    adam = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(60):
        adam.zero_grad()
        LOSS(model(X), Y).backward()
        adam.step()
    return model


def stopped() -> nn.Module:
    """A perceptron that was stopped early."""
    return copy.deepcopy(trained())


def remove(model, rows: int = 9, **options):
    """Forget the first rows."""
    scrub = Scrubber(model, LOSS, (X[rows:], Y[rows:]), weight_decay=DECAY, **options)
    return scrub.remove((X[:rows], Y[:rows]))


def test_steps_at_a_convex_minimum_end_at_the_refit() -> None:
    refit = whole(minimise(zero(nn.Linear(4, 3)), LOSS, (X[9:], Y[9:]), DECAY)).read()
    distances = []
    for steps in (1, 2, 3, 8):
        model = logistic()
        report = remove(model, select="all", steps=steps)
        assert report.steps <= steps
        distances.append(float((whole(model).read() - refit).norm()))
    assert distances == sorted(distances, reverse=True)
    assert distances[0] > 1e-6
    assert distances[-1] < 1e-12


@pytest.mark.parametrize("damping", [None, 0.01])
def test_every_step_goes_on_from_the_one_before(damping) -> None:
    """Down the same objective, with new curvature; the residual falls, or stays well below 1."""
    residuals, changes, start = [], [], stopped()
    for steps in range(1, 6):
        model = copy.deepcopy(start)
        report = remove(model, select="all", steps=steps, damping=damping)
        residuals.append(report.residual_after / report.residual_before)
        changes.append(report.actual_change)
        moved = whole(model).read() - whole(start).read()
        assert report.step_norm == pytest.approx(float(moved.norm()), rel=1e-6)
        assert f"newton x {steps}" in str(report) or report.steps < steps or steps == 1
    assert report.steps > 2
    for before, after in itertools.pairwise(residuals):
        assert after < max(0.6, before) or after == before
    assert changes == sorted(changes, reverse=True)


def test_the_curvature_is_taken_anew_where_each_step_starts() -> None:
    """The second of two steps is the one step of the exact Newton method from there."""
    model, again = stopped(), stopped()
    options = {"select": "all", "gradient": "retain", "damping": 0.3}
    remove(model, **options, steps=2)
    for _ in range(2):
        remove(again, **options, steps=1)
    assert torch.allclose(whole(model).read(), whole(again).read(), rtol=0, atol=1e-10)


@settings(max_examples=10, deadline=None)
@given(rows=st.integers(1, 30), select=st.sampled_from(["all", "last_layer"]))
def test_more_steps_lower_the_objective_near_by(rows, select) -> None:
    one, several = stopped(), stopped()
    first = remove(one, rows, select=select, steps=1)
    last = remove(several, rows, select=select)
    assert last.residual_after <= max(first.residual_after, 0.6 * first.residual_before)
    assert last.actual_change <= first.actual_change
    assert (last.steps == 1) == (last.actual_change == first.actual_change)


def test_the_damping_is_the_one_that_leaves_least() -> None:
    ratios = {}
    for damping in (1.0, 0.1, 0.01, 0.001):
        ratios[damping] = remove(stopped(), select="all", steps=1, damping=damping).residual_after
    report = remove(stopped(), select="all", steps=1)
    assert report.residual_after <= min(ratios.values())


def test_more_damping_is_tried_where_the_first_leaves_more_than_there_was() -> None:
    """As with a loss that is a hundredfold, for which 10 is what .1 is for the plain one."""

    def forget(factor, damping):
        model = network()
        with torch.no_grad():
            for part in model.parameters():
                part.mul_(2)
        scrub = Scrubber(
            model,
            lambda outputs, targets: factor * LOSS(outputs, targets),
            (X[1:], Y[1:]),
            select="all",
            steps=1,
            damping=damping,
        )
        return scrub.remove((X[:1], Y[:1]))

    assert forget(100.0, 1.0).residual_ratio > 1
    plain, hundredfold = forget(1.0, None), forget(100.0, None)
    assert (plain.damping, hundredfold.damping) == (0.1, 10.0)
    assert hundredfold.residual_ratio == pytest.approx(plain.residual_ratio, rel=1e-9)
    assert plain.residual_ratio < 0.7


def test_a_model_holds_other_values_for_a_while_only() -> None:
    model = stopped()
    flat = FlatParameters(model, find_slices(model)[0][:2])
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(KeyboardInterrupt), flat.holding(torch.full((len(flat),), 0.5)):
        assert set(flat.read().tolist()) == {0.5}
        raise KeyboardInterrupt
    assert all(torch.equal(model.state_dict()[name], part) for name, part in before.items())


def test_a_plan_of_several_steps_changes_nothing() -> None:
    model = stopped()
    before = copy.deepcopy(model.state_dict())
    scrub = Scrubber(model, LOSS, (X[9:], Y[9:]), select="all")
    assert scrub.plan((X[:9], Y[:9])).steps > 1
    assert all(torch.equal(model.state_dict()[name], part) for name, part in before.items())


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"step": "cr"}, "for `step` 'cr'"),
        ({"step": "ascent"}, "for `step` 'ascent'"),
        (
            {"privacy": Sekhari(1.0, 1e-5, 1.0, 1.0, 1.0)},
            "with `privacy`",
        ),
    ],
)
def test_one_step_where_there_can_be_only_one(options, why) -> None:
    with pytest.raises(LcodecError, match=f"`steps` must be 1 {why}, got 3"):
        Scrubber(fill(nn.Linear(4, 3)), LOSS, (X, Y), steps=3, **options)
    Scrubber(fill(nn.Linear(4, 3)), LOSS, (X, Y), steps=1, **options)


def test_no_step_where_none_brings_it_closer() -> None:
    """A layer whose curvature is far from its gradient: nothing is left but to say so."""
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    with torch.no_grad():
        for part in model.parameters():
            part.zero_()
    before = copy.deepcopy(model.state_dict())
    scrub = Scrubber(model, LOSS, (X[9:], Y[9:]), select="all", layers=["0"])
    with pytest.raises(LcodecError):
        scrub.remove((X[:9], Y[:9]))
    assert all(torch.equal(model.state_dict()[name], part) for name, part in before.items())


def apart() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """A perceptron that tells three classes apart, its inputs and its targets."""
    y = labels(90, 3)
    x = normal(90, 4) + 2 * nn.functional.one_hot(y, 4)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 3)).double()
    adam = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(60):
        adam.zero_grad()
        LOSS(model(x), y).backward()
        adam.step()
    return model, x, y


def test_steps_end_where_the_objective_has_no_minimum(monkeypatch) -> None:
    """A class that nobody has any more can be made ever less likely, and the gradient stays."""
    reports = []
    for half in (way.HALF, float("inf")):
        monkeypatch.setattr(way, "HALF", half)
        model, x, y = apart()
        length = float(sum(part.detach().square().sum() for part in model[2].parameters())) ** 0.5
        scrub = Scrubber(model, LOSS, (x[y != 2], y[y != 2]), select="last_layer")
        reports.append(scrub.remove((x[y == 2], y[y == 2])))
    assert reports[0].step_norm < length < reports[1].step_norm / 4
    assert reports[0].residual_after < reports[1].residual_after
    assert reports[0].loss_after < 4 < 10 < reports[1].loss_after
