"""Rejection rates of the conditional `codec_test` at 5 %, and of its warning: levels and power.

``python -m bench.conditional.levels --output FILE`` adds to the account FILE the cells that it
measures; bench/results/conditional/levels.json is that of docs/conditional-test.md. Sets are
numbered, and taken in turn for all cells, so that an interrupted run is an account of fewer sets,
and can be continued.
"""

from __future__ import annotations

import argparse
import itertools
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import lcodec
from bench.rounds import in_rounds

LEVEL = 0.05
RESAMPLES = 99
KEYS = ("n", "shape", "p", "noise", "link")
Array = np.ndarray[Any, np.dtype[np.float64]]
Signal = Callable[[Array], Array]


def total(x: Array) -> Array:
    """Return the sum of all columns, of variance 1."""
    signal: Array = x.sum(axis=1) / np.sqrt(x.shape[1])
    return signal


def wave(x: Array) -> Array:
    """Return a wave, and from three columns on a product; the other columns have no effect."""
    signal: Array = np.sin(2 * x[:, 0])
    return signal + x[:, 1] * x[:, 2] if x.shape[1] > 2 else signal


def bent(x: Array) -> Array:
    """Return a bent sum and a parabola of its first column."""
    signal: Array = np.tanh(2 * total(x)) + x[:, 0] ** 2 / 2
    return signal


def grown(x: Array) -> Array:
    """Return exp of half the sum."""
    signal: Array = np.exp(total(x) / 2)
    return signal


# f, g and whether the noise of y grows with the first column; "uneven" was used for no decision
SHAPES: dict[str, tuple[Signal, Signal, bool]] = {
    "sum": (total, total, False),
    "wave": (wave, wave, False),
    "uneven": (grown, bent, True),
}


def draw(
    shape: str, n: int, p: int, noise: float, link: float, number: int
) -> tuple[Array, Array, Array]:
    """Return y = f(x) + noise (e + link e'), z = g(x) + noise e', and x: independent at link 0."""
    f, g, uneven = SHAPES[shape]
    rng = np.random.default_rng([n, p, number])
    x, e, other = rng.normal(size=(n, p)), rng.normal(size=n), rng.normal(size=n)
    own = e * (0.5 + np.abs(x[:, 0])) if uneven else e
    return f(x) + noise * (own + link * other), g(x) + noise * other, x


def outcome(sample: tuple[Array, Array, Array], number: int, adjust: Any) -> tuple[bool, bool]:
    """Return whether the test rejects, and whether it warns."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", lcodec.LcodecWarning)
        result = lcodec.codec_test(
            *sample, n_resamples=RESAMPLES, standardize="std", adjust=adjust, seed=number
        )
    ids = [getattr(warning.message, "id", "") for warning in caught]
    return result.pvalue <= LEVEL, "lcodec:poorExchange" in ids


def add(cell: dict[str, Any], adjust: str, number: int) -> None:
    """Count the set with this number into a cell, unless it was counted before."""
    counts = cell.setdefault(
        adjust, {"sets": 0, "rejected": 0, "warned": 0, "rejected without warning": 0}
    )
    if counts["sets"] > number:
        return
    sample = draw(cell["shape"], cell["n"], cell["p"], cell["noise"], cell["link"], number)
    rejects, warns = outcome(sample, number, None if adjust == "none" else adjust)
    counts["sets"] += 1
    counts["rejected"] += int(rejects)
    counts["warned"] += int(warns)
    counts["rejected without warning"] += int(rejects and not warns)


def write(output: Path, cells: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    """Write all cells, one a line."""
    account = {
        "level": LEVEL,
        "n_resamples": RESAMPLES,
        "cells": [cells[key] for key in sorted(cells)],
    }
    text = json.dumps(account).replace('{"n"', '\n{"n"')
    output.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Measure the cells that the arguments span."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="is continued where it exists")
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--columns", type=int, nargs="+", default=[1, 2, 3, 5, 8])
    parser.add_argument("--noise", type=float, nargs="+", default=[0.2, 0.5])
    parser.add_argument("--shapes", nargs="+", default=list(SHAPES), choices=list(SHAPES))
    parser.add_argument("--adjust", nargs="+", default=["none", "kernel"])
    parser.add_argument("--link", type=float, default=0.0, help="0: level; above 0: power")
    parser.add_argument("--sets", type=int, default=300)
    args = parser.parse_args()
    cells: dict[tuple[Any, ...], dict[str, Any]] = {}
    if args.output.exists():
        for cell in json.loads(args.output.read_text(encoding="utf-8"))["cells"]:
            cells[tuple(cell[key] for key in KEYS)] = cell
    wanted = list(itertools.product(args.rows, args.shapes, args.columns, args.noise, [args.link]))

    def measure(number: int) -> None:
        for key in wanted:
            cell = cells.setdefault(key, dict(zip(KEYS, key, strict=True)))
            for adjust in args.adjust:
                add(cell, adjust, number)

    in_rounds(args.sets, measure, lambda: write(args.output, cells))


if __name__ == "__main__":
    main()
