"""The step on the selected slices.

    newton   w_S <- w_S - (H_SS + damping * I)^{-1} c_S
    ascent   w_S <- w_S + learning_rate * grad_S F_forget(w)
    cr       w_S <- w_S + (H_forget + damping * I)^{-1} grad_S F_forget(w)

F' is the retained objective, weight decay included, and F_forget that of the forgotten samples; c
is what the removal changes in the gradient of F', see `contrast_gradient`, or what else was asked
for. Further Newton steps go down F' less the part of its gradient, fixed, that is not c.
The last two are what Mehta et al. 2022 call BP and CR: they look at the forgotten samples only.
"cr" is a Newton step with the forgotten samples' curvature and minus their gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from lcodec.scrub import checks
from lcodec.scrub.step import Curvature


@dataclass(frozen=True)
class Step:
    """A step and what it promises.

    Attributes
    ----------
    step : torch.Tensor of float64, shape (p,)
        To add to the selected parameters.
    damping : float or None
        The damping with which the curvature was positive definite; None without curvature.
    norm : float
        Euclidean norm of the step.
    clipped : bool
        Whether the trust region shortened it.
    predicted_change : float or None
        g's + s'Hs/2, the change of the objective whose gradient g was given, in its quadratic
        model without damping; None without curvature.
    """

    step: torch.Tensor
    damping: float | None
    norm: float
    clipped: bool
    predicted_change: float | None


def newton_step(
    curvature: Curvature,
    gradient: torch.Tensor,
    *,
    damping: float = 0.0,
    max_step: float | None = None,
) -> Step:
    """Solve for the damped Newton step.

    Parameters
    ----------
    curvature : Curvature
        H, p x p.
    gradient : torch.Tensor of float64, shape (p,)
        Gradient of the objective.
    damping : float, default 0
        Added to the diagonal; raised tenfold until the matrix is positive definite.
    max_step : float, optional
        Trust region: a longer step is shortened to this norm.

    Raises
    ------
    LcodecError
        `lcodec:notPositiveDefinite` where raising the damping did not help, `lcodec:nonFinite`.
    """
    solution, used = curvature.solve(gradient, damping)
    checks.finite(solution, "Newton step")
    step, length, clipped = _within(-solution, max_step)
    predicted = float(gradient @ step + step @ curvature.product(step) / 2)
    return Step(step, used, length, clipped, predicted)


def ascent_step(
    gradient: torch.Tensor, learning_rate: float, max_step: float | None = None
) -> Step:
    """Return learning_rate times the gradient: up the loss of the forgotten samples.

    Parameters
    ----------
    gradient : torch.Tensor of float64, shape (p,)
        Gradient of the forgotten samples' objective.
    learning_rate : float
        Above 0.
    max_step : float, optional
        Trust region, as in `newton_step`.
    """
    checks.finite(gradient, "ascent step")
    step, length, clipped = _within(learning_rate * gradient, max_step)
    return Step(step, None, length, clipped, None)


def slope(
    kind: str,
    retained: Mapping[str, torch.Tensor],
    forgotten: Mapping[str, torch.Tensor],
    m: int,
    kept: int,
) -> dict[str, torch.Tensor]:
    """Return what a removal goes down, "contrast" or "forget"; see the two functions below."""
    if kind == "contrast":
        return contrast_gradient(retained, forgotten, m, kept)
    return forget_gradient(forgotten, m, kept)


def contrast_gradient(
    retained: Mapping[str, torch.Tensor], forgotten: Mapping[str, torch.Tensor], m: int, kept: int
) -> dict[str, torch.Tensor]:
    """Return what a removal changes in the gradient: that of the retained data less that of all.

    With n = m + kept samples before and F over all of them

        grad F' - grad F = m/n * (grad F' - grad F_forget)

    At an exact minimum over all the data, where grad F = 0, it is the retained gradient; elsewhere
    it is without what training has left undone.

    Parameters
    ----------
    retained, forgotten : mapping of str to torch.Tensor
        Gradients, by parameter name, of the objective over the retained and the forgotten samples,
        weight decay included in both.
    m, kept : int
        Number of forgotten samples, and of retained ones.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.step.newton import contrast_gradient
    >>> gradients = {"weight": torch.tensor([3.0])}, {"weight": torch.tensor([-2.0])}
    >>> contrast_gradient(*gradients, 1, 4)
    {'weight': tensor([1.])}
    """
    share = m / (m + kept)
    return {name: (part - forgotten[name]) * share for name, part in retained.items()}


def forget_gradient(
    forgotten: Mapping[str, torch.Tensor], m: int, retained: int
) -> dict[str, torch.Tensor]:
    """Return the retained gradient as it would be at an exact minimum over all the data.

    With n samples before, F = 1/n sum loss_i + wd/2 |w|^2 and grad F = 0, what is left of the sum
    without the m forgotten ones gives

        grad F' = -1/(n-m) * sum_forgotten grad loss_i - m/(n-m) * wd * w

    which is -m/(n-m) times the gradient of the forgotten samples' own objective, weight decay
    included (Sekhari et al. 2021, algorithm 1, for wd = 0).

    Parameters
    ----------
    forgotten : mapping of str to torch.Tensor
        Gradient, by parameter name, of 1/m sum_forgotten loss_i + wd/2 |w|^2.
    m : int
        Number of forgotten samples.
    retained : int
        Number n - m of retained samples.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.step.newton import forget_gradient
    >>> forget_gradient({"weight": torch.tensor([4.0, -8.0])}, 1, 4)
    {'weight': tensor([-1.,  2.])}
    """
    return {name: part * (-m / retained) for name, part in forgotten.items()}


def _within(step: torch.Tensor, max_step: float | None) -> tuple[torch.Tensor, float, bool]:
    """Return a step within the trust region, its norm, and whether it was shortened."""
    length = float(step.norm())
    if max_step is None or length <= max_step:
        return step, length, False
    return step * (max_step / length), max_step, True
