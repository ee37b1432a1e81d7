"""The certificate: Newton's end is within gamma of the refit, where every assumption holds."""

import copy
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from torch import nn

from lcodec.scrub import Scrubber, baselines
from lcodec.scrub.privacy import (
    Sekhari,
    certificate,
)
from python.tests.scrub.networks import fill, labels, normal
from python.tests.scrub.privacy.constants import SHARP


def logistic_weights(x, y, decay, start, steps):
    """Newton's method on the mean logistic loss of labels 0 and 1, plus decay / 2 |w|^2."""
    w = start.copy()
    for _ in range(steps):
        p = expit(x @ w)
        hessian = (x * (p * (1 - p))[:, None]).T @ x / len(x) + decay * np.eye(x.shape[1])
        w -= np.linalg.solve(hessian, x.T @ (p - y) / len(x) + decay * w)
    return w


# --- the theorem, on data: Newton's end is within gamma of the refit ------------------------------


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([0.3, 0.1, 0.03]), st.integers(1, 20))
def test_a_newton_removal_ends_within_the_error_bound(seed, decay, m) -> None:
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((60, 4))
    x /= np.linalg.norm(x, axis=1).max()
    y = (x[:, 0] + 0.3 * generator.standard_normal(60) > 0).astype(float)
    x[:m], y[:m] = -x[:m] * 0.9, y[:m]  # forgotten samples that pull the other way
    whole = logistic_weights(x, y, decay, np.zeros(4), 30)
    refit = logistic_weights(x[m:], y[m:], decay, whole, 30)
    newton = logistic_weights(x[m:], y[m:], decay, whole, 1)
    bound = Sekhari(0.5, 1e-5, decay, 1.0, SHARP).error_bound(60, m)
    assert np.linalg.norm(newton - refit) <= bound


DECAY = 0.1
GOOD = {
    "forgotten": 2,
    "weight_decay": DECAY,
    "selected_all": True,
    "curvature": "ggn",
    "step": "newton",
    "damping": 0.0,
    "clipped": False,
    "gradient_norm": 1e-12,
}


def judged(model=None, loss=None, batches=None, privacy=None, **changed):
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3)) if model is None else model
    x = normal(40, 2, 2)
    x = x / x.flatten(1).norm(dim=1).max()  # R = sqrt 2 with the 1 for the bias
    batches = [(x[:25], labels(25, 3)), (x[25:], labels(15, 3))] if batches is None else batches
    return certificate(
        model,
        nn.CrossEntropyLoss() if loss is None else loss,
        batches,
        Sekhari(0.5, 1e-5, DECAY, 2.0, 8 * SHARP, "all") if privacy is None else privacy,
        **{**GOOD, **changed},
    )


# --- the certificate ------------------------------------------------------------------------------


def test_a_linear_model_at_its_minimum_is_certified() -> None:
    verdict = judged()
    assert verdict.certified
    assert str(verdict) == "certified"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"privacy": Sekhari(0.5, 1e-5, DECAY, 2.0, 8 * SHARP)}, "noise scope is 'none'"),
        ({"privacy": Sekhari(0.5, 1e-5, 0.2, 2.0, 8 * SHARP, "all")}, "strong convexity 0.2"),
        ({"weight_decay": 0.0}, "strong convexity 0.1 is above the weight decay 0"),
        ({"privacy": Sekhari(0.5, 1e-5, DECAY, 1.9, 8 * SHARP, "all")}, "lipschitz is 1.9, the"),
        ({"privacy": Sekhari(0.5, 1e-5, DECAY, 2.0, 0.7, "all")}, "hessian_lipschitz is 0.7"),
        ({"selected_all": False}, "only selected slices were moved"),
        ({"curvature": "fisher"}, "curvature is 'fisher'"),
        ({"step": "ascent"}, "step is 'ascent'"),
        ({"damping": 1e-3}, "damping is 0.001"),
        ({"clipped": True}, "the trust region"),
        ({"gradient_norm": 0.1}, "the model is not at its minimum: gradient norm 0.1"),
        ({"forgotten": 40}, "40 of 40 samples were removed"),
        ({"model": nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 3))}, "not a single linear layer"),
        ({"loss": nn.CrossEntropyLoss(weight=torch.ones(3))}, "the loss CrossEntropyLoss is not"),
        ({"loss": nn.HuberLoss()}, "the loss HuberLoss is not one known to be convex"),
        (
            {
                "loss": nn.BCEWithLogitsLoss(),
                "model": nn.Linear(4, 1),
                "batches": [(normal(9, 4) / 9, torch.full((9, 1), 2.0))],
            },
            "targets are not all in",
        ),
        (
            {
                "loss": nn.BCEWithLogitsLoss(),
                "model": nn.Linear(4, 1),
                "batches": [(normal(9, 4) / 9, torch.full((9, 1), at)) for at in (-1.0, 0.5)],
            },
            "targets are not all in",
        ),
    ],
)
def test_each_failing_assumption_is_named(changed, reason) -> None:
    verdict = judged(**changed)
    assert not verdict.certified
    assert len(verdict.reasons) == 1
    assert reason in verdict.reasons[0]
    assert str(verdict).startswith("heuristic noise: ")


def test_the_longest_sample_of_any_batch_counts() -> None:
    x = normal(40, 4)
    x = x / x.norm(dim=1).max()
    batches = [(2 * x[:25], labels(25, 3)), (x[25:], labels(15, 3))]
    forward, backward = judged(batches=batches), judged(batches=batches[::-1])
    assert forward.reasons == backward.reasons
    assert "the data need" in forward.reasons[0]


def test_several_failing_assumptions_are_all_named_and_frozen_weights_count() -> None:
    model = fill(nn.Linear(4, 3))
    model.bias.requires_grad_(False)
    assert len(judged(model=model, damping=1.0, clipped=True, selected_all=False).reasons) == 4


def test_the_dtype_must_hold_the_error() -> None:
    small = Sekhari(0.5, 1e-5, 100.0, 2.0, 8 * SHARP, "all")  # an error of about 1e-8
    reasons = {}
    for dtype in (torch.float32, torch.float64):
        model = fill(nn.Sequential(nn.Flatten(), nn.Linear(4, 3))).to(dtype)
        verdict = judged(model=model, privacy=small, weight_decay=100.0)
        reasons[dtype] = verdict.reasons
    assert reasons[torch.float64] == ()
    assert "rounding to torch.float32 moves the weights" in reasons[torch.float32][0]


def test_the_scrubber_is_certified_for_logistic_regression_at_its_minimum_and_only_once() -> None:
    x = normal(80, 3)
    x = x / x.norm(dim=1).max()
    y = (x[:, :1] > 0).double()
    loss, decay = nn.BCEWithLogitsLoss(), 0.05
    model = fill(nn.Linear(3, 1))
    for _ in range(12):
        model, _ = baselines.run(
            "newton_cg",
            model,
            loss,
            (x, y),
            (x, y),
            weight_decay=decay,
            damping=0.0,
            curvature="exact",
        )
    refit = model
    for _ in range(4):
        refit, _ = baselines.run(
            "newton_cg", refit, loss, (x[2:], y[2:]), (x, y), weight_decay=decay, damping=0.0
        )
    privacy = Sekhari(0.5, 1e-5, decay, math.sqrt(2), math.sqrt(8) * SHARP, "all")
    plain = copy.deepcopy(model)
    settings = {"weight_decay": decay, "select": "all", "damping": 0.0}
    Scrubber(plain, loss, (x, y), **settings).remove([0, 1])
    distance = float(weights(plain).sub(weights(refit)).norm())
    assert 0 < distance <= privacy.error_bound(80, 2)
    scrubber = Scrubber(model, loss, (x, y), privacy=privacy, **settings)
    report = scrubber.remove([0, 1])
    assert report.noise.certified, report.noise.reasons
    moved = weights(model) - weights(plain)
    assert 0.1 < float(moved.norm()) / (report.noise.sigma * 2) < 4  # |N(0, I_4)| is about 2
    again = scrubber.remove([2])  # the noise has moved it off its minimum
    assert not again.noise.certified
    assert any("not at its minimum" in reason for reason in again.noise.reasons)
    assert again.noise.composed_epsilon == 1.0


def weights(model):
    return torch.cat([tensor.detach().flatten() for tensor in model.parameters()])
