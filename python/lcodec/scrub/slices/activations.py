"""Activations of every unit of a network: its hypercolumn.

One column for each call of a layer and each of its units: equal layers do not collide, and a layer
that is used twice gives two columns per unit, both of which belong to one slice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import cast

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.slices.calls import Call, LayerCalls
from lcodec.scrub.slices.layers import Layout, layout_of, per_row, per_unit, units_last, watched
from lcodec.scrub.slices.slices import Slice, Uncovered, Unit, find_slices


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

    @property
    def name(self) -> str:
        """Layer and unit, such as "encoder.0.12", "encoder.0[1].12" in the second call."""
        call = f"[{self.call}]" if self.call else ""
        return f"{self.layer}{call}.{self.unit}"


@dataclass(frozen=True, eq=False)
class _Record:
    """What one call gave; `output` only where the graph is kept."""

    layer: str
    number: int
    module: nn.Module
    ids: torch.Tensor | None
    mask: torch.Tensor | None
    rows: int | None
    means: torch.Tensor
    output: torch.Tensor | None


class Activations:
    """Record the activation of every unit of a model while the context is open.

    The activation of a unit is the layer's output averaged over all axes but the batch and the
    unit, in the output's own units: of a convolution the mean over the places of the image, of a
    Linear on sequences the mean over the positions. That of an Embedding row is the share of
    positions that read it, 0 to 1. All in float64.

    Parameters
    ----------
    model : torch.nn.Module
        The model, whose forward passes are run by the caller, in whichever mode it is in. It may
        be wrapped in `torch.no_grad`, autocast or `torch.func.functional_call`.
    slices : sequence of Unit, optional
        The units to record: each names a `layer` and a `unit`, as the `slices` of a
        `RemovalReport` do. By default the units of all Linear, Conv1d to 3d and ConvTranspose1d to
        3d layers, of the Conv1D of transformers and of normalisation layers, frozen ones among
        them, but not layers whose weight is computed from other parameters. Units of recurrent
        layers and of attention, and parameters by themselves, have no output of their own and so
        no column.
    layers : sequence of str, optional
        Without `slices`: names of the modules to record, each with all its submodules.
    embeddings : bool, default False
        Without `slices`: whether to record how often each row of an Embedding is read.
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
        Layer, call, unit and slice of each column; known after the first `take`, in the order of
        the calls in the forward pass.
    names : list of str
        Names of the columns, such as "encoder.0.12" for unit 12 of layer "encoder.0", and
        "encoder.0[1].12" for it in the second call of that layer.
    outputs : list of (str, torch.Tensor)
        With `keep_graph`, after each `take`: layer name and output, with its graph, of every
        call in that order. In-place operations later in the model do not reach them.

    Raises
    ------
    LcodecError
        `lcodec:optionType` where `model` is not a module, `lcodec:unknownLayer` where `layers`
        names a module that it does not have.

    References
    ----------
    Mehta, Pal, Singh, Ravi: Deep Unlearning via Randomized Conditionally Independent Hessians,
    CVPR 2022, section 4, where the activations of all units are called the hypercolumn.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub import Activations
    >>> model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    >>> with Activations(model) as activations:
    ...     outputs = model(torch.randn(10, 3))
    >>> activations.take().shape
    torch.Size([10, 7])
    >>> activations.names[5], activations.columns[5]
    ('2.0', Column(layer='2', call=0, unit=0, slice=5))
    """

    def __init__(
        self,
        model: nn.Module,
        slices: Sequence[Unit] | None = None,
        *,
        layers: Sequence[str] | None = None,
        embeddings: bool = False,
        mask: str | None = "attention_mask",
        keep_graph: bool = False,
    ) -> None:
        if not isinstance(cast("object", model), nn.Module):
            got = type(model).__name__
            checks.fail("optionType", f"`model` must be a torch.nn.Module, got {got}")
        if slices is None:
            slices = find_slices(model, layers=layers, embeddings=embeddings, frozen=True)[0]
        layers_seen = watched(model, [chosen.layer for chosen in slices])
        self._places: dict[str, dict[int, int]] = {name: {} for name in layers_seen}
        for place, chosen in enumerate(slices):
            if chosen.layer in layers_seen:
                self._places[chosen.layer][chosen.unit] = place
        self._keep_graph = keep_graph
        self._calls = LayerCalls(
            model,
            layers_seen,
            self._record,
            mask=mask,
            same_order=True,
            copies=keep_graph,
        )
        self._taken: list[list[_Record]] = []
        self.columns: list[Column] = []

    @property
    def names(self) -> list[str]:  # noqa: D102  (an attribute, see above)
        return [column.name for column in self.columns]

    @property
    def outputs(self) -> list[tuple[str, torch.Tensor]]:  # noqa: D102  (an attribute, see above)
        calls = chain(*self._taken)
        return [(call.layer, call.output) for call in calls if call.output is not None]

    def __enter__(self) -> Activations:
        self._calls.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._calls.__exit__(*error)

    def _record(self, call: Call) -> _Record:
        layout, output = _layout(call.module), call.output
        if output.ndim != (layout.ndim or max(output.ndim, 2)):
            checks.fail(
                "batchAxis",
                f"layer `{call.layer}` must keep the batch as its first axis, "
                f"its output has shape {tuple(output.shape)}",
            )
        values = output
        if layout.unit_axis is None:
            values = torch.ones((*output.shape[:-1], 1), device=output.device)
        if not self._keep_graph:
            values = values.detach()
        # Averaged now: an in-place activation would overwrite the output before `take`.
        means = self._average(call, values)
        kept = output if self._keep_graph else None
        return _Record(
            call.layer, call.number, call.module, call.ids, call.mask, call.rows, means, kept
        )

    def _average(self, call: Call | _Record, values: torch.Tensor) -> torch.Tensor:
        """Average values shaped like a call's output, (rows, units with a column), float64."""
        axis = _layout(call.module).unit_axis
        if axis is None:
            vocabulary = cast("nn.Embedding", call.module).num_embeddings
            means = per_row(values, cast("torch.Tensor", call.ids), call.mask, vocabulary)
        else:
            means = per_unit(units_last(call.module, values), call.mask)
        units = list(self._places[call.layer])
        if units == list(range(means.shape[1])):
            return means
        return means[:, torch.tensor(units, device=means.device)]

    def take(self, rows: int | None = None) -> torch.Tensor:
        """Return the activations of the passes since the last `take`, and forget them.

        Parameters
        ----------
        rows : int, optional
            Rows of the batch in each pass; by default those of the first tensor that the model
            was called with.

        Returns
        -------
        torch.Tensor of float64, shape (rows, P)
            One column per entry of `columns`; the rows of several passes one after the other.

        Raises
        ------
        LcodecError
            `lcodec:batchAxis` where a layer's first axis is not the batch, `lcodec:callOrder`
            where the calls differ from those of the pass before, `lcodec:noSlices` where no
            layer was called.
        """
        self._taken = self._calls.take()
        if not any(self._taken):
            checks.fail("noSlices", "`model` must use a trainable layer with slices, got none")
        self.columns = self.columns or [
            Column(record.layer, record.number, unit, place)
            for record in self._taken[0]
            for unit, place in self._places[record.layer].items()
        ]
        return self._joined((record.means for record in chain(*self._taken)), rows)

    def reduce(self, values: Sequence[torch.Tensor], rows: int | None = None) -> torch.Tensor:
        """Average tensors shaped like `outputs` as the activations were averaged.

        Parameters
        ----------
        values : sequence of torch.Tensor
            One per call of the passes taken last, such as the gradient of the loss with respect
            to each output, times that output. Those of an Embedding are summed over its
            features and then shared among the rows read.
        rows : int, optional
            As for `take`.

        Returns
        -------
        torch.Tensor of float64, shape (rows, P)
            One column per entry of `columns`.
        """
        calls = zip(chain(*self._taken), values, strict=True)
        return self._joined([self._average(call, value) for call, value in calls], rows)

    def _joined(self, averages: Iterable[torch.Tensor], rows: int | None) -> torch.Tensor:
        """Return the averages of each call side by side, those of each pass below the other."""
        left, passes = iter(averages), []
        for records in self._taken:
            wanted = rows or records[0].rows or max(len(record.means) for record in records)
            calls = Counter(record.layer for record in records)
            for record in records:
                seen, name = len(record.means), record.layer
                # A single row in a layer's only call serves the whole batch, as the embedding of
                # the positions does; in several calls, it may be one sample after the other.
                if seen != wanted and (seen > 1 or calls[name] > 1):
                    checks.fail(
                        "batchAxis",
                        f"layer `{name}` must keep the batch as its first axis, its output has "
                        f"{seen} rows for {wanted} inputs; leave it out by `layers`",
                    )
            passes.append(torch.cat([next(left).expand(wanted, -1) for _ in records], dim=1))
        return passes[0] if len(passes) == 1 else torch.cat(passes)


def _layout(module: nn.Module) -> Layout:
    return cast("Layout", layout_of(module))  # modules with slices have one


def not_called(
    slices: Sequence[Slice], columns: Sequence[Column], unseen: Iterable[int] = ()
) -> list[Uncovered]:
    """List the layers with slices that no forward pass went through.

    Parameters
    ----------
    slices : sequence of Slice
        Slices of the model.
    columns : sequence of Column
        Columns of its hypercolumn.
    unseen : iterable of int, default ()
        Positions of slices without a column that the model uses all the same.
    """
    called = {column.layer for column in columns} | {slices[one].layer for one in unseen}
    idle = [one for one in slices if one.layer not in called]
    reached = {name for one in slices if one.layer in called for name, _ in one.blocks}
    return without(idle, reached, "not called by the model")


def without(slices: Iterable[Slice], reached: Collection[str], reason: str) -> list[Uncovered]:
    """Return what slices leave out, by layer: parameters that are not reached otherwise."""
    counts: dict[tuple[str, str], int] = {}
    for unit in slices:
        own = sum(len(block) for name, block in unit.blocks if name not in reached)
        key = unit.layer, unit.kind
        counts[key] = counts.get(key, 0) + own
    return [Uncovered(*key, count, reason) for key, count in counts.items() if count]
