"""A small task, a model trained on it and one that gives the same logits for every input."""

import torch
from torch import nn

from python.tests.scrub.networks import fill, normal


class Constant(nn.Module):
    """The same logits for every input."""

    def __init__(self, probabilities):
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(probabilities, dtype=torch.float64).log())

    def forward(self, x):
        return self.logits.expand(len(x), -1)


def trained(data, seed=0):
    model = fill(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)), seed=seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, weight_decay=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data[0]), data[1]).backward()
        optimizer.step()
    return model


def task(n=90, seed=0):
    x = normal(n, 4, seed=seed)
    return x, (x[:, :3] + 0.3 * normal(n, 3, seed=seed + 1)).argmax(1)
