"""Jacobian rows of single samples in the selected slices, by ordinary backward passes.

A hook on each module that holds selected parameters keeps the input of every call and the place
of its output in the autograd graph. A backward pass from the model's outputs to those places then
gives what `layer_rows` needs. Nothing is required of the rest of the model but that it can be
differentiated: recurrent layers, fused attention and masks are as good as any. The graph begins
at the first selected module, and no gradient of a whole parameter is formed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .. import checks
from ..inputs import Inputs, take
from ..objective import run
from ..slices import FlatParameters
from .layer_rows import Rule, general, rule_of


@dataclass(frozen=True, eq=False)
class Part:
    """The selected entries of one parameter, as one module uses them.

    Attributes
    ----------
    parameter : str
        The module's own name of the parameter, such as "weight".
    place : slice
        Where its entries stand in the flat vector.
    rule : callable or None
        How its rows are made, None for the general way.
    units : torch.Tensor of int64, shape (u,)
        Output units with selected entries.
    inside : torch.Tensor of int64, or None
        Positions of the entries in what the rule returns, flattened; None for all of it.
    """

    parameter: str
    place: slice
    rule: Rule | None
    units: torch.Tensor
    inside: torch.Tensor | None


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a module: its first input and where its output stands in the graph."""

    module: nn.Module
    given: torch.Tensor
    edge: Any
    numbers: int


class SampleRows:
    """Rows weights' J_i of the Jacobian J_i of each sample's outputs in the selected parameters.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode: rows of a batch must not influence each other.
    flat : FlatParameters
        The selected slices, p parameters.
    """

    def __init__(self, model: nn.Module, flat: FlatParameters) -> None:
        self._model = model
        self._flat = flat
        self._vector = flat.read()
        self._places = dict(_places(model, flat))
        self._leaves = {
            name: tensor.detach().requires_grad_(name in self._places)
            for name, tensor in model.named_parameters()
        }
        self._parts = {
            module: parts for module in model.modules() if (parts := list(self._parts_of(module)))
        }
        self._calls: list[Call] = []

    def _parts_of(self, module: nn.Module) -> Iterator[Part]:
        names = {id(tensor): name for name, tensor in self._model.named_parameters()}
        for own, tensor in module.named_parameters(recurse=False):
            if (name := names[id(tensor)]) in self._places:
                place, positions = self._places[name]
                rule, axis = rule_of(module, own)
                yield Part(own, place, rule, *_inside(positions, tensor.shape, axis, rule is None))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        def keep(module: nn.Module, given: Any, named: Any, output: torch.Tensor) -> None:
            if output.requires_grad:
                first = next(iter((*given, *named.values()))).detach()
                # An edge, not the tensor: an in-place activation would move the tensor on.
                edge = torch.autograd.graph.get_gradient_edge(output)
                self._calls.append(Call(module, first, edge, output[:1].numel()))

        handles = [m.register_forward_hook(keep, with_kwargs=True) for m in self._parts]
        try:
            with torch.enable_grad():
                yield
        finally:
            for handle in handles:
                handle.remove()
            self._calls = []

    def __call__(
        self, inputs: Inputs, weigh: Callable[[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """Return k rows for each sample of a batch, (b, k, p), float64.

        Parameters
        ----------
        inputs : tensor, tuple or mapping of tensors, shape (b, ...)
            A batch.
        weigh : callable
            Makes weights (k, b, C) from the outputs (b, ...), which hold C numbers each.
        """
        with self._watched():
            outputs = run(self._model, inputs, self._leaves)
            weights = weigh(outputs.detach()).to(outputs.dtype)
            outputs = outputs.flatten(1)
            edges = [call.edge for call in self._calls]
            found = [
                torch.autograd.grad(outputs, edges, one, retain_graph=True, allow_unused=True)
                for one in weights
            ]
            calls = self._calls
        total = torch.zeros(
            len(outputs), len(weights), len(self._flat), dtype=torch.float64, device=outputs.device
        )
        for call, *deltas in zip(calls, *found, strict=True):
            if deltas[0] is not None:
                self._add(total, call, torch.stack(deltas))
        return total

    def _add(self, total: torch.Tensor, call: Call, delta: torch.Tensor) -> None:
        if len(call.given) != len(total) or delta.shape[1] != len(total):
            checks.fail(
                "batchAxis",
                f"{type(call.module).__name__} layers must keep the batch as their first axis, "
                f"got {len(call.given)} rows for {len(total)} inputs",
            )
        rest: dict[str, torch.Tensor] = {}
        for part in self._parts[call.module]:
            if part.rule is not None:
                found = part.rule(call.module, call.given, delta, part.units)
            else:
                rest = rest or general(call.module, call.given, delta)
                found = rest[part.parameter]
            found = found.flatten(2)
            total[..., part.place] += found if part.inside is None else found[..., part.inside]

    def probe(self, inputs: Inputs) -> int:
        """Return the numbers in the selected layers' outputs for one sample.

        One backward pass through the selected parameters themselves checks the rows.

        Parameters
        ----------
        inputs : tensor, tuple or mapping of tensors, shape (b, ...)
            Any batch; its first sample is used.

        Raises
        ------
        LcodecError
            `lcodec:parameterUse` where a selected parameter is used by other means than a call
            of the module that holds it.
        """
        one = take(inputs, slice(0, 1))
        with self._watched():
            outputs = run(self._model, one, self._leaves).flatten(1)
            activations = sum(call.numbers for call in self._calls)
            weights = torch.linspace(1, 2, outputs.numel()).to(outputs)[None]
            touched = {name: self._leaves[name] for name in self._places}
            parts = torch.autograd.grad(
                outputs, list(touched.values()), weights, materialize_grads=True, allow_unused=True
            )
        wanted = self._flat.gather(dict(zip(touched, parts, strict=True))).double()
        found = self(one, lambda _: weights[None])[0, 0]
        close = 10 * torch.finfo(outputs.dtype).eps ** 0.5
        if (found - wanted).norm() > close * wanted.norm():
            checks.fail(
                "parameterUse",
                "`model` must use each selected parameter only by calling the module that holds "
                "it, got one that is used otherwise; use `curvature` 'exact' or `solver` 'cg'",
            )
        return activations


def _places(
    model: nn.Module, flat: FlatParameters
) -> Iterator[tuple[str, tuple[slice, torch.Tensor]]]:
    """Yield each touched parameter, its place in the flat vector and its selected positions."""
    sizes = {name: tensor.numel() for name, tensor in flat.merge(flat.read()).items()}
    device = flat.read().device
    for name in sizes:
        marks = {
            other: torch.tensor(-1, device=device).expand(size) for other, size in sizes.items()
        }
        marks[name] = torch.arange(sizes[name], device=device)
        row = flat.gather(marks)
        where = (row >= 0).nonzero()[:, 0]
        start = int(where[0])
        yield name, (slice(start, start + len(where)), row[where])


def _inside(
    positions: torch.Tensor, shape: torch.Size, axis: int, whole: bool
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return the units that hold positions, and the positions within those units."""
    inner = shape[axis + 1 :].numel()
    at = positions // inner % shape[axis]
    units = torch.arange(shape[axis], device=at.device) if whole else torch.unique(at)
    # The positions in an array of the parameter's shape that holds these units only.
    outer = positions // (inner * shape[axis])
    inside = (outer * len(units) + torch.searchsorted(units, at)) * inner + positions % inner
    kept = shape[:axis].numel() * len(units) * inner
    if len(inside) == kept:  # sorted and distinct, so they are all
        return units, None
    return units, inside
