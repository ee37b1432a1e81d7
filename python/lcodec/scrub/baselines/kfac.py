"""Kronecker-factored curvature of Linear and Conv2d layers.

For a layer z = W a (a 1 appended to a for the bias) with places r = 1..R that share the weights
(tokens, positions of a filter), and delta the rows S' dz of the output Jacobian with the root S of
the loss Hessian, n samples,

    expand   A = 1/(n R) sum a_r a_r'         B = 1/n sum delta_r delta_r'
    reduce   A = 1/n sum mean(a) mean(a)'     B = 1/n sum (sum delta) (sum delta)'

and the layer's Gauss-Newton block is approximated by A (x) B, exactly where R = 1 and n = 1, or
where delta is the same for all samples (a deep linear network under squared error).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.objective.objective import Objective, run
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.slices.calls import LayerCalls, pull, traced
from lcodec.scrub.step.build import factor_of
from lcodec.scrub.step.layer_rows import tokens, windows

SHARING = ("expand", "reduce")


@dataclass(frozen=True, eq=False)
class Kronecker:
    """Curvature A (x) B of one layer, by the names of its weight and its bias."""

    name: str
    bias: str | None
    module: Any  # Linear or Conv2d
    inputs: torch.Tensor  # A, (i, i); i counts the entries of a row of the weight, and the bias
    outputs: torch.Tensor  # B, (o, o)

    def solve(self, gradient: Mapping[str, torch.Tensor], shift: float) -> torch.Tensor:
        """Return (A (x) B + shift I)^{-1} applied to the layer's gradient, (o, i).

        The shift is damping and weight decay; `lcodec:notPositiveDefinite` where that is singular.
        """
        rows = gradient[self.name].flatten(1)
        if self.bias is not None:
            rows = torch.cat([rows, gradient[self.bias][:, None]], dim=1)
        a, basis_a = torch.linalg.eigh(self.inputs)
        b, basis_b = torch.linalg.eigh(self.outputs)
        spectrum = b.clamp(min=0)[:, None] * a.clamp(min=0) + shift
        rounding = torch.finfo(spectrum.dtype).eps * len(a) * len(b)
        if not spectrum.min() > rounding * spectrum.max():
            checks.fail(
                "notPositiveDefinite",
                f"`damping` must be above 0 for the singular K-FAC curvature of `{self.name}`",
            )
        return torch.Tensor(basis_b @ (basis_b.T @ rows @ basis_a / spectrum) @ basis_a.T)


def factors(objective: Objective, batches: Batches, sharing: str) -> dict[str, Kronecker]:
    """Return the curvature of every Linear and ungrouped Conv2d layer that can be trained.

    It is the mean over the batches, by the name of the layer's weight; `sharing`, "expand" or
    "reduce", says how places that share the weights are counted. `lcodec:noLayers` where the
    model calls no such layer.
    """
    layers = _layers(objective.model)
    watcher = LayerCalls(objective.model, layers, traced)
    root = factor_of("ggn", objective.loss)
    sums: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    count = 0
    for inputs, targets in batches:
        with watcher, torch.enable_grad():
            outputs = run(objective.model, inputs)
            (calls,) = watcher.take()
        weights = root(outputs.detach(), targets).to(outputs)
        deltas = [pull(outputs, calls, row.reshape(outputs.shape)) for row in weights.unbind(2)]
        for call, rows in zip(calls, zip(*deltas, strict=True), strict=True):
            reached = [row for row in rows if row is not None]
            if reached:
                products = _outer(call.module, call.input, torch.stack(reached), sharing)
                before = sums.get(call.layer, tuple(map(torch.zeros_like, products)))
                sums[call.layer] = before[0] + products[0], before[1] + products[1]
        count += len(targets)
    if not sums:
        checks.fail("noLayers", "`model` must use a trainable Linear or ungrouped Conv2d for K-FAC")
    names = {id(tensor): name for name, tensor in objective.model.named_parameters()}
    return {
        name: Kronecker(name, names.get(id(layers[name].bias)), layers[name], a / count, b / count)
        for name, (a, b) in sums.items()
    }


def _layers(model: nn.Module) -> dict[str, Any]:
    """Return the layers by the name of their weight; of layers that share one, the first."""
    names = {id(tensor): name for name, tensor in model.named_parameters()}
    layers: dict[str, Any] = {}
    for module in model.modules():
        plain = type(module) is nn.Linear or (type(module) is nn.Conv2d and module.groups == 1)
        own = list(module.parameters(recurse=False))
        if plain and all(tensor.requires_grad for tensor in own):
            layers.setdefault(names[id(module.weight)], module)
    return layers


def _outer(
    module: Any, given: torch.Tensor, delta: torch.Tensor, sharing: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what one call of a layer adds to the sums A and B over samples.

    From its input (b, ...) and the rows (k, b, ...) of the Jacobian of the outputs in its output.
    """
    if isinstance(module, nn.Conv2d):
        seen = windows(module, given)[:, 0].transpose(1, 2)
        rows = delta.double().flatten(3).transpose(2, 3)
    else:
        seen, rows = tokens(given, 1), tokens(delta, 2)
    if module.bias is not None:
        seen = torch.cat([seen, seen.new_ones(*seen.shape[:2], 1)], dim=2)
    places = seen.shape[1]
    if sharing == "reduce":
        seen, rows, places = seen.mean(dim=1, keepdim=True), rows.sum(dim=2, keepdim=True), 1
    seen, rows = seen.flatten(0, 1), rows.flatten(0, 2)
    return seen.T @ seen / places, rows.T @ rows
