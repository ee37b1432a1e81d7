"""Exact minima of convex problems, by full Newton steps to the end."""

from typing import Any

import torch
from torch import nn

from lcodec.scrub import step as curvature
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective, norm
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.slices.slices import FlatParameters, find_slices
from python.tests.scrub.networks import Network


def objective_of(model: nn.Module, loss: nn.Module, data: Any, weight_decay: float) -> Objective:
    batches = Batches(data, model, 2048, "retained")
    return Objective(model, PerSampleLoss(loss), batches, weight_decay)


def whole(model: nn.Module) -> FlatParameters:
    return FlatParameters(model, find_slices(model)[0])


def newton(
    model: nn.Module,
    loss: nn.Module,
    data: Any,
    weight_decay: float,
    *,
    method: str = "exact",
    damping: float = 0.0,
) -> None:
    """Take one full Newton step, in place."""
    objective, flat = objective_of(model, loss, data, weight_decay), whole(model)
    gradient = flat.gather(objective.value_and_gradient()[1])
    found = curvature.build(method, objective, flat, objective.batches, solver="dense")
    step, _ = found.solve(gradient, damping)
    flat.write(flat.read() - step)


def residual(model: nn.Module, loss: nn.Module, data: Any, weight_decay: float) -> float:
    """Return the norm of the gradient of the objective."""
    return norm(objective_of(model, loss, data, weight_decay).value_and_gradient()[1])


def minimise(model: Network, loss: nn.Module, data: Any, weight_decay: float) -> Network:
    """Bring a linear model to its minimum, where "ggn" is the Hessian; first steps are damped."""
    for damping in [1.0] * 5 + [0.0] * 10:
        newton(model, loss, data, weight_decay, method="ggn", damping=damping)
    assert residual(model, loss, data, weight_decay) < 1e-12
    return model


def zero(model: Network) -> Network:
    with torch.no_grad():
        for tensor in model.double().parameters():
            tensor.zero_()
    return model
