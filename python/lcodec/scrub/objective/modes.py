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
def left_as_found(model: nn.Module) -> Iterator[None]:
    """Run a block in evaluation mode, after which everything but the weights is as it was.

    Buffers, also such that the model gave another tensor, and the state of torch's random
    generator on the CPU are put back: forward passes over perturbed copies must not leave a trace
    in running statistics or counters, nor passes over the data in the next run.

    Parameters
    ----------
    model : torch.nn.Module
        Its parameters are not to be changed inside the block.
    """
    buffers = [(tensor, tensor.detach().clone()) for tensor in model.buffers()]
    owners = [(module._buffers, dict(module._buffers)) for module in model.modules()]
    with eval_mode(model), torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            for own, found in owners:
                own.update(found)
            _put_back(buffers)


@contextmanager
def all_or_nothing(model: nn.Module) -> Iterator[None]:
    """Run a block; if it fails, the weights are bitwise what they were.

    Parameters
    ----------
    model : torch.nn.Module
        Its parameters may be changed, in place, inside the block.
    """
    parameters = [(tensor, tensor.detach().clone()) for tensor in model.parameters()]
    try:
        yield
    except BaseException:  # KeyboardInterrupt too
        _put_back(parameters)
        raise


@torch.no_grad()
def _put_back(saved: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> None:
    for tensor, value in saved:
        tensor.copy_(value)
