"""Activations of every slice under perturbation: the hypercolumns of a network.

Forward hooks are keyed by the module itself and by the order of its calls. Names, shapes and
definition order play no part, so equal layers do not collide and a layer that is used twice gives
two columns per unit, both of which belong to one slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from . import checks
from .slices import Slice, Uncovered


@dataclass(frozen=True)
class Column:
    """One column of the activation matrix.

    Attributes
    ----------
    layer : str
        Qualified name of the module.
    call : int
        Which of the module's calls in one forward pass, 0-based.
    unit : int
        Output unit of the module, 0-based.
    slice : int
        Position of its slice in the list of slices.
    """

    layer: str
    call: int
    unit: int
    slice: int


class Hypercolumn:
    """Record the activation of every slice while the context is open.

    An activation is the layer's output averaged over all axes but the batch and the unit.

    Parameters
    ----------
    model : torch.nn.Module
        The model, whose forward passes are run by the caller.
    slices : sequence of Slice
        Slices of that model, as `find_slices` lists them.

    Attributes
    ----------
    columns : list of Column
        Known after the first `take`: in the order of the calls in the forward pass.
    """

    def __init__(self, model: nn.Module, slices: Sequence[Slice]) -> None:
        self._modules = {}
        self._first: dict[str, int] = {}
        for position, one in enumerate(slices):
            if one.layer not in self._first:
                self._first[one.layer] = position
                self._modules[one.layer] = model.get_submodule(one.layer)
        self._handles: list[RemovableHandle] = []
        self._calls: list[tuple[str, torch.Tensor]] = []
        self.columns: list[Column] = []

    def __enter__(self) -> Hypercolumn:
        for layer, module in self._modules.items():
            self._handles.append(module.register_forward_hook(self._hook(layer)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._calls.clear()

    def _hook(self, layer: str) -> Any:
        def keep(module: nn.Module, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
            if output.ndim < 2:
                checks.fail(
                    "batchAxis",
                    f"layer `{layer}` must keep the batch as its first axis, "
                    f"its output has shape {tuple(output.shape)}",
                )
            units = output.detach().double()
            if isinstance(module, nn.Conv2d):
                units = units.movedim(1, -1)
            # Averaged now: an in-place activation would overwrite the output before `take`.
            means = units.reshape(units.shape[0], -1, units.shape[-1]).mean(dim=1)
            self._calls.append((layer, means))

        return keep

    def take(self, rows: int) -> torch.Tensor:
        """Return the activations of the last forward pass and forget them.

        Parameters
        ----------
        rows : int
            Rows of the batch that was passed.

        Returns
        -------
        torch.Tensor of float64, shape (rows, P)
            One column per entry of `columns`.
        """
        counts: dict[str, int] = {}
        columns: list[Column] = []
        calls, self._calls = self._calls, []
        for layer, units in calls:
            call = counts.get(layer, 0)
            counts[layer] = call + 1
            if len(units) != rows:
                checks.fail(
                    "batchAxis",
                    f"layer `{layer}` must keep the batch as its first axis, "
                    f"its output has {len(units)} rows for {rows} inputs",
                )
            first = self._first[layer]
            columns += [Column(layer, call, u, first + u) for u in range(units.shape[1])]
        if self.columns and columns != self.columns:
            checks.fail("callOrder", "`model` must call the same layers in every forward pass")
        if not columns:
            checks.fail("noSlices", "`model` must use a trainable Linear or Conv2d, got none")
        self.columns = columns
        return torch.cat([units for _, units in calls], dim=1)


def not_called(slices: Sequence[Slice], columns: Sequence[Column]) -> list[Uncovered]:
    """List the layers with slices that no forward pass went through.

    Parameters
    ----------
    slices : sequence of Slice
        Slices of the model.
    columns : sequence of Column
        Columns of its hypercolumn.
    """
    called = {column.layer for column in columns}
    counts: dict[tuple[str, str], int] = {}
    for one in slices:
        if one.layer not in called:
            key = one.layer, one.kind
            counts[key] = counts.get(key, 0) + one.parameters
    return [
        Uncovered(layer, kind, count, "not called by the model")
        for (layer, kind), count in counts.items()
    ]
