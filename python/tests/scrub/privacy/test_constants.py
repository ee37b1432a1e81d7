"""Lipschitz constants of the losses."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from torch import nn

from lcodec.scrub.privacy import (
    loss_constants,
)
from python.tests.scrub.networks import normal
from python.tests.scrub.privacy.constants import SHARP

# --- Lipschitz constants of the losses ------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "outputs", "target"),
    [
        (nn.CrossEntropyLoss(), 4, torch.tensor(1)),
        (nn.BCEWithLogitsLoss(), 3, torch.tensor([1.0, 0.0, 1.0]).double()),
        (nn.BCEWithLogitsLoss(reduction="sum"), 3, torch.tensor([1.0, 0.0, 1.0]).double()),
        (nn.functional.cross_entropy, 2, torch.tensor(0)),
        (nn.functional.binary_cross_entropy_with_logits, 1, torch.tensor([1.0]).double()),
    ],
)
def test_the_constants_bound_the_gradients_and_the_change_of_the_hessian(
    loss, outputs, target
) -> None:
    x = normal(5)
    lipschitz, hessian_lipschitz = loss_constants(loss, outputs, float(x.norm()))

    def value(w):
        return loss((w.reshape(outputs, 5) @ x)[None], target[None])

    hessian = torch.func.jacrev(torch.func.jacrev(value))

    steepest = fastest = 0.0
    for seed in range(15):
        w = normal(outputs * 5, seed=seed) * (3 if seed % 2 else 0.3)
        step = 1e-3 * normal(outputs * 5, seed=seed + 100)
        steepest = max(steepest, float(torch.func.grad(value)(w).norm()))
        hessians = [hessian(w + sign * step) for sign in (1, -1)]
        change = torch.linalg.matrix_norm(hessians[0] - hessians[1], 2)
        fastest = max(fastest, float(change / (2 * step.norm())))
    assert lipschitz / 20 < steepest <= lipschitz
    assert hessian_lipschitz / 20 < fastest <= hessian_lipschitz


def test_the_constants_are_reached() -> None:
    x = torch.tensor([2.0]).double()  # R = 2, one output, no bias: the worst case is explicit
    lipschitz, hessian_lipschitz = loss_constants(nn.BCEWithLogitsLoss(), 1, 2.0)
    s = (1 - 1 / math.sqrt(3)) / 2
    w = torch.tensor(math.log(s / (1 - s)) / 2).double()
    third = torch.func.grad(
        torch.func.grad(torch.func.grad(lambda w: nn.functional.softplus(w * x[0])))
    )
    assert float(third(w)) == pytest.approx(hessian_lipschitz, rel=1e-12)
    assert lipschitz == 2.0
    # Two classes: u = (1, -1) / sqrt 2 turns log-sum-exp into a softplus of sqrt(2) t.
    two = loss_constants(nn.CrossEntropyLoss(), 2, 1.0)
    mean = loss_constants(nn.BCEWithLogitsLoss(), 3, 2.0)
    assert mean == (pytest.approx(2 / math.sqrt(3)), pytest.approx(8 * SHARP / 3))
    total = loss_constants(nn.BCEWithLogitsLoss(reduction="sum"), 3, 2.0)
    assert total == (pytest.approx(2 * math.sqrt(3)), pytest.approx(8 * SHARP))
    assert two == (pytest.approx(math.sqrt(2)), pytest.approx(math.sqrt(8) * SHARP))


# --- Guo: budget and removal ----------------------------------------------------------------------


@given(st.floats(-30, 30))
def test_the_third_derivative_of_the_loss_is_bounded_by_the_sharp_constant(z) -> None:
    s = float(expit(z))
    assert abs(s * (1 - s) * (1 - 2 * s)) <= SHARP * (1 + 1e-12)
