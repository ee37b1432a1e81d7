"""Sums over the ranks of `torch.distributed`.

Everything the scrubber learns from data is a sum over samples. Each rank takes its share of the
batches, sums, and the sums are joined by one all-reduce, after which every rank holds the same
numbers and takes the same step. All ranks are given the same model and the same data, and all of
them must take part. The default process group is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import torch
from torch import distributed

T = TypeVar("T")


@dataclass(frozen=True)
class Ranks:
    """One of the processes that share the work; as it stands, the only one.

    Attributes
    ----------
    rank : int, default 0
        This process.
    world : int, default 1
        How many there are.
    """

    rank: int = 0
    world: int = 1

    def share(self, batches: Iterable[T]) -> Iterator[T]:
        """Return this rank's batches: every `world`-th, beginning with number `rank`.

        Parameters
        ----------
        batches : iterable
            All batches, in the same order on every rank.
        """
        return islice(batches, self.rank, None, self.world)

    def total(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return the sum of a tensor over all ranks, the same on each.

        Parameters
        ----------
        tensor : torch.Tensor
            Of one shape on every rank. It is overwritten where there are several.
        """
        if self.world > 1:
            distributed.all_reduce(tensor)
        return tensor

    def stacked(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the rows (r, p) of all ranks below each other, in the order of the ranks.

        Parameters
        ----------
        rows : torch.Tensor, shape (r, p)
            The number of rows may differ between ranks.
        """
        if self.world == 1:
            return rows
        counts = torch.zeros(self.world, dtype=torch.int64, device=rows.device)
        counts[self.rank] = len(rows)
        before = [0, *self.total(counts).cumsum(0).tolist()]
        # A sum with zeros, not a gather: gathers want equal shapes.
        joined = rows.new_zeros(before[-1], rows.shape[1])
        joined[before[self.rank] : before[self.rank + 1]] = rows
        return self.total(joined)


ALONE = Ranks()


def ranks() -> Ranks:
    """Return the ranks of the default process group, `ALONE` without one."""
    if distributed.is_available() and distributed.is_initialized():
        return Ranks(distributed.get_rank(), distributed.get_world_size())
    return ALONE
