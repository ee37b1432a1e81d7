"""A small convolutional network, and adversaries that read attributes off its features."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as loss_of

CHANNELS, FEATURES = 16, 64
STEEP = 10.0  # of how the strength grows to its full value over the training


class Reversal(torch.autograd.Function):
    """The identity, whose gradient is multiplied by -strength.

    References
    ----------
    .. [1] Y. Ganin, V. Lempitsky, "Unsupervised domain adaptation by backpropagation", ICML 2015.
    """

    @staticmethod
    def forward(ctx: Any, features: torch.Tensor, strength: float) -> torch.Tensor:
        """Return the features."""
        ctx.strength = strength
        return features.view_as(features)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Return the reversed gradient."""
        return -ctx.strength * gradients[0], None


def network(side: int) -> nn.Sequential:
    """Return features of images, which are uint8 of shape (n, 3, side, side), and a logit last."""
    small = math.ceil(side / 4)
    return nn.Sequential(
        nn.Conv2d(3, CHANNELS, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(CHANNELS, 2 * CHANNELS, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(2 * CHANNELS * small**2, FEATURES),
        nn.LayerNorm(FEATURES, elementwise_affine=False),
        nn.ReLU(),
        nn.Linear(FEATURES, 1),
    )


def scaled(images: torch.Tensor) -> torch.Tensor:
    """Return images of 0 to 255 as numbers of -2 to 2."""
    return images.float() / 63.75 - 2


@dataclass(frozen=True)
class Training:
    """How a network is trained, by Adam.

    Attributes
    ----------
    epochs, batch_size : int
        Passes over the data, and the samples of a step.
    learning_rate : float
        Of the network.
    adversary_rate : float
        Learning rate of the adversaries: they must follow the features faster than these change.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    adversary_rate: float

    def fit(
        self,
        images: torch.Tensor,
        target: torch.Tensor,
        hidden: torch.Tensor,
        strength: float,
        seed: int,
    ) -> nn.Sequential:
        """Return a network trained against one linear discriminator for each hidden attribute.

        Parameters
        ----------
        images : torch.Tensor of uint8, shape (n, 3, side, side)
            What it sees.
        target : torch.Tensor of float32, shape (n,)
            0 or 1: what it learns.
        hidden : torch.Tensor of float32, shape (n, k)
            0 or 1: what must not be read off its features; k may be 0.
        strength : float
            The lambda of the reversed gradient at the end of the training; it grows from 0.
        seed : int
            Of weights and of the order of the samples.
        """
        count = hidden.shape[1]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = network(images.shape[-1]).to(images.device)
            adversaries = nn.Linear(FEATURES, max(1, count)).to(images.device)
        optimiser = torch.optim.Adam([
            {"params": model.parameters(), "lr": self.learning_rate},
            {"params": adversaries.parameters(), "lr": self.adversary_rate},
        ])  # fmt: skip
        order = torch.Generator().manual_seed(seed)
        batches = [
            batch
            for _ in range(self.epochs)
            for batch in torch.randperm(len(images), generator=order).split(self.batch_size)
        ]
        for step, batch in enumerate(batches):
            chosen = batch.to(images.device)
            features = model[:-1](scaled(images[chosen]))
            loss = loss_of(model[-1](features)[:, 0], target[chosen])
            if count:
                now = strength * (2 / (1 + math.exp(-STEEP * step / len(batches))) - 1)
                read = adversaries(Reversal.apply(features, now))
                loss = loss + count * loss_of(read, hidden[chosen])  # the sum over attributes
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return model.eval()


@torch.no_grad()
def predicted(model: nn.Module, images: torch.Tensor) -> NDArray[np.int8]:
    """Return -1 or 1 for each image."""
    logits = torch.cat([model(scaled(some))[:, 0] for some in images.split(1000)])
    return np.where(logits.cpu().numpy() > 0, 1, -1).astype(np.int8)
