"""Jacobian rows of single samples in the selected slices, by ordinary backward passes.

The calls of the modules that hold selected parameters are watched. Backward passes from the
model's outputs to the places of the calls' outputs in the graph then give what `layer_rows` needs.
Nothing is required of the rest of the model but that it can be differentiated: recurrent layers,
fused attention and masks are as good as any. The graph begins at the first selected module, and
no gradient of a whole parameter is formed. Only of selected parameters whose use no call shows
(see `through`) there is one backward pass for each sample and row, through the whole model.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.inputs import Inputs, take
from lcodec.scrub.slices.calls import LayerCalls, Traced, pull, traced
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.slices.through import Through, hidden_from_calls
from lcodec.scrub.step import memory
from lcodec.scrub.step.entries import layers_of, places_of
from lcodec.scrub.step.layer_rows import general


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
    inputs : tensor, tuple or mapping of tensors, shape (b, ...)
        The batch.
    weights : torch.Tensor, shape (k, b, C)
        What the backward passes began with.
    """

    samples: int
    rows: int
    calls: list[Traced]
    deltas: list[torch.Tensor | None]
    inputs: Inputs
    weights: torch.Tensor


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
        self._places = places_of(model, flat)
        self._through: Through | None = None

    def _prepare(self, inputs: Inputs) -> Through:
        """Find out, once, what calls of layers show."""
        if self._through is None:
            self._divide(hidden_from_calls(self._model, self._places, inputs))
        return cast("Through", self._through)

    def _divide(self, hidden: Collection[str]) -> None:
        """Have calls of layers give the rows of all selected parameters but the hidden ones."""
        self._through = Through(self._model, hidden)
        shown = [name for name in self._places if name not in hidden]
        self._leaves = {
            name: tensor.detach().requires_grad_(name in shown)
            for name, tensor in self._model.named_parameters()
        }
        places = {name: self._places[name] for name in shown}
        modules = dict(self._model.named_modules())
        self.layers = layers_of(self._model, places)
        watched = {name: modules[name] for name in self.layers}
        self._calls = LayerCalls(self._model, watched, traced)

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
            self._add_whole(total, take(cotangents.inputs, taken), cotangents.weights[:, taken])
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
        self._prepare(inputs)
        outputs, calls = self._traced(inputs)
        weights = weigh(outputs.detach()).to(outputs.dtype)
        deltas = [
            None if rows[0] is None else torch.stack(rows)
            for rows in zip(*(self._pull(outputs, calls, row) for row in weights), strict=True)
        ]
        return Cotangents(len(outputs), len(weights), calls, deltas, inputs, weights)

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

    def _add_whole(self, total: torch.Tensor, inputs: Inputs, weights: torch.Tensor) -> None:
        """Add the rows, (b, k, p), in the parameters whose use no call shows."""
        room = memory.JACOBIAN_BYTES // memory.NUMBER
        for taken, parts in self._prepare(inputs).rows(inputs, weights, room):
            for name, part in parts.items():
                place, where = self._places[name]
                total[taken, :, place] += part.reshape(*part.shape[:2], -1)[..., where]

    @property
    def whole(self) -> bool:
        """Whether some rows come from passes through the whole model; known after the first."""
        return self._through is not None and bool(self._through.names)

    def probe(self, inputs: Inputs) -> int:
        """Return the numbers, for one sample, in the selected units' outputs.

        One backward pass through the selected parameters themselves checks the rows. Those of
        parameters that are used in other ways than by a call of the module that holds them are
        taken through the whole model from then on.

        Parameters
        ----------
        inputs : tensor, tuple or mapping of tensors, shape (b, ...)
            Any batch; its first sample is used.

        Raises
        ------
        LcodecError
            `lcodec:parameterUse` where a second pass gives other derivatives.
        """
        through, first = self._prepare(inputs), take(inputs, slice(0, 1))
        truth = Through(self._model, self._places)
        outputs = truth.outputs(first)
        weights = torch.linspace(1, 2, outputs.numel()).to(outputs).reshape(outputs.shape)
        slopes = truth.pull(outputs, weights)
        for last in (False, True):
            row = self(first, lambda _: weights.reshape(1, 1, -1))[0, 0]
            off = self._off(row, slopes, torch.finfo(outputs.dtype).eps)
            if off and last:
                checks.fail(
                    "parameterUse",
                    "`model` must give the same derivatives each time, got others in another pass; "
                    "use `curvature` 'exact' or `solver` 'cg'",
                )
            if not off:
                break
            self._divide({*through.names, *off})
        _, calls = self._traced(first)
        beside = sum(self._places[name][1].numel() for name in self._prepare(inputs).names)
        return sum(map(self._numbers, calls)) + beside

    def _off(self, row: torch.Tensor, slopes: Mapping[str, torch.Tensor], eps: float) -> set[str]:
        """Return the parameters in which a row, (p,), is not what a pass by itself gave."""
        wanted = torch.zeros_like(row)
        for name, part in slopes.items():
            place, where = self._places[name]
            wanted[place] = part.reshape(-1)[where].double()
        most = 10 * eps**0.5 * float(wanted.norm())
        return {name for name, (at, _) in self._places.items() if (row - wanted)[at].norm() > most}

    def _numbers(self, call: Traced) -> int:
        layer, numbers = self.layers[call.layer], call.shape[1:].numel()
        if layer.axis is None:
            return numbers
        return numbers // call.shape[layer.axis] * len(layer.units)
