"""What is measured of a model after removals, beside the refit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import nn

from bench.paper.journal import Record
from bench.paper.removal.network import distance
from bench.paper.removal.task import Pair, Task
from lcodec.scrub import accuracy, gradient_norm, kl_divergence, mean_loss


def measured(task: Task, model: nn.Module, refit: nn.Module, gone: Sequence[int]) -> Record:
    """Return what a model is worth after samples are removed.

    Parameters
    ----------
    task : Task
        The data.
    model : torch.nn.Module
        The model to judge.
    refit : torch.nn.Module
        Trained without those samples.
    gone : sequence of int
        All samples removed so far.

    Returns
    -------
    dict
        Accuracy (a share) and mean loss (nats) on the retained, the forgotten and the test samples;
        `residual`, the gradient norm of the retained objective; KL(refit || model) in nats on the
        forgotten and the test samples; `distance` of the weights to the refit.
    """
    parts: dict[str, Pair] = {
        "retained": task.without(gone),
        "forgotten": task.rows(gone),
        "test": task.test,
    }
    size = {"batch_size": task.batch}
    found: Record = {}
    for name, pair in parts.items():
        found[f"{name}_accuracy"] = accuracy(model, pair, **size)
        found[f"{name}_loss"] = mean_loss(model, task.loss, pair, **size)
    found["residual"] = gradient_norm(
        model, task.loss, parts["retained"], weight_decay=task.weight_decay, **size
    )
    for name in ("forgotten", "test"):
        found[f"kl_{name}"] = kl_divergence(refit, model, parts[name][0], **size)
    found["distance"] = distance(refit, model)
    return {name: finite(value) for name, value in found.items()}


def sample_gradient(task: Task, model: nn.Module, ids: Sequence[int]) -> float | None:
    """Return the gradient norm of the mean loss on some samples, without weight decay."""
    return finite(gradient_norm(model, task.loss, task.rows(ids)))


def finite(value: float) -> float | None:
    """Return a value with six digits; None where a ruined model gives none."""
    return float(f"{value:.5e}") if math.isfinite(value) else None
