"""Results do not depend on threads, and the thread settings of others are left alone."""

from __future__ import annotations

import os
import subprocess
import sys

import numba
import numpy as np
import pytest

import lcodec

SCRIPT = """
import torch, lcodec
torch.set_num_threads({threads})
lcodec.foci([[1, 2], [2, 2.5], [3, 1], [5, 4]], [1, 2, 3, 4])
assert torch.get_num_threads() == {threads}
X = torch.randn(600, 3)
lcodec.lfoci(X, X[:, 0])
print(torch.get_num_threads())
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_torch_keeps_its_threads(threads: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(threads=threads)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(threads)


def test_the_first_call_leaves_torch_the_threads_of_the_environment() -> None:
    """LFOCI starts Numba's threads; what torch had before that is what it has afterwards."""
    script = """
import torch, lcodec
X = torch.randn(60, 3)
lcodec.lfoci(X, X[:, 0])
print(torch.get_num_threads())
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.stdout.strip() == "1"


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    rng = np.random.default_rng(1)
    table = np.column_stack((rng.normal(size=(900, 3)), rng.integers(0, 3, (900, 2))))
    y = table[:, 0] * table[:, 3] + rng.integers(0, 2, 900)
    before, outcomes = numba.get_num_threads(), []
    try:
        for threads in {1, before}:
            numba.set_num_threads(threads)
            result = lcodec.lfoci(table, y, stop=False)
            outcomes.append((result.scores.tobytes(), lcodec.codec(y, table), threads))
            assert numba.get_num_threads() == threads
    finally:
        numba.set_num_threads(before)
    assert len({outcome[:2] for outcome in outcomes}) == 1
