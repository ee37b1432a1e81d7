import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.step import Dense, LowRank
from lcodec.scrub.step.newton import ascent_step, forget_gradient, newton_step
from python.tests.scrub.convex import minimise, objective_of, zero
from python.tests.scrub.networks import labels, normal

LOSS = nn.CrossEntropyLoss()


def positive(p=6):
    root = normal(p, p)
    return root @ root.T + torch.eye(p, dtype=torch.float64)


def ones(p):
    return torch.ones(p, dtype=torch.float64)


# --- Newton ---------------------------------------------------------------------------------------


def test_newton_step_solves_the_damped_system() -> None:
    m, g = positive(), normal(6, seed=1)
    step = newton_step(Dense(m), g, damping=0.5)
    wanted = -torch.linalg.solve(m + 0.5 * torch.eye(6), g)
    assert torch.allclose(step.step, wanted, rtol=0, atol=1e-12)
    assert step.damping == 0.5
    assert not step.clipped
    assert abs(step.norm - float(wanted.norm())) < 1e-12
    assert abs(step.predicted_change - float(g @ wanted + wanted @ m @ wanted / 2)) < 1e-12


def test_damping_is_raised_until_cholesky_succeeds() -> None:
    m = Dense(torch.diag(torch.tensor([1.0, -0.5], dtype=torch.float64)))
    step = newton_step(m, ones(2), damping=0.01)
    assert step.damping == 1.0
    floor = newton_step(m, ones(2))
    assert floor.damping == pytest.approx(0.75)
    assert torch.allclose(floor.step, torch.tensor([-1 / 1.75, -4.0], dtype=torch.float64))


def test_trust_region_keeps_the_direction() -> None:
    m, g = Dense(positive()), normal(6, seed=1)
    free, held = newton_step(m, g), newton_step(m, g, max_step=0.1)
    assert held.clipped
    assert held.norm == 0.1
    assert torch.allclose(held.step, free.step * (0.1 / free.norm), rtol=1e-12, atol=0)
    assert not newton_step(m, g, max_step=100.0).clipped


def test_hopeless_curvature_is_refused() -> None:
    m = Dense(torch.zeros(2, 2, dtype=torch.float64))
    with pytest.raises(LcodecError, match="must be positive definite") as caught:
        newton_step(m, ones(2))
    assert caught.value.id == "lcodec:notPositiveDefinite"


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 8),
    st.integers(0, 6),
    st.floats(1e-3, 10.0),
    st.floats(1e-3, 1.0),
    st.integers(0, 10**6),
)
def test_newton_goes_down_and_never_beyond_the_trust_region(p, r, damping, radius, seed) -> None:
    rows, g = normal(r, p, seed=seed), normal(p, seed=seed + 1)
    step = newton_step(LowRank(rows, 0.1), g, damping=damping, max_step=radius)
    assert float(g @ step.step) < 0
    assert step.norm <= radius * (1 + 1e-12)
    assert float(step.step.norm()) == pytest.approx(step.norm)
    assert step.predicted_change < 0
    model = float(g @ step.step) + float((rows @ step.step).square().sum()) / 2
    model += 0.05 * float(step.step.square().sum())
    assert step.predicted_change == pytest.approx(model, abs=1e-12)


def test_a_cr_step_raises_the_loss_of_the_forgotten_samples() -> None:
    """A Newton step with their curvature and minus their gradient."""
    curvature, gradient = positive(), normal(6, seed=1)
    step = newton_step(Dense(curvature), -gradient, damping=0.1)
    wanted = torch.linalg.solve(curvature + 0.1 * torch.eye(6, dtype=torch.float64), gradient)
    assert torch.allclose(step.step, wanted, rtol=0, atol=1e-12)
    assert float(gradient @ step.step) > 0


# --- ascent ---------------------------------------------------------------------------------------


def test_ascent_goes_up_the_gradient() -> None:
    g = torch.tensor([3.0, 4.0], dtype=torch.float64)
    step = ascent_step(g, 0.1)
    assert torch.allclose(step.step, 0.1 * g)
    assert step.norm == pytest.approx(0.5)
    assert (step.damping, step.predicted_change, step.clipped) == (None, None, False)
    held = ascent_step(g, 10.0, max_step=1.0)
    assert torch.allclose(held.step, g / 5)
    assert held.clipped


def test_ascent_refuses_what_is_not_finite() -> None:
    with pytest.raises(LcodecError, match="ascent step must be finite"):
        ascent_step(torch.tensor([float("nan")]), 0.1)


# --- the gradient from the forgotten samples ------------------------------------------------------


@pytest.mark.parametrize("m", [1, 9])
def test_at_a_minimum_the_forgotten_samples_give_the_retained_gradient(m) -> None:
    x, y = normal(40, 3), labels(40, 3)
    model = minimise(zero(nn.Linear(3, 3)), LOSS, (x, y), 0.1)
    forgotten = objective_of(model, LOSS, (x[:m], y[:m]), 0.1).value_and_gradient()[1]
    found = forget_gradient(forgotten, m, 40 - m)
    retained = objective_of(model, LOSS, (x[m:], y[m:]), 0.1)
    for name, wanted in retained.value_and_gradient()[1].items():
        assert wanted.norm() > 1e-3
        assert torch.allclose(found[name], wanted, rtol=0, atol=1e-10)
