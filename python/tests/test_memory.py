"""The search takes the memory that docs/engine.md says, and no more than it is allowed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="peaks are read from Linux's /proc"
)

MEASURE = """
from pathlib import Path
import numpy as np, lcodec
def status(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return 1024 * int(line.split()[1])
def table(n, p, order):
    X = np.empty((n, p), order=order)
    for j in range(p):
        X[:, j] = np.random.default_rng(j).normal(size=n)
    return X, X[:, 0] * X[:, 1] + X[:, 0] - X[:, 2]
options = dict(standardize=None, max_features=4, stop=False, memory_limit={limit})
for p in (30, 200):  # kernels of all methods
    lcodec.foci(*table(600, p, "C"), **options)
X, y = table({n}, {p}, "{order}")
before = status("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
lcodec.foci(X, y, **options)
print(status("VmHWM") - before)
"""


def measured(n: int, p: int, order: str, limit: int | None) -> int:
    code = MEASURE.format(n=n, p=p, order=order, limit=limit)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(run.stdout)


def formula(n: int, p: int, order: str) -> float:
    """Bytes by docs/engine.md; two or three columns are chosen when lists are longest."""
    block = 48 * n * min(p, max(32, 2**19 // n))
    length = (4 * n ** (1 / 3) + 24) * (1 + min(2, p / 1000))
    return (8 * n * p if order == "C" else 0) + block + 14 * n * length


@pytest.mark.parametrize(("n", "p", "order"), [(20_000, 300, "C"), (50_000, 200, "F")])
def test_peak_is_what_the_documentation_says(n: int, p: int, order: str) -> None:
    assert measured(n, p, order, None) < 1.3 * formula(n, p, order)


def test_the_limit_is_kept() -> None:
    n, p, limit = 100_000, 40, 2**25
    free, bounded = measured(n, p, "F", None), measured(n, p, "F", limit)
    assert bounded < 1.3 * limit < free
