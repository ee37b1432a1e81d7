"""A network, the data that it is trained on, and which of them are to be removed together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from bench.paper.journal import Record
from bench.paper.removal.images import Images
from bench.paper.removal.network import LOSS, Training, untrained
from bench.paper.settings import Config
from lcodec.scrub.samples.inputs import Inputs, apply, rows, take

Pair = tuple[Inputs, torch.Tensor]
MISLABELLED = 20
BATCH = 2048


@dataclass(frozen=True)
class Task:
    """What is trained and removed; samples are named by their positions in the training set.

    Attributes
    ----------
    train, test : (inputs, targets)
        Inputs are a tensor, or a mapping or tuple of tensors, with one row per sample.
    model : callable
        `model(seed)` returns the network with the weights that training starts from.
    fit : callable
        `fit(model, pair, seed)` trains it in place and returns it.
    loss : torch.nn.Module
        Mean loss.
    weight_decay : float
        Coefficient of |w|^2 / 2 in the objective.
    groups : mapping of str to list of int
        Samples that belong together, such as a class or those with a wrong label.
    perturb : callable or "auto"
        As the option of `Scrubber`.
    watch : callable, optional
        `watch(model, gone)` returns what else is measured after every removal.
    compared : bool, default True
        Whether models are compared with refits by `measures.measured`, for which targets are
        classes.
    enough : callable, optional
        `enough(record)` returns whether that removal ends the sequence of its method.
    training_size : int, optional
        Samples that the network was trained on, where `train` has only a part of them.
    batch : int, default 2048
        Rows of a pass that measures.
    """

    train: Pair
    test: Pair
    model: Callable[[int], nn.Module]
    fit: Callable[[nn.Module, Pair, int], nn.Module]
    loss: nn.Module
    weight_decay: float
    groups: Mapping[str, Sequence[int]] = field(default_factory=dict)
    perturb: Any = "auto"
    watch: Callable[[nn.Module, Sequence[int]], Record] = lambda model, gone: {}
    compared: bool = True
    enough: Callable[[Record], bool] = lambda record: False
    training_size: int | None = None
    batch: int = BATCH

    @property
    def count(self) -> int:
        """Number of training samples."""
        return rows(self.train[0])

    def rows(self, positions: Sequence[int]) -> Pair:
        """Return some training samples, in this order."""
        index = torch.as_tensor(list(positions), device=self.train[1].device)
        return take(self.train[0], index), self.train[1][index]

    def without(self, positions: Sequence[int]) -> Pair:
        """Return all training samples but some."""
        keep = torch.ones(self.count, dtype=torch.bool)
        keep[list(positions)] = False
        keep = keep.to(self.train[1].device)
        return take(self.train[0], keep), self.train[1][keep]

    def trained(self, seed: int, gone: Sequence[int] = ()) -> nn.Module:
        """Return the network trained on all samples but some; equal seeds, equal first weights."""
        data = self.without(gone) if gone else self.train
        return self.fit(self.model(seed), data, seed)


def digits_task(config: Config, images: Images, seed: int, device: torch.device) -> Task:
    """Return a task of digits: twenty of them have a wrong label, drawn by `seed`.

    Groups are "mislabelled", "one class" and "one tenth"; the last is drawn at random.
    """
    training = Training(**config["training"])
    targets, wrong = _mislabelled(images.train[1], seed)
    right = torch.ones(len(targets), dtype=torch.bool)
    right[wrong] = False
    own = 1 + seed % 9
    one_class = torch.nonzero((targets == own) & right)[:, 0].tolist()
    drawn = np.random.default_rng([seed, 2]).permutation(len(targets))[: len(targets) // 10]

    def model(seed: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return untrained(config).to(device)

    def moved(inputs: Inputs) -> Inputs:
        return apply(inputs, lambda tensor: tensor.to(device))

    return Task(
        train=(moved(images.train[0]), targets.to(device)),
        test=(moved(images.test[0]), images.test[1].to(device)),
        model=model,
        fit=training.fit,
        loss=LOSS,
        weight_decay=training.weight_decay,
        groups={"mislabelled": wrong, "one class": one_class, "one tenth": drawn.tolist()},
    )


def _mislabelled(targets: torch.Tensor, seed: int) -> tuple[torch.Tensor, list[int]]:
    """Return targets in which samples of one class are recorded as the next, and which."""
    own = 1 + (seed + 2) % 9
    of_class = torch.nonzero(targets == own)[:, 0].numpy()
    wrong = np.sort(np.random.default_rng([seed, 1]).permutation(of_class)[:MISLABELLED])
    changed = targets.clone()
    changed[wrong] = (own + 1) % 10
    return changed, wrong.tolist()


def one_by_one(task: Task, removals: int, seed: int) -> list[list[int]]:
    """Return which samples are removed one after another: the same for every method.

    They are drawn among those with their own label.
    """
    order = np.random.default_rng([seed, 0]).permutation(task.count)
    wrong = set(task.groups.get("mislabelled", ()))
    return [[int(at)] for at in order if int(at) not in wrong][:removals]
