"""One removal as its formulas read (Mehta, Pal, Singh & Ravi, CVPR 2022): the baseline of a timing.

One forward pass per perturbation (batch of one), hooks that copy every activation, LFOCI with one
neighbour search per candidate and step (`bench.speed.tools.naive`), gradients over the retained
data sample by sample, and a curvature that is a sum of dense d x d matrices of rank one, inverted
by `inv`. The mathematics is that of `lcodec.scrub`, so both give the same weights; only the way
there differs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bench.speed.tools import naive
from lcodec.random.jitter import jitter
from lcodec.random.philox import FEATURES, RESPONSE
from lcodec.scrub.selection.copies import GaussianNoise, perturbed_batches

Pair = tuple[torch.Tensor, torch.Tensor]
Unit = tuple[str, int]  # layer and output unit
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass
class Naive:
    """Remove one sample from a network of Linear layers.

    Attributes
    ----------
    model : torch.nn.Module
        Changed in place by `remove`.
    loss : callable
        Mean loss of a batch.
    retained : (inputs, targets)
        The data to keep.
    weight_decay, damping, perturbations, noise, sigma, seed
        As in `lcodec.scrub.Scrubber`.
    curvature : {"secant", "fisher"}
        One matrix of rank one from a difference of gradients, or one per retained sample.
    curvature_samples : int, optional
        How many of the retained samples, the first, "fisher" uses; None for all.
    batch : int, default 1
        Samples per gradient.
    seconds : dict of str to float
        Seconds of each stage of the last removal.
    """

    model: nn.Module
    loss: Loss
    retained: Pair
    weight_decay: float = 0.0
    damping: float = 0.01
    perturbations: int = 1000
    noise: float = 0.1
    sigma: float = 0.01
    curvature: str = "secant"
    curvature_samples: int | None = None
    batch: int = 1
    seed: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.curvature not in ("fisher", "secant"):
            raise ValueError(f"`curvature` must be 'fisher' or 'secant', got {self.curvature!r}")

    def remove(self, sample: Pair) -> list[Unit]:
        """Forget one sample, a batch of one, and return the (layer, unit) that were changed."""
        self.seconds.clear()
        with self._stage("record"):
            activations, units, losses = self._record(sample)
        with self._stage("select"):
            chosen = [units[column] for column in self._select(activations, losses)]
        entries = self._entries(chosen)
        with self._stage("gradient"):
            gradient = self._gradient()[entries]
        with self._stage("curvature"):
            matrix = self._matrix(entries, gradient)
        with self._stage("solve"):
            inverse = np.linalg.inv(matrix + self.damping * np.eye(len(entries)))
            self._move(entries, -inverse @ gradient)
        with self._stage("check"):
            self._gradient()
        return chosen

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start

    def _layers(self) -> dict[str, nn.Module]:
        return {n: m for n, m in self.model.named_modules() if isinstance(m, nn.Linear)}

    def _record(self, sample: Pair) -> tuple[NDArray[np.float64], list[Unit], list[float]]:
        seen: dict[str, NDArray[np.float64]] = {}

        def keep(name: str) -> Callable[..., None]:
            def hook(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
                seen[name] = output[0].double().numpy()

            return hook

        layers = self._layers()
        hooks = [layer.register_forward_hook(keep(name)) for name, layer in layers.items()]
        copies = perturbed_batches(
            sample[0],
            GaussianNoise(self.noise),
            copies=self.perturbations,
            seed=self.seed,
            batch_size=1,
        )
        rows, losses = [], []
        with torch.no_grad():
            for _, _, copy in copies:
                outputs = self.model(copy)
                losses.append(self.loss(outputs.double(), sample[1]).item())
                rows.append(np.concatenate([seen[name] for name in layers]))
        for hook in hooks:
            hook.remove()
        units = [(name, unit) for name in layers for unit in range(len(seen[name]))]
        return np.array(rows), units, losses

    def _select(self, activations: NDArray[np.float64], losses: list[float]) -> list[int]:
        """FOCI after LFOCI's noise; columns in units of their standard deviation."""
        varying = np.flatnonzero(np.ptp(activations, axis=0) > 0)
        columns, response = activations.T, np.array(losses)[None]
        columns = jitter(
            columns,
            self.sigma * columns.std(axis=1, ddof=1),
            draw=0,
            purpose=FEATURES,
            seed=self.seed,
        )
        response = jitter(
            response,
            self.sigma * response.std(axis=1, ddof=1),
            draw=0,
            purpose=RESPONSE,
            seed=self.seed,
        )
        columns[varying] /= columns[varying].std(axis=1, ddof=1, keepdims=True)
        return naive.foci(columns.T, response[0], varying.tolist())

    def _entries(self, chosen: list[Unit]) -> NDArray[np.int64]:
        """Positions of the chosen units in the vector of all parameters."""
        start, found = 0, []
        for name, tensor in self.model.named_parameters():
            layer = name.rpartition(".")[0]
            place = np.arange(start, start + tensor.numel()).reshape(len(tensor), -1)
            found += [place[unit] for of, unit in chosen if of == layer]
            start += tensor.numel()
        return np.concatenate(found)

    def _gradient(self) -> NDArray[np.float64]:
        """Gradient of mean loss + wd/2 |w|^2 over the retained data, for all parameters."""
        inputs, targets = self.retained
        total = np.zeros(sum(tensor.numel() for tensor in self.model.parameters()))
        for start in range(0, len(inputs), self.batch):
            some = slice(start, start + self.batch)
            total += self._of(inputs[some], targets[some]) * len(inputs[some])
        return total / len(inputs) + self.weight_decay * self._vector()

    def _of(self, inputs: torch.Tensor, targets: torch.Tensor) -> NDArray[np.float64]:
        self.model.zero_grad()
        self.loss(self.model(inputs), targets).backward()
        parts = [tensor.grad.flatten() for tensor in self.model.parameters()]
        return torch.cat(parts).double().numpy()

    def _vector(self) -> NDArray[np.float64]:
        parts = [tensor.detach().flatten() for tensor in self.model.parameters()]
        return torch.cat(parts).double().numpy()

    def _matrix(
        self, entries: NDArray[np.int64], gradient: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        if self.curvature == "secant":
            return self._secant(entries, gradient)
        inputs, targets = (part[: self.curvature_samples] for part in self.retained)
        total = self.weight_decay * np.eye(len(entries))
        for number in range(len(inputs)):
            one = self._of(inputs[number : number + 1], targets[number : number + 1])[entries]
            total += np.outer(one, one) / len(inputs)
        return total

    def _secant(
        self, entries: NDArray[np.int64], gradient: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return y y' / y's for a short step s along the gradient, half of it to either side."""
        epsilon = torch.finfo(next(self.model.parameters()).dtype).eps
        length = epsilon ** (1 / 3) * (1 + np.linalg.norm(self._vector()[entries]))
        half = gradient * (length / 2 / np.linalg.norm(gradient))
        places, slopes, start = [], [], self._vector()[entries]
        for target in (start + half, start - half):
            self._move(entries, target - self._vector()[entries])
            places.append(self._vector()[entries])
            slopes.append(self._gradient()[entries])
        self._move(entries, start - self._vector()[entries])
        step, change = places[0] - places[1], slopes[0] - slopes[1]
        change -= self.weight_decay * step
        secant = np.outer(change, change) / (change @ step)
        return secant + self.weight_decay * np.eye(len(entries))

    @torch.no_grad()
    def _move(self, entries: NDArray[np.int64], step: NDArray[np.float64]) -> None:
        vector = self._vector()
        vector[entries] += step
        nn.utils.vector_to_parameters(
            torch.from_numpy(vector).to(next(self.model.parameters())), self.model.parameters()
        )
