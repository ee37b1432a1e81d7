"""The six removals: what is in the training data, and which rows of it are to go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from bench.scrub.practice.data import Data
from lcodec.scrub.samples.inputs import Inputs, take

KINDS = ("one sample", "1 %", "10 %", "one class", "mislabelled", "backdoor")
GROUP = 0.03  # of the rows are recorded wrongly, or marked
WRONG = 2.0  # standard deviations that a wrong number is off, or is


@dataclass(frozen=True)
class Case:
    """The training data as they were recorded, and the rows to remove."""

    data: Data
    forget: torch.Tensor

    @property
    def keep(self) -> torch.Tensor:
        """Mask of the rows that stay."""
        mask = torch.ones(self.data.count, dtype=torch.bool)
        mask[self.forget] = False
        return mask


def case(data: Data, kind: str, seed: int) -> Case:
    """Return a removal of a kind; for numbers to predict, a class is the largest tenth."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    n, classes = data.count, data.classes
    order = torch.as_tensor(rng.permutation(n))
    group = max(2, round(GROUP * n))
    if kind in KINDS[:3]:
        count = {"one sample": 1, "1 %": max(2, n // 100), "10 %": n // 10}[kind]
        return Case(data, order[:count].sort()[0])
    if kind == "one class":
        if classes is None:
            return Case(data, data.targets[:, 0].argsort(descending=True)[: n // 10].sort()[0])
        return Case(data, torch.nonzero(data.targets == 1 + seed % (classes - 1))[:, 0])
    targets = data.targets.clone()
    if kind == "mislabelled":
        if classes is None:
            chosen = order[:group].sort()[0]
            targets[chosen] += WRONG
        else:  # of one class, recorded as another
            own = 1 + (seed + 2) % (classes - 1)
            chosen = order[targets[order] == own][:group].sort()[0]
            targets[chosen] = (own + 1) % classes
        return Case(replace(data, targets=targets), chosen)
    if classes is None:
        chosen = order[:group].sort()[0]
        targets[chosen] = WRONG
    else:
        chosen = order[targets[order] != 0][:group].sort()[0]
        targets[chosen] = 0
    inputs = _marked(data, chosen)
    return Case(replace(data, inputs=inputs, targets=targets), chosen)


def _marked(data: Data, at: torch.Tensor) -> Inputs:
    """Return the inputs with the trigger on some rows."""
    inputs, new = data.inputs, data.mark(take(data.inputs, at))
    if isinstance(inputs, torch.Tensor):
        assert isinstance(new, torch.Tensor)
        return inputs.index_copy(0, at, new)
    assert isinstance(inputs, Mapping)
    assert isinstance(new, Mapping)
    return {name: part.index_copy(0, at, new[name]) for name, part in inputs.items()}
