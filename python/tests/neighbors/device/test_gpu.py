"""On a real GPU: the bits of the CPU, for CuPy arrays and for torch tensors on CUDA."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from lcodec.neighbors.cuda import CudaBackend, CudaSearch, CupyDevice
from lcodec.neighbors.torch.backend import TorchBackend
from lcodec.neighbors.torch.search import TorchSearch
from parity_tests import strategies
from python.tests.neighbors.device import laws


def on_gpu(library: str) -> Any:
    """Return what brings a NumPy array to the device, or None where there is no device."""
    if library == "torch":
        import torch

        return (lambda array: torch.tensor(array).cuda()) if torch.cuda.is_available() else None
    try:
        import cupy

        return cupy.asarray if cupy.cuda.runtime.getDeviceCount() else None
    except Exception:  # no CuPy, or no driver: CuPy has several errors for that
        return None


if on_gpu("cupy") is None and on_gpu("torch") is None:
    pytest.skip("no CUDA device", allow_module_level=True)


@pytest.fixture(scope="module", params=["cupy", "torch", "torch without CuPy"])
def to_gpu(request: pytest.FixtureRequest) -> Any:
    make = on_gpu(request.param.split()[0])
    if make is None:
        pytest.skip(f"{request.param} finds no CUDA device")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "torch without CuPy":
            patch.setitem(sys.modules, "cupy", None)
        yield make


@pytest.fixture(scope="module", params=["cupy", "torch"])
def searches(request: pytest.FixtureRequest) -> tuple[Any, Any, Any]:
    make = on_gpu(request.param)
    if make is None:
        pytest.skip(f"{request.param} finds no CUDA device")
    if request.param == "torch":
        return make, TorchSearch, TorchBackend()
    device = CupyDevice(make(np.zeros(1)))
    return make, partial(CudaSearch, device=device), CudaBackend(device)


@given(case=laws.cases(), memory=st.sampled_from([1, None]))
def test_search(searches: tuple[Any, Any, Any], case: laws.Case, memory: int | None) -> None:
    make, search, _ = searches

    def on_device(columns: np.ndarray, *rest: Any, **options: Any) -> Any:
        return search(make(columns), *rest, memory=memory, **options)

    laws.check_search(on_device, case)


@given(case=laws.cases(max_columns=40), step=st.integers(0, 1))
def test_nearest(searches: tuple[Any, Any, Any], case: laws.Case, step: int) -> None:
    make, _, backend = searches
    laws.check_nearest(backend, make(case.columns), case, step)


@given(tables=strategies.tables((1,)), seed=st.integers(0, 2**53 - 1))
def test_columns(searches: tuple[Any, Any, Any], tables: list[np.ndarray], seed: int) -> None:
    make, _, backend = searches
    columns = np.ascontiguousarray(tables[0].T)
    laws.check_columns(backend, make, columns)
    laws.check_noise(backend, make, columns, seed)


SHAPES = [(1000, 300), (3000, 40), (20_000, 6)]  # more rows than a block sorts, than a list holds


@pytest.mark.parametrize("kind", strategies.KINDS)
@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("ties", ["average", "random", "first"])
def test_larger_tables(to_gpu: Any, kind: str, n: int, p: int, ties: str) -> None:
    random = np.random.default_rng(0)
    other = "scaled" if kind == "constant" else kind  # a table of constants alone shows nothing
    X = np.column_stack([strategies.column(other, n, random) for _ in range(p)])
    y = X[:, 0] * 0.5 + X[:, 1] + random.normal(size=n) * np.ptp(X[:, 0]) / 10
    options: dict[str, Any] = {"ties": ties, "max_features": 3, "stop": False}
    expected = lcodec.foci(X, y, **options)
    found = lcodec.foci(to_gpu(X), to_gpu(y), **options)
    for name in ("selected", "scores", "cumulative", "skipped"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    small = slice(0, 5)
    assert lcodec.codec(to_gpu(y), to_gpu(X[:, small]), ties=ties) == lcodec.codec(
        y, X[:, small], ties=ties
    )


@settings(max_examples=50)
@given(data=st.data(), name=st.sampled_from(["codec", "lcodec", "codec_scores", "foci", "lfoci"]))
def test_public_functions(to_gpu: Any, data: st.DataObject, name: str) -> None:
    laws.check_public(data, name, to_gpu)
