"""Fingerprints of samples: copies of forgotten ones are found in a pass that is made anyway.

A print is a number of 64 bits that is made of the bits of a sample's inputs and target. Equal
samples have equal prints; where prints are equal, the samples themselves are compared.
"""

from __future__ import annotations

from functools import lru_cache

import torch

from lcodec.scrub.samples.batches import Batch
from lcodec.scrub.samples.inputs import tensors

WORDS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
AT_ONCE = 2**20  # words that are multiplied in one go
MOST_POSITIONS = 1000  # that are kept of the copies found


class Pass:
    """What is learned about the samples of one pass over data while it is made.

    Parameters
    ----------
    forgotten : (inputs, targets)
        Samples whose copies are looked for.

    Attributes
    ----------
    copies : int
        Samples of the pass that equal a forgotten one, bit by bit, target included.
    positions : list of int
        Where the first 1000 of them stand in the pass.
    found : set of int
        The rows of `forgotten` of which there are copies.
    count : int
        Samples of the pass.
    digest : int
        Sum of all prints: that of the same samples in any order.
    """

    def __init__(self, forgotten: Batch) -> None:
        self._forgotten = _words(forgotten)
        self._prints, self._rows = prints(forgotten).sort()
        self.copies = self.count = self.digest = 0
        self.positions: list[int] = []
        self.found: set[int] = set()

    def __call__(self, batch: Batch) -> None:
        """Take note of a batch."""
        own = prints(batch)
        place = torch.searchsorted(self._prints, own).clamp(max=len(self._prints) - 1)
        at = (self._prints[place] == own).nonzero()[:, 0]
        if len(at):
            rows = self._rows[place[at]]
            same = _equal(_words(batch), at, self._forgotten, rows)
            at, rows = at[same], rows[same]
            left = MOST_POSITIONS - len(self.positions)
            self.positions += (self.count + at[:left]).tolist()
            self.copies += len(at)
            self.found.update(rows.tolist())
        self.count += len(own)
        self.digest = (self.digest + summed(own)) % 2**64


def prints(batch: Batch) -> torch.Tensor:
    """Return the print of every sample in a batch, (b,) int64, on its device."""
    total = torch.zeros(len(batch[1]), dtype=torch.int64, device=batch[1].device)
    for words in _words(batch):
        factors = _factors(words.shape[1]).to(words.device)
        size = max(1, AT_ONCE // max(1, words.shape[1]))
        dots = [(part.long() * factors).sum(dim=1) for part in torch.split(words, size)]
        total = _mixed(total * 31 + torch.cat(dots))
    return total


def digest(batch: Batch) -> int:
    """Return the sum of the prints of a batch, as `Pass` does of all of them."""
    return summed(prints(batch))


def summed(prints: torch.Tensor) -> int:
    """Return the sum of prints, of 64 bits: that of the same ones in any order."""
    return int(prints.sum()) % 2**64


def _words(batch: Batch) -> list[torch.Tensor]:
    """Return the bits of each tensor as integers, one row for each sample."""
    found = []
    for part in (*tensors(batch[0]), batch[1]):
        real = torch.view_as_real(part) if part.is_complex() else part
        flat = real.detach().reshape(len(part), -1).contiguous()
        found.append(flat.view(WORDS[flat.element_size()]))
    return found


def _equal(
    batch: list[torch.Tensor], at: torch.Tensor, others: list[torch.Tensor], rows: torch.Tensor
) -> torch.Tensor:
    """Return for pairs of rows, of the batch and of other samples, whether they are the same."""
    same = torch.ones(len(at), dtype=torch.bool, device=at.device)
    for part, other in zip(batch, others, strict=False):
        if part.shape[1:] != other.shape[1:] or part.dtype != other.dtype:
            return torch.zeros_like(same)
        size = max(1, AT_ONCE // max(1, part.shape[1]))
        pairs = zip(torch.split(at, size), torch.split(rows, size), strict=True)
        same &= torch.cat([(part[a] == other[r]).all(dim=1) for a, r in pairs])
    return same


@lru_cache(maxsize=8)
def _factors(count: int) -> torch.Tensor:
    """Return random odd multipliers, (count,), the same ones every time."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(-(2**62), 2**62, (count,), generator=generator) * 2 + 1


def _mixed(values: torch.Tensor) -> torch.Tensor:
    """Spread every bit over all of them (SplitMix64), so that sums tell samples apart."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        values = (values ^ _shifted(values, shift)) * (factor - 2**64)
    mixed: torch.Tensor = values ^ _shifted(values, 31)
    return mixed


def _shifted(values: torch.Tensor, by: int) -> torch.Tensor:
    """Return unsigned values / 2^by."""
    shifted: torch.Tensor = (values >> by) & (2 ** (64 - by) - 1)
    return shifted
