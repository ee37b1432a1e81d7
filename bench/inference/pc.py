"""A PC skeleton by single calls of `codec_test`, and by `codec_tests` that stop early.

``python -m bench.inference.pc --output FILE``. Data are a random acyclic graph of 20 columns with
linear, quadratic and wave links, n = 500; tests go up to two conditioning columns. The skeleton is
found by batches: one call for all columns that are tested for one response and one set, of at most
h/level - 1 = 199 resamples that stop at h = 10: more would change no decision at this level. Tests
without given columns are made so too ("permutation"), or by moments, their default. The same tests
are then made by single calls with 999 resamples. Times are of the processor, with one thread: the
medians of runs that alternate. Each run starts with nothing kept of earlier ones.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import lcodec
from lcodec.dependence.inference import conditions

COLUMNS, ROWS, MOST_GIVEN, LEVEL, ENOUGH, RESAMPLES = 20, 500, 2, 0.05, 10, 199
RUNS = 7
Array = np.ndarray[Any, np.dtype[np.float64]]
Test = tuple[int, int, tuple[int, ...]]  # z, y, x


def graph_data(rng: np.random.Generator) -> Array:
    """Return columns of which each depends on up to two before it."""
    X = np.empty((ROWS, COLUMNS))
    links = (lambda v: v, lambda v: v**2 - 1, lambda v: np.sin(2 * v))
    for j in range(COLUMNS):
        parents = rng.choice(j, min(j, int(rng.integers(0, 3))), replace=False)
        X[:, j] = 0.5 * rng.normal(size=ROWS)
        for parent in parents:
            X[:, j] += links[int(rng.integers(3))](X[:, parent])
        X[:, j] /= X[:, j].std()
    return X


def skeleton(X: Array, seed: int, first: str) -> tuple[set[tuple[int, int]], list[Test], int]:
    """Return the edges that are left, the tests that were made, and how many calls they took.

    `first` is the method of tests without given columns.

    The neighbours of a level are those of its start, as in the stable PC, so that their order does
    not matter. An edge goes where a test of either direction does not reject.
    """
    near = {j: set(range(COLUMNS)) - {j} for j in range(COLUMNS)}
    made: list[Test] = []
    calls = 0
    for size in range(MOST_GIVEN + 1):
        fixed = {j: sorted(others) for j, others in near.items()}
        for y in range(COLUMNS):
            for given in itertools.combinations(fixed[y], size):
                tested = [z for z in fixed[y] if z in near[y] and z not in given]
                if not tested:
                    continue
                early: dict[str, Any] = {"max_exceedances": ENOUGH, "n_resamples": RESAMPLES}
                if not given:
                    early = early | {"method": first} if first == "permutation" else {}
                found = lcodec.codec_tests(
                    X[:, tested], X[:, y], X[:, given] if given else None,
                    seed=seed, n_jobs=1, **early,
                )  # fmt: skip
                calls += 1
                made += [(z, y, given) for z in tested]
                for z, pvalue in zip(tested, found.pvalue, strict=True):
                    if pvalue > LEVEL:
                        near[y].discard(z)
                        near[z].discard(y)
    return {(i, j) for i in near for j in near[i] if i < j}, made, calls


def single_calls(X: Array, made: list[Test]) -> None:
    """Make the same tests by single calls."""
    for z, y, given in made:
        method = "local_permutation" if given else "permutation"
        x = X[:, given] if given else None
        lcodec.codec_test(X[:, y], X[:, z], x, method=method, seed=0, n_jobs=1)  # type: ignore[arg-type]


def seconds_of(run: Callable[[], object]) -> float:
    """Return the seconds of a run with nothing kept of earlier ones."""
    conditions.lately.clear()
    conditions.lately_neighbors.clear()
    start = time.process_time()
    run()
    return time.process_time() - start


def main() -> None:
    """Measure, and write the account."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    warnings.simplefilter("ignore", lcodec.LcodecWarning)
    X = graph_data(np.random.default_rng(0))
    other = graph_data(np.random.default_rng(1))  # compiles before the clock starts
    for first in ("permutation", "moments"):
        skeleton(other, 0, first)
    seconds, ratios, edges = {}, {}, {}
    for first in ("permutation", "moments"):
        left, made, calls = skeleton(X, 0, first)
        runs = [partial(skeleton, X, 0, first), partial(single_calls, X, made)]
        times = [[seconds_of(run) for run in runs] for _ in range(RUNS)]
        batches, single = np.median(times, axis=0).tolist()
        seconds[first] = {"batches": round(batches, 3), "single": round(single, 3)}
        ratios[first], edges[first] = round(single / batches, 1), len(left)
    account = {
        "columns": COLUMNS, "rows": ROWS, "most_given": MOST_GIVEN, "max_exceedances": ENOUGH,
        "n_resamples": RESAMPLES, "n_resamples_single": 999, "runs": RUNS,
        "tests": len(made), "calls": calls, "edges": edges, "seconds": seconds, "ratio": ratios,
        "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1),
        "python": platform.python_version(), "lcodec": lcodec.__version__,
    }  # fmt: skip
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(account, indent=1))


if __name__ == "__main__":
    main()
