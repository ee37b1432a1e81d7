"""The same Newton step for every selection, from one curvature matrix of all slices.

The matrix of a selection is a block of the matrix of all slices, and the Gauss-Newton matrix of
the retained data is that of all data without the share of the forgotten. So it is summed once per
network, and a selection costs one factorisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.func import jacrev, vmap

from bench.scrub.tasks import WEIGHT_DECAY, Task, draw, load, trained, value_and_gradient
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.inputs import Inputs, split, take
from lcodec.scrub.slices.slices import FlatParameters, find_slices

DAMPING = 1e-3


class Network:
    """A trained network, its slices and the Gauss-Newton matrix of all training data."""

    def __init__(self, data: Task, vector: np.ndarray[Any, Any], seed: int) -> None:
        self.data, self.vector = data, vector
        self.model = load(draw(data, seed), vector).eval()
        self._moved = load(draw(data, seed), vector).eval()
        self.slices = find_slices(self.model)[0]
        self._flat = FlatParameters(self.model, self.slices)
        self.where = self._places()
        self.cost = np.array([len(places) for places in self.where])
        self._square = self._gauss_newton(torch.arange(len(data.targets)))

    def _places(self) -> list[torch.Tensor]:
        """Return where each slice lies in the vector of the parameters to train."""
        numbers, start = {}, 0
        for name, tensor in trained(self.model).items():
            numbers[name] = torch.arange(start, start + tensor.numel())
            start += tensor.numel()
        self.covered = self._flat.gather(numbers)
        return [
            torch.cat([numbers[name][places] for name, places in one.entries])
            for one in self.slices
        ]

    def _gauss_newton(self, index: torch.Tensor) -> torch.Tensor:
        """Return the sum of J'AJ over samples, by rows R = A^(1/2) J."""
        total = torch.zeros(len(self.covered), len(self.covered), dtype=torch.float64)
        vector = self._flat.read()

        def outputs(w: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
            return run(self.model, x[None], self._flat.merge(w))[0]

        def by_row(part: Inputs) -> torch.Tensor:
            if isinstance(part, torch.Tensor):
                return vmap(jacrev(outputs), (None, 0))(vector, part)
            # The masks of transformers look at values, which vmap does not allow.
            return torch.stack([jacrev(self._one)(vector, one) for one in split(part, 1)])

        for part in split(take(self.data.inputs, index), 64):
            with torch.no_grad():
                p = run(self.model, part).softmax(dim=1)
                jacobian = by_row(part)
                rows = jacobian - (p[:, :, None] * jacobian).sum(dim=1, keepdim=True)
                rows = (p.sqrt()[:, :, None] * rows).flatten(0, 1)
                total.addmm_(rows.T, rows)
        return total

    def _one(self, vector: torch.Tensor, sample: Inputs) -> torch.Tensor:
        return run(self.model, sample, self._flat.merge(vector))[0]

    def at(self, vector: np.ndarray[Any, Any]) -> nn.Module:
        """Return the network with other parameters, until the next call."""
        return load(self._moved, vector)

    def removal(self, forget: torch.Tensor, keep: torch.Tensor) -> Step:
        """Return the step that removes samples."""
        square = (self._square - self._gauss_newton(forget)) / len(keep)
        square.diagonal().add_(WEIGHT_DECAY)
        return Step(self, keep, square)


class Step:
    """Newton steps on the retained data, for one removal."""

    def __init__(self, network: Network, keep: torch.Tensor, curvature: torch.Tensor) -> None:
        self._network, self._curvature = network, curvature
        self._inputs, self._targets = take(network.data.inputs, keep), network.data.targets[keep]
        self._value, gradient = self._objective(network.vector)
        self.gradient = torch.as_tensor(gradient)
        self._place = torch.zeros(len(network.vector), dtype=torch.int64)
        self._place[network.covered] = torch.arange(len(network.covered))

    def _objective(self, vector: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        return value_and_gradient(self._network.at(vector), self._inputs, self._targets)

    def by_name(self) -> dict[str, torch.Tensor]:
        """Return the retained gradient by parameter name."""
        parts, start = {}, 0
        for name, tensor in trained(self._network.model).items():
            parts[name] = self.gradient[start : start + tensor.numel()].reshape(tensor.shape)
            start += tensor.numel()
        return parts

    def decrease(self, one: int) -> float:
        """Return g'(H + damping)^-1 g of one slice: twice the decrease its own step promises."""
        where = self._network.where[one]
        return float(self.gradient[where] @ self._solve(where, DAMPING))

    def take(self, chosen: Sequence[int]) -> tuple[np.ndarray[Any, Any], float]:
        """Return the parameters after the step, and the retained gradient's after / before.

        As in the package, a step that would raise the retained objective is damped until it does
        not: tenfold, and at least by a hundredth of the mean diagonal.
        """
        where = torch.cat([self._network.where[one] for one in chosen])
        rows = self._place[where]
        floor = 1e-2 * float(self._curvature.diagonal()[rows].mean())
        damping = DAMPING
        while True:
            moved = self._network.vector.copy()
            moved[where.numpy()] -= self._solve(where, damping).numpy()
            value, gradient = self._objective(moved)
            if value <= self._value + 2e-16 * max(1.0, abs(self._value)):
                return moved, float(np.linalg.norm(gradient)) / float(self.gradient.norm())
            damping = max(10 * damping, floor)

    def _solve(self, where: torch.Tensor, damping: float) -> torch.Tensor:
        rows = self._place[where]
        block = self._curvature[rows[:, None], rows]
        block.diagonal().add_(damping)
        factor = torch.linalg.cholesky(block)
        return torch.cholesky_solve(self.gradient[where][:, None], factor)[:, 0]
