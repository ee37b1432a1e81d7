"""A model of five numbers, and ledgers of its removals."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.ledger.entry import Entry
from lcodec.scrub.ledger.ledger import Ledger
from python.tests.scrub.networks import normal

DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.bool]


class Net(nn.Module):
    """Five numbers, one of them under two names, and a buffer."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 2, dtype=dtype))
        self.bias = nn.Parameter(torch.zeros(1, dtype=dtype))
        self.again = self.bias
        self.register_buffer("count", torch.tensor(7))


def moved(model: Net, seed: int) -> dict[str, torch.Tensor]:
    """New values: one entry of the weight, and the bias."""
    weight = model.weight.detach().clone()
    weight.view(-1)[seed % 4] = seed + 0.5
    return {"weight": weight, "bias": torch.full_like(model.bias, seed)}


def removal(*ids: int | str, **fields: Any) -> Entry:
    return Entry(kind="removal", ids=ids, **fields)


def commit(ledger: Ledger, model: Net, *ids: int | str, **fields: Any) -> Entry:
    return ledger.commit(model, moved(model, len(ledger.entries) + 1), removal(*ids, **fields))


def raises(id: str, match: str) -> Any:
    return pytest.raises(
        LcodecError, match=rf"(?s){match}.*\Z", check=lambda e: e.id == f"lcodec:{id}"
    )


def filled(path: Path, entries: int = 3) -> list[Net]:
    """A ledger of some removals; returns the model after each number of them."""
    model, states = Net(), [copy.deepcopy(Net())]
    with Ledger(path) as ledger:
        for number in range(entries):
            commit(ledger, model, number, f"name {number}")
            states.append(copy.deepcopy(model))
    return states


def state() -> dict[str, torch.Tensor]:
    """Return weights of many types, one of them without entries."""
    return {f"x.{dtype}": normal(2, 3).to(dtype) for dtype in DTYPES} | {"none": torch.ones(0)}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Whether weights have the same names, types and values."""
    return one.keys() == other.keys() and all(
        one[k].dtype == other[k].dtype and torch.equal(one[k], other[k]) for k in one
    )
