"""What is measured of a model after a removal, beside the refit."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from bench.scrub.practice.data import Data, Pair
from bench.scrub.practice.networks import Setting
from bench.scrub.practice.removals import Case
from lcodec import LcodecError
from lcodec.scrub import accuracy, kl_divergence, mean_loss
from lcodec.scrub.evaluation.membership import membership_inference
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.inputs import Inputs, apply

Vector = torch.Tensor


@torch.no_grad()
def divergence(refit: nn.Module, model: nn.Module, inputs: Inputs, *, classes: bool) -> float:
    """Return KL(refit || model), or the mean squared difference of predicted numbers."""
    if classes:
        return kl_divergence(refit, model, inputs)
    return float((run(refit, inputs).double() - run(model, inputs).double()).square().mean())


@torch.no_grad()
def skill(model: nn.Module, pair: Pair, *, classes: bool) -> float:
    """Return the accuracy, or the share of variance explained."""
    if classes:
        return accuracy(model, pair)
    left = (run(model, pair[0]) - pair[1]).double().square().mean()
    return 1.0 - float(left / pair[1].double().var(unbiased=False))


def attacked(model: nn.Module, setting: Setting, case: Case, data: Data) -> float | None:
    """Return the advantage of the attack by loss on the forgotten rows; None where too few."""
    try:
        found = membership_inference(model, setting.loss, case.data.rows(case.forget), data.test)
    except LcodecError as error:
        if error.id != "lcodec:tooFew":
            raise
        return None
    return found.advantage


def residual_of(setting: Setting, before: nn.Module, case: Case) -> Callable[[nn.Module], float]:
    """Return a function of a model: the tilted residual, after / before.

    That is |grad F'(w) - grad F(w0)| over |grad F'(w0) - grad F(w0)|, with F' the objective over
    the rows that stay, F that over all, and w0 the weights before: over all parameters, in
    evaluation mode, in float64.
    """
    everything = torch.arange(case.data.count)
    kept = torch.nonzero(case.keep)[:, 0]
    tilt = _gradient(setting, before, case.data.rows(everything))
    start = float((_gradient(setting, before, case.data.rows(kept)) - tilt).norm())

    def ratio(model: nn.Module) -> float:
        return float((_gradient(setting, model, case.data.rows(kept)) - tilt).norm()) / start

    return ratio


def _gradient(setting: Setting, model: nn.Module, pair: Pair) -> Vector:
    exact = copy.deepcopy(model).double()
    inputs = apply(pair[0], lambda part: part.double() if part.is_floating_point() else part)
    targets = pair[1].double() if pair[1].is_floating_point() else pair[1]
    parameters = list(exact.parameters())
    value = setting.loss(run(exact, inputs), targets)
    decay = sum((part.square().sum() for part in parameters), start=torch.zeros(()))
    value = value + setting.recipe.penalty / 2 * decay
    return torch.cat([part.flatten() for part in torch.autograd.grad(value, parameters)])


def measured(
    model: nn.Module,
    refit: nn.Module,
    setting: Setting,
    case: Case,
    data: Data,
    residual: Callable[[nn.Module], float],
) -> dict[str, Any]:
    """Return the measures of a model."""
    classes = data.classes is not None
    lost = case.data.rows(case.forget)
    advantage = attacked(model, setting, case, data)
    return {
        "forgotten": short(divergence(refit, model, lost[0], classes=classes)),
        "test": short(divergence(refit, model, data.test[0], classes=classes)),
        "residual": short(residual(model)),
        "skill": short(skill(model, data.test, classes=classes)),
        "loss": short(mean_loss(model, setting.loss, lost)),
        "advantage": None if advantage is None else short(advantage),
    }


def short(value: float) -> float:
    """Return a value with five digits."""
    return float(f"{value:.4e}")
