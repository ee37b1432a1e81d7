"""The torch search on CPU tensors gives the bits of the contract; CUDA runs the same operations."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lcodec.neighbors import torch_tiles
from python.tests.device import laws


def search(columns: np.ndarray, *rest: Any, **options: Any) -> torch_tiles.TorchSearch:
    return torch_tiles.TorchSearch(torch.from_numpy(columns), *rest, **options)


def nearest(columns: np.ndarray, *rest: Any, **options: Any) -> torch.Tensor:
    return torch_tiles.nearest_values(torch.from_numpy(columns), *rest, **options)


@pytest.mark.parametrize("elements", [1, 200, 2**22])
@given(case=laws.cases())
def test_search(elements: int, case: laws.Case) -> None:
    laws.check_search(partial(search, elements=elements), case)


@given(case=laws.cases(max_columns=40, max_n=20), step=st.integers(0, 1))
def test_nearest(case: laws.Case, step: int) -> None:
    laws.check_nearest(nearest, case, step)
