"""On a real GPU: the bits of the CPU, for CuPy arrays and for torch tensors on CUDA."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_tests import strategies
from python.tests.neighbors.device import laws
from python.tests.neighbors.device.places import Place, on_gpu, place, without_cupy

if on_gpu("cupy") is None and on_gpu("torch") is None:
    pytest.skip("no CUDA device", allow_module_level=True)


@pytest.fixture(scope="module", params=["cupy", "torch", "torch without CuPy"])
def to_gpu(request: pytest.FixtureRequest) -> Any:
    make = on_gpu(request.param.split()[0])
    if make is None:
        pytest.skip(f"{request.param} finds no CUDA device")
    with without_cupy() if request.param == "torch without CuPy" else nullcontext():
        yield make


@pytest.fixture(scope="module", params=["cupy", "torch"])
def there(request: pytest.FixtureRequest) -> Place:
    make = on_gpu(request.param)
    if make is None:
        pytest.skip(f"{request.param} finds no CUDA device")
    return place(request.param, make)


@given(case=laws.cases(), memory=st.sampled_from([1, None]))
def test_search(there: Place, case: laws.Case, memory: int | None) -> None:
    def on_device(columns: np.ndarray, *rest: Any, **options: Any) -> Any:
        return there.search(there.make(columns), *rest, memory=memory, **options)

    laws.check_search(on_device, case)


@given(case=laws.cases(max_columns=40), step=st.integers(0, 1))
def test_nearest(there: Place, case: laws.Case, step: int) -> None:
    laws.check_nearest(there.backend, there.make(case.columns), case, step)


@given(tables=strategies.tables((1,)), seed=st.integers(0, 2**53 - 1))
def test_columns(there: Place, tables: list[np.ndarray], seed: int) -> None:
    columns = np.ascontiguousarray(tables[0].T)
    laws.check_columns(there.backend, there.make, columns)
    laws.check_noise(there.backend, there.make, columns, seed)


SHAPES = [(1000, 300), (3000, 40), (20_000, 6)]  # more rows than a block sorts, than a list holds


@pytest.mark.parametrize("kind", strategies.KINDS)
@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("ties", ["average", "random", "first"])
def test_larger_tables(to_gpu: Any, kind: str, n: int, p: int, ties: str) -> None:
    laws.check_table(to_gpu, kind, n, p, ties)


@settings(max_examples=50)
@given(data=st.data(), name=st.sampled_from(["codec", "lcodec", "codec_scores", "foci", "lfoci"]))
def test_public_functions(to_gpu: Any, data: st.DataObject, name: str) -> None:
    laws.check_public(data, name, to_gpu)
