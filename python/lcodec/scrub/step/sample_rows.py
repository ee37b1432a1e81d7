"""Jacobian rows of single samples in the selected slices, by ordinary backward passes.

The calls of the modules that hold selected parameters are watched. Backward passes from the
model's outputs to the places of the calls' outputs in the graph then give what `layer_rows` needs.
Nothing is required of the rest of the model but that it can be differentiated: recurrent layers,
fused attention and masks are as good as any. The graph begins at the first selected module, and
no gradient of a whole parameter is formed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.objective import work
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.inputs import Inputs, take
from lcodec.scrub.slices.calls import LayerCalls, Traced, pull, traced
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step.layer_rows import Rule, general, output_axis, rule_of


@dataclass(frozen=True, eq=False)
class Entries:
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
    entries : list of Entries
        Its selected parameters.
    units : torch.Tensor of int64, shape (u,)
        Its units with selected entries.
    axis : int or None
        Axis of the output along which the units lie; None where the whole output is needed.
    """

    entries: list[Entries]
    units: torch.Tensor
    axis: int | None

    def cut(self, delta: torch.Tensor) -> torch.Tensor:
        """Return a cotangent of the output, (b, ...), for the selected units only."""
        return delta if self.axis is None else delta.index_select(self.axis, self.units)


@dataclass(frozen=True, eq=False)
class Cotangents:
    """What the backward passes of one batch gave.

    Attributes
    ----------
    samples, rows : int
        Numbers b of samples and k of backward passes.
    calls : list of Traced
        Calls of the selected modules, in the order of the forward pass.
    deltas : list of torch.Tensor or None
        For each call (k, b, ...), cut to the selected units; None where it has no influence.
    """

    samples: int
    rows: int
    calls: list[Traced]
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
    layers : dict of str to Layer
        The modules with selected parameters, by their names.
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
        modules = dict(model.named_modules())
        self.layers = {
            name: layer for name, module in modules.items() if (layer := self._layer(module))
        }
        self._calls = LayerCalls(model, {name: modules[name] for name in self.layers}, traced)

    def _layer(self, module: nn.Module) -> Layer | None:
        names = {id(tensor): name for name, tensor in self._model.named_parameters()}
        own = {
            name: (tensor.shape, *self._places[names[id(tensor)]], *rule_of(module, name))
            for name, tensor in module.named_parameters(recurse=False)
            if names[id(tensor)] in self._places
        }
        if not own:
            return None
        used = [_units(where, shape, axis) for shape, _, where, _, axis in own.values()]
        units = torch.unique(torch.cat(used))
        entries = [
            Entries(name, place, rule, _inside(where, shape, axis, units if rule else None))
            for name, (shape, place, where, rule, axis) in own.items()
        ]
        whole = any(chosen.rule is None for chosen in entries)
        return Layer(entries, units, None if whole else output_axis(module))

    def _traced(self, inputs: Inputs) -> tuple[torch.Tensor, list[Traced]]:
        """Return a batch's outputs (b, ...), with their graph, and the calls that led there."""
        with self._calls, torch.enable_grad():
            outputs = run(self._model, inputs, self._leaves)
            (calls,) = self._calls.take()
        return outputs, calls

    def __call__(
        self, inputs: Inputs, weigh: Callable[[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """Return k rows for each sample of a batch, (b, k, p), float64; see `parts`."""
        return torch.cat(list(self.parts(self.cotangents(inputs, weigh), None)))

    def parts(self, cotangents: Cotangents, size: int | None) -> Iterator[torch.Tensor]:
        """Yield the rows of a batch, (b, k, p), float64, `size` samples at a time.

        Parameters
        ----------
        cotangents : Cotangents
            Of the batch.
        size : int or None
            Samples taken at a time; None for all of them.
        """
        samples = cotangents.samples
        for start in range(0, samples, size or samples):
            taken = slice(start, min(samples, start + (size or samples)))
            shape = taken.stop - start, cotangents.rows, len(self._flat)
            total = torch.zeros(shape, dtype=torch.float64, device=self.device)
            for call, delta in zip(cotangents.calls, cotangents.deltas, strict=True):
                if delta is not None:
                    self._add(total, call, call.input[taken], delta[:, taken])
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
        outputs, calls = self._traced(inputs)
        weights = weigh(outputs.detach()).to(outputs.dtype)
        deltas = [
            None if rows[0] is None else torch.stack(rows)
            for rows in zip(*(self._pull(outputs, calls, row) for row in weights), strict=True)
        ]
        return Cotangents(len(outputs), len(weights), calls, deltas)

    def _pull(self, outputs: torch.Tensor, calls: list[Traced], weights: torch.Tensor) -> list[Any]:
        """Return the cotangents of every call's output, cut to the selected units."""
        deltas = pull(outputs, calls, weights.reshape(outputs.shape))
        for call in calls:
            if not len(call.input) == call.shape[0] == len(outputs):
                checks.fail(
                    "batchAxis",
                    f"{type(call.module).__name__} layers must keep the batch as their first "
                    f"axis, got {call.shape[0]} rows for {len(outputs)} inputs",
                )
        return [
            None if delta is None else self.layers[call.layer].cut(delta)
            for call, delta in zip(calls, deltas, strict=True)
        ]

    def _add(
        self, total: torch.Tensor, call: Traced, given: torch.Tensor, delta: torch.Tensor
    ) -> None:
        layer = self.layers[call.layer]
        rest: dict[str, torch.Tensor] = {}
        for entries in layer.entries:
            if entries.rule is not None:
                rows = entries.rule(call.module, given, delta, layer.units)
            else:
                rest = rest or general(call.module, given, delta)
                rows = rest[entries.parameter]
            rows = rows.flatten(2)
            inside = slice(None) if entries.inside is None else entries.inside
            total[..., entries.place] += rows[..., inside]

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
        first = take(inputs, slice(0, 1))
        outputs, calls = self._traced(first)
        weights = torch.linspace(1, 2, outputs.numel()).to(outputs).reshape(outputs.shape)
        touched = {name: self._leaves[name] for name in self._places}
        work.backward(len(outputs))
        gradients = torch.autograd.grad(
            outputs, list(touched.values()), weights, materialize_grads=True, allow_unused=True
        )
        wanted = self._flat.gather(dict(zip(touched, gradients, strict=True))).double()
        row = self(first, lambda _: weights.reshape(1, 1, -1))[0, 0]
        close = 10 * torch.finfo(outputs.dtype).eps ** 0.5
        if (row - wanted).norm() > close * wanted.norm():
            checks.fail(
                "parameterUse",
                "`model` must use each selected parameter only by calling the module that holds "
                "it, got one that is used otherwise; use `curvature` 'exact' or `solver` 'cg'",
            )
        return sum(map(self._numbers, calls))

    def _numbers(self, call: Traced) -> int:
        layer, numbers = self.layers[call.layer], call.shape[1:].numel()
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
