"""Validation of the scrubber's arguments.

Messages are worded as those of the statistics: they name the argument, the rule and what came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch
from torch import nn

from lcodec.checks import fail as fail
from lcodec.checks import nonnegative, whole_number
from lcodec.scrub.samples.inputs import Inputs, tensors

# --- options; the kinds that the statistics have too stand in lcodec.checks -----------------------


def positive(value: object, name: str) -> float:
    """Return a finite number above 0."""
    number = nonnegative(value, name)
    if number == 0:
        fail("optionRange", f"`{name}` must be above 0, got 0")
    return number


def budget(value: object, select: str) -> int | None:
    """Return `max_parameters`, which the methods that rank without ever stopping need."""
    if value is None:
        if select in ("random", "top_gradient"):
            fail("missingOption", f"`max_parameters` must be given for `select` '{select}'")
        return None
    return whole_number(value, "max_parameters", 1)


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


def pair(value: object, name: str) -> tuple[Inputs, torch.Tensor]:
    """Return (inputs, targets) with the same number of rows, at least one."""
    if (
        not isinstance(value, Sequence)
        or len(value) != 2
        or not _are_inputs(value[0])
        or not isinstance(value[1], torch.Tensor)
    ):
        fail(
            "notPair",
            f"`{name}` must be a pair of tensors (inputs, targets), got {kind(value)}",
        )
    inputs, targets = value
    if isinstance(inputs, list):  # as torch's own collate makes of tuples
        inputs = tuple(inputs)
    parts = [(part, "inputs") for part in tensors(inputs)]
    for part, what in (*parts, (targets, "targets")):
        if part.ndim == 0 or part.shape[0] == 0:
            fail("emptyInput", f"{what} of `{name}` must have at least one row, got none")
        if part.is_floating_point() and not torch.isfinite(part).all():
            fail("nonFinite", f"{what} of `{name}` must be finite, got NaN or infinite values")
    for part, what in (*parts[1:], (targets, "targets")):
        if len(part) != len(parts[0][0]):
            fail(
                "sizeMismatch",
                f"{what} of `{name}` must have {len(parts[0][0])} rows like the inputs, "
                f"got {len(part)}",
            )
    return inputs, targets


def _are_inputs(value: object) -> bool:
    if isinstance(value, Mapping):
        return bool(value) and all(isinstance(part, torch.Tensor) for part in value.values())
    if isinstance(value, (tuple, list)):
        return bool(value) and all(isinstance(part, torch.Tensor) for part in value)
    return isinstance(value, torch.Tensor)


def reiterable(value: object, name: str) -> None:
    """Refuse what cannot be gone through more than once in batches."""
    if not isinstance(value, Iterable) or isinstance(value, torch.Tensor):
        fail(
            "notBatches",
            f"`{name}` must be a pair of tensors (inputs, targets) or an iterable of such "
            f"pairs, got {type(value).__name__}",
        )
    if isinstance(value, Iterator):
        fail(
            "notReiterable",
            f"`{name}` must allow several passes, such as a DataLoader or a list, "
            f"got {type(value).__name__}, which allows one",
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
