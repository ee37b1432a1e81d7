"""The retained objective: mean loss over the retained data plus weight decay.

    F(w) = 1/n * sum_i loss(model(x_i; w), y_i) + wd/2 * |w|^2

over the n retained samples. The network runs in its own dtype; losses and sums over samples are
float64.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.func import functional_call, vmap

from lcodec import LcodecError

from . import checks
from .data import Batch, Batches
from .distributed import ALONE, Ranks
from .inputs import Inputs, call_with, rows

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
    """

    def __init__(self, loss: Loss) -> None:
        checks.loss(loss)
        self._loss = copy.deepcopy(loss).double() if isinstance(loss, nn.Module) else loss

    def one(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss, (), of one model output and its target, both without batch axis."""
        return self._loss(output[None].double(), _exact(target)[None]).mean()

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
            by itself is NaN; `lcodec:lossCall` where the loss cannot be called so.
        """
        with _called(outputs, targets):
            whole = self._whole(outputs, targets)
            self._form(whole, outputs, targets)

    def total(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the sum of the losses of a batch, (), by one call where that is the same.

        What is not known of a loss is tried on every batch: targets that are ignored, or the
        weights of their classes, may make the mean over one batch no mean over its samples.
        What does not fit is refused as by `check`.
        """
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
        whole: torch.Tensor = self._loss(outputs.double(), _exact(targets)).double()
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


def _exact(targets: torch.Tensor) -> torch.Tensor:
    """Return targets in float64 where they are floating point."""
    return targets.double() if targets.is_floating_point() else targets


def run(
    model: nn.Module, inputs: Inputs, parameters: Mapping[str, torch.Tensor] | None = None
) -> torch.Tensor:
    """Return the outputs of a model, checked to be one tensor with a row per input.

    Parameters
    ----------
    model : torch.nn.Module
        Returns a tensor, or an object or mapping that holds one as `logits`.
    inputs : tensor, tuple or mapping of tensors, shape (b, ...)
        One batch.
    parameters : mapping of str to torch.Tensor, optional
        Values to use in place of the model's own, by parameter name.
    """
    positional, named = call_with(inputs)
    outputs = functional_call(model, dict(parameters or {}), positional, named)
    if isinstance(outputs, Mapping):
        outputs = outputs.get("logits", outputs)
    outputs = getattr(outputs, "logits", outputs)
    if not isinstance(outputs, torch.Tensor):
        checks.fail(
            "modelOutput",
            f"`model` must return a tensor, or logits by that name, got {type(outputs).__name__}",
        )
    if outputs.ndim == 0 or outputs.shape[0] != rows(inputs):
        checks.fail(
            "modelOutput",
            f"`model` must return {rows(inputs)} rows for as many inputs, "
            f"got shape {tuple(outputs.shape)}",
        )
    return outputs


@torch.no_grad()
def mean_over(
    model: nn.Module,
    loss: PerSampleLoss,
    batches: Iterable[Batch],
    parameters: Mapping[str, torch.Tensor] | None = None,
) -> float:
    """Return the mean per-sample loss over batches, without weight decay.

    Parameters
    ----------
    model : torch.nn.Module
        The model.
    loss : PerSampleLoss
        Loss of one sample.
    batches : iterable of (inputs, targets)
        At least one batch, on the model's device.
    parameters : mapping of str to torch.Tensor, optional
        Values to use in place of the model's own, by parameter name.
    """
    total, count = 0.0, 0
    for inputs, targets in batches:
        total += float(loss.total(run(model, inputs, parameters), targets))
        count += len(targets)
    return total / count


class Objective:
    """The retained objective and its gradient, in evaluation mode of the caller.

    Parameters
    ----------
    model : torch.nn.Module
        The model; never changed here.
    loss : PerSampleLoss
        Loss of one sample.
    batches : Batches
        The retained data.
    weight_decay : float
        Coefficient of |w|^2 / 2 over the parameters that require a gradient.
    ranks : Ranks, default ALONE
        The processes that share the batches.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: PerSampleLoss,
        batches: Batches,
        weight_decay: float,
        ranks: Ranks = ALONE,
    ) -> None:
        self.model = model
        self.loss = loss
        self.batches = batches
        self.weight_decay = weight_decay
        self.ranks = ranks

    def value_and_gradient(
        self, replaced: Mapping[str, torch.Tensor] | None = None
    ) -> tuple[float, dict[str, torch.Tensor]]:
        """Return F and its gradient with respect to every trainable parameter.

        Parameters
        ----------
        replaced : mapping of str to torch.Tensor, optional
            Parameters to use in place of the model's own.

        Returns
        -------
        value : float
            F.
        gradient : dict of str to torch.Tensor of float64
            By parameter name; a tied parameter appears once.
        """
        own = {
            name: tensor.detach()
            for name, tensor in self.model.named_parameters()
            if tensor.requires_grad
        }
        point = {**own, **(replaced or {})}
        leaves = {name: tensor.detach().requires_grad_() for name, tensor in point.items()}
        sums = torch.zeros(2, dtype=torch.float64)  # of losses, and of samples
        total = {name: torch.zeros_like(t, dtype=torch.float64) for name, t in leaves.items()}
        for inputs, targets in self.ranks.share(self.batches):
            with torch.enable_grad():
                losses = self.loss.total(run(self.model, inputs, leaves), targets)
                parts = torch.autograd.grad(losses, list(leaves.values()), allow_unused=True)
            for name, part in zip(leaves, parts, strict=True):
                if part is not None:
                    total[name] += part
            sums += torch.tensor([losses.item(), len(targets)], dtype=torch.float64)
        value, count = self._joined(sums, total)
        squares = sum(float(tensor.double().square().sum()) for tensor in point.values())
        gradient = {
            name: total[name] / count + self.weight_decay * point[name].double() for name in point
        }
        return value / count + self.weight_decay / 2 * squares, gradient

    def _joined(self, sums: torch.Tensor, parts: dict[str, torch.Tensor]) -> list[float]:
        """Add up what the ranks summed: `parts` in place, and the two numbers returned."""
        device = next(self.model.parameters()).device
        for part in parts.values():
            self.ranks.total(part)
        found: list[float] = self.ranks.total(sums.to(device)).tolist()
        return found


def norm(gradient: Mapping[str, torch.Tensor]) -> float:
    """Return the Euclidean norm of a gradient given by parameter name."""
    return float(torch.stack([part.square().sum() for part in gradient.values()]).sum().sqrt())
