"""What point masses cost: CPU seconds beside those of continuous data, in the same run.

``python -m bench.engine.masses`` prints a table of ratios; ``--output FILE`` writes it as JSON. One
thread is used. ``--rows`` and ``--call`` choose what is measured.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import lcodec
from bench.machine import commit, describe
from lcodec.resources import jobs

Table = np.ndarray[Any, np.dtype[np.float64]]
ROWS = (5000, 10_000, 20_000, 40_000)
CHOSEN = (1, 2, 4)  # columns that are given
CALLS: dict[str, Callable[[Table, Table, int], object]] = {
    "codec_scores": lambda X, y, s: lcodec.codec_scores(X, y, list(range(s))),
    "codec": lambda X, y, s: lcodec.codec(y, X[:, s:], X[:, :s]),
    "foci": lambda X, y, s: lcodec.foci(X, y, stop=False),
    "codec_test": lambda X, y, s: lcodec.codec_test(y, X[:, s:], X[:, :s], n_resamples=9),
}


def tables(n: int, p: int) -> Iterator[tuple[str, Table]]:
    """Yield continuous data first, and then the same with values that many rows share."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    counts = np.where(rng.random((n, p)) < 0.5, 0, rng.poisson(4, (n, p))) * 1.0
    first = np.arange(p) == 0
    yield "continuous", X
    yield "0.2 % of a column", np.where((rng.random((n, p)) < 0.002) & first, 0, X)
    yield "5 % of a column", np.where((rng.random((n, p)) < 0.05) & first, X.mean(axis=0), X)
    yield "20 % of a column", np.where((rng.random((n, p)) < 0.2) & first, 0, X)
    yield "half of a column", np.where((rng.random((n, p)) < 0.5) & first, 0, X)
    yield "half of each column", np.where(rng.random((n, p)) < 0.5, 0, X)
    yield "90 % of each column", np.where(rng.random((n, p)) < 0.9, 0, X)
    yield "half of the rows", np.where(rng.random((n, 1)) < 0.5, 0, X)
    masses = rng.random((n, p))
    yield "five masses each", np.where(masses < 0.5, np.floor(10 * masses) * 0.25, X)
    yield "two decimals", np.round(X, 2)
    yield "counts", counts
    yield "counts given", np.concatenate([counts[:, :-1], X[:, -1:]], axis=1)
    yield "rows drawn again", X[rng.integers(0, n, n)]
    yield (
        "pairs of 50",
        np.concatenate([np.repeat(X[: -(-n // 50), :-1], 50, axis=0)[:n], X[:, -1:]], axis=1),
    )


def measure(call: str, n: int, s: int) -> dict[str, float]:
    """Return the CPU seconds of a call for each table."""
    seconds = {}
    for name, X in tables(n, s + 1):
        y = X[:, 0] + np.random.default_rng(1).normal(size=n)
        taken: list[float] = []
        while len(taken) < 3 and sum(taken) < 2:
            start = time.process_time()
            CALLS[call](X, y, s)
            taken.append(time.process_time() - start)
        seconds[name] = min(taken)
    return seconds


def main() -> None:
    """Print the ratios, and write all seconds."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine.masses", description=__doc__)
    parser.add_argument("--output", type=Path, metavar="FILE")
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    parser.add_argument("--chosen", type=int, nargs="+", default=CHOSEN)
    parser.add_argument("--call", choices=CALLS, nargs="+", default=list(CALLS))
    options = parser.parse_args()
    account: dict[str, Any] = {
        "schema": "lcodec-bench-masses-1", "date": time.strftime("%Y-%m-%d"), "commit": commit(),
        "machine": describe(), "runs": [],
    }  # fmt: skip
    with warnings.catch_warnings(), jobs(1):
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        lcodec.warm_up()  # 500 rows would not reach the kernel of large groups
        for call in options.call:
            for n in options.rows:
                for s in options.chosen:
                    seconds = measure(call, n, s)
                    usual = seconds["continuous"]
                    ratios = {name: round(value / usual, 2) for name, value in seconds.items()}
                    account["runs"].append(
                        {"call": call, "n": n, "chosen": s, "seconds": seconds, "ratios": ratios}
                    )
                    worst = max(ratios, key=ratios.__getitem__)
                    print(
                        f"{call} n={n} |S|={s}: continuous {usual:.3f} s, "
                        f"at most {ratios[worst]} ({worst})",
                        flush=True,
                    )
                    if options.output:
                        text = json.dumps(account, indent=1) + "\n"
                        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
