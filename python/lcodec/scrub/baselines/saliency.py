"""Baselines that train some of the weights on: those that matter to the forgotten samples."""

from __future__ import annotations

import torch

from lcodec.checks import nonnegative
from lcodec.scrub import checks
from lcodec.scrub.baselines.descent import (
    Descent,
    at_most_1,
    descend_difference,
    descend_relabelled,
)
from lcodec.scrub.baselines.task import Task
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.privacy import noise
from lcodec.scrub.samples.batches import Batches

FLOOR = 1e-12  # of the retained gradient, for weights that the retained samples do not pull at


def salun(
    task: Task,
    *,
    share: float = 0.5,
    epochs: int = 10,
    learning_rate: float = 0.013,
    momentum: float = 0.9,
) -> None:
    """Train on with random wrong labels, as "random_labels", in the salient weights alone.

    These are the share of all weights with the largest gradient of the forgotten samples' loss, by
    absolute value; half of them are those above the median. Defaults are those of the published
    example. Classifiers alone have labels: `lcodec:noClasses`.

    References
    ----------
    Fan, Liu, Zhang, Wong, Wei, Liu: SalUn: Empowering Machine Unlearning via Gradient-based Weight
    Saliency, ICLR 2024.
    """
    mask = _largest(_gradient(task, task.forget).abs(), share)
    descent = Descent(task, learning_rate, momentum, task.weight_decay, only=mask)
    descend_relabelled(task, descent, epochs, "salun")


def grin(
    task: Task,
    *,
    share: float = 0.05,
    sigma: float = 0.01,
    epochs: int = 5,
    learning_rate: float = 0.01,
    momentum: float = 0.9,
    beta: float = 0.5,
) -> None:
    """Add noise to the weights with the largest gradient ratio, and train them on: GRIN.

    The ratio is |g_f| / |g_r| of the gradients of the forgotten and of the retained samples' mean
    loss. The share of all weights with the largest ratio gets Gaussian noise of standard deviation
    sigma; then these weights alone descend beta times the retained minus (1 - beta) times the
    forgotten samples' loss. With beta = 1/2 that is the paper's "Grad-Diff", with steps half as
    long. It takes any loss.

    The paper unlearns in language models. We follow its abstract and summaries of it: that the
    other weights stay as they are is our reading, and `share`, `sigma`, `epochs` and
    `learning_rate` are ours.

    References
    ----------
    Anjarlekar, Pombra: LLM Unlearning using Gradient Ratio-Based Influence Estimation and Noise
    Injection, arXiv:2508.06467, 2025.
    """
    nonnegative(sigma, "sigma")
    kept, lost = (_gradient(task, batches).abs() for batches in (task.retained, task.forget))
    mask = _largest(lost / kept.clamp(min=FLOOR), share)
    flat = task.whole()
    drawn = noise(len(flat), sigma, task.seed).to(mask.device)
    flat.write(flat.read().double() + torch.where(mask, drawn, 0.0))
    descent = Descent(task, learning_rate, momentum, task.weight_decay, only=mask)
    descend_difference(task, descent, epochs, beta)


def _gradient(task: Task, batches: Batches) -> torch.Tensor:
    """Return the gradient of the mean loss, (p,), float64, in all trainable parameters."""
    objective = Objective(task.model, task.loss, batches, 0.0)
    return task.whole().gather(objective.value_and_gradient()[1])


def _largest(scores: torch.Tensor, share: float) -> torch.Tensor:
    """Return the mask of a share of the weights, at least one; of equal ones the first count."""
    share = at_most_1(checks.positive(share, "share"), "share")
    order = torch.argsort(scores, descending=True, stable=True)
    mask = torch.zeros(len(scores), dtype=torch.bool, device=scores.device)
    mask[order[: max(1, round(share * len(scores)))]] = True
    return mask
