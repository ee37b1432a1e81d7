"""The retained objective: mean loss over the retained data plus weight decay.

    F(w) = 1/n * sum_i loss(model(x_i; w), y_i) + wd/2 * |w|^2

over the n retained samples. The network runs in its own dtype; losses and sums over samples are
float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import torch
from torch import nn
from torch.func import functional_call

from lcodec.scrub import checks
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.ranks import ALONE, Ranks
from lcodec.scrub.samples.batches import Batch, Batches
from lcodec.scrub.samples.inputs import Inputs, call_with, rows, take, tensors


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
def check_batch(model: nn.Module, loss: PerSampleLoss, samples: Batch, name: str) -> None:
    """Refuse what model and loss do not take, or do not take sample by sample.

    Parameters
    ----------
    model : torch.nn.Module
        The model, in evaluation mode.
    loss : PerSampleLoss
        Loss of one sample.
    samples : (inputs, targets)
        Of which the first four are tried.
    name : str
        Argument name for messages.

    Raises
    ------
    LcodecError
        `lcodec:modelInput`, `lcodec:modelOutput`, `lcodec:batchDependent`, or what
        `PerSampleLoss.check` raises.
    """
    inputs, targets = (take(part, slice(4)) for part in samples)
    try:
        outputs = run(model, inputs)
    except (RuntimeError, TypeError) as error:
        shapes = ", ".join(f"{part.dtype} {tuple(part.shape)}" for part in tensors(inputs))
        checks.fail("modelInput", f"`model` must take the inputs of `{name}`, {shapes}: {error}")
    two = run(model, take(inputs, slice(2)))
    few, more = two.double(), outputs[:2].double()
    precision = torch.finfo(next(model.parameters()).dtype).eps
    if (few - more).norm() > 10 * precision**0.5 * more.norm():
        checks.fail(
            "batchDependent",
            "`model` must give a sample the same outputs in any batch, in evaluation mode, "
            "got others beside other samples (BatchNorm needs `track_running_stats`)",
        )
    loss.check(outputs, cast("torch.Tensor", targets))


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
