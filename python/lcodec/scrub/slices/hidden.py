"""Units that no output of a layer shows one by one: where their parameters lie.

    RNN, LSTM, GRU       a hidden unit of a layer and direction: its rows in all gates
    their cells          the same
    MultiheadAttention   a row of the projections to queries, keys and values
    anything else        an index along the first axis of a parameter

What these units do is seen by their derivatives alone.
"""

from __future__ import annotations

import re
from typing import Any, cast

import torch
from torch import nn

from lcodec.scrub.slices.layers import Block, layout_of

_RECURRENT = re.compile(r"(?:weight|bias)_(ih|hh|hr)(?:_l(\d+))?(_reverse)?")
_PROJECTIONS = ("_proj_weight", "_proj_bias")


def units_of(module: nn.Module, own: str, tensor: torch.Tensor) -> dict[int, Block] | None:
    """Return the entries of every unit in a parameter of a layer, None where it has no such units.

    Hidden unit j of layer l and direction d of a recurrent module with h units and D directions
    is number (l D + d) h + j. The rows of an attention's projections count from the queries
    through the keys to the values, e of each.

    Parameters
    ----------
    module : torch.nn.Module
        A layer.
    own : str
        Its own name of the parameter.
    tensor : torch.Tensor
        The parameter.
    """
    if not has_units(module, own):
        return None
    layout = layout_of(module)
    if layout is not None:
        single = [Block(unit) for unit in range(tensor.numel())] if own == "bias" else None
        return dict(enumerate(single or layout.blocks(module, tensor)))
    if isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
        return _hidden(module, own, tensor)
    first = {"k_proj_weight": 1, "v_proj_weight": 2}.get(own, 0)
    return rows_of(tensor, first * len(tensor))


def has_units(module: nn.Module, own: str) -> bool:
    """Return whether a parameter, by its own name, belongs to units of a layer."""
    if layout_of(module) is not None:
        return own in ("weight", "bias")
    if isinstance(module, nn.EmbeddingBag):
        return own == "weight"
    if isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
        return _RECURRENT.fullmatch(own) is not None
    return isinstance(module, nn.MultiheadAttention) and own.endswith(_PROJECTIONS)


def in_units(model: nn.Module) -> set[int]:
    """Return the ids of the parameters of a model that belong to units of a layer."""
    return {
        id(tensor)
        for module in model.modules()
        for own, tensor in module.named_parameters(recurse=False)
        if has_units(module, own)
    }


def rows_of(tensor: torch.Tensor, first: int = 0) -> dict[int, Block]:
    """Return the entries at each index of the first axis, counted from `first`; all of a scalar."""
    if tensor.ndim == 0:
        return {first: Block(0)}
    width = tensor.shape[1:].numel()
    return {first + row: Block(row * width, width=width) for row in range(len(tensor))}


def _hidden(module: Any, own: str, tensor: torch.Tensor) -> dict[int, Block]:
    _, what, layer, back = cast("re.Match[str]", _RECURRENT.fullmatch(own)).group(0, 1, 2, 3)
    size, directions = module.hidden_size, 1 + getattr(module, "bidirectional", False)
    first = (int(layer or 0) * directions + bool(back)) * size
    if what == "hr":  # (projections, hidden): what goes out from the unit
        return {first + unit: Block(unit, len(tensor), size) for unit in range(size)}
    width, gates = tensor.shape[1:].numel(), len(tensor) // size
    return {first + unit: Block(unit * width, gates, size * width, width) for unit in range(size)}
