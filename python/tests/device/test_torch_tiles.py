"""The torch search on CPU tensors gives the bits of the contract; CUDA runs the same operations."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lcodec.neighbors import torch_columns, torch_tiles
from lcodec.neighbors.distance import variance
from lcodec.random.jitter import jitter
from parity_tests import strategies
from python.tests.device import laws


def search(columns: np.ndarray, *rest: Any, **options: Any) -> torch_tiles.TorchSearch:
    return torch_tiles.TorchSearch(torch.from_numpy(columns), *rest, **options)


def nearest(columns: np.ndarray, *rest: Any, **options: Any) -> torch.Tensor:
    return torch_tiles.nearest_values(torch.from_numpy(columns), *rest, **options)


@pytest.mark.parametrize("memory", [1, 10000, None])
@given(case=laws.cases())
def test_search(memory: int | None, case: laws.Case) -> None:
    laws.check_search(partial(search, memory=memory), case)


@given(case=laws.cases(max_columns=40, max_n=20), step=st.integers(0, 1))
def test_nearest(case: laws.Case, step: int) -> None:
    laws.check_nearest(nearest, case, step)


@given(tables=strategies.tables((1,)))
def test_columns(tables: list[np.ndarray]) -> None:
    columns = np.ascontiguousarray(tables[0].T)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        expected = columns.min(axis=1), columns.max(axis=1), variance(columns)
    for found, right in zip(
        torch_columns.moments(torch.from_numpy(columns)), expected, strict=True
    ):
        np.testing.assert_array_equal(found, right)
    scale = np.linspace(0.0, 2.5, len(columns))
    noisy = torch_columns.jitter(torch.from_numpy(columns), scale, draw=1, purpose=3, seed=7)
    right = jitter(columns, scale, draw=1, purpose=3, seed=7)
    np.testing.assert_array_equal(noisy.numpy(), right)
