"""Small tasks and what autograd says of them."""

from typing import Any

import torch
from torch import nn

from lcodec.scrub import baselines
from lcodec.scrub.baselines.task import Task
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.samples.batches import Batches
from python.tests.scrub.networks import fill, labels, normal

CROSS, SQUARED = nn.CrossEntropyLoss(), nn.MSELoss()
CHEAP = [name for name in baselines.METHODS if name != "retrain"]


def vector(model: nn.Module) -> torch.Tensor:
    return torch.cat([tensor.detach().flatten() for tensor in model.parameters()])


def mlp(seed: int = 0) -> nn.Sequential:
    return fill(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)), seed=seed)


def task_of(
    model: nn.Module,
    loss: nn.Module,
    keep: Any,
    forget: Any = None,
    decay: float = 0.0,
    seed: int = 0,
) -> Task:
    retained = Batches(keep, model, 256, "retained")
    forgotten = Batches(forget or keep, model, 256, "forget")
    return Task(model, PerSampleLoss(loss), retained, forgotten, decay, seed)


KEEP = normal(40, 4), labels(40, 3)
FORGET = normal(6, 4, seed=5), labels(6, 3, seed=5)


def ridge(x: torch.Tensor, y: torch.Tensor, decay: float) -> torch.Tensor:
    design = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)
    matrix = 2 / (len(x) * y.shape[1]) * design.T @ design
    matrix = matrix + decay * torch.eye(len(matrix), dtype=x.dtype)
    return torch.linalg.solve(matrix, 2 / (len(x) * y.shape[1]) * design.T @ y).T  # (o, i + 1)
