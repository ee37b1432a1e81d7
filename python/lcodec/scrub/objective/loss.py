"""Any torch loss, one sample at a time or a batch at once, in float64."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.func import vmap

from lcodec import LcodecError
from lcodec.scrub import checks
from lcodec.scrub.objective.surroundings import as_the_caller

Loss: TypeAlias = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class PerSampleLoss:
    """Any torch loss, one sample at a time and in float64.

    The loss is called on batches of one, so its reduction does not matter; where it returns
    several numbers for a sample, their mean is taken, as torch's 'mean' does.

    Parameters
    ----------
    loss : callable
        `loss(outputs, targets)`, a torch loss module or function. It must be traceable by
        `torch.func.vmap`. A module is copied.

    Attributes
    ----------
    given : callable
        The loss as it was given.
    """

    def __init__(self, loss: Loss) -> None:
        checks.loss(loss)
        self.given = loss
        self._loss = loss
        if isinstance(loss, nn.Module):
            self._loss = copy.deepcopy(loss).double().requires_grad_(False)
        self._tried = False

    def one(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss, (), of one model output and its target, both without batch axis."""
        with as_the_caller():
            return self._loss(_own(output)[None], _exact(target)[None]).mean()

    def check(self, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """Refuse a loss that is not a mean or sum of the losses of samples.

        Parameters
        ----------
        outputs : torch.Tensor, shape (b, ...)
            Of a few samples.
        targets : torch.Tensor, shape (b, ...)
            Their targets.

        Raises
        ------
        LcodecError
            `lcodec:lossBatch`, with both numbers; `lcodec:lossSample` where the loss of a sample
            by itself is NaN; `lcodec:lossCall` where the loss cannot be called so;
            `lcodec:lossPenalty`, `lcodec:lossChanges` where it is no function of outputs and
            targets alone.
        """
        with _called(outputs, targets):
            self._try(outputs, targets)
            whole = self._whole(outputs, targets)
            self._form(whole, outputs, targets)

    def _try(self, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """Refuse, the first time, a loss that depends on more than outputs and targets."""
        if self._tried:
            return
        with torch.enable_grad():
            value = self._whole(outputs.detach(), targets)
        if value.requires_grad:
            checks.fail(
                "lossPenalty",
                "`loss` must depend on the model by its outputs alone, got a gradient where the "
                "outputs are constant, as of a penalty on weights: give `weight_decay` for "
                "|w|^2 / 2, leave other penalties out, and detach other tensors",
            )
        again = self._whole(outputs.detach(), targets)
        if not torch.allclose(value, again, rtol=1e-9, atol=1e-12, equal_nan=True):
            checks.fail(
                "lossChanges",
                "`loss` must be the same for the same outputs and targets, got "
                f"{value.mean():.6g} and then {again.mean():.6g}; leave random mixing out, and "
                "what it keeps from call to call",
            )
        self._tried = True

    def total(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the sum of the losses of a batch, (), by one call where that is the same.

        What is not known of a loss is tried on every batch: targets that are ignored, or the
        weights of their classes, may make the mean over one batch no mean over its samples.
        What does not fit is refused as by `check`.
        """
        self._try(outputs, targets)
        whole = self._whole(outputs, targets)
        form = known_form(self._loss, outputs, targets)
        if form is None:
            form = self._form(whole, outputs, targets)
        if not form:
            return self(outputs, targets).sum()
        if form == "none":
            return whole.reshape(len(outputs), -1).mean(dim=1).sum()
        return whole.mean() * (len(outputs) if form == "mean" else 1)

    def __call__(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the losses, (b,), of a batch."""
        return vmap(self.one)(outputs, targets)

    def _whole(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return what the loss makes of a batch."""
        with as_the_caller():
            whole: torch.Tensor = self._loss(_own(outputs), _exact(targets)).double()
        return whole

    @torch.no_grad()
    def _form(self, whole: torch.Tensor, outputs: torch.Tensor, targets: torch.Tensor) -> str:
        """Return which reduction of the losses of samples `whole` is, "" where several fit."""
        apart = self(outputs, targets)
        if apart.isnan().any() and not whole.isnan().any():
            checks.fail(
                "lossSample",
                "`loss` must be a number for every sample by itself, got NaN for row "
                f"{int(apart.isnan().nonzero()[0])} of {len(apart)}; where all targets of a sample "
                "are ignored, use reduction='sum'",
            )
        forms = {"mean": (apart.mean(), whole.mean()), "sum": (apart.sum(), whole.mean())}
        if whole.ndim and len(whole) == len(apart):
            forms = {"none": (apart, whole.reshape(len(apart), -1).mean(dim=1))}
        found = [
            form
            for form, pair in forms.items()
            if torch.allclose(*pair, rtol=1e-6, atol=1e-9, equal_nan=True)
        ]
        if not found:
            checks.fail(
                "lossBatch",
                f"`loss` must be the mean or the sum of the losses of single samples: of "
                f"{len(apart)} samples it must be {apart.mean():.6g} or {apart.sum():.6g}, got "
                f"{whole.mean():.6g}; where targets are weighted or ignored, use reduction='sum'",
            )
        return found[0] if len(found) == 1 else ""


ELEMENTWISE = (
    nn.BCELoss,
    nn.BCEWithLogitsLoss,
    nn.HuberLoss,
    nn.L1Loss,
    nn.MSELoss,
    nn.SmoothL1Loss,
)


def known_form(loss: Any, outputs: torch.Tensor, targets: torch.Tensor) -> str | None:
    """Return how a loss reduces a batch sample by sample, where that need not be tried.

    Parameters
    ----------
    loss : object
        Any loss; of torch's own some are known.
    outputs : torch.Tensor, shape (b, ...)
        Of a batch.
    targets : torch.Tensor, shape (b, ...)
        Their targets.

    Returns
    -------
    {"mean", "sum", "none"} or None
        None where it is not known.
    """
    if getattr(loss, "weight", None) is not None:
        return None
    if type(loss) in ELEMENTWISE:
        known = outputs.shape == targets.shape
    elif type(loss) in (nn.CrossEntropyLoss, nn.NLLLoss):
        known = targets.is_floating_point() or not bool((targets == loss.ignore_index).any())
    else:
        known = False
    return str(loss.reduction) if known else None


@contextmanager
def _called(outputs: torch.Tensor, targets: torch.Tensor) -> Iterator[None]:
    """Say with what a loss was called where it cannot be."""
    try:
        yield
    except LcodecError:
        raise
    except Exception as error:
        checks.fail(
            "lossCall",
            "`loss` must work on float64 outputs and their targets, on a batch and one sample at "
            f"a time under torch.func.vmap, got {type(error).__name__} for outputs "
            f"{tuple(outputs.shape)} and {targets.dtype} targets {tuple(targets.shape)}: {error}",
        )


def _own(tensor: torch.Tensor) -> torch.Tensor:
    """Return a float64 copy, which a loss may change."""
    return tensor.to(torch.float64, copy=True)


def _exact(targets: torch.Tensor) -> torch.Tensor:
    """Return a copy of targets, in float64 where they are floating point."""
    return _own(targets) if targets.is_floating_point() else targets.clone()
