"""The layer types whose output units are slices: where the parameters of unit j lie.

`LAYOUTS` holds what the package knows about them. In a flattened weight the entries of one unit
are stretches of equal width at equal distances, a `Block`, whatever the type:

    Linear, Conv1d/2d/3d, Embedding   (units, ...)              one stretch: row j
    Conv1D of transformers            (inputs, units)           column j
    ConvTranspose1d/2d/3d             (inputs, units / groups, ...)   one kernel per input
                                                                channel of the unit's group
    normalisation layers              (units)                   entry j

Parameters of which no output shows the units are in `hidden`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm
from torch.nn.utils import parametrize


@dataclass(frozen=True)
class Block:
    """Entries of a flattened tensor: `count` stretches of `width` entries, `stride` apart.

    Attributes
    ----------
    start : int
        First entry of the first stretch.
    count, stride, width : int
        Stretches, distance between their first entries, entries in each.
    """

    start: int
    count: int = 1
    stride: int = 0
    width: int = 1

    def __len__(self) -> int:
        return self.count * self.width

    def positions(self) -> torch.Tensor:
        """Return the entries' positions, int64, in increasing order."""
        starts = self.start + self.stride * torch.arange(self.count)
        return (starts[:, None] + torch.arange(self.width)).reshape(-1)


def _rows(module: nn.Module, weight: torch.Tensor) -> list[Block]:
    width = weight[0].numel()
    return [Block(unit * width, width=width) for unit in range(len(weight))]


def _columns(module: nn.Module, weight: torch.Tensor) -> list[Block]:
    inputs, units = weight.shape
    return [Block(unit, count=inputs, stride=units) for unit in range(units)]


def _single(module: nn.Module, weight: torch.Tensor) -> list[Block]:
    return [Block(unit) for unit in range(weight.numel())]


def _transposed(module: nn.Module, weight: torch.Tensor) -> list[Block]:
    groups = int(module.groups)  # type: ignore[arg-type]
    inputs, units = len(weight) // groups, weight.shape[1]
    kernel = weight[0, 0].numel()
    return [
        Block(
            (group * inputs * units + unit) * kernel,
            count=inputs,
            stride=units * kernel,
            width=kernel,
        )
        for group in range(groups)
        for unit in range(units)
    ]


@dataclass(frozen=True)
class Layout:
    """What a layer type does with its units.

    Attributes
    ----------
    blocks : callable
        `blocks(module, weight)`: the entries of every unit in the flattened weight.
    unit_axis : int or None
        Axis of the output along which the units lie; None for Embedding, whose units are not
        outputs but rows that are read. Of a layer that normalises over several axes at once it is
        the last one of them, see `units_last`.
    ndim : int or None
        Axes of a batched output; None for any number from 2 on.
    """

    blocks: Callable[[nn.Module, torch.Tensor], list[Block]]
    unit_axis: int | None
    ndim: int | None = None


EMBEDDING = Layout(_rows, None)
CONV1D = Layout(_columns, -1)
LAYOUTS: tuple[tuple[type[nn.Module], Layout], ...] = (
    (nn.Linear, Layout(_rows, -1)),
    (nn.Conv1d, Layout(_rows, 1, 3)),
    (nn.Conv2d, Layout(_rows, 1, 4)),
    (nn.Conv3d, Layout(_rows, 1, 5)),
    (nn.ConvTranspose1d, Layout(_transposed, 1, 3)),
    (nn.ConvTranspose2d, Layout(_transposed, 1, 4)),
    (nn.ConvTranspose3d, Layout(_transposed, 1, 5)),
    (nn.Embedding, EMBEDDING),
)
"""Types, subclasses included, and their layout."""

ALONG_CHANNELS, ALONG_FEATURES = Layout(_single, 1), Layout(_single, -1)
NORMS: tuple[tuple[type[nn.Module], Layout], ...] = (
    (_BatchNorm, ALONG_CHANNELS),
    (nn.SyncBatchNorm, ALONG_CHANNELS),
    (_InstanceNorm, ALONG_CHANNELS),
    (nn.GroupNorm, ALONG_CHANNELS),
    (nn.LayerNorm, ALONG_FEATURES),
    (nn.RMSNorm, ALONG_FEATURES),
)
"""Normalisation layers and their layout, for subclasses that do not compute something else."""


def layout_of(module: nn.Module) -> Layout | None:
    """Return the layout of a module, None where no units are known of its output."""
    for kind, layout in LAYOUTS:
        if isinstance(module, kind):
            return layout
    if any(map(is_conv1d, type(module).__mro__)):
        return CONV1D
    return norm_of(module)


def norm_of(module: nn.Module) -> Layout | None:
    """Return the layout of a normalisation layer, None for other modules."""
    kinds = (one for one in NORMS if isinstance(module, one[0]))
    return next((at for kind, at in kinds if type(module).forward is kind.forward), None)


def watched(model: nn.Module, layers: Iterable[str]) -> dict[str, nn.Module]:
    """Return the modules among these layers whose outputs show their units, by name.

    Parameters
    ----------
    model : torch.nn.Module
        The model.
    layers : iterable of str
        Layers of slices: names of modules, or of parameters that are slices by themselves.
    """
    modules = dict(model.named_modules(remove_duplicate=False))
    parameters = dict(model.named_parameters(remove_duplicate=False))
    known = {
        name: modules[name] if name in modules else model.get_submodule(name)
        for name in dict.fromkeys(layers)
        if name not in parameters
    }
    return {name: module for name, module in known.items() if layout_of(module) is not None}


def units_last(module: nn.Module, values: torch.Tensor) -> torch.Tensor:
    """Return values of the shape of a layer's output, (b, ...), as (b, ..., units).

    Parameters
    ----------
    module : torch.nn.Module
        A layer with a layout whose units lie along its output.
    values : torch.Tensor
        Values; several axes that are normalised at once become one.
    """
    several = len(getattr(module, "normalized_shape", ())) - 1
    if several > 0:
        return values.flatten(-1 - several)
    axis = layout_of(module).unit_axis  # type: ignore[union-attr]
    return values.movedim(axis, -1)  # type: ignore[arg-type]


def is_conv1d(kind: type) -> bool:
    """Return whether a type is the Conv1D of transformers, GPT-2's layer of (inputs, units).

    Known by its name and place: importing transformers costs seconds. Others of that name may
    hold their weights in another way.
    """
    return kind.__name__ == "Conv1D" and kind.__module__.startswith("transformers.")


def refusal(module: nn.Module, own: str, *, embeddings: bool) -> str | None:
    """Return why a parameter of a module can be in no slice, None where it can.

    Parameters
    ----------
    module : torch.nn.Module
        Any module.
    own : str
        Its own name of the parameter.
    embeddings : bool
        Whether rows of an Embedding are slices.
    """
    if isinstance(module, parametrize.ParametrizationList) or parametrize.is_parametrized(module):
        return "parametrized"
    needed = ["weight"] if layout_of(module) is not None else []
    needed = module._flat_weights_names if isinstance(module, nn.RNNBase) else needed
    if not all(name in module._parameters for name in needed):
        # weight_norm, spectral_norm and pruning by hooks
        return "weight computed from other parameters"
    if isinstance(module, (nn.Embedding, nn.EmbeddingBag)) and own == "weight":
        if not embeddings:
            return "rows of an Embedding (`embeddings` is False)"
        if module.max_norm is not None:
            return "rows renormalised by `max_norm`"
        if isinstance(module, nn.Embedding) and type(module).forward is not nn.Embedding.forward:
            return "Embedding with a forward of its own"
    return None


def per_unit(values: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """Average over all axes but the batch and the units.

    Parameters
    ----------
    values : torch.Tensor, shape (b, ..., units)
        A layer's output, or something of its shape, as `units_last` gives it.
    mask : torch.Tensor, shape (b, t), or None
        Positions to average over, where the output has t of them; else it plays no part. A row
        without any gets 0.

    Returns
    -------
    torch.Tensor of float64, shape (b, units)
        A copy in any case.
    """
    # Cast first: a mean that casts as it goes takes three times as long.
    values = values.to(torch.float64, copy=True)
    if mask is not None and values.ndim == 3 and values.shape[:2] == mask.shape:
        weight = (mask != 0).to(values)
        return torch.einsum("bt,btu->bu", weight / weight.sum(1, keepdim=True).clamp(min=1), values)
    axes = tuple(range(1, values.ndim - 1))
    return values.mean(dim=axes) if axes else values


def per_row(
    values: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor | None, vocabulary: int
) -> torch.Tensor:
    """Share what an Embedding gives out among the rows that it reads.

    Parameters
    ----------
    values : torch.Tensor, shape (b, ..., features)
        Ones of a single feature give the share of positions that read each row.
    ids : torch.Tensor of integers, shape (b, ...)
        Row read at each position.
    mask : torch.Tensor, shape (b, t), or None
        Positions that count, where `ids` has this shape.
    vocabulary : int
        Rows of the Embedding.

    Returns
    -------
    torch.Tensor of float64, shape (b, vocabulary)
        Sum over the features and the positions that read a row, divided by all positions.
    """
    shares = values.sum(dim=-1, dtype=torch.float64)
    count = torch.full((len(ids), 1), ids[0].numel(), dtype=torch.float64, device=ids.device)
    if mask is not None and ids.shape == mask.shape:
        weight = (mask != 0).to(ids.device, torch.float64)
        shares, count = shares * weight, weight.sum(dim=1, keepdim=True).clamp(min=1)
    sums, places = shares.new_zeros(len(ids), vocabulary), ids.long().reshape(len(ids), -1)
    return sums.scatter_add(1, places, shares.reshape(len(ids), -1)) / count
