"""What every baseline is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.samples.batches import Batch, Batches
from lcodec.scrub.slices.layers import Block
from lcodec.scrub.slices.slices import FlatParameters, Slice


@dataclass(frozen=True)
class Task:
    """A removal that a baseline is to carry out."""

    model: nn.Module  # in evaluation mode; changed in place
    loss: PerSampleLoss
    retained: Batches
    forget: Batches
    weight_decay: float
    seed: int

    def objective(self) -> Objective:
        """Return the retained objective."""
        return Objective(self.model, self.loss, self.retained, self.weight_decay)

    def trainable(self) -> dict[str, nn.Parameter]:
        """Return the parameters that require a gradient, by name."""
        named = {n: tensor for n, tensor in self.model.named_parameters() if tensor.requires_grad}
        if not named:
            checks.fail("frozenModel", "`model` must have a parameter that requires a gradient")
        return named

    def whole(self) -> FlatParameters:
        """Return all trainable parameters as one vector, those of no slice among them."""
        return FlatParameters(
            self.model,
            [
                Slice(name, "", 0, ((name, Block(0, width=tensor.numel())),))
                for name, tensor in self.trainable().items()
            ],
        )

    def epochs(self, count: int) -> Iterator[Batch]:
        """Yield retained batches, `count` times over, in random order where rows have numbers."""
        generator = torch.Generator().manual_seed(self.seed)
        samples = self.retained.samples
        for _ in range(count):
            if samples is None:
                yield from self.retained
            else:
                order = torch.randperm(samples, generator=generator)
                yield from self.retained.only(order.tolist())

    def epoch(self, number: int) -> Iterator[Batch]:
        """Yield the retained batches once, in an order of the epoch of that number."""
        return replace(self, seed=self.seed + number).epochs(1)
