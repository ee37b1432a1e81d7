"""Leaving a model as it was found: evaluation mode, buffers and, on failure, the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from lcodec.scrub import checks
from lcodec.scrub.objective.surroundings import plainly


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Put `model` in evaluation mode, and every submodule back in its own mode afterwards.

    Autocast, compiled parts, checkpointing and another default device are put aside, too: see
    `plainly`.

    Parameters
    ----------
    model : torch.nn.Module
        Submodules may be in different modes, as with a frozen BatchNorm.

    Raises
    ------
    LcodecError
        `lcodec:modelMode` where there is no evaluation mode, or weights change on the way to it.
    """
    with plainly(model), in_mode(model, training=False):
        yield


@contextmanager
def in_mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Put `model` in a mode, and every submodule back in its own mode afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        _change_mode(model, training)
        yield
    finally:
        for module, found in modes:
            module.training = found


def _change_mode(model: nn.Module, training: bool) -> None:
    """Put a model in a mode; refuse one that changes its weights by that.

    Adapters that are merged into the weights in evaluation mode would stay so when the mode is put
    back, and the step would be taken on the sum.
    """
    own = any(
        type(module).train is not nn.Module.train or type(module).eval is not nn.Module.eval
        for module in model.modules()
    )
    found = [(part, part.detach().clone()) for part in model.parameters()] if own else []
    mode = "training" if training else "evaluation"
    try:
        model.train() if training else model.eval()
    except NotImplementedError as error:
        checks.fail(
            "modelMode",
            f"`model` must have a mode for {mode}, got {type(model).__name__}, which says: "
            f"{error}; of an exported program, pass the module that it was made from",
        )
    if any(not torch.equal(part, value) for part, value in found):
        model.eval() if training else model.train()
        _put_back(found)
        checks.fail(
            "modelMode",
            f"`model` must keep its weights when it is put in {mode} mode, got others (as of "
            "adapters that are merged there); merge them for good, or switch merging off",
        )


def random_layers(model: nn.Module) -> tuple[str, ...]:
    """Return the names of torch's own layers that act at random in the mode that they are in."""
    return tuple(name for name, module in model.named_modules() if _at_random(module))


def _at_random(module: nn.Module) -> bool:
    if not module.training:
        return False
    if isinstance(module, nn.RNNBase):
        return bool(module.dropout > 0 and module.num_layers > 1)
    if isinstance(module, nn.MultiheadAttention):
        return bool(module.dropout > 0)
    return isinstance(module, nn.RReLU) or (isinstance(module, _DropoutNd) and module.p > 0)


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
