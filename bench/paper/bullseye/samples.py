"""The bullseye data: radii that cause one another, each seen as a point of space."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bench.paper.bullseye.graph import FEATURES
from bench.paper.runs import checksum
from bench.paper.settings import Config

Array = NDArray[np.float64]
NOISE = 0.075


@dataclass(frozen=True)
class Sample:
    """One draw.

    Attributes
    ----------
    radii : mapping of int to numpy.ndarray, shape (n, 1)
        By the number of the feature.
    points : mapping of int to numpy.ndarray, shape (n, 3)
        The radius times a random direction, each coordinate standardised.
    y : numpy.ndarray, shape (n,)
        The response.
    """

    radii: dict[int, Array]
    points: dict[int, Array]
    y: Array


def draw(rows: int, seed: int) -> Sample:
    """Draw a sample of so many rows."""
    rng = np.random.default_rng(seed)

    def noise() -> Array:
        return rng.uniform(-NOISE, NOISE, rows)

    inner, outer = rng.uniform(0.25, 0.5, rows), rng.uniform(0.75, 1.0, rows)
    first = np.where(rng.random(rows) < 0.5, inner, outer)
    second, third = first + noise(), first + noise()
    fourth = third + noise()
    fifth = (second + fourth) / 2 + noise()
    y = (third + fifth) / 2 + noise()
    sixth = (fourth + y) / 2 + noise()
    radii = dict(zip(FEATURES, (first, second, third, fourth, fifth, sixth), strict=True))
    points = {}
    for feature, radius in radii.items():
        direction = rng.standard_normal((rows, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        placed = radius[:, None] * direction
        points[feature] = (placed - placed.mean(axis=0)) / placed.std(axis=0)
    return Sample({feature: radius[:, None] for feature, radius in radii.items()}, points, y)


def learned(sample: Sample, other: Sample, seed: int) -> dict[int, Array]:
    """Return each point mapped to a number, by a small network that predicts y from it.

    The networks are trained on another sample, `other`.
    """
    return {
        feature: _map(other.points[feature], other.y, sample.points[feature], seed)
        for feature in FEATURES
    }


def _map(points: Array, y: Array, new: Array, seed: int) -> Array:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 1)).double()
    inputs, targets = torch.from_numpy(points), torch.from_numpy(y)[:, None]
    targets = (targets - targets.mean()) / targets.std()
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(300):
        optimiser.zero_grad()
        nn.functional.mse_loss(net(inputs), targets).backward()
        optimiser.step()
    with torch.no_grad():
        mapped: Array = net(torch.from_numpy(new)).numpy()
    return mapped


@dataclass(frozen=True)
class Generated:
    """What the runs are drawn from, for the account."""

    sha256: str
    source: str = "generated: the bullseye of the paper"


def load(folder: Path | None, config: Config) -> Generated:
    """Return what tells one generator from another: the hash of its first draw.

    Raises
    ------
    ValueError
        Where a folder is given: there are no files.
    """
    if folder is not None:
        raise ValueError(f"--data must be left out: bullseye is generated, got {folder}")
    first = draw(10, 0)
    return Generated(checksum([*first.points.values(), first.y]))
