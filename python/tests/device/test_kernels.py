"""The CUDA sources, run on a CPU, give the bits of the contract on data that breaks such code."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcodec.neighbors.cuda import CudaSearch, jitter, moments, nearest_values
from lcodec.neighbors.distance import variance
from lcodec.random import jitter as host
from parity_tests import strategies
from python.tests.device import laws
from python.tests.device.emulation import EmulatedDevice


@given(case=laws.cases())
def test_search(emulated: EmulatedDevice, case: laws.Case) -> None:
    laws.check_search(partial(CudaSearch, device=emulated), case)


@given(case=laws.cases(max_columns=40, max_n=20), step=st.integers(0, 1))
def test_nearest(emulated: EmulatedDevice, case: laws.Case, step: int) -> None:
    laws.check_nearest(partial(nearest_values, device=emulated), case, step)


@given(tables=strategies.tables((1,)))
def test_moments(emulated: EmulatedDevice, tables: list[np.ndarray]) -> None:
    columns = tables[0].T
    found = moments(columns, emulated)
    assert found.smallest.tolist() == columns.min(axis=1).tolist()
    assert found.largest.tolist() == columns.max(axis=1).tolist()
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        np.testing.assert_array_equal(found.variance, variance(columns))


@given(
    tables=strategies.tables((1,)),
    draw=st.integers(0, 9),
    purpose=st.sampled_from([2, 3, 4]),
    seed=st.integers(0, 2**53 - 1),
)
def test_noise(
    emulated: EmulatedDevice, tables: list[np.ndarray], draw: int, purpose: int, seed: int
) -> None:
    columns = tables[0].T
    scale = np.linspace(0.0, 2.5, len(columns))
    options = {"draw": draw, "purpose": purpose, "seed": seed}
    found = jitter(columns, scale, device=emulated, **options)
    assert found.tolist() == host.jitter(columns, scale, **options).tolist()


def test_noise_reaches_every_branch(emulated: EmulatedDevice) -> None:
    # both tails beyond r = 5 need probabilities below 1.4e-11; 2^17 numbers reach r = 4.6
    zero, one = np.zeros((1, 2**17)), np.ones(1)
    found = jitter(zero, one, device=emulated, draw=0, purpose=2, seed=1)
    expected = host.jitter(zero, one, draw=0, purpose=2, seed=1)
    assert np.array_equal(found, expected)
    assert found.min() < -4
    assert found.max() > 4


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
