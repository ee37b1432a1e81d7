"""The retained objective: mean loss over the retained data plus weight decay.

    F(w) = 1/n * sum_i loss(model(x_i; w), y_i) + wd/2 * |w|^2

over the n retained samples. The network runs in its own dtype; losses and sums over samples are
float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from lcodec.scrub import checks
from lcodec.scrub.objective import work
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.ranks import ALONE, Ranks
from lcodec.scrub.objective.surroundings import as_the_caller
from lcodec.scrub.samples.batches import Batch, Batches
from lcodec.scrub.samples.inputs import Inputs, apply, call_with, rows


def call(model: nn.Module, inputs: Inputs, replaced: Mapping[str, torch.Tensor]) -> Any:
    """Return whatever a model makes of a copy of the inputs.

    Parameters
    ----------
    model : torch.nn.Module
        Any model.
    inputs : tensor, tuple or mapping of tensors, shape (b, ...)
        One batch.
    replaced : mapping of str to torch.Tensor
        Values to use in place of the model's own, by name of parameter or buffer.
    """
    work.forward(rows(inputs))
    positional, named = call_with(apply(inputs, torch.clone))
    with as_the_caller():
        return functional_call(model, dict(replaced), positional, named)


def logits_of(outputs: Any) -> Any:
    """Return what stands by the name of logits in the outputs of a model, else the outputs."""
    if isinstance(outputs, Mapping):
        outputs = outputs.get("logits", outputs)
    return getattr(outputs, "logits", outputs)


def run(
    model: nn.Module, inputs: Inputs, parameters: Mapping[str, torch.Tensor] | None = None
) -> torch.Tensor:
    """Return the outputs of a model, checked to be one tensor with a row per input.

    The model gets a copy of the inputs, which it may change.

    Parameters
    ----------
    model : torch.nn.Module
        Returns a tensor, or an object or mapping that holds one as `logits`.
    inputs : tensor, tuple or mapping of tensors, shape (b, ...)
        One batch.
    parameters : mapping of str to torch.Tensor, optional
        Values to use in place of the model's own, by parameter name.
    """
    outputs = logits_of(call(model, inputs, parameters or {}))
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


def mean_over(
    model: nn.Module,
    loss: PerSampleLoss,
    batches: Iterable[Batch],
    parameters: Mapping[str, torch.Tensor] | None = None,
) -> float:
    """Return the mean per-sample loss over batches, without weight decay; see `total_over`."""
    total, count = total_over(model, loss, batches, parameters)
    return total / count


@torch.no_grad()
def total_over(
    model: nn.Module,
    loss: PerSampleLoss,
    batches: Iterable[Batch],
    parameters: Mapping[str, torch.Tensor] | None = None,
) -> tuple[float, int]:
    """Return the sum of the per-sample losses over batches, and the number of samples.

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
    return total, count


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
        Coefficient of half the squared norm of the parameters that require a gradient.
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
        total = {
            name: torch.zeros(leaf.shape, dtype=torch.float64, device=leaf.device)
            for name, leaf in leaves.items()
        }
        # As soon as it is there, so that the gradient of one parameter is held and not of all.
        for name, leaf in leaves.items():
            move = partial(_moved_to, total[name])
            leaf.register_post_accumulate_grad_hook(move)  # type: ignore[no-untyped-call]
        for inputs, targets in self.ranks.share(self.batches):
            with torch.enable_grad():
                losses = self.loss.total(run(self.model, inputs, leaves), targets)
                work.backward(len(targets))
                losses.backward(inputs=list(leaves.values()))  # type: ignore[no-untyped-call]
            sums += torch.tensor([losses.item(), len(targets)], dtype=torch.float64)
        value, count = self._joined(sums, total)
        squares = sum(float(sum_of_squares(tensor)) for tensor in point.values())
        for name, part in total.items():
            part.div_(count)
            for mean, weights in zip(checks.blocks(part), checks.blocks(point[name]), strict=True):
                mean += self.weight_decay * weights.double()
        return value / count + self.weight_decay / 2 * squares, total

    def _joined(self, sums: torch.Tensor, parts: dict[str, torch.Tensor]) -> list[float]:
        """Add up what the ranks summed: `parts` in place, and the two numbers returned."""
        device = next(self.model.parameters()).device
        for part in parts.values():
            self.ranks.total(part)
        found: list[float] = self.ranks.total(sums.to(device)).tolist()
        return found


def norm(gradient: Mapping[str, torch.Tensor]) -> float:
    """Return the Euclidean norm of a gradient given by parameter name."""
    return float(torch.stack([sum_of_squares(part) for part in gradient.values()]).sum().sqrt())


def sum_of_squares(tensor: torch.Tensor) -> torch.Tensor:
    """Return the sum of squares in float64, (), without a second tensor of that size."""
    return torch.stack([part.double().square().sum() for part in checks.blocks(tensor)]).sum()


def _moved_to(total: torch.Tensor, leaf: torch.Tensor) -> None:
    """Add the gradient of a leaf to a sum, and let it go."""
    found, leaf.grad = leaf.grad, None
    if found is not None:
        for part, more in zip(checks.blocks(total), checks.blocks(found.to_dense()), strict=True):
            part += more
