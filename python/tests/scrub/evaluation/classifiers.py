"""A small task, a model trained on it and one that gives the same logits for every input."""

from collections.abc import Sequence

import torch
from torch import nn

from python.tests.scrub.networks import fill, normal


class Constant(nn.Module):
    """The same logits for every input."""

    def __init__(self, probabilities: Sequence[float]) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(probabilities, dtype=torch.float64).log())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(len(x), -1)


def trained(data: tuple[torch.Tensor, torch.Tensor], seed: int = 0) -> nn.Sequential:
    model = fill(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)), seed=seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, weight_decay=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data[0]), data[1]).backward()
        optimizer.step()
    return model


def task(n: int = 90, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    x = normal(n, 4, seed=seed)
    return x, (x[:, :3] + 0.3 * normal(n, 3, seed=seed + 1)).argmax(1)
