"""Sum of rows' rows over samples where the rows are outer products.

A Linear layer that sees one vector a for each sample has rows delta_c (x) [a 1], c = 1..k. The sum
of their squares over c is then, for units u and v,

    (sum_c delta_cu delta_cv) * [a 1]' [a 1]

in which c has gone: the sum over samples takes 2k times fewer operations than with the rows
themselves, half of that by symmetry. It is the same matrix, up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lcodec.scrub.step import memory
from lcodec.scrub.step.layer_rows import linear
from lcodec.scrub.step.sample_rows import Cotangents, SampleRows


@dataclass(frozen=True)
class Block:
    """Where a layer's units stand in the sum: each with its weights and then its bias.

    Attributes
    ----------
    first : int
        Where the first unit begins.
    width : int
        Numbers of one unit.
    units : int
        How many.
    bias : bool
        Whether the last number of each unit is a bias.
    """

    first: int
    width: int
    units: int
    bias: bool


class Gram:
    """Sum over samples of rows' rows, for models in which `applies` is true.

    Parameters
    ----------
    rows : SampleRows
        Makes the cotangents.
    """

    def __init__(self, rows: SampleRows) -> None:
        self._rows = rows
        self._blocks: dict[nn.Module, Block] = {}
        order: list[torch.Tensor] = []
        first = 0
        for module, layer in rows.layers.items():
            parts = {
                part.parameter: torch.arange(part.place.start, part.place.stop)
                for part in layer.parts
            }
            columns = [parts["weight"].reshape(len(layer.units), -1)]
            columns += [parts["bias"][:, None]] if "bias" in parts else []
            places = torch.cat(columns, dim=1)
            self._blocks[module] = Block(first, places.shape[1], len(places), "bias" in parts)
            order.append(places.flatten())
            first += places.numel()
        self._order = torch.cat(order)
        self._sum = torch.zeros(first, first, dtype=torch.float64, device=rows.device)

    def add(self, found: Cotangents) -> None:
        """Add the samples of a batch for which `applies` is true."""
        used = [
            (self._blocks[call.module], call.given.double(), delta.double())
            for call, delta in zip(found.calls, found.deltas, strict=True)
            if delta is not None
        ]
        used.sort(key=lambda one: one[0].first)
        size = max(1, memory.JACOBIAN_BYTES // (2 * memory.NUMBER * len(self._sum)))
        for start in range(0, found.samples, size):
            part = slice(start, start + size)
            self._add([(block, a[part], delta[:, part]) for block, a, delta in used])

    def _add(self, used: list[tuple[Block, torch.Tensor, torch.Tensor]]) -> None:
        for at, (block, given, delta) in enumerate(used):
            left = _with_one(given, block).T
            for unit in range(block.units):
                start = block.first + unit * block.width
                rows = self._sum[start : start + block.width]
                for other, seen, cotangents in used[at:]:
                    # Units before this one are the transpose of what was added then.
                    skip = unit if other is block else 0
                    middle = torch.einsum("kb,kbv->bv", delta[:, :, unit], cotangents[..., skip:])
                    right = (middle[..., None] * _with_one(seen, other)[:, None]).flatten(1)
                    begin = other.first + skip * other.width
                    rows[:, begin : begin + right.shape[1]].addmm_(left, right)

    def matrix(self) -> torch.Tensor:
        """Return the sum, (p, p), in the order of the flat vector; what was added is used up."""
        found = self._sum.triu_()
        found += found.triu(1).T
        place = torch.argsort(self._order).to(found.device)
        del self._sum
        found = found[place]
        return found[:, place]


def applies(rows: SampleRows, found: Cotangents) -> bool:
    """Return whether all rows are outer products of whole units, each parameter used once.

    Parameters
    ----------
    rows : SampleRows
        The selected modules.
    found : Cotangents
        Of one batch.
    """
    parts = [part for layer in rows.layers.values() for part in layer.parts]
    weights = [part for part in parts if part.parameter == "weight"]
    return (
        len({part.place.start for part in parts}) == len(parts)
        and len(weights) == len(rows.layers)
        and all(part.rule is linear for part in weights)
        and all(part.inside is None for part in parts)
        and len({call.module for call in found.calls}) == len(found.calls)
        and all(call.given.ndim == 2 for call in found.calls)
    )


def _with_one(given: torch.Tensor, block: Block) -> torch.Tensor:
    return torch.cat([given, given.new_ones(len(given), 1)], 1) if block.bias else given
