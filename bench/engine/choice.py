"""Which method finds the neighbours of a step fastest, and which one the engine takes.

``python -m bench.engine.choice`` times every method on the same step, lists and all, and a k-d tree
per candidate beside them; ``--output FILE`` writes the seconds as JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.machine import commit, describe
from lcodec.neighbors import nearest_values
from lcodec.neighbors.cpu import lists
from lcodec.neighbors.cpu.search import Search
from lcodec.neighbors.cpu.tree import build

STEPS = [
    (1000, 1, 1000), (10_000, 1, 10), (100_000, 1, 10), (1_000_000, 1, 2),
    (1000, 2, 8), (1000, 2, 32), (1000, 2, 1000), (1000, 4, 32),
    (10_000, 2, 8), (10_000, 2, 32), (10_000, 2, 200), (10_000, 4, 32),
    (100_000, 2, 4), (100_000, 2, 32), (100_000, 3, 8),
]  # fmt: skip


def main() -> None:
    """Print a line per step, and write all of them."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine.choice", description=__doc__)
    parser.add_argument("--output", type=Path, metavar="FILE")
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    account: dict[str, Any] = {
        "schema": "lcodec-bench-choice-1",
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": describe(),
        "steps": [],
    }
    for n, axes, candidates in STEPS:
        seconds, taken = step(n, axes, candidates, options.repetitions)
        best = min(seconds, key=seconds.__getitem__)
        account["steps"].append(
            {"n": n, "chosen": axes, "candidates": candidates, "taken": taken, "seconds": seconds}
        )
        shown = "  ".join(f"{name} {value:.4f}" for name, value in seconds.items())
        ratio = seconds[taken] / seconds[best]
        print(f"n={n} |S|={axes} candidates={candidates}: {taken} ({ratio:.2f} of best)  {shown}")
        if options.output:
            options.output.write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")


def step(n: int, axes: int, candidates: int, repetitions: int) -> tuple[dict[str, float], str]:
    """Return CPU seconds of each method for one step, and the one that the engine takes."""
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(axes + candidates, n))
    weights, labels = np.ones(len(columns)), rng.permutation(n) + 1
    numbers, chosen = np.arange(axes, axes + candidates), list(range(axes))
    search = Search(columns, weights, labels)
    search.condition(chosen)
    search.prepare(candidates)
    assert search._method is not None
    taken, out = search._method.name, np.empty((candidates, n))

    def tree() -> Any:
        return build(columns[chosen], weights[chosen])

    def per_candidate() -> None:
        for place, number in enumerate(numbers):
            some = [*chosen, number]
            out[place] = nearest_values(columns[some], weights[some], labels)

    calls: dict[str, Callable[[], None]] = {"tree per candidate": per_candidate}
    if axes == 1:
        calls["axis"] = lambda: search._by_axis().fill(search, out, numbers)
    else:
        lengths = lists.lengths(n, axes, candidates)
        calls["lists"] = lambda: search._by_lists(tree(), *lengths).fill(search, out, numbers)
        calls["leaves"] = lambda: search._by_leaves(tree()).fill(search, out, numbers)
    return {name: _seconds(call, repetitions) for name, call in calls.items()}, taken


def _seconds(call: Callable[[], None], repetitions: int) -> float:
    call()
    taken = []
    for _ in range(repetitions):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return median(taken)


if __name__ == "__main__":
    main()
