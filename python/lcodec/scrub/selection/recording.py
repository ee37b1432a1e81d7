"""Activations, influences and responses of the samples to forget, over their perturbations.

They stay where the model computes them.

The influence of slice j on copy x_r of a sample is the part of a directional derivative of the
loss that runs through the slice's parameters w_j:

    I_j(r) = <d loss(x_r) / d w_j, v_j>

With v the gradient of the retained objective, their sum over j says how fast the loss of the copy
rises along the first step of a removal, and each slice's share is exact. A layer is linear in its
weight and bias, so that its part is the gradient with respect to its output, times the output that
it would have with v in place of them: one backward pass for all slices. Where no such call shows
what parameters do (see `through`), there is one more for each copy, of all its samples at once.
"""

from __future__ import annotations

import copy as copying
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import chain

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.objective import work
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.inputs import Inputs
from lcodec.scrub.selection.unseen import Unseen
from lcodec.scrub.slices.activations import Activations, Column
from lcodec.scrub.slices.calls import Call, LayerCalls, Traced, traced
from lcodec.scrub.slices.layers import units_last
from lcodec.scrub.slices.slices import Slice
from lcodec.scrub.slices.through import hidden_from_calls


@dataclass(frozen=True)
class Recording:
    """What the perturbed passes gave; row r is perturbation r, averaged over its samples.

    Attributes
    ----------
    activations : torch.Tensor of float64, shape (R, P)
        Activations of the slices.
    columns : tuple of Column, length P
        What each column is.
    loss : torch.Tensor of float64, shape (R,)
        Loss of the perturbed samples.
    margin : torch.Tensor of float64, shape (R,), or None
        Logit of the target class minus the largest other logit; None where the outputs and
        targets are not those of a classifier.
    influence : torch.Tensor of float64, shape (R, number of slices), or None
        Influence of every slice; None where no direction was given.
    unseen : tuple of int
        Positions of the slices that the model uses but of which no activation is seen.
    """

    activations: torch.Tensor
    columns: tuple[Column, ...]
    loss: torch.Tensor
    margin: torch.Tensor | None
    influence: torch.Tensor | None = None
    unseen: tuple[int, ...] = ()

    @property
    def used(self) -> list[int]:
        """Positions of the slices that the model uses: in the order of the calls, then `unseen`."""
        return list(dict.fromkeys([*(column.slice for column in self.columns), *self.unseen]))


def record(
    model: nn.Module,
    loss: PerSampleLoss,
    slices: Sequence[Slice],
    targets: torch.Tensor,
    batches: Iterable[tuple[torch.Tensor, torch.Tensor, Inputs]],
    copies: int,
    *,
    direction: Mapping[str, torch.Tensor] | None = None,
) -> Recording:
    """Run perturbed batches through the model and collect activations and responses.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode: rows of a batch must not influence each other.
    loss : PerSampleLoss
        Loss of one sample.
    slices : sequence of Slice
        Slices of the model.
    targets : torch.Tensor, shape (m, ...)
        Targets of the samples.
    batches : iterable of (copy, sample, batch)
        As `perturbed_batches` yields them.
    copies : int
        Number of perturbations R.
    direction : mapping of str to torch.Tensor, optional
        The direction v of the influences, by parameter name, such as the gradient of the
        retained objective. None to record none, which spares the backward passes.

    Raises
    ------
    LcodecError
        `lcodec:nonFinite` where something recorded is not finite; `lcodec:batchAxis` where a
        layer does not keep the samples apart.
    """
    totals: dict[str, torch.Tensor] = {}
    passed = 0
    margins_exist = True

    def add(name: str, copy: torch.Tensor, values: torch.Tensor) -> None:
        if name not in totals:
            shape = copies, *values.shape[1:]
            totals[name] = torch.zeros(shape, dtype=torch.float64, device=home(values))
        total = totals[name]
        total.index_add_(0, copy.to(total.device), values.detach().to(total))

    everything = iter(batches)
    first = next(everything)
    names = {name for one in slices for name, _ in one.blocks}
    unseen = Unseen(model, loss, slices, hidden_from_calls(model, names, first[2]), direction)
    seen = [position for position in range(len(slices)) if position not in unseen.positions]
    watched = [slices[position] for position in seen]
    activations = Activations(model, watched) if watched else None
    along = direction if watched else None
    influence = None if along is None else Influence(model, slices, seen, along)
    with torch.no_grad() if influence is None else torch.enable_grad():
        for copy, sample, batch in chain([first], everything):
            with activations or nullcontext(), influence.calls if influence else nullcontext():
                outputs = run(model, batch)
            wanted = targets[sample.to(targets.device)]
            losses = loss(outputs, wanted)
            passed += len(copy)
            if activations is not None:
                add("activations", copy, activations.take(len(copy)))
            add("loss", copy, losses)
            margins_exist = margins_exist and has_margin(outputs, wanted)
            if margins_exist:
                add("margin", copy, logit_margin(outputs, wanted))
            if influence is not None:
                add("influence", copy, influence.take(losses))
            for one, values in unseen.take(copy, batch, outputs, wanted):
                add("influence", one, values)
    if direction is not None:
        shape = copies, len(slices)
        nothing = torch.zeros(shape, dtype=torch.float64, device=totals["loss"].device)
        totals.setdefault("influence", nothing)
    what = {"activations": "activations", "influence": "influence of the slices"}
    for name, total in totals.items():
        checks.finite(total, f"{what.get(name, 'loss')} of the perturbed samples")
    means = {name: total / (passed // copies) for name, total in totals.items()}
    columns = [] if activations is None else activations.columns
    return Recording(
        means.get("activations", means["loss"].new_zeros(copies, 0)),
        tuple(replace(column, slice=seen[column.slice]) for column in columns),
        means["loss"],
        means["margin"] if margins_exist else None,
        means.get("influence"),
        unseen.used,
    )


def home(values: torch.Tensor) -> torch.device:
    """Return where float64 values of a tensor can be: on its device, if that has such numbers."""
    return torch.device("cpu") if values.device.type == "mps" else values.device


@dataclass(frozen=True, eq=False)
class _Along:
    """One call of a layer: its output, what it would be with v as parameters, and ids it read."""

    output: Traced
    values: torch.Tensor
    ids: torch.Tensor | None


class Influence:
    """Influence of every slice on the loss of every sample in a batch.

    Parameters
    ----------
    model : torch.nn.Module
        The model, whose forward passes are run by the caller while `calls` is open.
    slices : sequence of Slice
        Slices of that model.
    seen : sequence of int
        Positions of those whose parameters calls of layers show.
    direction : mapping of str to torch.Tensor
        Direction v, by parameter name; 0 for parameters that it does not name.

    Attributes
    ----------
    calls : LayerCalls
        A context that watches the layers.
    """

    def __init__(
        self,
        model: nn.Module,
        slices: Sequence[Slice],
        seen: Sequence[int],
        direction: Mapping[str, torch.Tensor],
    ) -> None:
        self._count = len(slices)
        self._places: dict[str, tuple[list[int], list[int]]] = {}
        for position in seen:
            units, positions = self._places.setdefault(slices[position].layer, ([], []))
            units.append(slices[position].unit)
            positions.append(position)
        names = {id(tensor): name for name, tensor in model.named_parameters()}
        layers = {layer: model.get_submodule(layer) for layer in self._places}
        self._twins = {name: _twin(layer, names, direction) for name, layer in layers.items()}
        self.calls = LayerCalls(model, layers, self._along)

    def _along(self, call: Call) -> _Along | None:
        output = traced(call)
        if output is None:  # it cannot reach the loss
            return None
        with torch.no_grad():
            values = self._twins[call.layer](*call.args, **call.kwargs)
        return _Along(output, values, call.ids)

    def take(self, losses: torch.Tensor) -> torch.Tensor:
        """Return the influences of the last forward pass and forget it.

        Parameters
        ----------
        losses : torch.Tensor, shape (b,)
            Losses of the batch, with their graph.

        Returns
        -------
        torch.Tensor of float64, shape (b, number of slices)
            Those of layers that are not called are 0.
        """
        (calls,) = self.calls.take()
        edges = [call.output.edge for call in calls]
        work.backward(len(losses))
        slopes = torch.autograd.grad(losses.sum(), edges, allow_unused=True)
        total = torch.zeros(len(losses), self._count, dtype=torch.float64, device=losses.device)
        for call, slope in zip(calls, slopes, strict=True):
            layer, along = call.output.layer, call.values
            if len(along) != len(losses):
                checks.fail(
                    "batchAxis",
                    f"layer `{layer}` must have an output per sample for `features` 'influence', "
                    f"got {len(along)} rows for {len(losses)} inputs; leave it out by `layers`",
                )
            if slope is not None:
                units, positions = self._places[layer]
                shares = _by_unit(self._twins[layer], along.double() * slope.double(), call.ids)
                total[:, positions] += shares[:, units]
        return total


def _twin(
    module: nn.Module, names: Mapping[int, str], direction: Mapping[str, torch.Tensor]
) -> nn.Module:
    """Return a layer without hooks whose parameters are the direction."""
    twin = copying.deepcopy(module)
    for hooks in (twin._forward_hooks, twin._forward_pre_hooks):
        hooks.clear()
    for own, tensor in module.named_parameters(recurse=False):
        given = direction.get(names[id(tensor)])
        value = torch.zeros_like(tensor) if given is None else given.detach().to(tensor)
        setattr(twin, own, nn.Parameter(value, requires_grad=False))
    return twin


def _by_unit(module: nn.Module, values: torch.Tensor, ids: torch.Tensor | None) -> torch.Tensor:
    """Sum over all axes but the batch and the units, (b, units)."""
    if ids is None:
        values = units_last(module, values)
        return values.reshape(len(values), -1, values.shape[-1]).sum(dim=1)
    # An Embedding: what is read at a position belongs to the row that was read.
    read = values.sum(dim=-1).flatten(1)
    rows = read.new_zeros(len(read), len(module.weight))  # type: ignore[arg-type]
    return rows.scatter_add(1, ids.flatten(1).long(), read)


def has_margin(outputs: torch.Tensor, targets: torch.Tensor) -> bool:
    """Return whether outputs are (b, C >= 2) and targets integers (b,), so that a margin exists."""
    return (
        outputs.ndim == 2
        and outputs.shape[1] >= 2
        and targets.ndim == 1
        and not targets.is_floating_point()
    )


def logit_margin(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the logit of the target minus the largest other one, shape (b,), float64.

    Parameters
    ----------
    outputs : torch.Tensor, shape (b, C)
        Logits.
    targets : torch.Tensor of integers, shape (b,)
        Classes.
    """
    logits = outputs.double()
    own = logits.gather(1, targets[:, None])
    others = logits.scatter(1, targets[:, None], -torch.inf)
    return own[:, 0] - others.amax(dim=1)
