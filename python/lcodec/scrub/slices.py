"""Slices of a network: one output unit of a layer, with the parameters that make it.

Row `j` of a layer's weight and entry `j` of its bias produce output unit `j` and nothing
else, in a Linear layer and in a Conv2d of any number of groups. Everything the scrubber
differentiates or changes is one flat vector of such slices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

LAYER_TYPES = (nn.Linear, nn.Conv2d)
"""Layers whose units are slices."""


@dataclass(frozen=True, eq=False)
class Slice:
    """One output unit of a layer and the parameter entries that produce it.

    Attributes
    ----------
    layer : str
        Qualified name of the module in the model, "" for the model itself.
    kind : str
        Type of the module, such as "Linear".
    unit : int
        Output unit, 0-based.
    entries : tuple of (str, torch.Tensor of int64)
        Parameter name and the positions in that parameter, flattened. A tied parameter goes
        by its first name.
    """

    layer: str
    kind: str
    unit: int
    entries: tuple[tuple[str, torch.Tensor], ...]

    @property
    def parameters(self) -> int:
        """Number of parameters in the slice."""
        return sum(len(positions) for _, positions in self.entries)


@dataclass(frozen=True)
class Uncovered:
    """Parameters of a module that belong to no slice, and why.

    Attributes
    ----------
    layer : str
        Qualified name of the module.
    kind : str
        Type of the module.
    parameters : int
        How many parameters, submodules not counted.
    reason : str
        Why they are left as they are.
    """

    layer: str
    kind: str
    parameters: int
    reason: str


def find_slices(model: nn.Module) -> tuple[list[Slice], list[Uncovered]]:
    """List the slices of a model, and the modules whose parameters are in none.

    A module that the model holds under several names appears once, by its first name.
    Parameters that do not require a gradient are frozen: no slice contains them.

    Parameters
    ----------
    model : torch.nn.Module
        Any model.

    Returns
    -------
    slices : list of Slice
        In the order of the modules' definition, then of the units.
    uncovered : list of Uncovered
        In the same order.
    """
    first_name = {id(tensor): name for name, tensor in model.named_parameters()}
    slices: list[Slice] = []
    uncovered: list[Uncovered] = []
    for layer, module in model.named_modules():
        own = dict(module.named_parameters(recurse=False))
        kind = type(module).__name__
        reasons: dict[str, int] = {}
        by_unit: dict[str, torch.Tensor] = {}
        for name, tensor in own.items():
            if not isinstance(module, LAYER_TYPES) or name not in ("weight", "bias"):
                reasons["not a Linear or Conv2d"] = (
                    reasons.get("not a Linear or Conv2d", 0) + tensor.numel()
                )
            elif not tensor.requires_grad:
                reasons["frozen"] = reasons.get("frozen", 0) + tensor.numel()
            else:
                positions = torch.arange(tensor.numel()).reshape(tensor.shape[0], -1)
                by_unit[first_name[id(tensor)]] = positions
        uncovered += [Uncovered(layer, kind, count, reason) for reason, count in reasons.items()]
        units = max((len(positions) for positions in by_unit.values()), default=0)
        slices += [
            Slice(layer, kind, unit, tuple((name, rows[unit]) for name, rows in by_unit.items()))
            for unit in range(units)
        ]
    return slices, uncovered


class FlatParameters:
    """Chosen slices of a model as one flat vector of p parameters.

    Entries that several slices share (tied weights) are in the vector once. Derivatives with
    respect to this vector exist only for its p numbers: no gradient of the whole model is
    formed on the way.

    Parameters
    ----------
    model : torch.nn.Module
        The model.
    slices : iterable of Slice
        Slices of that model.
    """

    def __init__(self, model: nn.Module, slices: Iterable[Slice]) -> None:
        self._tensors = dict(model.named_parameters())
        chosen: dict[str, list[torch.Tensor]] = {}
        for one in slices:
            for name, positions in one.entries:
                chosen.setdefault(name, []).append(positions)
        self._positions = {
            name: torch.unique(torch.cat(parts)).to(self._tensors[name].device)
            for name, parts in chosen.items()
        }

    def __len__(self) -> int:
        return sum(len(positions) for positions in self._positions.values())

    def gather(self, tensors: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return the chosen entries of `tensors`, such as a gradient, as one vector (p,).

        Parameters
        ----------
        tensors : mapping of str to torch.Tensor
            One tensor per parameter name, of the parameter's shape.
        """
        return torch.cat(
            [tensors[name].reshape(-1)[where] for name, where in self._positions.items()]
        )

    def read(self) -> torch.Tensor:
        """Return the current values, shape (p,), detached."""
        return self.gather(self._tensors).detach()

    def merge(self, vector: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the touched parameters with `vector` in place of the chosen entries.

        Parameters
        ----------
        vector : torch.Tensor, shape (p,)
            New values; may be differentiated through.

        Returns
        -------
        dict of str to torch.Tensor
            For `torch.func.functional_call`, which takes the rest from the model.
        """
        merged = {}
        sizes = [len(positions) for positions in self._positions.values()]
        for (name, where), part in zip(
            self._positions.items(), torch.split(vector, sizes), strict=True
        ):
            tensor = self._tensors[name].detach()
            filled = tensor.reshape(-1).scatter(0, where, part.to(tensor.dtype))
            merged[name] = filled.reshape(tensor.shape)
        return merged

    @torch.no_grad()
    def write(self, vector: torch.Tensor) -> None:
        """Store `vector`, shape (p,), in the model."""
        for name, tensor in self.merge(vector).items():
            self._tensors[name].copy_(tensor)
