"""Activations and responses of the samples to forget, over their perturbations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from . import checks
from .hypercolumn import Column, Hypercolumn
from .inputs import Inputs
from .objective import PerSampleLoss, run
from .slices import Slice


@dataclass(frozen=True)
class Recording:
    """What the perturbed passes gave; row r is perturbation r, averaged over the samples.

    Attributes
    ----------
    activations : numpy.ndarray of float64, shape (R, P)
        Activations of the slices.
    columns : tuple of Column, length P
        What each column is.
    loss : numpy.ndarray of float64, shape (R,)
        Loss of the perturbed samples.
    margin : numpy.ndarray of float64, shape (R,), or None
        Logit of the target class minus the largest other logit; None where the outputs and
        targets are not those of a classifier.
    """

    activations: NDArray[np.float64]
    columns: tuple[Column, ...]
    loss: NDArray[np.float64]
    margin: NDArray[np.float64] | None


@torch.no_grad()
def record(
    model: nn.Module,
    loss: PerSampleLoss,
    slices: Sequence[Slice],
    targets: torch.Tensor,
    batches: Iterable[tuple[torch.Tensor, torch.Tensor, Inputs]],
    copies: int,
) -> Recording:
    """Run perturbed batches through the model and collect activations and responses.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode: rows of a batch must not influence each other.
    loss : PerSampleLoss
        Loss of one sample.
    slices : sequence of Slice
        Slices of the model.
    targets : torch.Tensor, shape (m, ...)
        Targets of the samples.
    batches : iterable of (copy, sample, batch)
        As `perturbed_batches` yields them.
    copies : int
        Number of perturbations R.
    """
    with Hypercolumn(model, slices) as hypercolumn:
        activations = torch.empty(0, 0, dtype=torch.float64)
        responses = torch.zeros(copies, 2, dtype=torch.float64)
        margins_exist = True
        for copy, sample, batch in batches:
            outputs = run(model, batch)
            wanted = targets[sample.to(targets.device)]
            losses = loss(outputs, wanted)
            margins_exist = margins_exist and is_classifier(outputs, wanted)
            margins = logit_margin(outputs, wanted) if margins_exist else losses
            rows = hypercolumn.take(len(copy)).cpu()
            if not len(activations):
                activations = torch.zeros(copies, rows.shape[1], dtype=torch.float64)
            activations.index_add_(0, copy, rows)
            responses.index_add_(0, copy, torch.stack([losses, margins], dim=1).cpu())
    checks.finite(activations, "activations of the perturbed samples")
    checks.finite(responses, "loss of the perturbed samples")
    activations /= len(targets)
    responses /= len(targets)
    return Recording(
        activations.numpy(),
        tuple(hypercolumn.columns),
        responses[:, 0].numpy(),
        responses[:, 1].numpy() if margins_exist else None,
    )


def is_classifier(outputs: torch.Tensor, targets: torch.Tensor) -> bool:
    """Return whether outputs (b, C >= 2) and integer targets (b,) are those of a classifier."""
    return (
        outputs.ndim == 2
        and outputs.shape[1] >= 2
        and targets.ndim == 1
        and not targets.is_floating_point()
    )


def logit_margin(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the logit of the target minus the largest other one, shape (b,), float64.

    Parameters
    ----------
    outputs : torch.Tensor, shape (b, C)
        Logits.
    targets : torch.Tensor of integers, shape (b,)
        Classes.
    """
    logits = outputs.double()
    own = logits.gather(1, targets[:, None])
    others = logits.scatter(1, targets[:, None], -torch.inf)
    return own[:, 0] - others.amax(dim=1)
