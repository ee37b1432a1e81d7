"""Sums over the ranks of `torch.distributed`; on one process, nothing.

Everything the scrubber learns from data is a sum over samples. Each rank takes its share of the
batches, sums, and the sums are joined by one all-reduce, after which every rank holds the same
numbers and takes the same step. The default group is used; without one these functions hand
back what they were given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import torch
from torch import distributed

T = TypeVar("T")


def ranks() -> tuple[int, int]:
    """Return this process's rank and how many there are, (0, 1) without torch.distributed."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


def share(batches: Iterable[T]) -> Iterable[T]:
    """Return this rank's batches: every world-size-th, beginning with its own number.

    Parameters
    ----------
    batches : re-iterable
        All batches, the same on every rank and in the same order.
    """
    return _Share(batches)


class _Share(Iterable[T]):
    def __init__(self, batches: Iterable[T]) -> None:
        self._batches = batches

    def __iter__(self) -> Iterator[T]:
        rank, world = ranks()
        return islice(self._batches, rank, None, world)


def total(tensor: torch.Tensor) -> torch.Tensor:
    """Return the sum of a tensor over all ranks, the same on each.

    Parameters
    ----------
    tensor : torch.Tensor
        Of one shape on every rank. It is overwritten where there are several.
    """
    if ranks()[1] > 1:
        distributed.all_reduce(tensor)
    return tensor


def total_number(number: float) -> float:
    """Return the sum of a number over all ranks."""
    if ranks()[1] == 1:
        return number
    return float(total(torch.tensor(number, dtype=torch.float64, device=_device())))


def largest(number: int) -> int:
    """Return the largest of the ranks' numbers."""
    if ranks()[1] == 1:
        return number
    value = torch.tensor(number, device=_device())
    distributed.all_reduce(value, distributed.ReduceOp.MAX)
    return int(value)


def stacked(rows: torch.Tensor) -> torch.Tensor:
    """Return the rows (r, p) of all ranks below each other, in the order of the ranks.

    Parameters
    ----------
    rows : torch.Tensor, shape (r, p)
        The number of rows may differ between ranks.
    """
    rank, world = ranks()
    if world == 1:
        return rows
    counts = torch.zeros(world, dtype=torch.int64, device=rows.device)
    counts[rank] = len(rows)
    before = [0, *total(counts).cumsum(0).tolist()]
    # A sum with zeros, not a gather: gathers want equal shapes and hold everything twice.
    joined = rows.new_zeros(before[-1], rows.shape[1])
    joined[before[rank] : before[rank + 1]] = rows
    return total(joined)


def _device() -> str:
    return "cuda" if distributed.get_backend() == "nccl" else "cpu"
