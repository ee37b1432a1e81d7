"""Validation of the scrubber's arguments.

Messages are worded as those of the statistics: they name the argument, the rule and what came.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from lcodec.checks import fail as fail
from lcodec.checks import nonnegative

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
    dtypes = sorted({str(tensor.dtype) for tensor in value.parameters()})
    if len(dtypes) != 1:
        found = ", ".join(dtypes) or "no parameters"
        fail("modelDtype", f"`model` must have parameters of one dtype, got {found}")
    finite_weights(value)
    return value


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
        if not torch.isfinite(tensor).all():
            fail("nonFinite", f"`model` must be finite, got NaN or infinity in `{name}`")


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


def finite(value: torch.Tensor, what: str) -> None:
    """Refuse a computed quantity that is not finite."""
    if not torch.isfinite(value).all():
        fail("nonFinite", f"{what} must be finite, got NaN or infinite values")
