"""Outputs of a classifier as logits of its classes."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import log_softmax

from lcodec.scrub import checks
from lcodec.scrub.objective.modes import eval_mode
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.batches import fit
from lcodec.scrub.samples.inputs import Inputs, apply, split


def class_logits(outputs: torch.Tensor) -> torch.Tensor:
    """Return logits (b, C) in float64, C >= 2.

    Parameters
    ----------
    outputs : torch.Tensor, shape (b, C), (b, 1) or (b,)
        A single output is the logit of class 1 of two, as `BCEWithLogitsLoss` reads it.

    Raises
    ------
    LcodecError
        `lcodec:noClasses` for outputs of another shape.
    """
    outputs = outputs.double()
    if outputs.ndim == 1 or (outputs.ndim == 2 and outputs.shape[1] == 1):
        one = outputs.reshape(-1, 1)
        return torch.cat([torch.zeros_like(one), one], dim=1)
    if outputs.ndim != 2:
        checks.fail(
            "noClasses",
            f"outputs of `model` must have shape (b, C) or (b,), got {tuple(outputs.shape)}",
        )
    return outputs


@torch.no_grad()
def log_probabilities(model: nn.Module, inputs: Inputs, batch_size: int) -> torch.Tensor:
    """Return the log-probabilities, (n, C), that a classifier gives to its classes.

    Parameters
    ----------
    model : torch.nn.Module
        A classifier, run in evaluation mode.
    inputs : tensor, tuple or mapping of tensors, shape (n, ...)
        Samples, on the model's device or not.
    batch_size : int
        Samples per pass.
    """
    with eval_mode(model):
        like = next(model.parameters())
        placed = apply(inputs, lambda tensor: fit(tensor, like))
        parts = [class_logits(run(model, batch)) for batch in split(placed, batch_size)]
    return log_softmax(torch.cat(parts), dim=1)


def is_classifier(outputs: torch.Tensor, targets: torch.Tensor) -> bool:
    """Return whether outputs and targets are those of a classifier.

    Parameters
    ----------
    outputs : torch.Tensor, shape (b, ...)
        Outputs of a model.
    targets : torch.Tensor, shape (b, ...)
        Their targets. Classes are integers, or zeros and ones beside a single output.
    """
    if targets.numel() != len(outputs):
        return False
    if outputs.ndim == 1 or (outputs.ndim == 2 and outputs.shape[1] == 1):
        return bool(((targets == 0) | (targets == 1)).all())
    return outputs.ndim == 2 and not targets.is_floating_point()
