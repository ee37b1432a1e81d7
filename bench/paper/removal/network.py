"""The paper's networks and their training."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from bench.paper.nets import build
from bench.paper.removal.images import Pair
from bench.paper.settings import Config

LOSS = nn.CrossEntropyLoss()
PASS = 2048  # rows of a forward pass over all the data
ACTIVATIONS: dict[str, Any] = {"relu": nn.ReLU, "tanh": nn.Tanh}


def network(
    widths: Sequence[int],
    activation: str = "tanh",
    *,
    bias: bool = True,
    dtype: torch.dtype = torch.float64,
) -> nn.Sequential:
    """Return Linear layers of these widths with an activation between them."""
    layers: list[nn.Module] = []
    for width_in, width_out in itertools.pairwise(widths):
        layers += [nn.Linear(width_in, width_out, bias=bias), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1]).to(dtype)


def untrained(config: Config) -> nn.Module:
    """Return the network of a configuration: one of `nets` by its name, or layers of `widths`."""
    dtype = getattr(torch, config["data"].get("dtype", "float64"))
    if "net" in config:
        return build(**config["net"], dtype=dtype)
    bias = config.get("bias", True)
    return network(config["widths"], config["activation"], bias=bias, dtype=dtype)


@dataclass(frozen=True)
class Training:
    """How a network is trained: SGD, then L-BFGS on all the data until the gradient is small.

    The paper stops after SGD. There the gradient is far from 0, and a Newton step on the retained
    data would be measured by how much it goes on training, not by how much it removes. L-BFGS works
    on the network in evaluation mode, as it is used: its batch normalisation and dropout are fixed.

    Attributes
    ----------
    epochs, batch_size : int
        Passes of SGD over the data, and the samples of a step.
    learning_rate, momentum : float
        Of SGD.
    weight_decay : float
        Coefficient of |w|^2 / 2, beside the mean loss.
    polish : int
        Most iterations of L-BFGS; 0 for none.
    cosine : bool, default True
        Whether the learning rate falls to 0 by a cosine; else it stays.
    smoothing : float, default 0
        Share of each target that is spread over all classes.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    momentum: float
    weight_decay: float
    polish: int
    cosine: bool = True
    smoothing: float = 0.0

    @property
    def loss(self) -> nn.CrossEntropyLoss:
        """Mean loss that is trained on."""
        return nn.CrossEntropyLoss(label_smoothing=self.smoothing)

    def fit(self, model: nn.Module, data: Pair, seed: int) -> nn.Module:
        """Train a model in place, in an order of the samples drawn by `seed`, and return it."""
        with torch.random.fork_rng(devices=[]):  # of dropout
            torch.manual_seed(seed)
            self._descend(model.train(), data, torch.Generator().manual_seed(seed))
        self._polish(model.eval(), data)
        return model

    def _descend(self, model: nn.Module, data: Pair, generator: torch.Generator) -> None:
        optimiser = torch.optim.SGD(
            model.parameters(),
            lr=self.learning_rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, self.epochs))
        for _ in range(self.epochs):
            order = torch.randperm(len(data[0]), generator=generator).to(data[0].device)
            for batch in order.split(self.batch_size):
                if len(batch) == 1 < len(order):
                    continue  # the last sample alone has no variance for batch normalisation
                optimiser.zero_grad()
                self.loss(model(data[0][batch]), data[1][batch]).backward()
                optimiser.step()
            if self.cosine:
                schedule.step()

    def _polish(self, model: nn.Module, data: Pair) -> None:
        """Go on from where `model` is by L-BFGS on all the data."""
        if not self.polish:
            return
        optimiser = torch.optim.LBFGS(
            model.parameters(),
            max_iter=self.polish,
            tolerance_grad=1e-9,
            tolerance_change=0,
            history_size=100,
            line_search_fn="strong_wolfe",
        )

        def objective() -> torch.Tensor:
            optimiser.zero_grad()
            squares = torch.stack([tensor.square().sum() for tensor in model.parameters()]).sum()
            value = self.weight_decay / 2 * squares
            value.backward()
            for inputs, targets in zip(*(part.split(PASS) for part in data), strict=True):
                share = self.loss(model(inputs), targets) * (len(targets) / len(data[1]))
                share.backward()
                value = value.detach() + share.detach()
            return value

        optimiser.step(objective)


@torch.no_grad()
def distance(one: nn.Module, other: nn.Module) -> float:
    """Return the Euclidean distance of two networks' weights."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return float(sum((a - b).double().square().sum() for a, b in pairs)) ** 0.5
