"""When the noise of a Newton removal is a guarantee, and why it mostly is not.

The theorem of Sekhari et al. 2021 holds for a convex linear model with weight decay, at its
minimum, after a full Newton step, with noise on every parameter. Each of these is checked; what
fails is named.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.nn import functional

from lcodec.scrub.privacy.budget import THIRD_DERIVATIVE
from lcodec.scrub.privacy.gaussian import Sekhari

DISTANCE = 0.01
"""Largest distance to the minimum, as a share of the error the noise hides."""

MINIMUM = 1e-8
"""Largest gradient norm at a minimum where that error is 0 (least squares)."""

Assumption: TypeAlias = tuple[bool, str]
"""Whether it holds, and what to say where it does not."""

_FUNCTIONS: tuple[tuple[Callable[..., Any], type[nn.Module]], ...] = (
    (functional.cross_entropy, nn.CrossEntropyLoss),
    (functional.binary_cross_entropy_with_logits, nn.BCEWithLogitsLoss),
    (functional.mse_loss, nn.MSELoss),
)


@dataclass(frozen=True)
class Certificate:
    """What the noise of a removal is worth.

    Attributes
    ----------
    certified : bool
        Whether every assumption of the theorem was checked and holds.
    reasons : tuple of str
        The assumptions that fail; empty where certified.

    Notes
    -----
    Three things cannot be checked: that the Lipschitz constants hold for samples that might have
    been in the data, that nobody chose the samples to remove by looking at released weights, and
    that nothing else computed from the data was released.
    """

    certified: bool
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        if self.certified:
            return "certified"
        return f"heuristic noise: {'; '.join(self.reasons)}"


def loss_constants(loss: object, outputs: int, radius: float) -> tuple[float, float] | None:
    """Return (L, M) of a convex loss of a linear model, None for a loss not known to be convex.

    With inputs x of norm at most R (a 1 appended for the bias), k outputs, and the loss averaged
    over the outputs where torch averages:

    ================== ==================== =============================
    loss               gradient L           Hessian's Lipschitz constant M
    ================== ==================== =============================
    CrossEntropyLoss   sqrt(2) R            2 sqrt(2) R^3 / (6 sqrt 3)
    BCEWithLogitsLoss  R sqrt(k) / k        R^3 / (6 sqrt 3) / k
    MSELoss            unbounded            0
    ================== ==================== =============================

    Parameters
    ----------
    loss : callable
        A torch loss, as module or function, without class weights.
    outputs : int
        Outputs k of the model for one sample.
    radius : float
        R.

    Returns
    -------
    tuple of float, or None
        L and M.

    Notes
    -----
    Cross-entropy: the gradient is (p - t) x' with |p - t| <= sqrt 2 for distributions p and t.
    The third derivative of log-sum-exp along u is the third central moment, under p, of the
    entries of u. For |u| <= 1 they lie within sqrt 2 of each other, and a variable of range r has
    a third central moment of at most r^3 times the largest p (1 - p) (1 - 2p) = 1/(6 sqrt 3),
    since the extremes are reached by two points. A symmetric trilinear form is largest on the
    diagonal (Banach), so this bounds the Lipschitz constant of the Hessian.
    """
    kind = _kind(loss)
    if any(getattr(loss, name, None) is not None for name in ("weight", "pos_weight")):
        return None
    # The per-sample loss is the mean over its numbers, unless torch was told to sum them.
    share = 1.0 if getattr(loss, "reduction", "mean") == "sum" else 1.0 / outputs
    if kind is nn.MSELoss:
        return math.inf, 0.0
    if kind is nn.BCEWithLogitsLoss:
        return share * math.sqrt(outputs) * radius, share * THIRD_DERIVATIVE * radius**3
    if kind is nn.CrossEntropyLoss:
        return math.sqrt(2) * radius, math.sqrt(8) * THIRD_DERIVATIVE * radius**3
    return None


def certificate(
    model: nn.Module,
    loss: object,
    batches: Iterable[tuple[Any, torch.Tensor]],
    privacy: Sekhari,
    *,
    forgotten: int,
    weight_decay: float,
    selected_all: bool,
    curvature: str,
    step: str,
    damping: float,
    clipped: bool,
    gradient_norm: float,
) -> Certificate:
    """Check the assumptions under which the noise of a removal is a guarantee.

    Parameters
    ----------
    model : torch.nn.Module
        The model before the removal.
    loss : callable
        The loss it was trained with.
    batches : iterable of (inputs, targets)
        All the training data, retained and forgotten. The Lipschitz constants are checked on it;
        the user vouches that they hold for every other sample that might have been there.
    privacy : Sekhari
        The constants and the scope of the noise.
    forgotten : int
        Samples removed, m.
    weight_decay : float
        Coefficient in the training objective.
    selected_all : bool
        Whether the step moved every parameter.
    curvature : str
        "exact" and "ggn" (equal for a linear model) are the theorem's.
    step : str
        "newton" is the theorem's.
    damping : float
        Damping used.
    clipped : bool
        Whether a trust region shortened the step.
    gradient_norm : float
        Norm of the gradient of the objective over all the training data, forgotten samples
        included, at the model before the removal.

    Returns
    -------
    Certificate
        With every failing assumption.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.privacy import Sekhari, certificate
    >>> privacy = Sekhari(0.5, 1e-5, 0.1, 1.0, 0.0, scope="all")
    >>> model, data = torch.nn.Linear(2, 1), [(torch.ones(9, 2), torch.ones(9, 1))]
    >>> settings = dict(forgotten=1, weight_decay=0.1, selected_all=True, curvature="ggn",
    ...     step="newton", damping=0.0, clipped=False, gradient_norm=1e-12)
    >>> print(certificate(model, torch.nn.MSELoss(), data, privacy, **settings))
    certified
    >>> settings["damping"] = 1e-3
    >>> print(certificate(model, torch.nn.MSELoss(), data, privacy, **settings))
    heuristic noise: damping is 0.001, the step needs none
    """
    count, facts = _linear_facts(model, loss, batches, privacy)
    checked: list[Assumption] = [
        (privacy.scope == "all", f"noise scope is '{privacy.scope}', the theorem needs 'all'"),
        (selected_all, "only selected slices were moved, the theorem needs the full step"),
        (step == "newton", f"step is '{step}', the theorem needs 'newton'"),
        (
            curvature in ("exact", "ggn"),
            f"curvature is '{curvature}', the theorem needs the Hessian",
        ),
        (damping == 0, f"damping is {damping:g}, the step needs none"),
        (not clipped, "the trust region shortened the step"),
        (
            0 < privacy.strong_convexity <= weight_decay,
            f"strong convexity {privacy.strong_convexity:g} is above the weight decay "
            f"{weight_decay:g}, all that is known to be there",
        ),
    ]
    checked += facts
    if forgotten < count:
        checked += _distances(model, privacy, privacy.error_bound(count, forgotten), gradient_norm)
    else:
        checked.append((False, f"{forgotten} of {count} samples were removed"))
    reasons = tuple(reason for holds, reason in checked if not holds)
    return Certificate(not reasons, reasons)


def _distances(
    model: nn.Module, privacy: Sekhari, error: float, gradient_norm: float
) -> list[Assumption]:
    """Check that the model is near its minimum, and that its dtype can hold what the noise hides.

    |grad| / lambda bounds the distance to the minimum.
    """
    limit = DISTANCE * error * privacy.strong_convexity if error else MINIMUM
    tensors = [tensor.detach() for tensor in model.parameters()]
    rounding = max(
        float(tensor.double().norm()) * torch.finfo(tensor.dtype).eps for tensor in tensors
    )
    return [
        (
            gradient_norm <= limit,
            f"the model is not at its minimum: gradient norm {gradient_norm:.3g}, "
            f"at most {limit:.3g} is needed",
        ),
        (
            not error or rounding <= DISTANCE * error,
            f"rounding to {tensors[0].dtype} moves the weights by up to {rounding:.2g}, beside "
            f"the error of {error:.2g} that the noise hides",
        ),
    ]


def _linear_facts(
    model: nn.Module,
    loss: object,
    batches: Iterable[tuple[Any, torch.Tensor]],
    privacy: Sekhari,
) -> tuple[int, list[Assumption]]:
    """Count the samples, and say what keeps model, loss and data from being a convex problem."""
    count, longest, probabilities = 0, 0.0, True
    for inputs, targets in batches:
        count += len(targets)
        if isinstance(inputs, torch.Tensor):
            longest = max(
                longest, float(inputs.double().reshape(len(inputs), -1).norm(dim=1).max())
            )
        probabilities &= bool(((targets >= 0) & (targets <= 1)).all())
    linear = _linear(model)
    if linear is None:
        return count, [(False, "the model is not a single linear layer with nothing frozen")]
    radius = math.hypot(longest, 1.0) if linear.bias is not None else longest
    constants = loss_constants(loss, linear.out_features, radius)
    if constants is None:
        name = getattr(loss, "__name__", type(loss).__name__)
        return count, [(False, f"the loss {name} is not one known to be convex")]
    lipschitz, hessian_lipschitz = constants
    return count, [
        (
            hessian_lipschitz <= privacy.hessian_lipschitz * (1 + 1e-9),
            f"hessian_lipschitz is {privacy.hessian_lipschitz:.4g}, the data need "
            f"{hessian_lipschitz:.4g}",
        ),
        (  # Where the Hessian is constant the step is exact, whatever the gradients are.
            hessian_lipschitz == 0 or lipschitz <= privacy.lipschitz * (1 + 1e-9),
            f"lipschitz is {privacy.lipschitz:.4g}, the data need {lipschitz:.4g}",
        ),
        (
            probabilities or _kind(loss) is not nn.BCEWithLogitsLoss,
            "targets are not all in [0, 1]",
        ),
    ]


def _linear(model: nn.Module) -> nn.Linear | None:
    """Return the one Linear of `Linear` or `Sequential(Flatten, Linear)`, else None."""
    if type(model) is nn.Sequential:
        layers = [layer for layer in model if type(layer) is not nn.Flatten]
        model = layers[0] if len(layers) == 1 else model
    if type(model) is not nn.Linear or not all(p.requires_grad for p in model.parameters()):
        return None
    return model


def _kind(loss: object) -> type:
    """Return the class of a loss, the equivalent module's for a function of torch."""
    return next((kind for function, kind in _FUNCTIONS if function is loss), type(loss))
