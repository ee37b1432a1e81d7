"""The CUDA sources, run on a CPU, give the bits of the contract on data that breaks such code."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lcodec
from lcodec.neighbors.cuda import CudaBackend, CudaSearch
from lcodec.neighbors.cuda.device import source
from lcodec.random.normal import quantile
from parity_tests import strategies
from python.tests.neighbors.device import laws
from python.tests.neighbors.device.emulation import EmulatedDevice
from python.tests.neighbors.device.fake_cupy import Array


@given(case=laws.cases())
def test_search(emulated: EmulatedDevice, case: laws.Case) -> None:
    laws.check_search(partial(CudaSearch, device=emulated), case)


@pytest.mark.parametrize("seed", range(20))
def test_order_of_operations(emulated: EmulatedDevice, seed: int) -> None:
    laws.check_search(partial(CudaSearch, device=emulated), laws.grid(seed))


@given(case=laws.cases(max_columns=40, max_n=20), step=st.integers(0, 1))
def test_nearest(emulated: EmulatedDevice, case: laws.Case, step: int) -> None:
    laws.check_nearest(CudaBackend(emulated), case.columns, case, step)


@given(tables=strategies.tables((1,)), seed=st.integers(0, 2**53 - 1))
def test_columns(emulated: EmulatedDevice, tables: list[np.ndarray], seed: int) -> None:
    backend, columns = CudaBackend(emulated), np.ascontiguousarray(tables[0].T)
    laws.check_columns(backend, np.asarray, columns)
    laws.check_noise(backend, np.asarray, columns, seed)


def test_normal_quantiles_in_the_tails(tmp_path: Path) -> None:
    """Too far out for a test to draw them."""
    device = EmulatedDevice(tmp_path, 32, 1, source() + QUANTILES)
    tail = 2.0 ** -np.arange(2.0, 54.0)
    probability = np.concatenate((tail, 1 - tail, [0.5, 0.075, 0.925]))
    found = np.empty_like(probability)
    device.launch("quantiles", (1, 1), (len(found), 1), probability, found)
    assert found.tolist() == [quantile(one) for one in probability]


def test_the_kernels_did_it(cupy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kernel takes part in the public functions."""
    launched: set[str] = set()
    module = cupy.RawModule
    plain = module.get_function
    monkeypatch.setattr(
        module, "get_function", lambda self, name: launched.add(name) or plain(self, name)
    )
    X = np.random.default_rng(0).integers(0, 9, size=(40, 4)).astype(float)
    y = X[:, 0] + X[:, 1]
    lcodec.lfoci(Array(X), Array(y), stop=False)
    lcodec.codec(Array(y), Array(X))
    assert launched == {
        "nearest_on_line", "neighbour_lists", "walk", "finish", "nearest_rows", "sums_over_rows",
        "column_spreads", "column_least", "column_most", "column_variances", "add_noise",
    }  # fmt: skip


QUANTILES = """
extern "C" __global__ void quantiles(const double* __restrict__ p, double* out)
{
    out[threadIdx.x] = normal_quantile(p[threadIdx.x]);
}
"""


@pytest.mark.parametrize(
    ("barrier", "outcome"),
    [
        ("__syncthreads();", "right"),
        ("", "wrong"),
        ("if (threadIdx.x > 2) __syncthreads();", "error"),
    ],
)
def test_the_emulation_notices_a_bad_barrier(tmp_path: Path, barrier: str, outcome: str) -> None:
    device = EmulatedDevice(tmp_path, 32, 1, SHIFT.replace("BARRIER", barrier))
    out = np.empty(8, dtype=np.int32)
    if outcome == "error":
        with pytest.raises(AssertionError, match="the same barrier"):
            device.launch("shift", (1, 1), (8, 1), out)
    else:
        device.launch("shift", (1, 1), (8, 1), out)
        assert (out.tolist() == [1, 2, 3, 4, 5, 6, 7, 0]) == (outcome == "right")


SHIFT = """
extern "C" __global__ void shift(int* out)
{
    __shared__ int all[8];
    all[threadIdx.x] = threadIdx.x;
    BARRIER
    out[threadIdx.x] = all[(threadIdx.x + 1) % 8];
}
"""
