"""Baselines that change each weight by itself, by the diagonal of the Fisher matrix."""

from __future__ import annotations

import torch

from lcodec.checks import nonnegative
from lcodec.scrub import checks
from lcodec.scrub.baselines.squares import diagonal, sums_of_squares
from lcodec.scrub.baselines.task import Task
from lcodec.scrub.privacy import noise

FLOOR = 1e-8  # of the Fisher information, for weights that nothing depends on


def fisher_forgetting(task: Task, *, alpha: float = 1e-9) -> None:
    """Add noise of standard deviation (alpha / F)^(1/4), F the retained data's Fisher diagonal.

    In the paper's terms alpha is lambda sigma_h^2. F is that of the model's own predictions (the
    diagonal of the generalised Gauss-Newton matrix), at least 1e-8.

    References
    ----------
    Golatkar, Achille, Soatto: Eternal Sunshine of the Spotless Net, CVPR 2020, proposition 2:
    noise (lambda sigma_h^2)^(1/4) F^(-1/4). Published code draws sqrt(alpha) F^(-1/2) instead.
    """
    checks.positive(alpha, "alpha")
    flat = task.whole()
    fisher = diagonal(task, task.retained, "ggn")
    spread = (alpha / fisher.clamp(min=FLOOR)) ** 0.25
    flat.write(flat.read().double() + spread * noise(len(flat), 1.0, task.seed).to(spread))


def ssd(task: Task, *, alpha: float = 10.0, dampening: float = 1.0) -> None:
    """Shrink the weights that matter more to the forgotten samples than to all the data.

    With I_D and I_f the mean squared gradients of the loss of single samples, over all the data
    and over the forgotten ones, a weight with I_f > alpha I_D is multiplied by
    min(dampening I_D / I_f, 1). I_D is at least m/n I_f, so nothing changes from alpha = n/m on.

    References
    ----------
    Foster, Schoepf, Brintrup: Fast Machine Unlearning Without Retraining Through Selective
    Synaptic Dampening, AAAI 2024, equations 3 and 4 (whose lambda is `dampening` here).
    """
    checks.positive(alpha, "alpha")
    nonnegative(dampening, "dampening")
    flat = task.whole()
    kept, kept_count = sums_of_squares(task, task.retained, "fisher")
    lost, lost_count = sums_of_squares(task, task.forget, "fisher")
    everything, forgotten = (kept + lost) / (kept_count + lost_count), lost / lost_count
    share = torch.where(forgotten > 0, dampening * everything / forgotten, 1.0).clamp(max=1)
    flat.write(flat.read().double() * torch.where(forgotten > alpha * everything, share, 1.0))
