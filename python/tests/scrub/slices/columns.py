"""The activations of one pass, and a model that reads tokens with a mask."""

from typing import Any

import torch
from torch import nn

from lcodec.scrub.slices.activations import Activations
from lcodec.scrub.slices.slices import find_slices
from python.tests.scrub.networks import fill


def activations_of(model: nn.Module, x: torch.Tensor, **options: Any) -> tuple[torch.Tensor, Any]:
    slices, _ = find_slices(model, **options)
    with torch.no_grad(), Activations(model, slices) as activations:
        model(x)
        return activations.take(len(x)), activations.columns


class Masked(nn.Module):
    """Reads tokens with their positions, (b, t, d), and gives the logits of the first."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.positions = nn.Embedding(9, 4), nn.Embedding(6, 4)
        self.body, self.mix = nn.Linear(4, 3), nn.Conv1d(4, 2, 1)
        self.pairs, self.head = nn.Conv1d(4, 2, 2), nn.Linear(3, 2)
        fill(self)

    def forward(
        self, ids: torch.Tensor, attention_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        where = torch.arange(ids.shape[1])[None]  # one row for the whole batch
        x = self.words(ids) + self.positions(where)
        self.mix(x.transpose(1, 2)), self.pairs(x.transpose(1, 2))
        return self.head(self.body(x)[:, 0])


IDS = torch.tensor([[1, 2, 2, 3, 0], [4, 5, 0, 0, 0], [6, 7, 8, 1, 2]])
MASK = (IDS != 0).long()
