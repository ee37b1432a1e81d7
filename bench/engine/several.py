"""What K nearest neighbours cost beside one: CPU seconds of FOCI on one thread, in the same run.

``python -m bench.engine.several`` prints a table of seconds and ratios on the four cases of the
engine; ``--output FILE`` writes it as JSON. Three columns are selected whatever their gain
(``max_features=3, stop=False``), so that every K takes the same steps; ``automatic`` is a run to
FOCI's own end.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path
from typing import Any

import lcodec
from bench.engine.steps import CASES
from bench.machine import commit, describe
from bench.speed.data import product

NEIGHBORS = (1, 2, 5, 10, 20)
MODES: dict[str, dict[str, Any]] = {
    "three": {"max_features": 3, "stop": False},
    "automatic": {},
}


def measure(n: int, p: int, mode: str, repetitions: int) -> dict[str, dict[str, Any]]:
    """Return the least CPU seconds, and what was selected, for each K; in turns."""
    X, y = product(n, p)
    found: dict[str, dict[str, Any]] = {}
    for repetition in range(-1, repetitions):  # the first compiles
        for neighbors in NEIGHBORS:
            start = time.process_time()
            result = lcodec.foci(X, y, n_neighbors=neighbors, n_jobs=1, **MODES[mode])
            seconds = time.process_time() - start
            if repetition >= 0:
                kept = found.setdefault(
                    str(neighbors), {"seconds": seconds, "selected": result.selected.tolist()}
                )
                kept["seconds"] = min(kept["seconds"], seconds)
    return found


def main() -> None:
    """Print the seconds and their ratios to K = 1, and write them."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine.several", description=__doc__)
    parser.add_argument("--output", type=Path, metavar="FILE")
    parser.add_argument("--repetitions", type=int, default=3)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", lcodec.LcodecWarning)
    runs = []
    print("| case | " + " | ".join(f"K = {neighbors}" for neighbors in NEIGHBORS) + " |")
    print("| --- |" + " --- |" * len(NEIGHBORS))
    for mode in MODES:
        for n, p in CASES:
            found = measure(n, p, mode, chosen.repetitions)
            one = found["1"]["seconds"]
            cells = [
                f"{of['seconds']:.3f} ({of['seconds'] / one:.1f})" for of in found.values()
            ]  # fmt: skip
            print(f"| {mode}, n={n} p={p} | {' | '.join(cells)} |", flush=True)
            runs.append({"mode": mode, "n": n, "p": p, "neighbors": found})
    if chosen.output is not None:
        head = {"schema": "lcodec-bench-several-1", "commit": commit(), "machine": describe()}
        chosen.output.write_text(json.dumps({**head, "runs": runs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
