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

from lcodec.scrub import checks
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.inputs import Inputs, take
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step.layer_rows import Rule, general, output_axis, rule_of


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
    inside : torch.Tensor of int64, or None
        Positions of the entries in what the rule returns, flattened; None for all of it.
    """

    parameter: str
    place: slice
    rule: Rule | None
    inside: torch.Tensor | None


@dataclass(frozen=True, eq=False)
class Layer:
    """A module with selected parameters.

    Attributes
    ----------
    parts : list of Part
        Its selected parameters.
    units : torch.Tensor of int64, shape (u,)
        Its units with selected entries.
    axis : int or None
        Axis of the output along which the units lie; None where the whole output is needed.
    """

    parts: list[Part]
    units: torch.Tensor
    axis: int | None

    def cut(self, delta: torch.Tensor) -> torch.Tensor:
        """Return a cotangent of the output, (b, ...), for the selected units only."""
        return delta if self.axis is None else delta.index_select(self.axis, self.units)


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a module: its first input and where its output stands in the graph."""

    module: nn.Module
    given: torch.Tensor
    edge: Any
    shape: torch.Size


@dataclass(frozen=True, eq=False)
class Cotangents:
    """What the backward passes of one batch gave.

    Attributes
    ----------
    samples, rows : int
        Numbers b of samples and k of backward passes.
    calls : list of Call
        Calls of the selected modules, in the order of the forward pass.
    deltas : list of torch.Tensor or None
        For each call (k, b, ...), cut to the selected units; None where it has no influence.
    """

    samples: int
    rows: int
    calls: list[Call]
    deltas: list[torch.Tensor | None]


class SampleRows:
    """Rows weights' J_i of the Jacobian J_i of each sample's outputs in the selected parameters.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode: rows of a batch must not influence each other.
    flat : FlatParameters
        The selected slices, p parameters.

    Attributes
    ----------
    layers : dict of torch.nn.Module to Layer
        The modules with selected parameters.
    device : torch.device
        Where the rows are.
    """

    def __init__(self, model: nn.Module, flat: FlatParameters) -> None:
        self._model = model
        self._flat = flat
        self.device = flat.read().device
        self._places = dict(_places(model, flat))
        self._leaves = {
            name: tensor.detach().requires_grad_(name in self._places)
            for name, tensor in model.named_parameters()
        }
        self.layers = {
            module: layer for module in model.modules() if (layer := self._layer(module))
        }
        self._calls: list[Call] = []

    def _layer(self, module: nn.Module) -> Layer | None:
        names = {id(tensor): name for name, tensor in self._model.named_parameters()}
        own = {
            name: (tensor.shape, *self._places[names[id(tensor)]], *rule_of(module, name))
            for name, tensor in module.named_parameters(recurse=False)
            if names[id(tensor)] in self._places
        }
        if not own:
            return None
        found = [_units(where, shape, axis) for shape, _, where, _, axis in own.values()]
        units = torch.unique(torch.cat(found))
        parts = [
            Part(name, place, rule, _inside(where, shape, axis, units if rule else None))
            for name, (shape, place, where, rule, axis) in own.items()
        ]
        whole = any(part.rule is None for part in parts)
        return Layer(parts, units, None if whole else output_axis(module))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        def keep(module: nn.Module, given: Any, named: Any, output: torch.Tensor) -> None:
            if output.requires_grad:
                first = next(iter((*given, *named.values()))).detach()
                # An edge, not the tensor: an in-place activation would move the tensor on.
                edge = torch.autograd.graph.get_gradient_edge(output)
                self._calls.append(Call(module, first, edge, output.shape))

        handles = [m.register_forward_hook(keep, with_kwargs=True) for m in self.layers]
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
        """Return k rows for each sample of a batch, (b, k, p), float64; see `parts`."""
        return torch.cat(list(self.parts(self.cotangents(inputs, weigh), None)))

    def parts(self, found: Cotangents, size: int | None) -> Iterator[torch.Tensor]:
        """Yield the rows of a batch, (b, k, p), float64, `size` samples at a time.

        Parameters
        ----------
        found : Cotangents
            From `cotangents`.
        size : int or None
            Samples in one part; None for all of them.
        """
        for start in range(0, found.samples, size or found.samples):
            part = slice(start, min(found.samples, start + (size or found.samples)))
            shape = part.stop - start, found.rows, len(self._flat)
            total = torch.zeros(shape, dtype=torch.float64, device=self.device)
            for call, delta in zip(found.calls, found.deltas, strict=True):
                if delta is not None:
                    self._add(total, call.module, call.given[part], delta[:, part])
            yield total

    def cotangents(
        self, inputs: Inputs, weigh: Callable[[torch.Tensor], torch.Tensor]
    ) -> Cotangents:
        """Return weights' d(outputs) / d(output of each call), by k backward passes.

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
            outputs = outputs.reshape(len(outputs), -1)
            calls, found = self._calls, [self._pull(outputs, one) for one in weights]
        deltas = [
            None if rows[0] is None else torch.stack(rows) for rows in zip(*found, strict=True)
        ]
        return Cotangents(len(outputs), len(weights), calls, deltas)

    def _pull(self, outputs: torch.Tensor, weights: torch.Tensor) -> list[Any]:
        """Return the cotangents of every call's output, cut to the selected units."""
        edges = [call.edge for call in self._calls]
        found = torch.autograd.grad(outputs, edges, weights, retain_graph=True, allow_unused=True)
        for call in self._calls:
            if not len(call.given) == call.shape[0] == len(outputs):
                checks.fail(
                    "batchAxis",
                    f"{type(call.module).__name__} layers must keep the batch as their first "
                    f"axis, got {call.shape[0]} rows for {len(outputs)} inputs",
                )
        return [
            None if delta is None else self.layers[call.module].cut(delta)
            for call, delta in zip(self._calls, found, strict=True)
        ]

    def _add(
        self, total: torch.Tensor, module: nn.Module, given: torch.Tensor, delta: torch.Tensor
    ) -> None:
        layer = self.layers[module]
        rest: dict[str, torch.Tensor] = {}
        for part in layer.parts:
            if part.rule is not None:
                found = part.rule(module, given, delta, layer.units)
            else:
                rest = rest or general(module, given, delta)
                found = rest[part.parameter]
            found = found.flatten(2)
            total[..., part.place] += found if part.inside is None else found[..., part.inside]

    def probe(self, inputs: Inputs) -> int:
        """Return the numbers, for one sample, in the selected units' outputs.

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
            outputs = run(self._model, one, self._leaves).reshape(1, -1)
            seen = [self._numbers(call) for call in self._calls]
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
        return sum(seen)

    def _numbers(self, call: Call) -> int:
        layer, numbers = self.layers[call.module], call.shape[1:].numel()
        if layer.axis is None:
            return numbers
        return numbers // call.shape[layer.axis] * len(layer.units)


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


def _units(positions: torch.Tensor, shape: torch.Size, axis: int) -> torch.Tensor:
    """Return the place along an axis of each position in a flattened tensor."""
    return positions // shape[axis + 1 :].numel() % shape[axis]


def _inside(
    positions: torch.Tensor, shape: torch.Size, axis: int, units: torch.Tensor | None
) -> torch.Tensor | None:
    """Return the positions in the tensor cut to some units, None where they are all of it."""
    if units is None:
        inside, kept = positions, shape.numel()
    else:
        inner = shape[axis + 1 :].numel()
        outer = positions // (inner * shape[axis])
        at = torch.searchsorted(units, _units(positions, shape, axis))
        inside = (outer * len(units) + at) * inner + positions % inner
        kept = shape[:axis].numel() * len(units) * inner
    return None if len(inside) == kept else inside  # sorted and distinct: if as many, all
