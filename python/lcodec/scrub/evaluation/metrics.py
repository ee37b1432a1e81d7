"""Accuracy, loss and gradient of a model on some samples."""

from __future__ import annotations

import torch
from torch import nn

from lcodec.scrub.evaluation.logits import right
from lcodec.scrub.objective.loss import Loss, PerSampleLoss
from lcodec.scrub.objective.modes import eval_mode
from lcodec.scrub.objective.objective import Objective, mean_over, norm, run
from lcodec.scrub.samples.batches import Batches, Data


@torch.no_grad()
def accuracy(model: nn.Module, data: Data, *, batch_size: int = 256) -> float:
    """Return the share of samples whose largest output is that of their target class.

    Parameters
    ----------
    model : torch.nn.Module
        A classifier with outputs (b, C); a single output, (b,) or (b, 1), is the logit of
        class 1.
    data : pair of tensors, or re-iterable of such pairs
        Inputs and targets (b,): classes from 0.
    batch_size : int, default 256
        Samples per pass, for a pair of tensors.

    Returns
    -------
    float
        In [0, 1].

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import accuracy
    >>> x = torch.tensor([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0], [4.0, 5.0]])
    >>> model = torch.nn.Linear(2, 2)
    >>> _ = torch.nn.init.eye_(model.weight), torch.nn.init.zeros_(model.bias)
    >>> accuracy(model, (x, torch.tensor([0, 1, 1, 1])))
    0.75
    """
    found = count = 0
    with eval_mode(model):
        for inputs, targets in Batches(data, model, batch_size, "data"):
            found += right(run(model, inputs), targets)
            count += len(targets)
    return found / count


def mean_loss(model: nn.Module, loss: Loss, data: Data, *, batch_size: int = 256) -> float:
    """Return the mean per-sample loss, without weight decay, in float64.

    Parameters
    ----------
    model : torch.nn.Module
        The model.
    loss : callable
        `loss(outputs, targets)`; its reduction does not matter.
    data : pair of tensors, or re-iterable of such pairs
        Inputs and targets.
    batch_size : int, default 256
        Samples per pass, for a pair of tensors.

    Returns
    -------
    float
        In the units of the loss.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import mean_loss
    >>> model = torch.nn.Linear(2, 1, bias=False)
    >>> _ = torch.nn.init.ones_(model.weight)
    >>> x, y = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[3.0], [5.0]])
    >>> mean_loss(model, torch.nn.MSELoss(), (x, y))  # errors 0 and 2
    2.0
    """
    with eval_mode(model):
        return mean_over(model, PerSampleLoss(loss), Batches(data, model, batch_size, "data"))


def gradient_norm(
    model: nn.Module,
    loss: Loss,
    data: Data,
    *,
    weight_decay: float = 0.0,
    batch_size: int = 256,
) -> float:
    """Return the norm of the gradient of mean loss + ``wd/2 |w|^2`` over trainable parameters.

    On the retained data this is the residual of a removal: 0 at a refit, so its value after a
    removal divided by that before says how much is left. It is the norm of the mean gradient, not
    the mean of the norms of batches, which is larger.

    Parameters
    ----------
    model, loss, data, batch_size
        As in `mean_loss`.
    weight_decay : float, default 0
        As in training.

    Returns
    -------
    float
        Euclidean norm.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import gradient_norm
    >>> model = torch.nn.Linear(2, 1, bias=False)
    >>> _ = torch.nn.init.ones_(model.weight)
    >>> x, y = torch.tensor([[3.0, 4.0]]), torch.tensor([[6.0]])
    >>> gradient_norm(model, torch.nn.MSELoss(), (x, y))  # error 1 times 2 |(3, 4)|
    10.0
    """
    batches = Batches(data, model, batch_size, "data")
    with eval_mode(model):
        objective = Objective(model, PerSampleLoss(loss), batches, weight_decay)
        return norm(objective.value_and_gradient()[1])


def residual_ratio(
    model: nn.Module,
    before: nn.Module,
    loss: Loss,
    data: Data,
    *,
    weight_decay: float = 0.0,
    batch_size: int = 256,
) -> float:
    """Return the retained gradient norm of a model, divided by that before the removal.

    0 means a minimum of the retained objective; below 1, the gradient is smaller than before.

    Parameters
    ----------
    model, before : torch.nn.Module
        The model after the removal, and before it.
    loss, data, weight_decay, batch_size
        As in `gradient_norm`, of the retained data.

    Returns
    -------
    float
        Infinite where `before` is at an exact minimum and `model` is not; 1 where both are.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import residual_ratio
    >>> before, after = torch.nn.Linear(2, 1, bias=False), torch.nn.Linear(2, 1, bias=False)
    >>> _ = torch.nn.init.ones_(before.weight), torch.nn.init.constant_(after.weight, 0.9)
    >>> x, y = torch.tensor([[3.0, 4.0]]), torch.tensor([[6.0]])
    >>> round(residual_ratio(after, before, torch.nn.MSELoss(), (x, y)), 5)  # errors 0.3 and 1
    0.3
    """
    norms = [
        gradient_norm(each, loss, data, weight_decay=weight_decay, batch_size=batch_size)
        for each in (model, before)
    ]
    return ratio(*norms)


def ratio(after: float, before: float) -> float:
    """Return after / before, with 0 / 0 = 1."""
    if before == 0:
        return 1.0 if after == 0 else float("inf")
    return after / before
