"""Level and power at 5 % of `codec_test` without x, for K neighbours and both methods.

``python -m bench.inference.power --output FILE`` writes the account;
bench/results/inference/power.json is that of docs/which-test.md. ``--page`` writes the tables of
the page from it. Sets are numbered, and all methods and K see the same ones.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import lcodec
from bench.machine import ROOT
from bench.rounds import write_between

LEVEL, RESAMPLES = 0.05, 199
NEIGHBORS, ROWS = (1, 3, 5, 10), (100, 300)
ACCOUNT = ROOT / "bench" / "results" / "inference" / "power.json"
PAGE = ROOT / "docs" / "which-test.md"
BEGIN, END = "<!-- power: begin -->\n", "<!-- power: end -->"
Array = np.ndarray[Any, np.dtype[np.float64]]
Draw = Callable[[np.random.Generator, int], tuple[Array, Array]]


def noise(rng: np.random.Generator, n: int, q: int = 1) -> tuple[Array, Array]:
    """Return y and q columns of z, all independent."""
    return rng.normal(size=n), rng.normal(size=(n, q))


def line(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Return y = 0.3 z + e."""
    e, z = noise(rng, n)
    return 0.3 * z[:, 0] + e, z


def sine(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Return y = sin(4 z) + e."""
    e, z = noise(rng, n)
    return np.sin(4 * z[:, 0]) + e, z


def parabola(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Return y = 0.4 z^2 + e."""
    e, z = noise(rng, n)
    return 0.4 * z[:, 0] ** 2 + e, z


def discrete(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Return counts: y of Poisson 1 + z/3, z of 0..3."""
    z = rng.integers(0, 4, (n, 1)) * 1.0
    return rng.poisson(1 + z[:, 0] / 3).astype(float), z


# name, draw, and how it reads in a table; the first ones are nulls
NULLS: dict[str, tuple[Draw, str]] = {
    "normal, 1 column": (noise, "y and z normal"),
    "normal, 3 columns": (lambda rng, n: noise(rng, n, 3), "y normal, 3 columns of z"),
    "normal, 10 columns": (lambda rng, n: noise(rng, n, 10), "y normal, 10 columns of z"),
    "binary y": (
        lambda rng, n: (rng.integers(0, 2, n) * 1.0, rng.normal(size=(n, 2))),
        "y of 0 and 1, 2 columns of z",
    ),
    "lattice": (
        lambda rng, n: (rng.integers(0, 5, n) * 1.0, rng.integers(0, 4, (n, 2)) * 1.0),
        "y of 5 values, 2 columns of z of 4 values",
    ),
}
SHAPES: dict[str, tuple[Draw, str]] = {
    "line": (line, "y = 0.3 z + e"),
    "sine": (sine, "y = sin(4 z) + e"),
    "parabola": (parabola, "y = 0.4 z² + e"),
    "discrete": (discrete, "y Poisson of mean 1 + z/3, z of 0 to 3"),
}


def rejected(draw: Draw, n: int, k: int, method: Any, sets: int) -> int:
    """Count the data sets that a test rejects."""
    count = 0
    for number in range(sets):
        y, z = draw(np.random.default_rng([n, number]), n)
        result = lcodec.codec_test(
            y, z, method=method, n_neighbors=k, n_resamples=RESAMPLES, seed=number,
            response="ordered",
        )  # fmt: skip
        count += int(result.pvalue <= LEVEL)
    return count


def measure(sets: int, rows: tuple[int, ...] = ROWS) -> dict[str, Any]:
    """Return the account: all cells with how many of their sets are rejected."""
    cells = []
    for family, n, k, method in itertools.product(
        ("null", "power"), rows, NEIGHBORS, ("moments", "permutation")
    ):
        shapes = NULLS if family == "null" else SHAPES
        # the level of permutations is exact by construction: it needs no account
        for name in shapes if (family, method) != ("null", "permutation") else ():
            some = sets if method == "moments" else sets // 4
            count = rejected(shapes[name][0], n, k, method, some)
            cells.append({
                "family": family, "shape": name, "n": n, "K": k, "method": method, "sets": some,
                "rejected": count,
            })  # fmt: skip
    return {"level": LEVEL, "n_resamples": RESAMPLES, "cells": cells}


def table(account: dict[str, Any], family: str, method: str) -> list[str]:
    """Return the table of one method: rejected in %, one column for each K."""
    shapes = NULLS if family == "null" else SHAPES
    cells = {
        (cell["n"], cell["shape"], cell["K"]): cell
        for cell in account["cells"]
        if (cell["family"], cell["method"]) == (family, method)
    }
    sets = next(iter(cells.values()))["sets"]
    lines = [f"**{'Level' if family == 'null' else 'Power'}, `{method}`, {sets} sets a cell**", ""]
    lines += ["| data | n | " + " | ".join(f"K = {k}" for k in NEIGHBORS) + " |"]
    lines += ["|" + "---|" * (2 + len(NEIGHBORS))]
    for name, n in itertools.product(shapes, sorted({key[0] for key in cells})):
        found = [cells[n, name, k] for k in NEIGHBORS]
        shown = [f"{100 * cell['rejected'] / cell['sets']:.1f}" for cell in found]
        lines.append(f"| {shapes[name][1]} | {n} | " + " | ".join(shown) + " |")
    return [*lines, ""]


def tables(account: dict[str, Any]) -> str:
    """Return the part of the page between the marks."""
    lines = table(account, "null", "moments")
    for method in ("moments", "permutation"):
        lines += table(account, "power", method)
    return "\n".join(lines)


def main() -> None:
    """Measure, or write the page from an account."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, help="where to write the account")
    parser.add_argument("--sets", type=int, default=1000, help="a cell; a fourth of it permuted")
    parser.add_argument("--page", action="store_true", help="write docs/which-test.md")
    args = parser.parse_args()
    if args.output is not None:
        account = measure(args.sets)
        text = json.dumps(account).replace('{"family"', '\n{"family"')
        args.output.write_text(text + "\n", encoding="utf-8")
    if args.page:
        account = json.loads(ACCOUNT.read_text(encoding="utf-8"))
        write_between(PAGE, BEGIN, END, tables(account))


if __name__ == "__main__":
    main()
