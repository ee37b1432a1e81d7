"""One damped Newton step on the selected slices.

    w_S <- w_S - (H_SS + damping * I)^{-1} grad_S F(w)

with F the retained objective, weight decay included. At an exact minimum over all the data the
gradient equals -1/(n - m) times the summed loss gradients of the m forgotten samples (plus its
own share of the weight decay), which is the update of Sekhari et al. 2021; taken on the retained
data it also holds away from a minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from . import checks

ATTEMPTS = 16


@dataclass(frozen=True)
class NewtonStep:
    """A step and what it promises.

    Attributes
    ----------
    step : torch.Tensor of float64, shape (p,)
        To add to the selected parameters.
    damping : float
        The damping with which the matrix was positive definite.
    norm : float
        Euclidean norm of the step.
    clipped : bool
        Whether the trust region shortened it.
    predicted_change : float
        g's + s'Hs/2, the change of the objective in the quadratic model without damping.
    """

    step: torch.Tensor
    damping: float
    norm: float
    clipped: bool
    predicted_change: float


def newton_step(
    matrix: torch.Tensor,
    gradient: torch.Tensor,
    *,
    damping: float = 0.0,
    max_step: float | None = None,
) -> NewtonStep:
    """Solve for the damped Newton step, raising the damping until the matrix allows it.

    Parameters
    ----------
    matrix : torch.Tensor of float64, shape (p, p)
        Symmetric curvature.
    gradient : torch.Tensor of float64, shape (p,)
        Gradient of the objective.
    damping : float, default 0
        Added to the diagonal. Where Cholesky fails it is raised tenfold, from at least 1e-6
        times the mean absolute diagonal, until Cholesky succeeds.
    max_step : float, optional
        Trust region: a longer step is shortened to this norm.

    Raises
    ------
    LcodecError
        `lcodec:notPositiveDefinite` where 16 dampings did not help.

    References
    ----------
    Levenberg 1944, Marquardt 1963 for the damping.
    """
    floor = 1e-6 * float(matrix.diagonal().abs().mean())
    used = damping
    for _ in range(ATTEMPTS):
        damped = matrix.clone()
        damped.diagonal().add_(used)
        factor, info = torch.linalg.cholesky_ex(damped)
        if not info:
            break
        used = max(10 * used, floor)
    else:
        checks.fail(
            "notPositiveDefinite",
            f"curvature must be positive definite, got one that is not with damping {used:g}",
        )
    step = -torch.cholesky_solve(gradient[:, None], factor)[:, 0]
    checks.finite(step, "Newton step")
    length = float(step.norm())
    clipped = max_step is not None and length > max_step
    if max_step is not None and clipped:
        step = step * (max_step / length)
        length = max_step
    predicted = float(gradient @ step + step @ (matrix @ step) / 2)
    return NewtonStep(step, used, length, clipped, predicted)
