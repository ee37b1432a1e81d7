"""Small networks and data that several tests use."""

import torch
from torch import nn


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def labels(n, classes, seed=0):
    return torch.randint(classes, (n,), generator=generator(seed))


def fill(model, seed=0, scale=0.5):
    """Give every parameter reproducible values, in float64."""
    model.double()
    source = generator(seed)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.copy_(scale * torch.randn(tensor.shape, generator=source, dtype=torch.float64))
    return model


def conv_net():
    """Two convolutions, the second grouped, and a classifier: 6 + 4 + 3 slices."""
    return fill(
        nn.Sequential(
            nn.Conv2d(1, 6, 3),
            nn.Tanh(),
            nn.Conv2d(6, 4, 2, groups=2),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(16, 3),
        )
    )


def conv_data(n=40, seed=0):
    return normal(n, 1, 5, 5, seed=seed), labels(n, 3, seed=seed)


class Twice(nn.Module):
    """One Linear called twice, then a head."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 3)
        fill(self)

    def forward(self, x):
        return self.head(torch.tanh(self.body(torch.tanh(self.body(x)))))
