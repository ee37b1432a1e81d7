"""How close a scrubbed model is to one that never saw the samples.

Everything is evaluated in evaluation mode, and averaged over samples, not over batches or tensor
elements.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import log_softmax

from . import checks
from .data import Batches, Data
from .inputs import Inputs, rows, split
from .objective import Loss, Objective, PerSampleLoss, mean_over, norm, run
from .state import eval_mode


@torch.no_grad()
def accuracy(model: nn.Module, data: Data, *, batch_size: int = 256) -> float:
    """Return the share of samples whose largest output is that of their target class.

    Parameters
    ----------
    model : torch.nn.Module
        A classifier with outputs (b, C).
    data : pair of tensors, or re-iterable of such pairs
        Inputs and integer targets (b,).
    batch_size : int, default 256
        For a pair of tensors.
    """
    right = count = 0
    with eval_mode(model):
        for inputs, targets in Batches(data, model, batch_size, "data"):
            right += int((run(model, inputs).argmax(dim=1) == targets).sum())
            count += len(targets)
    return right / count


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
        For a pair of tensors.
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
    """Return the norm of the gradient of mean loss + wd/2 |w|^2 over all trainable parameters.

    On the retained data this is the residual of a removal: 0 at a refit, so the ratio of its
    values after and before a removal says how much of the way was made. It is the norm of the
    mean gradient, not the mean of the norms of batches, which is larger.

    Parameters
    ----------
    model : torch.nn.Module
        The model.
    loss : callable
        `loss(outputs, targets)`; its reduction does not matter.
    data : pair of tensors, or re-iterable of such pairs
        Inputs and targets.
    weight_decay : float, default 0
        As in training.
    batch_size : int, default 256
        For a pair of tensors.
    """
    batches = Batches(data, model, batch_size, "data")
    with eval_mode(model):
        objective = Objective(model, PerSampleLoss(loss), batches, weight_decay)
        return norm(objective.value_and_gradient()[1])


@torch.no_grad()
def kl_divergence(
    reference: nn.Module, model: nn.Module, inputs: Inputs, *, batch_size: int = 256
) -> float:
    """Return KL(reference || model) of the predicted classes, in nats, mean over samples.

        1/n * sum_i sum_c p_c(x_i) * (log p_c(x_i) - log q_c(x_i))

    with p the softmax of the reference's outputs and q that of the model's, in float64.

    Parameters
    ----------
    reference : torch.nn.Module
        The refit: a classifier with outputs (b, C).
    model : torch.nn.Module
        The model to judge.
    inputs : tensor, tuple or mapping of tensors, shape (n, ...)
        Samples.
    batch_size : int, default 256
        Samples per pass.

    Raises
    ------
    LcodecError
        `lcodec:sizeMismatch` where the two models' outputs differ in shape.
    """
    total = 0.0
    with eval_mode(reference), eval_mode(model):
        for batch in split(inputs, batch_size):
            wanted, given = run(reference, batch), run(model, batch)
            if wanted.shape != given.shape:
                checks.fail(
                    "sizeMismatch",
                    f"outputs of `model` must have shape {tuple(wanted.shape)} like those of "
                    f"`reference`, got {tuple(given.shape)}",
                )
            log_p = log_softmax(wanted.double(), dim=1)
            log_q = log_softmax(given.double(), dim=1)
            total += float((log_p.exp() * (log_p - log_q)).sum())
    return total / rows(inputs)
