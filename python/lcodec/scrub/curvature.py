"""Curvature of the retained objective in the selected slices only.

For the flat vector w of the p selected parameters and the mean loss over n retained samples

    exact:  H = 1/n * sum_i d^2 loss_i / dw^2            + wd * I
    ggn:    H = 1/n * sum_i J_i' A_i J_i                 + wd * I

with J_i (C x p) the Jacobian of the outputs and A_i (C x C) the Hessian of the loss in the
outputs (Schraudolph 2002: the generalised Gauss-Newton matrix, positive semidefinite for a loss
that is convex in the outputs). Both are accumulated in float64.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import torch
from torch.func import grad, hessian, jacrev, jvp, vmap

from . import checks
from .data import Batch
from .objective import Objective, run
from .slices import FlatParameters

METHODS = ("exact", "ggn")
TANGENTS = 32  # columns of the exact Hessian at a time
JACOBIAN_BYTES = 64 * 2**20  # micro-batches of the GGN hold about this much


def estimate_bytes(method: str, parameters: int, outputs: int) -> int:
    """Return the bytes a curvature matrix and its solution need, activations not counted.

    Parameters
    ----------
    method : {"exact", "ggn"}
        The curvature.
    parameters : int
        Number p of selected parameters.
    outputs : int
        Numbers C in the model's output for one sample.
    """
    dense = 3 * 8 * parameters**2  # the matrix, its damped copy and the Cholesky factor
    if method == "exact":
        return dense + 4 * 8 * TANGENTS * parameters
    return dense + max(JACOBIAN_BYTES, 3 * 8 * outputs * parameters)


def check_memory(method: str, parameters: int, outputs: int, memory_limit: int) -> None:
    """Refuse a curvature matrix that needs more than `memory_limit` bytes.

    Raises
    ------
    LcodecError
        `lcodec:memoryLimit`, with the numbers.
    """
    needed = estimate_bytes(method, parameters, outputs)
    if needed > memory_limit:
        checks.fail(
            "memoryLimit",
            f"`memory_limit` must be at least {needed / 2**20:.1f} MiB for '{method}' curvature "
            f"of {parameters} selected parameters, got {memory_limit / 2**20:.1f} MiB; "
            "lower `max_parameters`",
        )


def curvature_matrix(
    method: str, objective: Objective, flat: FlatParameters, batches: Iterable[Batch]
) -> torch.Tensor:
    """Return the curvature of the retained objective, (p, p), float64, symmetric.

    Parameters
    ----------
    method : {"exact", "ggn"}
        The curvature.
    objective : Objective
        Model, per-sample loss and weight decay.
    flat : FlatParameters
        The selected slices.
    batches : iterable of (inputs, targets)
        The retained data, the objective's own batches or a wrapper that shows progress.
    """
    add = _add_ggn if method == "ggn" else _add_exact
    vector = flat.read()
    total = torch.zeros(len(flat), len(flat), dtype=torch.float64, device=vector.device)
    count = 0
    # Outside no_grad, autograd would record what the transforms of torch.func do.
    with torch.no_grad(), warnings.catch_warnings():
        # Forward-mode derivatives load a part of torch that uses its own deprecated function.
        warnings.filterwarnings("ignore", ".*torch.jit.script.*", DeprecationWarning)
        for inputs, targets in batches:
            add(total, objective, flat, vector, inputs, targets)
            count += len(targets)
    total /= count
    total = (total + total.T) / 2
    total.diagonal().add_(objective.weight_decay)
    checks.finite(total, "curvature of the retained objective")
    return total


def _add_ggn(
    total: torch.Tensor,
    objective: Objective,
    flat: FlatParameters,
    vector: torch.Tensor,
    inputs: torch.Tensor,
    targets: torch.Tensor,
) -> None:
    def outputs_of(w: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return run(objective.model, x[None], flat.merge(w))[0]

    outputs = run(objective.model, inputs)
    loss_hessian = vmap(hessian(objective.loss.one))(outputs, targets)
    width = outputs[0].numel()
    rows = max(1, JACOBIAN_BYTES // (3 * 8 * width * len(vector)))
    for x, middle in zip(torch.split(inputs, rows), torch.split(loss_hessian, rows), strict=True):
        jacobian = vmap(jacrev(outputs_of), (None, 0))(vector, x).double()
        jacobian = jacobian.reshape(len(x), width, -1)
        weighted = middle.reshape(len(x), width, width).double() @ jacobian
        total.addmm_(jacobian.flatten(0, 1).T, weighted.flatten(0, 1))


def _add_exact(
    total: torch.Tensor,
    objective: Objective,
    flat: FlatParameters,
    vector: torch.Tensor,
    inputs: torch.Tensor,
    targets: torch.Tensor,
) -> None:
    def loss_of(w: torch.Tensor) -> torch.Tensor:
        return objective.loss(run(objective.model, inputs, flat.merge(w)), targets).sum()

    def column(tangent: torch.Tensor) -> torch.Tensor:
        derivative: torch.Tensor = jvp(grad(loss_of), (vector,), (tangent,))[1]
        return derivative

    for start in range(0, len(vector), TANGENTS):
        width = min(TANGENTS, len(vector) - start)
        tangents = torch.zeros(width, len(vector)).to(vector)
        tangents[range(width), range(start, start + width)] = 1
        total[start : start + width] += vmap(column)(tangents).double()
