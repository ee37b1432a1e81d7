"""Exact minima of convex problems, by full Newton steps to the end."""

import torch

from lcodec.scrub import step as curvature
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective, norm
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.slices.slices import FlatParameters, find_slices


def objective_of(model, loss, data, weight_decay):
    batches = Batches(data, model, 2048, "retained")
    return Objective(model, PerSampleLoss(loss), batches, weight_decay)


def whole(model):
    return FlatParameters(model, find_slices(model)[0])


def newton(model, loss, data, weight_decay, *, method="exact", damping=0.0):
    """Take one full Newton step, in place."""
    objective, flat = objective_of(model, loss, data, weight_decay), whole(model)
    gradient = flat.gather(objective.value_and_gradient()[1])
    found = curvature.build(method, objective, flat, objective.batches, solver="dense")
    step, _ = found.solve(gradient, damping)
    flat.write(flat.read() - step)


def residual(model, loss, data, weight_decay):
    """Return the norm of the gradient of the objective."""
    return norm(objective_of(model, loss, data, weight_decay).value_and_gradient()[1])


def minimise(model, loss, data, weight_decay):
    """Bring a linear model to its minimum, where "ggn" is the Hessian; first steps are damped."""
    for damping in [1.0] * 5 + [0.0] * 10:
        newton(model, loss, data, weight_decay, method="ggn", damping=damping)
    assert residual(model, loss, data, weight_decay) < 1e-12
    return model


def zero(model):
    with torch.no_grad():
        for tensor in model.double().parameters():
            tensor.zero_()
    return model
