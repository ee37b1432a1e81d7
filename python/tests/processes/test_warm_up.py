"""After `warm_up` no call of a public function waits for a kernel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import warnings
import numpy as np, pandas as pd
from lcodec.compiling import dispatchers
sought = []
find = dispatchers._Kept.load_overload
def record(self, signature, context):
    sought.append(f"{self._py_func.__module__}.{self._py_func.__name__} {signature}")
    return find(self, signature, context)
dispatchers._Kept.load_overload = record
import lcodec
warnings.simplefilter("ignore")
lcodec.warm_up()
assert len(sought) > 10, sought
sought.clear()
rng = np.random.default_rng(1)
for n in (40, 900):
    X = rng.normal(size=(n, 30))
    k = rng.integers(0, 4, (n, 6))
    zeros = np.where(rng.random((n, 6)) < 0.3, 0, X[:, :6])
    for T in (X, np.asfortranarray(X), X.astype(np.float32), X[:, :5], X[::2], k, k.astype(bool),
              np.c_[k, X[:, :3]], pd.DataFrame(X[:, :4]), zeros):
        A = np.asarray(T)
        y, c = A[:, 0] * A[:, 1] + X[: len(A), 2], k[: len(A), 4]
        for ties in ("average", "random", "first"):
            lcodec.foci(T, y, ties=ties, n_jobs=1)
            lcodec.foci(T, y, ties=ties, stop=False, max_features=5)
            lcodec.codec(y, A[:, :2], ties=ties)
            lcodec.codec(y, A[:, 0], A[:, 1:3], ties=ties)
            lcodec.codec(y > 0, T, ties=ties)
            lcodec.codec(y, A[:, :2], ties=ties, n_neighbors=3)
            lcodec.foci(T, y, ties=ties, n_neighbors=3, stop=False, max_features=5)
            lcodec.foci(T, c, ties=ties, response="nominal")
            lcodec.codec(c, A[:, :2], A[:, 2], ties=ties, response="nominal", n_neighbors=3)
        lcodec.codec(y, T, standardize="std")
        lcodec.lcodec(y, A[:, 0], A[:, 1])
        lcodec.lfoci(T, y, max_features=3)
        for given in (None, [0], [0, 1, 2]):
            lcodec.codec_scores(T, y, given)
        lcodec.foci_graph(A[:, :4])
        lcodec.xi(A[:, 0], y)
        lcodec.codec_test(y, A[:, 0], n_resamples=9)
        lcodec.codec_test(y, X[: len(A), 5], method="asymptotic")
        lcodec.codec_test(y, A[:, 0], A[:, 1:4], n_resamples=9)
        lcodec.codec_test(y, A[:, 0], method="moments")
        lcodec.codec_test(c, A[:, 0], A[:, 1:4], response="nominal", n_resamples=9)
        lcodec.foci(A[:, :3], y, stop="test", n_resamples=9, level=0.5)
        lcodec.foci_stability(A[:, :3], y, n_resamples=2)
        lcodec.codec_interval(y, A[:, 0], n_resamples=2)
        lcodec.codec(X[: len(A), :2], A[:, 2], A[:, 3])
        lcodec.codec_tests(A[:, :2], y, A[:, 3:5], n_resamples=9, max_exceedances=2)
        lcodec.codec_matrix(A[:, :3], n_resamples=9)
print(*sorted(set(sought)), sep="\\n")
"""


def test_nothing_is_left_to_compile() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr
