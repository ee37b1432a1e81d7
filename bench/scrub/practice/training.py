"""Training as in practice, and again without some samples: same seed, same order of batches.

A batch keeps its place; the removed rows are left out of it. Shifts of images belong to the row
and the epoch, and a network with dropout runs the whole batch and leaves the removed rows out of
its mean, so that chance is the same for both.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn
from torch.nn.functional import pad

from bench.scrub.practice.data import Data
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.inputs import Inputs, take

LEAST = 2  # rows in a batch, for the statistics of BatchNorm


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    optimizer: Literal["adam", "adamw", "sgd"]
    learning_rate: float
    epochs: int
    batch: int
    weight_decay: float = 0.0
    cosine: bool = False
    shift: bool = False  # images by up to a pixel
    dropout: bool = False
    patience: int | None = None  # epochs without a better loss on the rows held back

    @property
    def penalty(self) -> float:
        """Weight decay as a part of the objective; AdamW's is none."""
        return self.weight_decay if self.optimizer == "sgd" else 0.0


def train(
    network: Callable[[], nn.Module],
    loss: nn.Module,
    recipe: Recipe,
    data: Data,
    keep: torch.Tensor,
    seed: int,
) -> nn.Module:
    """Return the network trained on the rows that the mask `keep` has."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = network().train()
        generator = torch.Generator().manual_seed(seed)
        optimizer = _optimizer(recipe, model)
        places = -(-data.count // recipe.batch) * recipe.epochs
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, places)
        best, state, since = float("inf"), None, 0
        for _ in range(recipe.epochs):
            order = torch.randperm(data.count, generator=generator)
            shifts = torch.randint(0, 3, (data.count, 2), generator=generator)
            for index in torch.split(order, recipe.batch):
                _step(model, loss, recipe, data, keep, index, shifts, optimizer)
                if recipe.cosine:
                    schedule.step()
            if recipe.patience is None:
                continue
            now = _held_loss(model, loss, data)
            since = 0 if now < best else since + 1
            if now < best:
                best, state = now, copy.deepcopy(model.state_dict())
            if since >= recipe.patience:
                break
        if state is not None:
            model.load_state_dict(state)
    return model.eval()


def _optimizer(recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    options: dict[str, Any] = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay}
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), momentum=0.9, **options)
    kind = torch.optim.Adam if recipe.optimizer == "adam" else torch.optim.AdamW
    return kind(model.parameters(), **options)


def _step(
    model: nn.Module,
    loss: nn.Module,
    recipe: Recipe,
    data: Data,
    keep: torch.Tensor,
    index: torch.Tensor,
    shifts: torch.Tensor,
    optimizer: torch.optim.Optimizer,
) -> None:
    kept = keep[index]
    if int(kept.sum()) < LEAST:
        return
    if not recipe.dropout:
        index, kept = index[kept], kept[kept]
    inputs, targets = data.rows(index)
    if recipe.shift:
        inputs = shifted(inputs, shifts[index])
    outputs = run(model, inputs)
    value = loss(outputs[kept], targets[kept])
    optimizer.zero_grad(set_to_none=True)
    value.backward()
    optimizer.step()


def shifted(inputs: Inputs, by: torch.Tensor) -> torch.Tensor:
    """Move images (b, c, h, w) by -1, 0 or 1 pixels, (b, 2) from 0 to 2; what comes in is 0."""
    assert isinstance(inputs, torch.Tensor)
    high, wide = inputs.shape[2:]
    around, moved = pad(inputs, (1, 1, 1, 1)), torch.empty_like(inputs)
    for down in range(3):
        for right in range(3):
            rows = (by[:, 0] == down) & (by[:, 1] == right)
            moved[rows] = around[rows, :, down : down + high, right : right + wide]
    return moved


@torch.no_grad()
def _held_loss(model: nn.Module, loss: nn.Module, data: Data) -> float:
    assert data.held is not None
    model.eval()
    value = float(loss(run(model, take(data.held[0], slice(None))), data.held[1]))
    model.train()
    return value
