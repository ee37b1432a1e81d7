"""Forty samples, a perceptron and a scrubber that steps on its last layer."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import Dataset

from lcodec import LcodecError
from lcodec.scrub import Scrubber
from python.tests.scrub.networks import fill, labels, normal

X, Y = normal(40, 4), labels(40, 3)
CROSS_ENTROPY = nn.CrossEntropyLoss()


def network(outputs: int = 3, *more: nn.Module) -> nn.Sequential:
    return fill(nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, outputs), *more))


def scrubber(
    model: nn.Module, loss: Any = CROSS_ENTROPY, retained: Any = (X, Y), **options: Any
) -> Scrubber:
    wanted = {"perturbations": 50, "damping": 0.1, "select": "last_layer", **options}
    return Scrubber(model, loss, retained, **wanted)


def refused(id: str, match: str, call: Callable[[], object]) -> None:
    with pytest.raises(LcodecError, match=match) as caught:
        call()
    assert caught.value.id == f"lcodec:{id}"


class Rows(Dataset):
    def __init__(self, inputs: Callable[[torch.Tensor], Any]) -> None:
        self.inputs = inputs

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, row: int) -> tuple[Any, torch.Tensor]:
        return self.inputs(X[row]), Y[row]
