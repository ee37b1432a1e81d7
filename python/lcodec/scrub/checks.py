"""Validation of the scrubber's arguments.

Messages are worded as those of the statistics: they name the argument, the rule and what came.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from lcodec.checks import fail as fail
from lcodec.checks import nonnegative

BLOCK = 2**20  # numbers that are looked at in one go
QUANTISED = ("torch.ao.nn.quantized", "torch.nn.quantized", "torch.ao.nn.intrinsic.quantized")
SHARDED = ("torch.distributed.fsdp", "fairscale.nn.data_parallel", "deepspeed.runtime")
WRAPPERS: tuple[type[nn.Module], ...] = (nn.DataParallel, nn.parallel.DistributedDataParallel)

# --- options; the kinds that the statistics have too stand in lcodec.checks -----------------------


def positive(value: object, name: str) -> float:
    """Return a finite number above 0."""
    number = nonnegative(value, name)
    if number == 0:
        fail("optionRange", f"`{name}` must be above 0, got 0")
    return number


# --- model, loss and data -----------------------------------------------------------------------


def model(value: object) -> nn.Module:
    """Return a module that has parameters, all of them finite and of one floating dtype."""
    if not isinstance(value, nn.Module):
        fail("optionType", f"`model` must be a torch.nn.Module, got {type(value).__name__}")
    _plain_modules(value)
    dtypes = sorted({str(tensor.dtype) for tensor in value.parameters()})
    if len(dtypes) != 1:
        found = ", ".join(dtypes) or "no parameters"
        fail("modelDtype", f"`model` must have parameters of one dtype, got {found}")
    finite_weights(value)
    return value


def _plain_modules(value: nn.Module) -> None:
    """Refuse models, or parts of them, whose weights cannot be swapped or differentiated."""
    rule = "`model` must be made of plain torch modules"
    if isinstance(value, WRAPPERS):
        fail("modelKind", f"{rule}, got {type(value).__name__}; pass `model.module`")
    for name, module in value.named_modules():
        kind, where = type(module), f"`{name}`" if name else "the model itself"
        if isinstance(module, torch.jit.ScriptModule):
            fail("modelKind", f"{rule}, got TorchScript in {where}; pass what it was scripted from")
        if kind.__module__.startswith(QUANTISED):
            fail(
                "modelKind",
                f"{rule}, got the quantised {kind.__name__} in {where}, through which no gradient "
                "passes; remove from the floating-point model, and quantise it again",
            )
        if kind.__module__.startswith(SHARDED):
            fail(
                "modelKind", f"{rule}, got the sharded {kind.__name__} in {where}; gather it first"
            )
        if isinstance(module, nn.DataParallel) and len(module.device_ids) > 1:
            fail(
                "modelKind",
                f"{rule}, got DataParallel over {len(module.device_ids)} devices in {where}; put "
                f"its `module` in its place",
            )
    for name, tensor in value.named_parameters():
        if type(tensor.data) is not torch.Tensor and not nn.parameter.is_lazy(tensor):
            fail(
                "modelKind",
                f"{rule} with plain tensors, got {type(tensor.data).__name__} in `{name}`; pass "
                "the model before its weights were quantised, packed or distributed",
            )


def finite_weights(value: nn.Module) -> None:
    """Refuse a model with NaN or infinite parameters, or whose parameters have no gradients."""
    if torch.is_inference_mode_enabled():
        fail("inferenceMode", "gradients must be possible, got torch.inference_mode")
    for name, tensor in value.named_parameters():
        if nn.parameter.is_lazy(tensor):
            fail("lazyModel", f"`model` must have been called once, got `{name}` without a shape")
        if tensor.is_meta:
            fail("metaDevice", f"`model` must hold its weights, got `{name}` on the meta device")
        if tensor.is_inference():
            fail(
                "inferenceMode",
                f"`model` must be made outside torch.inference_mode, got `{name}` made in it",
            )
        if not all_finite(tensor):
            fail("nonFinite", f"`model` must be finite, got NaN or infinity in `{name}`")
    for name, buffer in value.named_buffers():
        if buffer.is_inference():
            fail(
                "inferenceMode",
                f"`model` must be made outside torch.inference_mode, got the buffer `{name}` made "
                "in it; replace it by its `clone()`",
            )


def loss(value: object) -> None:
    """Refuse what cannot be called, and losses that have no per-sample form."""
    if isinstance(value, type):
        fail("optionType", f"`loss` must be an instance, got the class {value.__name__}")
    if not callable(value):
        fail("optionType", f"`loss` must be callable, got {type(value).__name__}")
    if (
        isinstance(value, (nn.CrossEntropyLoss, nn.NLLLoss))
        and value.weight is not None
        and value.reduction == "mean"
    ):
        fail(
            "lossWeights",
            "`loss` must have reduction='sum' or 'none' when it has class weights (the mean "
            "divides by the weights of the batch, so it is no sum over samples), got 'mean'",
        )


def parts(value: object) -> Sequence[object]:
    """Return the elements of a tuple or list, none of anything else."""
    return value if isinstance(value, (tuple, list)) else ()


def kind(value: object) -> str:
    """Return the type of a value for messages; of a sequence, of its elements too."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        found = ", ".join(type(part).__name__ for part in value[:3])
        more = ", ..." if len(value) > 3 else ""
        return f"{type(value).__name__} of {len(value)} ({found}{more})"
    return type(value).__name__


def blocks(tensor: torch.Tensor) -> Sequence[torch.Tensor]:
    """Return the numbers of a tensor in order, a limited number of them in each; views if it can.

    What is computed from one of them at a time needs no second tensor of the size of a layer.
    """
    return torch.split(tensor.reshape(-1), BLOCK)


def all_finite(tensor: torch.Tensor) -> bool:
    """Return whether there is neither NaN nor infinity in a tensor.

    Neither of them leaves a finite sum, which is found with a tenth of the work; a sum that is not
    finite may have overflowed.
    """
    return all(
        bool(torch.isfinite(part.sum())) or bool(torch.isfinite(part).all())
        for part in blocks(tensor)
    )


def finite(value: torch.Tensor, what: str) -> None:
    """Refuse a computed quantity that is not finite."""
    if not all_finite(value):
        fail("nonFinite", f"{what} must be finite, got NaN or infinite values")
