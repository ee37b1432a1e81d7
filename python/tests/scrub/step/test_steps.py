"""Each step and gradient, and curvature of some samples, through the scrubber."""

import copy

import torch
from torch import nn

from lcodec.scrub import Scrubber, fingerprint
from python.tests.scrub.convolution import LOSS, X, Y, refused, scrubber, vector
from python.tests.scrub.networks import conv_net, fill, normal

# --- gradients, steps and curvature samples -------------------------------------------------------


def test_the_forget_gradient_is_the_retained_one_at_a_minimum() -> None:
    x, y = normal(60, 3), normal(60, 1, seed=1)
    design = torch.cat([x, torch.ones(60, 1, dtype=torch.float64)], dim=1)
    ridge = 2 / 60 * design.T @ design + 0.3 * torch.eye(4, dtype=torch.float64)
    solution = torch.linalg.solve(ridge, 2 / 60 * design.T @ y)[:, 0]
    found = []
    for gradient in ("retain", "forget"):
        model = nn.Linear(3, 1).double()
        with torch.no_grad():
            model.weight[0], model.bias[0] = solution[:3], solution[3]
        Scrubber(
            model,
            nn.MSELoss(),
            (x, y),
            weight_decay=0.3,
            select="all",
            gradient=gradient,
            damping=0.0,
        ).remove(range(7))
        found.append(vector(model))
    assert torch.allclose(*found, rtol=0, atol=1e-12)
    assert not torch.allclose(found[0], solution, rtol=0, atol=1e-3)


def test_the_papers_steps_go_up_the_loss_of_the_samples() -> None:
    for options in ({"step": "ascent", "learning_rate": 0.01}, {"step": "cr", "damping": 1.0}):
        model = conv_net()
        before = copy.deepcopy(model)
        report = scrubber(model, **options).remove([1, 2])
        assert report.loss_after > report.loss_before
        assert report.step == options["step"]
    x, y = X[[1, 2]], Y[[1, 2]]
    slope = torch.autograd.grad(LOSS(before(x), y), list(before.parameters()))
    model = conv_net()
    scrubber(model, step="ascent", learning_rate=0.01).remove([1, 2])
    wanted = vector(before) + 0.01 * torch.cat([part.flatten() for part in slope])
    assert torch.allclose(vector(model), wanted, rtol=0, atol=1e-12)


def test_a_subsample_for_the_curvature() -> None:
    model, few = conv_net(), []
    report = scrubber(model, curvature_samples=10).remove([1])
    assert report.curvature_samples == 10
    assert report.actual_change < 0
    all_of_them = conv_net()
    assert scrubber(all_of_them, curvature_samples=1000).remove([1]).curvature_samples == 39
    for data in ((X, Y), [(X[:25], Y[:25]), (X[25:], Y[25:])]):
        one = conv_net()
        scrubber(one, data, curvature_samples=30).remove((X[:1] + 1, Y[:1]))
        few.append(vector(one))
    assert not torch.equal(*few)


# --- what is refused ------------------------------------------------------------------------------


def test_a_secant_needs_curvature_above_zero() -> None:
    model = fill(nn.Linear(4, 1))
    scrub = Scrubber(
        model,
        lambda z, t: -(z - t).square().mean(),
        (normal(20, 4), normal(20, 1, seed=1)),
        select="all",
        curvature="secant",
    )
    before = fingerprint(model)
    refused("negativeCurvature", "curvature along the gradient", lambda: scrub.remove([1]))
    assert fingerprint(model) == before
