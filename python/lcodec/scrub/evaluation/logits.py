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


def is_single(outputs: torch.Tensor) -> bool:
    """Return whether there is one output, (b,) or (b, 1): the logit of class 1 of two."""
    return outputs.ndim == 1 or outputs.shape[1:] == (1,)


def class_logits(outputs: torch.Tensor) -> torch.Tensor:
    """Return logits (b, C) in float64, C >= 2; `lcodec:noClasses` for other outputs."""
    outputs = outputs.double()
    if is_single(outputs):
        logit = outputs.reshape(-1, 1)
        return torch.cat([torch.zeros_like(logit), logit], dim=1)
    if outputs.ndim != 2:
        checks.fail(
            "noClasses",
            f"outputs of `model` must have shape (b, C) or (b,), got {tuple(outputs.shape)}",
        )
    return outputs


def right(outputs: torch.Tensor, targets: torch.Tensor) -> int:
    """Return of how many samples the largest logit is that of their class, (b,) or (b, 1)."""
    return int((class_logits(outputs).argmax(dim=1) == targets.reshape(-1)).sum())


@torch.no_grad()
def log_probabilities(model: nn.Module, inputs: Inputs, batch_size: int) -> torch.Tensor:
    """Return the log-probabilities, (n, C), that a classifier gives to its classes.

    It is run in evaluation mode; the inputs may be on another device.
    """
    with eval_mode(model):
        like = next(model.parameters())
        placed = apply(inputs, lambda tensor: fit(tensor, like))
        parts = [class_logits(run(model, batch)) for batch in split(placed, batch_size)]
    return log_softmax(torch.cat(parts), dim=1)


def is_classifier(outputs: torch.Tensor, targets: torch.Tensor) -> bool:
    """Return whether targets are classes: integers, or zeros and ones beside a single output."""
    if targets.numel() != len(outputs):
        return False
    if is_single(outputs):
        return bool(((targets == 0) | (targets == 1)).all())
    return outputs.ndim == 2 and not targets.is_floating_point()
