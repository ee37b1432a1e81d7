"""How quickly a model learns the forgotten samples again."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

import torch
from torch import nn

from lcodec.checks import nonnegative, whole_number
from lcodec.scrub import checks
from lcodec.scrub.objective.loss import Loss, PerSampleLoss
from lcodec.scrub.objective.modes import eval_mode
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.samples.batches import Batches, Data

Optimizer = Callable[[Iterable[torch.Tensor]], torch.optim.Optimizer]


def relearn_time(
    model: nn.Module,
    loss: Loss,
    forgotten: Data,
    *,
    threshold: float,
    learning_rate: float = 0.01,
    max_steps: int = 1000,
    optimizer: Optimizer | None = None,
    batch_size: int = 256,
) -> int | None:
    """Return how many optimiser steps bring the loss on the forgotten samples back down.

    A copy of the model is trained on the forgotten samples alone, on the mean over all of them
    and in evaluation mode, so the count is deterministic. What was only hidden comes back in
    fewer steps than a refit needs.

    Parameters
    ----------
    model : torch.nn.Module
        The model to judge; it is left as it is.
    loss, forgotten, batch_size
        As `loss`, `data` and `batch_size` of `mean_loss`.
    threshold : float
        Mean loss to reach, such as that of the model before the removal.
    learning_rate : float, default 0.01
        Learning rate of plain gradient descent.
    max_steps : int, default 1000
        Number of steps after which to give up.
    optimizer : callable, optional
        `optimizer(parameters) -> torch.optim.Optimizer`, in place of plain gradient descent.

    Returns
    -------
    int or None
        0 if the loss is already there, None if `max_steps` were not enough.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import relearn_time
    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> _ = torch.nn.init.zeros_(model.weight)
    >>> data = torch.ones(1, 1), torch.ones(1, 1)  # the error shrinks by 0.8 in each step
    >>> relearn_time(model, torch.nn.MSELoss(), data, threshold=0.01, learning_rate=0.1)
    11
    """
    nonnegative(threshold, "threshold")
    whole_number(max_steps, "max_steps", 1)
    rate = checks.positive(learning_rate, "learning_rate")
    student = copy.deepcopy(model)
    batches = Batches(forgotten, student, batch_size, "forgotten")
    objective = Objective(student, PerSampleLoss(loss), batches, 0.0)
    named = {name: tensor for name, tensor in student.named_parameters() if tensor.requires_grad}
    make = optimizer or (lambda parameters: torch.optim.SGD(parameters, lr=rate))
    descent = make(list(named.values()))
    with eval_mode(student):
        for steps in range(max_steps + 1):
            value, gradient = objective.value_and_gradient()
            if value <= threshold:
                return steps
            for name, tensor in named.items():
                tensor.grad = gradient[name].to(tensor.dtype)
            descent.step()
    return None
