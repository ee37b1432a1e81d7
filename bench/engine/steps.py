"""Where the time of a FOCI run goes: CPU seconds of each step, by method, on one thread.

``python -m bench.engine.steps`` prints the table of bench/README.md.
"""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from bench.speed.data import product
from lcodec.dependence.coefficient import Response
from lcodec.neighbors.cpu.search import Search
from lcodec.resources import jobs

CASES = ((1000, 100), (1000, 1000), (10_000, 100), (100_000, 10))
CHOSEN = (2, 0, 1)  # what FOCI selects here
REPETITIONS = 5


def main() -> None:
    """Print a row per case: preparing and scoring of each step."""
    print("| case | S empty | one column | two: prepare, score | three: prepare, score |")
    print("| --- | --- | --- | --- | --- |")
    for n, p in CASES:
        runs = [run(n, p) for _ in range(REPETITIONS + 1)][1:]
        cells = []
        for step in range(len(CHOSEN) + 1):
            name = runs[0][step][0]
            prepare = median(one[step][1] for one in runs)
            score = median(one[step][2] for one in runs)
            cells.append(
                f"{name} {prepare + score:.3f}"
                if step < 2
                else f"{name} {prepare:.3f}, {score:.3f}"
            )
        print(f"| n={n} p={p} | {' | '.join(cells)} |")


def run(n: int, p: int) -> list[tuple[str, float, float]]:
    """Return method, seconds to prepare and seconds to score, for each step."""
    X, y = product(n, p)
    columns, steps = np.ascontiguousarray(X.T), []
    with jobs(1):
        search = Search(columns, np.ones(p), Response.of(y).at_most)
        for step in range(len(CHOSEN) + 1):
            rest = np.setdiff1d(np.arange(p), CHOSEN[:step])
            start = time.process_time()
            search.prepare(len(rest))
            middle = time.process_time()
            search.sums(rest)
            end = time.process_time()
            assert search._method is not None
            steps.append((search._method.name, middle - start, end - middle))
            if step < len(CHOSEN):
                search.choose(CHOSEN[step])
    return steps


if __name__ == "__main__":
    main()
