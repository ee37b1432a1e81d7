"""Removals whose result is known: ridge regression, and logistic regression in the limit."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from lcodec.scrub import step as curvature
from lcodec.scrub.step.newton import newton_step
from python.tests.scrub.convex import minimise, newton, objective_of, residual, whole, zero
from python.tests.scrub.networks import fill, normal

LOSS = nn.CrossEntropyLoss()


@pytest.mark.parametrize(
    ("method", "solver"),
    [("ggn", "dense"), ("ggn", "woodbury"), ("ggn", "cg"), ("exact", "dense"), ("exact", "cg")],
)
def test_one_newton_step_is_the_ridge_refit(method, solver) -> None:
    x, y = normal(80, 5), normal(80, 1, seed=1)
    keep = x[6:], y[6:]
    model = fill(nn.Linear(5, 1))
    objective, flat = objective_of(model, nn.MSELoss(), keep, 0.3), whole(model)
    found = curvature.build(method, objective, flat, objective.batches, solver=solver)
    gradient = flat.gather(objective.value_and_gradient()[1])
    flat.write(flat.read() + newton_step(found, gradient).step)
    design = torch.cat([keep[0], torch.ones(74, 1, dtype=torch.float64)], dim=1)
    ridge = 2 / 74 * design.T @ design + 0.3 * torch.eye(6, dtype=torch.float64)
    refit = torch.linalg.solve(ridge, 2 / 74 * design.T @ keep[1])[:, 0]
    assert torch.allclose(
        torch.cat([model.weight.detach()[0], model.bias.detach()]), refit, rtol=0, atol=1e-10
    )


def test_the_residual_of_a_logistic_removal_falls_as_one_over_n_squared() -> None:
    """Multinomial logistic regression on digits, weight decay 0.01, one full Newton step.

    The step is wrong by the third derivative times the square of its length, which is O(1/n).
    """
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    x = torch.tensor(digits.data[order] / 16)[:, 24:36]  # from the middle: 130 parameters
    y = torch.tensor(digits.target[order])
    sizes, removals = [100, 200, 400, 800, 1600], range(8)
    left = []
    for n in sizes:
        model = minimise(zero(nn.Linear(12, 10)), LOSS, (x[:n], y[:n]), 0.01)
        start = [tensor.detach().clone() for tensor in model.parameters()]
        each = []
        for one in removals:
            keep = torch.arange(n) != one
            data = x[:n][keep], y[:n][keep]
            with torch.no_grad():
                for tensor, value in zip(model.parameters(), start, strict=True):
                    tensor.copy_(value)
            newton(model, LOSS, data, 0.01)
            each.append(residual(model, LOSS, data, 0.01))
        left.append(float(np.log(each).mean()))
    exponent = -np.polyfit(np.log(sizes), left, 1)[0]
    assert 1.8 < exponent < 2.2
