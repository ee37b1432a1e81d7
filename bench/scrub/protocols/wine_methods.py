"""The network of the protocol on wine: how it is trained, and what removes samples from it."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.func import functional_call, grad, jacrev, vjp, vmap
from torch.nn.functional import cross_entropy
from torch.nn.utils import parameters_to_vector

from lcodec import LcodecWarning
from lcodec.scrub import Scrubber

EPOCHS, BATCH, RATE, DECAY = 40, 64, 0.01, 0.005
HIDDEN = 16
DAMPING = 0.01
Data = tuple[torch.Tensor, torch.Tensor]


@dataclass
class Trained:
    """A network and the way it was trained.

    Attributes
    ----------
    model : torch.nn.Module
        The network.
    path : list of (torch.Tensor, torch.Tensor)
        Weights (p,) before each step, and the samples of its batch.
    """

    model: nn.Module
    path: list[tuple[torch.Tensor, torch.Tensor]]


def train(data: Data, seed: int, gone: torch.Tensor, *, whole: bool = False) -> Trained:
    """Train a perceptron of 16 hidden units; batches lose the samples `gone`, bool (n,).

    With `whole` the losses of those left are divided by the number in the whole batch.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(13, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 3)).double()
    order, path = torch.Generator().manual_seed(seed), []
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE, weight_decay=DECAY)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(data[1]), generator=order).split(BATCH):
            kept = batch[~gone[batch]]
            path.append((parameters_to_vector(model.parameters()).detach().clone(), kept))
            optimiser.zero_grad()
            loss = cross_entropy(model(data[0][kept]), data[1][kept])
            (loss * (len(kept) / len(batch) if whole else 1)).backward()
            optimiser.step()
    return Trained(model, path)


class Objective:
    """Losses of some samples as functions of the weights (p,), without weight decay."""

    def __init__(self, model: nn.Module, data: Data) -> None:
        self._model, self._data = model, data
        self._shapes = {name: part.shape for name, part in model.named_parameters()}

    def loss(self, weights: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Return the mean loss on some samples."""
        parts = weights.split([shape.numel() for shape in self._shapes.values()])
        named = {n: p.view(s) for (n, s), p in zip(self._shapes.items(), parts, strict=True)}
        return cross_entropy(
            functional_call(self._model, named, (self._data[0][rows],)), self._data[1][rows]
        )

    def slopes(self, weights: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Return the gradient of each sample, (rows, p)."""
        return vmap(lambda row: grad(self.loss)(weights, row[None]))(rows)

    def curvature(self, weights: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Return the Hessian of the mean loss, (p, p), with weight decay and damping."""
        found = jacrev(grad(self.loss))(weights, rows)
        return found + (DECAY + DAMPING) * torch.eye(len(weights), dtype=weights.dtype)


def recollected(objective: Objective, trained: Trained, count: int) -> torch.Tensor:
    """Return by how much the weights would differ without each sample, to first order: (n, p).

    Each step of SGD maps what differs before it by I - rate (H + decay), H the Hessian of its
    batch, and adds rate / batch times the gradient of the sample where the batch has it.

    References
    ----------
    Qiao, Zhang, Tang, Wei: Hessian-Free Online Certified Unlearning, ICLR 2025.
    """
    found = torch.zeros(count, len(trained.path[0][0]), dtype=torch.float64)
    for weights, batch in trained.path:
        _, pull = vjp(lambda at, batch=batch: grad(objective.loss)(at, batch), weights)
        (products,) = vmap(pull)(found)  # the Hessian is symmetric
        found = found - RATE * (products + DECAY * found)
        found[batch] += RATE / len(batch) * objective.slopes(weights, batch)
    return found


@dataclass(frozen=True)
class Removal:
    """What a method is given: the network, all data, and what is forgotten, bool (n,)."""

    trained: Trained
    data: Data
    gone: torch.Tensor
    seed: int

    @property
    def objective(self) -> Objective:
        """The losses of all samples."""
        return Objective(self.trained.model, self.data)

    @property
    def weights(self) -> torch.Tensor:
        """Weights (p,) of the network."""
        return parameters_to_vector(self.trained.model.parameters()).detach()


Prepared = Callable[[], torch.Tensor]
"""Returns the weights after the removal; what could be done before it is done."""


def nothing(given: Removal) -> Prepared:
    """Leave the network as it is."""
    return lambda: given.weights


def hessian_free(given: Removal) -> Prepared:
    """Add what was recollected of the samples during training."""
    known = recollected(given.objective, given.trained, len(given.gone))
    return lambda: given.weights + known[given.gone].sum(0)


def newton(given: Removal) -> Prepared:
    """Take a Newton step on the retained data, after Sekhari et al. 2021."""
    objective, weights = given.objective, given.weights
    kept, gone = (torch.nonzero(each)[:, 0] for each in (~given.gone, given.gone))

    def step() -> torch.Tensor:
        slope = objective.slopes(weights, gone).sum(0) / len(kept)
        return weights + torch.linalg.solve(objective.curvature(weights, kept), slope)

    return step


def jackknife(given: Removal) -> Prepared:
    """Take a step with the inverse Hessian of all data, kept, after Suriyakumar & Wilson 2022."""
    objective, weights = given.objective, given.weights
    every = torch.arange(len(given.gone))
    inverse = torch.linalg.inv(objective.curvature(weights, every))

    def step() -> torch.Tensor:
        slope = objective.slopes(weights, every[given.gone]).sum(0) / len(every)
        return weights + inverse @ slope

    return step


def scrub(given: Removal, **options: Any) -> Prepared:
    """Remove by `Scrubber`."""
    model = copy.deepcopy(given.trained.model)
    scrubber = Scrubber(
        model, nn.CrossEntropyLoss(), given.data, weight_decay=DECAY, seed=given.seed,
        progress=False, **options,
    )  # fmt: skip

    def step() -> torch.Tensor:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LcodecWarning)
            scrubber.remove(torch.nonzero(given.gone)[:, 0].tolist())
        return parameters_to_vector(model.parameters()).detach()

    return step


METHODS: dict[str, Callable[[Removal], Prepared]] = {
    "nothing done": nothing,
    "Hessian-free (Qiao et al.)": hessian_free,
    "Newton (Sekhari et al.)": newton,
    "infinitesimal jackknife": jackknife,
    "LFOCI (default)": scrub,
    "all slices": lambda given: scrub(given, select="all"),
}
