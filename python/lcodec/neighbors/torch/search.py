"""The greedy search in torch operations, with the bits of the CPU.

For tensors on any device; used on CUDA where CuPy is not installed. Every operation is rounded on
its own: nothing here is fused (no ``addcmul``, no ``cdist``, no matrix product).

Each row looks at a few likely rows first: the nearest in S, or the neighbours in sorted order while
S is empty. Rows that may have a nearer one, or one at the same distance, are searched in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors.backends import ColumnSearch
from lcodec.neighbors.gains import CLASSES, Labels
from lcodec.neighbors.sums import shifts
from lcodec.neighbors.ties import TIE_RULES
from lcodec.random.philox import TIES

if TYPE_CHECKING:
    from torch import Tensor

_WORD = 0xFFFFFFFF
_MOST_ELEMENTS = 2**24  # distances held at once
_BYTES = 64  # that one of them takes, with what is computed from it
_AROUND = 4  # rows looked at on either side in sorted order, for one neighbour


class TorchSearch(ColumnSearch):
    """The search among tensors, on the device where they lie."""

    def __init__(
        self,
        columns: Tensor,
        weights: Tensor | FloatArray,
        labels: Tensor | Labels,
        *,
        ties: str = "average",
        seed: int = 0,
        memory: int | None = None,
        step: int | None = None,
        n_neighbors: int = 1,
        number: int = 0,
    ) -> None:
        import torch

        assert ties in TIE_RULES
        self._count, self._number, self._classes = n_neighbors, number, labels.dtype == CLASSES
        self._around = _AROUND + n_neighbors - 1
        self._torch, self._columns = torch, columns
        self._ties, self._seed, self._step = ties, seed, step
        self._weights = torch.as_tensor(weights, dtype=torch.float64, device=columns.device)
        self._labels = torch.as_tensor(labels, dtype=torch.int64, device=columns.device)
        if memory is None:
            free = torch.cuda.mem_get_info(columns.device)[0] if columns.is_cuda else 2**32
            memory = free // 4
        self._elements = max(1, min(_MOST_ELEMENTS, memory // _BYTES))
        own = torch.ones_like(self._labels) if self._classes else self._labels
        self._chosen, self._own_values = [], own[None]

    def condition(self, numbers: Sequence[int]) -> None:
        """Add columns to S without their values."""
        self._chosen.extend(map(int, numbers))

    @property
    def _block(self) -> int:
        return max(1, self._elements // self._columns.shape[1])

    def _sum(self, values: Tensor, less: Tensor | None = None) -> FloatArray:
        rows = values.double()  # labels are whole numbers
        return host(add_rows(rows if less is None else rows - less, rows.shape[-1]))

    def _copy(self, values: Tensor, at: int) -> Tensor:
        return values[at : at + 1].clone()

    def values(self, numbers: IntArray) -> Tensor:
        """Return the values (k, n) of the nearest rows in S and each of these columns."""
        torch, n = self._torch, self._columns.shape[1]
        ids = torch.as_tensor(numbers.copy(), device=self._columns.device)
        out = self._columns.new_full((len(numbers), n), torch.nan)
        size = max(1, self._elements // ((2 * self._around + 1) * n))
        look = self._near_in_chosen if self._chosen else self._near_in_order
        for block, view in zip(torch.split(ids, size), torch.split(out, size), strict=True):
            look(block, view)
            self._in_full(block, view)
        return out

    def current(self) -> FloatArray:
        """Return the values (n,) of the column chosen last."""
        n = self._columns.shape[1]
        return np.zeros(n) if self._current is None else host(self._current[0].double())

    def adopt(self, numbers: Sequence[int], values: FloatArray) -> None:
        """Add columns to S together, with their values."""
        self._current = self._columns.new_tensor(values)[None]
        self.condition(numbers)

    def alone(self) -> FloatArray:
        """Return the values (n,) of the nearest rows in all columns, without scoring any."""
        if len(self._columns) == 1 and not self._number:
            return host(self.values(np.array([0]))[0])
        n = self._columns.shape[1]
        self.condition(range(len(self._columns)))
        every = self._torch.arange(n, device=self._columns.device)
        parts = []
        for i in self._torch.split(every, max(1, self._elements // n)):
            d = self._base(i)
            parts.append(self._decide(d, every.expand_as(d), i, i.new_tensor(self._number))[0])
        return host(self._torch.cat(parts))

    def _near_in_order(self, ids: Tensor, out: Tensor) -> None:
        """Settle rows by their neighbours in sorted order; leave NaN where that is no proof."""
        torch, n = self._torch, out.shape[1]
        ordered, order = self._columns[ids].sort(dim=-1)
        position = torch.arange(n, device=out.device)[:, None]
        offset = torch.arange(-self._around, self._around + 1, device=out.device)
        outside = (position + offset < 0) | (position + offset >= n) | (offset == 0)
        near = (position + offset).clamp(0, n - 1)
        d = _term(ordered[:, :, None], ordered[:, near], self._weights[ids][:, None, None])
        d.masked_fill_(outside, torch.inf)
        # distances never fall on the way outwards, so the outermost ones bound what is beyond;
        # they are infinite where the column ends before
        bound = torch.minimum(
            d[:, :, 0].where(position[:, 0] > self._around, torch.inf),
            d[:, :, -1].where(position[:, 0] < n - 1 - self._around, torch.inf),
        )
        values, least = self._decide(d, order[:, near], order, ids[:, None].expand_as(order))
        out.scatter_(1, order, values.where(least < bound, torch.nan))

    def _near_in_chosen(self, ids: Tensor, out: Tensor) -> None:
        """Settle rows by the rows nearest in S; leave NaN where that is no proof."""
        torch, n = self._torch, out.shape[1]
        share = 1 / (len(self._chosen) + 1)
        length = min(n - 1, int(4 * n**share * self._count ** (1 - share)) + 23 + self._count)
        rows = max(1, self._elements // max(n, len(ids) * length))
        for i in torch.split(torch.arange(n, device=out.device), rows):
            base, near = self._base(i).sort(dim=-1)
            bound = base[:, length]  # infinite when only the row itself is left out
            near = near[:, :length]
            x = self._columns[ids]
            term = _term(x[:, i, None], x[:, near], self._weights[ids][:, None, None])
            d = term.add_(base[:, :length])
            shape = d.shape[:2]
            values, least = self._decide(
                d, near.expand_as(d), i.expand(shape), ids[:, None].expand(shape)
            )
            out[:, i] = values.where(least < bound, torch.nan)

    def _in_full(self, ids: Tensor, out: Tensor) -> None:
        """Settle what is still NaN by looking at all rows."""
        torch, n = self._torch, out.shape[1]
        every = torch.arange(n, device=out.device)
        open_i, open_c = torch.isnan(out).T.nonzero(as_tuple=True)  # row by row
        size = max(1, self._elements // n)
        for i, c in zip(torch.split(open_i, size), torch.split(open_c, size), strict=True):
            rows, where = i.unique_consecutive(return_inverse=True)
            base, x = self._base(rows)[where], self._columns[ids[c]]
            own = x.gather(1, i[:, None])
            d = _term(own, x, self._weights[ids[c]][:, None]).add_(base)
            out[c, i] = self._decide(d, every.expand_as(d), i, ids[c])[0]

    def _base(self, i: Tensor) -> Tensor:
        """Return the distances (r, n) of these rows in S; their own is infinite."""
        base = self._columns.new_zeros((len(i), self._columns.shape[1]))
        for number in self._chosen:
            x = self._columns[number]
            base.add_(_term(x[i, None], x, self._weights[number]))
        return base.scatter_(1, i[:, None], self._torch.inf)

    def _decide(self, d: Tensor, rows: Tensor, i: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return the value of each row i from its distances d to `rows`, and its reach."""
        reach = d.amin(dim=-1) if self._count == 1 else d.kthvalue(self._count, dim=-1).values
        tied, nearer = d == reach[..., None], d < reach[..., None]
        gains, size = self._gain(i, rows), tied.sum(dim=-1)
        total, wanted = gains.where(nearer, 0).sum(dim=-1), self._count - nearer.sum(dim=-1)
        if self._ties == "average":
            share = wanted * gains.where(tied, 0).sum(dim=-1)
            return (share.double() / size.double() + total.double()) / self._count, reach
        members = rows.where(tied, len(self._labels)).sort(dim=-1).values
        if self._ties == "random":
            self._shuffle(members, size, wanted, i, ids)
        for t in range(min(self._count, members.shape[-1])):
            taken = members[..., t].clamp(max=len(self._labels) - 1)  # beyond a tie set: not wanted
            total += self._gain(i, taken[..., None])[..., 0].where(t < wanted, 0)
        return total.double() / self._count, reach

    def _gain(self, i: Tensor, rows: Tensor) -> Tensor:
        """Return what the pairs of each row i and `rows` are worth, whole numbers."""
        own, other = self._labels[i][..., None], self._labels[rows]
        return (own == other).long() if self._classes else self._torch.minimum(own, other)

    def _shuffle(
        self, members: Tensor, size: Tensor, wanted: Tensor, i: Tensor, ids: Tensor
    ) -> None:
        """Bring random ones of the first `size` members to the first `wanted` places, by swaps."""
        for t in range(min(self._count, members.shape[-1])):
            if t % 4 == 0:
                words = _words(i, ids, self._counter, self._seed, TIES + (t // 4 << 16))
            place = t + (words[t % 4] * (size - t) >> 32)
            place = place.where(t < wanted, t)[..., None]
            other = members.gather(-1, place)
            members.scatter_(-1, place, members[..., t : t + 1].clone())
            members[..., t : t + 1] = other


def host(tensor: Tensor) -> FloatArray:
    """Copy a tensor to the host."""
    array: FloatArray = tensor.cpu().numpy()
    return array


def _term(a: Tensor, b: Tensor, weight: Tensor) -> Tensor:
    t = a - b
    return t.mul_(t).mul_(weight)


def add_rows(values: Tensor, bound: float | FloatArray) -> Tensor:
    """Sum each row of `values` (k, n), of numbers of at most `bound` in size, in any order."""
    above, below = (
        values.new_tensor(shift).reshape(-1, 1) for shift in shifts(bound, values.shape[-1])
    )
    first = (values + above).sub_(above)
    rest = (values - first).add_(below).sub_(below)
    return first.sum(dim=-1) + rest.sum(dim=-1)


def _words(i: Tensor, ids: Tensor, step: int, seed: int, purpose: int) -> tuple[Tensor, ...]:
    """Return the words of Philox4x32-10 at the counters (i, id, step, purpose).

    Products of two words wrap around in int64; their halves are right all the same.
    """
    c0, c1 = i, ids & _WORD
    c2, c3 = i.new_full((), step), i.new_full((), purpose)
    k0, k1 = seed & _WORD, seed >> 32
    for _ in range(10):
        product_0, product_1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            ((product_1 >> 32) & _WORD) ^ c1 ^ k0,
            product_1 & _WORD,
            ((product_0 >> 32) & _WORD) ^ c3 ^ k1,
            product_0 & _WORD,
        )
        k0, k1 = (k0 + 0x9E3779B9) & _WORD, (k1 + 0xBB67AE85) & _WORD
    return c0, c1, c2, c3
