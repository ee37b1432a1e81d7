"""Leaving a model as it was found: evaluation mode, buffers and, on failure, the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Put `model` in evaluation mode, and every submodule back in its own mode afterwards.

    Parameters
    ----------
    model : torch.nn.Module
        Submodules may be in different modes, as with a frozen BatchNorm.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def all_or_nothing(model: nn.Module) -> Iterator[None]:
    """Run a block in evaluation mode; if it fails, the weights are bitwise what they were.

    Buffers are put back in any case: forward passes over perturbed copies must not leave a
    trace in running statistics or counters.

    Parameters
    ----------
    model : torch.nn.Module
        Its parameters may be changed, in place, inside the block.
    """
    parameters = [(tensor, tensor.detach().clone()) for tensor in model.parameters()]
    buffers = [(tensor, tensor.detach().clone()) for tensor in model.buffers()]
    with eval_mode(model):
        try:
            yield
        except BaseException:  # KeyboardInterrupt too
            _put_back(parameters)
            raise
        finally:
            _put_back(buffers)


@torch.no_grad()
def _put_back(saved: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> None:
    for tensor, value in saved:
        tensor.copy_(value)
