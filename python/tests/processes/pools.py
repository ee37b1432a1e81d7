"""Run by `test_pools.py` as a program: use lcodec here, then in workers of one kind; print both."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np

import lcodec


def work(seed: int) -> tuple[float, ...]:
    """Return numbers that come from every kind of kernel that uses threads."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(1500, 5))
    X[:, 4] = X[:, 4].round()
    y = X[:, 0] * X[:, 1] + X[:, 4]
    chosen = lcodec.foci(X, y, stop=False).scores
    test = lcodec.codec_test(y[:80], X[:80, 0], X[:80, 1], n_resamples=19)
    return (*chosen, lcodec.codec(y, X[:, 2], X[:, 3]), lcodec.lcodec(y, X[:, 0]), test.pvalue)


def processes(method: str) -> Callable[[], list[tuple[float, ...]]]:
    """Return how to use a pool of multiprocessing whose workers are started so."""

    def run() -> list[tuple[float, ...]]:
        with multiprocessing.get_context(method).Pool(2) as pool:
            return pool.map_async(work, range(3)).get(timeout=240)

    return run


def threads() -> list[tuple[float, ...]]:
    """Use several threads of this process at once."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(work, range(3)))


WAYS: dict[str, Callable[[], list[tuple[float, ...]]]] = {
    **{method: processes(method) for method in ("fork", "spawn", "forkserver")},
    "loky": lambda: joblib.Parallel(2, backend="loky")(joblib.delayed(work)(s) for s in range(3)),
    "threads": threads,
}

if __name__ == "__main__":
    here = [work(seed) for seed in range(3)]
    print(WAYS[sys.argv[1]]() == here)
