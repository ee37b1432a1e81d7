"""The torch search on CPU tensors gives the bits of the contract; CUDA runs the same operations."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lcodec.neighbors.torch import search as torch_tiles
from lcodec.neighbors.torch.backend import TorchBackend
from parity_tests import strategies
from python.tests.neighbors.device import laws


def search(columns: np.ndarray, *rest: Any, **options: Any) -> torch_tiles.TorchSearch:
    return torch_tiles.TorchSearch(torch.from_numpy(columns), *rest, **options)


@pytest.mark.parametrize("memory", [1, 10000, None])
@given(case=laws.cases())
def test_search(memory: int | None, case: laws.Case) -> None:
    laws.check_search(partial(search, memory=memory), case)


@pytest.mark.parametrize("seed", range(20))
def test_order_of_operations(seed: int) -> None:
    laws.check_search(search, laws.grid(seed))


@given(case=laws.cases(max_columns=40, max_n=20), step=st.integers(0, 1))
def test_nearest(case: laws.Case, step: int) -> None:
    laws.check_nearest(TorchBackend(), torch.from_numpy(case.columns), case, step)


@given(tables=strategies.tables((1,)), seed=st.integers(0, 2**53 - 1))
def test_columns(tables: list[np.ndarray], seed: int) -> None:
    columns = np.ascontiguousarray(tables[0].T)
    laws.check_columns(TorchBackend(), torch.from_numpy, columns)
    laws.check_noise(TorchBackend(), torch.from_numpy, columns, seed)
