"""Where selected parameters stand: in the flat vector, and in the modules that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import nn

from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step.layer_rows import Rule, output_axis, rule_of

Place: TypeAlias = "tuple[slice, torch.Tensor]"
"""Where a parameter's entries stand in the flat vector, and their positions in the parameter."""


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


def places_of(model: nn.Module, flat: FlatParameters) -> dict[str, Place]:
    """Return each touched parameter's place in the flat vector and its selected positions."""
    sizes = {name: tensor.numel() for name, tensor in flat.merge(flat.read()).items()}
    device = flat.read().device
    places = {}
    for name in sizes:
        marks = {
            other: torch.tensor(-1, device=device).expand(size) for other, size in sizes.items()
        }
        marks[name] = torch.arange(sizes[name], device=device)
        row = flat.gather(marks)
        where = (row >= 0).nonzero()[:, 0]
        start = int(where[0])
        places[name] = slice(start, start + len(where)), row[where]
    return places


def layers_of(model: nn.Module, places: Mapping[str, Place]) -> dict[str, Layer]:
    """Return the modules that hold these parameters, by name.

    Parameters
    ----------
    model : torch.nn.Module
        The model.
    places : mapping of str to Place
        Selected parameters.
    """
    names = {id(tensor): name for name, tensor in model.named_parameters()}
    layers = {}
    for layer, module in model.named_modules():
        own = {
            name: (tensor.shape, *places[names[id(tensor)]], *rule_of(module, name))
            for name, tensor in module.named_parameters(recurse=False)
            if names[id(tensor)] in places
        }
        if own:
            layers[layer] = _layer(module, own)
    return layers


def _layer(
    module: nn.Module,
    own: Mapping[str, tuple[torch.Size, slice, torch.Tensor, Rule | None, int]],
) -> Layer:
    used = [_units(where, shape, axis) for shape, _, where, _, axis in own.values()]
    units = torch.unique(torch.cat(used))
    entries = [
        Entries(name, place, rule, _inside(where, shape, axis, units if rule else None))
        for name, (shape, place, where, rule, axis) in own.items()
    ]
    whole = any(chosen.rule is None for chosen in entries)
    return Layer(entries, units, None if whole else output_axis(module))


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
