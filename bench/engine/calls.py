"""What single calls take beside SciPy's: microseconds of CPU on one thread, in turns.

``python -m bench.engine.calls`` prints a table of calls with few rows, of xi with many, and of FOCI
with few columns; ``--output FILE`` writes it as JSON. A time is the least mean of five rounds.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chatterjeexi, spearmanr

import lcodec
from bench.machine import commit, describe
from bench.speed.data import product

ROUNDS, LEAST = 5, 0.05  # seconds that a round lasts, at least
XI = (100, 10_000, 100_000, 1_000_000)
FOCI = [(100, 5), (1000, 5), (1000, 10), (1000, 20), (10_000, 5), (10_000, 10)]


def microseconds(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the microseconds of each call."""
    counts, least = {}, {}
    for name, call in calls.items():
        call()
        start = time.process_time()
        call()
        counts[name] = max(1, int(LEAST / max(time.process_time() - start, 1e-6)))
        least[name] = float("inf")
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.process_time()
            for _ in range(counts[name]):
                call()
            least[name] = min(least[name], (time.process_time() - start) / counts[name])
    return {name: round(1e6 * seconds, 1) for name, seconds in least.items()}


def cases() -> dict[str, dict[str, Callable[[], Any]]]:
    """Return the calls of each line of the table."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 5))
    y, z = X[:, 0] * X[:, 1], X[:, 0].copy()
    found: dict[str, dict[str, Callable[[], Any]]] = {
        "n=100": {
            "codec(y, z)": lambda: lcodec.codec(y, z, n_jobs=1),
            "codec(y, z, x)": lambda: lcodec.codec(y, z, X[:, 1], n_jobs=1),
            "spearmanr": lambda: spearmanr(z, y),
        }
    }
    for n in XI:
        a = rng.normal(size=n)
        b = a + rng.normal(size=n)
        found[f"n={n}"] = found.get(f"n={n}", {}) | {
            "xi": partial(lcodec.xi, a, b),
            "xi, x in steps": partial(lcodec.xi, np.round(4 * a), b),
            "chatterjeexi": partial(chatterjeexi, a, b),
        }
    for n, p in FOCI:
        table, response = product(n, p)
        found[f"n={n} p={p}"] = {"foci": partial(lcodec.foci, table, response, n_jobs=1)}
    return found


def main() -> None:
    """Print the microseconds, and write them."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine.calls", description=__doc__)
    parser.add_argument("--output", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", lcodec.LcodecWarning)
    runs = {}
    for case, calls in cases().items():
        runs[case] = microseconds(calls)
        print(case, *(f"{name} {value:g} us" for name, value in runs[case].items()), sep=" | ")
    if chosen.output is not None:
        head = {"schema": "lcodec-bench-calls-1", "commit": commit(), "machine": describe()}
        chosen.output.write_text(json.dumps({**head, "microseconds": runs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
