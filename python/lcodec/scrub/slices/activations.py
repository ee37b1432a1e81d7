"""Activations of every slice under perturbation: the hypercolumns of a network.

Forward hooks are keyed by the module itself and by the order of its calls. Names, shapes and
definition order play no part, so equal layers do not collide and a layer that is used twice gives
two columns per unit, both of which belong to one slice.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, cast

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from lcodec.scrub import checks
from lcodec.scrub.slices.layers import Layout, layout_of, per_row, per_unit
from lcodec.scrub.slices.slices import Slice, Uncovered


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
        Output unit of the module, 0-based; the row of an Embedding.
    slice : int
        Position of its slice in the list of slices.
    """

    layer: str
    call: int
    unit: int
    slice: int


@dataclass(frozen=True, eq=False)
class _Layer:
    """A hooked module: its units that have slices, and the slice of each."""

    name: str
    module: nn.Module
    slices: dict[int, int]

    def average(
        self, values: torch.Tensor, ids: torch.Tensor | None, mask: torch.Tensor | None
    ) -> torch.Tensor:
        """Average values shaped like the output, (rows, units with a slice), float64."""
        axis = _layout(self.module).unit_axis
        if axis is None:
            means = per_row(values, cast("torch.Tensor", ids), mask, _vocabulary(self.module))
        else:
            means = per_unit(values, axis, mask)
        units = list(self.slices)
        if units == list(range(means.shape[1])):
            return means
        return means[:, torch.tensor(units, device=means.device)]


@dataclass(frozen=True, eq=False)
class _Call:
    """One call of a layer in a forward pass; `output` only where the graph is kept."""

    layer: _Layer
    means: torch.Tensor
    ids: torch.Tensor | None
    mask: torch.Tensor | None
    output: torch.Tensor | None


class Hypercolumn:
    """Record the activation of every slice while the context is open.

    The activation of a unit is the layer's output averaged over all axes but the batch and the
    unit, that of an Embedding row the share of positions that read it; both in float64. Hooks
    also fire under `torch.func.functional_call` and in autocast.

    Parameters
    ----------
    model : torch.nn.Module
        The model, whose forward passes are run by the caller.
    slices : sequence of Slice
        Slices of that model, as `find_slices` lists them.
    mask : str or None, default "attention_mask"
        Name of the argument of the model, by position or by keyword, that says which of t
        positions of a row are tokens: (rows, t), 0 for padding. Where a pass has it, padding
        does not count in the averages of outputs (rows, t, units), of a Conv1d (rows, units, t),
        and of an Embedding read at (rows, t) positions. Other outputs are averaged whole.
    keep_graph : bool, default False
        Keep what autograd needs: `take` can then be differentiated through, and `outputs` holds
        the layers' outputs.

    Attributes
    ----------
    columns : list of Column
        Known after the first `take`: in the order of the calls in the forward pass.
    outputs : list of (str, torch.Tensor)
        With `keep_graph`, after each `take`: layer name and output, with its graph, of every
        call in that order. In-place operations later in the model do not reach them.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.slices.activations import Hypercolumn
    >>> from lcodec.scrub.slices.slices import find_slices
    >>> model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    >>> with Hypercolumn(model, find_slices(model)[0]) as hypercolumn:
    ...     outputs = model(torch.randn(10, 3))
    ...     activations = hypercolumn.take(10)
    >>> activations.shape, hypercolumn.columns[5]
    (torch.Size([10, 7]), Column(layer='2', call=0, unit=0, slice=5))
    """

    def __init__(
        self,
        model: nn.Module,
        slices: Sequence[Slice],
        *,
        mask: str | None = "attention_mask",
        keep_graph: bool = False,
    ) -> None:
        by_layer: dict[str, dict[int, int]] = {}
        for position, one in enumerate(slices):
            by_layer.setdefault(one.layer, {})[one.unit] = position
        self._model = model
        self._layers = [
            _Layer(name, model.get_submodule(name), units) for name, units in by_layer.items()
        ]
        self._mask_name = mask
        self._mask: torch.Tensor | None = None
        self._keep_graph = keep_graph
        self._handles: list[RemovableHandle] = []
        self._calls: list[_Call] = []
        self._taken: list[_Call] = []
        self._order: list[_Layer] = []
        self.columns: list[Column] = []

    @property
    def outputs(self) -> list[tuple[str, torch.Tensor]]:  # noqa: D102  (an attribute, see above)
        return [(c.layer.name, c.output) for c in self._taken if c.output is not None]

    def __enter__(self) -> Hypercolumn:
        if self._mask_name is not None:
            self._handles.append(
                self._model.register_forward_pre_hook(self._see_mask, with_kwargs=True)
            )
        for layer in self._layers:
            hook = self._hook(layer)
            self._handles.append(layer.module.register_forward_hook(hook, with_kwargs=True))
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
        self._taken.clear()

    def _see_mask(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given: Mapping[str, Any] = kwargs
        if self._mask_name not in kwargs and len(args) > 1:
            try:
                given = inspect.signature(model.forward).bind_partial(*args, **kwargs).arguments
            except TypeError:  # the call itself will say what is wrong
                given = {}
        mask = given.get(str(self._mask_name))
        self._mask = mask if isinstance(mask, torch.Tensor) else None

    def _hook(self, layer: _Layer) -> Any:
        def keep(
            module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: torch.Tensor
        ) -> torch.Tensor | None:
            layout = _layout(module)
            if output.ndim != (layout.ndim or max(output.ndim, 2)):
                checks.fail(
                    "batchAxis",
                    f"layer `{layer.name}` must keep the batch as its first axis, "
                    f"its output has shape {tuple(output.shape)}",
                )
            ids, values = None, output
            if layout.unit_axis is None:
                ids = args[0] if args else kwargs["input"]
                values = torch.ones((*output.shape[:-1], 1), device=output.device)
            if not self._keep_graph:
                values = values.detach()
            # Averaged now: an in-place activation would overwrite the output before `take`.
            means = layer.average(values, ids, self._mask)
            kept = output if self._keep_graph else None
            self._calls.append(_Call(layer, means, ids, self._mask, kept))
            # The model goes on with a copy, so that such an activation leaves `outputs` alone.
            return output.clone() if self._keep_graph else None

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

        Raises
        ------
        LcodecError
            `lcodec:batchAxis` where a layer's first axis is not the batch, `lcodec:callOrder`
            where the calls differ from those of the pass before, `lcodec:noSlices` where no
            layer was called.
        """
        self._taken, self._calls = self._calls, []
        order = [one.layer for one in self._taken]
        if not order:
            checks.fail("noSlices", "`model` must use a trainable layer with slices, got none")
        if not self.columns:
            self._order, self.columns = order, _columns(order)
        if order != self._order:
            checks.fail("callOrder", "`model` must call the same layers in every forward pass")
        return self._joined([one.means for one in self._taken], rows)

    def reduce(self, values: Sequence[torch.Tensor], rows: int) -> torch.Tensor:
        """Average tensors shaped like `outputs` as the activations were averaged.

        Parameters
        ----------
        values : sequence of torch.Tensor
            One per call of the last pass taken, such as the gradient of the loss with respect
            to each output, times that output. Those of an Embedding are summed over its
            features and then shared among the rows read.
        rows : int
            Rows of the batch that was passed.

        Returns
        -------
        torch.Tensor of float64, shape (rows, P)
            One column per entry of `columns`.
        """
        calls = zip(self._taken, values, strict=True)
        parts = [one.layer.average(part, one.ids, one.mask) for one, part in calls]
        return self._joined(parts, rows)

    def _joined(self, parts: Sequence[torch.Tensor], rows: int) -> torch.Tensor:
        calls = Counter(one.layer.name for one in self._taken)
        for one in self._taken:
            found, name = len(one.means), one.layer.name
            # A single row in a layer's only call serves the whole batch, as the embedding of
            # the positions does; in several calls, it may be one sample after the other.
            if found != rows and (found > 1 or calls[name] > 1):
                checks.fail(
                    "batchAxis",
                    f"layer `{name}` must keep the batch as its first axis, its output has "
                    f"{found} rows for {rows} inputs; leave it out by `layers`",
                )
        return torch.cat([part.expand(rows, -1) for part in parts], dim=1)


def _columns(order: Sequence[_Layer]) -> list[Column]:
    calls: Counter[str] = Counter()
    columns: list[Column] = []
    for one in order:
        call = calls[one.name]
        columns += [Column(one.name, call, unit, at) for unit, at in one.slices.items()]
        calls[one.name] += 1
    return columns


def _layout(module: nn.Module) -> Layout:
    return cast("Layout", layout_of(module))  # modules with slices have one


def _vocabulary(module: nn.Module) -> int:
    return cast("nn.Embedding", module).num_embeddings


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
    reached = {name for one in slices if one.layer in called for name, _ in one.blocks}
    counts: dict[tuple[str, str], int] = {}
    for one in slices:
        if one.layer not in called:
            key = one.layer, one.kind
            own = sum(len(block) for name, block in one.blocks if name not in reached)
            counts[key] = counts.get(key, 0) + own
    return [
        Uncovered(layer, kind, count, "not called by the model")
        for (layer, kind), count in counts.items()
        if count
    ]
