"""Influences of slices whose parameters no call of a layer shows, copy by copy.

The mean over the samples of a copy is all that is recorded, so that one backward pass through the
whole model serves all of them; of few samples, many copies are taken at a time, where that works.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import torch
from torch import nn

from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.samples.inputs import Inputs, take
from lcodec.scrub.slices.slices import Slice
from lcodec.scrub.slices.through import Through

NUMBERS = 2**23  # of gradients that are held at once
SHARED = 10  # samples of a copy from which on one pass for all is no slower than rows of each


class Unseen:
    """Influence of the slices whose parameters no call of a layer shows.

    Slices that overlap in such parameters, because layers are tied, have equal parts of what these
    do: all of them add up to the whole.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode: rows of a batch must not influence each other.
    loss : PerSampleLoss
        Loss of one sample.
    slices : sequence of Slice
        Slices of the model.
    hidden : collection of str
        Names of the parameters that calls do not show.
    direction : mapping of str to torch.Tensor, or None
        Direction v, by parameter name, 0 for parameters that it does not name; None to find out
        only which slices are used.

    Attributes
    ----------
    positions : set of int
        Positions of the slices.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: PerSampleLoss,
        slices: Sequence[Slice],
        hidden: Collection[str],
        direction: Mapping[str, torch.Tensor] | None,
    ) -> None:
        self._loss, self._count = loss, len(slices)
        self._own = _touched(slices, hidden)
        self.positions = set(self._own)
        self._through = Through(model, {name for names in self._own.values() for name in names})
        self._direction = direction is not None
        self._shares = {} if direction is None else self._shared(slices, direction)
        self._used: set[str] | None = None

    @property
    def used(self) -> tuple[int, ...]:
        """Positions of the slices that the outputs of the first pass depended on, in order."""
        used = self._used or set()
        return tuple(position for position, names in self._own.items() if names & used)

    def _shared(
        self, slices: Sequence[Slice], direction: Mapping[str, torch.Tensor]
    ) -> dict[str, tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Return entries of each parameter, their slices, and the direction divided among these."""
        blocks: dict[str, list[tuple[int, torch.Tensor]]] = {}
        for position in self._own:
            for name, where in slices[position].entries:
                if name in direction:
                    blocks.setdefault(name, []).append((position, where))
        found = {}
        for name, parts in blocks.items():
            v = direction[name].detach().double().reshape(-1)
            where = torch.cat([entries for _, entries in parts])
            owner = torch.cat([torch.full_like(entries, position) for position, entries in parts])
            among = torch.bincount(where)[where]
            where, owner, among = (part.to(v.device) for part in (where, owner, among))
            found[name] = where, owner, v[where] / among
        return found

    def take(
        self, copy: torch.Tensor, inputs: Inputs, outputs: torch.Tensor, targets: torch.Tensor
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield copies, (c,), and influences summed over samples of theirs, (c, number of slices).

        Without a direction, and without such slices, nothing.

        Parameters
        ----------
        copy : torch.Tensor of int64, shape (b,)
            Which copy each row is.
        inputs : tensor, tuple or mapping of tensors, shape (b, ...)
            A batch.
        outputs : torch.Tensor, shape (b, ...)
            What the model makes of it.
        targets : torch.Tensor, shape (b, ...)
            Its targets.
        """
        if not self._own or (self._used is not None and not (self._direction and self._used)):
            return
        leaf = outputs.detach().requires_grad_()
        with torch.enable_grad():
            losses = self._loss.total(leaf, targets)
        weights = torch.autograd.grad(losses, leaf)[0]
        if self._used is None:
            self._used = set(self._through.pull(self._through.outputs(inputs), weights))
            if not (self._direction and self._used):
                return
        copies = torch.unique(copy)
        if len(copy) < SHARED * len(copies) and self._through.at_once(inputs):
            for taken, slopes in self._through.rows(inputs, weights.flatten(1)[None], NUMBERS):
                yield copy[taken], self._by_slice({n: part[:, 0] for n, part in slopes.items()})
            return
        for one in copies:
            some = (copy == one).nonzero()[:, 0]
            slopes = self._through.pull(
                self._through.outputs(take(inputs, some)), weights[some.to(weights.device)]
            )
            yield one[None], self._by_slice({name: part[None] for name, part in slopes.items()})

    def _by_slice(self, slopes: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return the influences, (b, number of slices), from gradients (b, ...) of losses."""
        rows = len(next(iter(slopes.values()))) if slopes else 1
        total = next(iter(self._shares.values()))[2].new_zeros(rows, self._count)
        for name, (where, owner, shares) in self._shares.items():
            if name in slopes:
                parts = slopes[name].reshape(rows, -1)[:, where].double() * shares
                total.index_add_(1, owner, parts)
        return total


def _touched(slices: Sequence[Slice], hidden: Collection[str]) -> dict[int, set[str]]:
    """Return what the slices hold that have these parameters, or others of such slices."""
    names = [{name for name, _ in one.blocks} for one in slices]
    found, before = set(hidden), -1
    while len(found) > before:
        before = len(found)
        for own in names:
            if own & found:
                found |= own
    return {position: own for position, own in enumerate(names) if own & found}
