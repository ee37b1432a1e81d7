"""Slices of a network: one unit of a layer, with the parameters that make it.

The parameters of an output unit produce that unit and nothing else. Where they lie in each layer
type is said in `layers`, and of units that no output shows in `hidden`. Everything the scrubber
differentiates or changes is one flat vector of such slices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn

from lcodec.scrub.slices.hidden import in_units, rows_of, units_of
from lcodec.scrub.slices.layers import Block, refusal
from lcodec.scrub.slices.named import named


class Unit(Protocol):
    """What names an output unit of a layer: a `Slice`, or a slice that a report lists."""

    @property
    def layer(self) -> str:
        """Qualified name of the module."""

    @property
    def unit(self) -> int:
        """Output unit, 0-based."""


@dataclass(frozen=True)
class Slice:
    """One unit of a layer and the parameter entries that produce it.

    Attributes
    ----------
    layer : str
        Qualified name of the module in the model, "" for the model itself; of a parameter that is
        in slices by itself its own qualified name.
    kind : str
        Type of the module, such as "Linear"; or "Parameter".
    unit : int
        Output unit, 0-based; the row of an Embedding or of a parameter by itself. Hidden unit j of
        layer l and direction d of a recurrent module with h units and D directions is
        (l D + d) h + j. Of attention, rows of queries, then of keys, then of values.
    blocks : tuple of (str, Block)
        Parameter name and where the entries lie in that parameter, flattened. A tied parameter
        goes by its first name.
    """

    layer: str
    kind: str
    unit: int
    blocks: tuple[tuple[str, Block], ...]

    @property
    def entries(self) -> tuple[tuple[str, torch.Tensor], ...]:
        """Parameter names and positions in them, flattened, int64; computed at each call.

        The slices of a large model cover all of it: they say where their entries lie, and
        only those that are looked at are written out.
        """
        return tuple((name, block.positions()) for name, block in self.blocks)

    @property
    def parameters(self) -> int:
        """Number of parameters in the slice."""
        return sum(len(block) for _, block in self.blocks)


@dataclass(frozen=True)
class Uncovered:
    """Parameters of a module that are in no slice, and why.

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


def find_slices(
    model: nn.Module,
    *,
    layers: Sequence[str] | None = None,
    embeddings: bool = False,
    frozen: bool = False,
) -> tuple[list[Slice], list[Uncovered]]:
    """List the slices of a model, and the parameters that are in none.

    - Units of Linear, Conv1d/2d/3d and ConvTranspose1d/2d/3d layers of any number of groups and
      of the `Conv1D` of transformers;
    - channels of normalisation layers: BatchNorm, InstanceNorm, GroupNorm, LayerNorm and RMSNorm,
      each with its weight and bias;
    - hidden units of RNN, LSTM and GRU, in each layer and direction, with all their gates;
    - rows of the projections of MultiheadAttention to queries, keys and values;
    - every index along the first axis of any other parameter, which is a slice of its own name;
    - where asked for, the rows of Embedding layers.

    Subclasses count. A module that the model holds under several names appears once, by its first
    name. Parameters that do not require a gradient are frozen: no slice contains them by default.

    Parameters
    ----------
    model : torch.nn.Module
        Any model.
    layers : sequence of str, optional
        Names of the modules to take, each with all its submodules, or of parameters that are
        slices by themselves. None for all.
    embeddings : bool, default False
        Whether each row of an Embedding is a slice, the padding row excepted.
    frozen : bool, default False
        Whether slices contain frozen parameters too.

    Returns
    -------
    slices : list of Slice
        In the order of the modules' definition, then of the units.
    uncovered : list of Uncovered
        In the same order. A tied parameter that another layer covers is not in it.

    Raises
    ------
    LcodecError
        `lcodec:unknownLayer` where `layers` names nothing of the model.

    Examples
    --------
    >>> from torch import nn
    >>> from lcodec.scrub.slices.slices import find_slices
    >>> model = nn.Sequential(nn.Embedding(9, 4), nn.LSTM(4, 8), nn.LayerNorm(8), nn.Linear(8, 2))
    >>> slices, uncovered = find_slices(model)
    >>> [(layer, sum(one.layer == layer for one in slices)) for layer in "123"]
    [('1', 8), ('2', 8), ('3', 2)]
    >>> slices[0].parameters  # 4 gates of 4 + 8 weights and 2 biases
    56
    >>> [(listed.layer, listed.reason) for listed in uncovered]
    [('0', 'rows of an Embedding (`embeddings` is False)')]
    """
    names = {id(tensor): name for name, tensor in model.named_parameters()}
    sizes = {name: tensor.numel() for name, tensor in model.named_parameters()}
    covered = dict.fromkeys(sizes, 0)
    wanted, known = named(model, layers), in_units(model)
    slices: list[Slice] = []
    left: list[tuple[Uncovered, str]] = []
    for layer, module in model.named_modules():
        kind = type(module).__name__
        used: dict[str, dict[int, Block]] = {}
        alone: list[Slice] = []
        for own, tensor in module.named_parameters(recurse=False):
            name, units = names[id(tensor)], units_of(module, own, tensor)
            reason = refusal(module, own, embeddings=embeddings)
            if reason is None and wanted is not None and not {id(module), id(tensor)} & wanted:
                reason = "not in `layers`"
            if reason is None and not (tensor.requires_grad or frozen):
                reason = "frozen"
            if reason is not None:
                left.append((Uncovered(layer, kind, tensor.numel(), reason), name))
            elif units is not None:
                used[name] = units
            elif id(tensor) not in known:
                known.add(id(tensor))
                alone += _by_unit(name, "Parameter", {name: rows_of(tensor)})
        padding = getattr(module, "padding_idx", None)
        made = _by_unit(layer, kind, used)
        kept = [one for one in made if one.unit != padding] + alone
        skipped = [block for one in made if one.unit == padding for block in one.blocks]
        left += [(Uncovered(layer, kind, len(b), "padding row"), name) for name, b in skipped]
        slices += kept
        counts: Counter[str] = Counter()
        for name, block in (entries for one in kept for entries in one.blocks):
            counts[name] += len(block)
        covered |= {name: max(count, covered[name]) for name, count in counts.items()}
    return slices, _merged(item for item in left if covered[item[1]] < sizes[item[1]])


def _by_unit(layer: str, kind: str, used: Mapping[str, Mapping[int, Block]]) -> list[Slice]:
    """Return the slices of a layer, from the entries of each unit in each of its parameters."""
    units = sorted({unit for blocks in used.values() for unit in blocks})
    return [
        Slice(layer, kind, unit, tuple((n, used[n][unit]) for n in used if unit in used[n]))
        for unit in units
    ]


def _merged(left: Iterable[tuple[Uncovered, str]]) -> list[Uncovered]:
    """Add up the parameters of one layer with one reason, each parameter at its first layer."""
    first: dict[str, str] = {}
    counts: dict[tuple[str, str, str], int] = {}
    for listed, name in left:
        if first.setdefault(name, listed.layer) == listed.layer:
            key = listed.layer, listed.kind, listed.reason
            counts[key] = counts.get(key, 0) + listed.parameters
    return [Uncovered(layer, kind, n, reason) for (layer, kind, reason), n in counts.items()]


class FlatParameters:
    """Chosen slices of a model as one flat vector of p parameters.

    Entries that several slices share (tied weights) are in the vector once. Derivatives with
    respect to this vector exist only for its p numbers: no gradient of the whole model is
    formed on the way. Besides the p positions, only the parameters that the slices touch are
    ever copied.

    The model runs in its own dtype; the vector is at least float32. Steps are therefore taken in
    that (or in float64, whatever the caller adds) and rounded once, when `merge` or `write` puts
    the values into the parameters.

    Parameters
    ----------
    model : torch.nn.Module
        The model.
    slices : iterable of Slice
        Slices of that model.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from lcodec.scrub.slices.slices import FlatParameters, find_slices
    >>> model = nn.Linear(3, 2).double()
    >>> flat = FlatParameters(model, find_slices(model)[0][1:])
    >>> len(flat)  # the second row of the weight, and its bias
    4
    >>> flat.write(torch.zeros(4))
    >>> model.weight[1].tolist(), model.bias[1].item()
    ([0.0, 0.0, 0.0], 0.0)
    """

    def __init__(self, model: nn.Module, slices: Iterable[Slice]) -> None:
        self._tensors = dict(model.named_parameters())
        chosen: dict[str, list[torch.Tensor]] = {}
        for unit in slices:
            for name, positions in unit.entries:
                chosen.setdefault(name, []).append(positions)
        self._positions = {
            name: torch.unique(torch.cat(positions)).to(self._tensors[name].device)
            for name, positions in chosen.items()
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
        """Return the current values, shape (p,), detached; half precision comes as float32."""
        values = self.gather(self._tensors).detach()
        return values.to(torch.promote_types(values.dtype, torch.float32))

    def merge(self, vector: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the touched parameters with `vector` in place of the chosen entries.

        Parameters
        ----------
        vector : torch.Tensor, shape (p,)
            New values in any floating dtype; may be differentiated through.

        Returns
        -------
        dict of str to torch.Tensor
            In the parameters' own dtype, for `torch.func.functional_call`, which takes the rest
            from the model.
        """
        merged = {}
        sizes = [len(positions) for positions in self._positions.values()]
        for (name, where), values in zip(
            self._positions.items(), torch.split(vector, sizes), strict=True
        ):
            tensor = self._tensors[name].detach()
            filled = tensor.reshape(-1).scatter(0, where, values.to(tensor.dtype))
            merged[name] = filled.reshape(tensor.shape)
        return merged

    @contextmanager
    def holding(self, vector: torch.Tensor) -> Iterator[None]:
        """Let the model have `vector`, shape (p,), inside a block; afterwards its bits are back."""
        before = {name: self._tensors[name].detach().clone() for name in self._positions}
        try:
            self.write(vector)
            yield
        finally:
            with torch.no_grad():
                for name, values in before.items():
                    self._tensors[name].copy_(values)

    @torch.no_grad()
    def write(self, vector: torch.Tensor) -> None:
        """Store `vector`, shape (p,), in the model, rounded to its dtype."""
        for name, tensor in self.merge(vector).items():
            self._tensors[name].copy_(tensor)
