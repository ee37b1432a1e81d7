"""Coverage of `codec_interval` and `xi_interval` at 95 %, their standard errors, and the bias of T.

``python -m bench.inference.coverage --output FILE`` adds to the account FILE the cells that it
measures; bench/results/inference/coverage.json is that of docs/intervals.md. Sets are numbered, and
taken in turn for all cells, so that an interrupted run is an account of fewer sets, and can be
continued. The exponent of the subsample size was chosen on the models of DEVELOPMENT; those of
HELD_BACK were used for no decision.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import lcodec
from bench.rounds import in_rounds

LEVEL = 0.95
PAIRS = 2_000_000  # rows behind a truth
KEYS = ("function", "model", "n", "exponent")
Array = np.ndarray[Any, np.dtype[np.float64]]
Draw = np.random.Generator


class Model(NamedTuple):
    """A response y(x, z) with noise of its own, z given x, and x; x may have no columns."""

    x: Callable[[Draw, int], Array]
    z: Callable[[Draw, Array], Array]
    y: Callable[[Draw, Array, Array], Array]

    def sample(self, rng: Draw, n: int) -> tuple[Array, Array, Array | None]:
        """Return y, z and x."""
        x = self.x(rng, n)
        z = self.z(rng, x)
        return self.y(rng, x, z), z, x if x.shape[1] else None

    def truth(self, rng: Draw) -> float:
        """Return what T tends to: its definition, with pairs of y of the same x and z.

        The nearest other row stands for a second y with the same z (and x); here it is drawn.
        """
        x = self.x(rng, PAIRS)
        z = self.z(rng, x)
        y, twin = self.y(rng, x, z), self.y(rng, x, z)
        ordered = np.sort(y)

        def below(values: Array) -> Array:  # of the distribution of y, as R_i / n
            return np.searchsorted(ordered, values, side="right") / len(ordered)

        with_z = below(np.minimum(y, twin)).mean()
        if x.shape[1]:
            without_z = below(np.minimum(y, self.y(rng, x, self.z(rng, x)))).mean()
            return float((with_z - without_z) / (below(y).mean() - without_z))
        above = 1 - np.searchsorted(ordered, y, side="left") / len(ordered)
        return float((with_z - (above**2).mean()) / (above * (1 - above)).mean())


def nothing(rng: Draw, n: int) -> Array:
    """Return an x without columns."""
    return np.empty((n, 0))


def normal(columns: int) -> Callable[[Draw, Array], Array]:
    """Return the z of independent normal columns."""
    return lambda rng, x: rng.normal(size=(len(x), columns))


def total(rng: Draw, x: Array, z: Array) -> Array:
    """Return the sum of all columns, of variance 1, and noise of half its size."""
    value: Array = z.sum(axis=1) / math.sqrt(z.shape[1]) + 0.5 * rng.normal(size=len(z))
    return value


DEVELOPMENT = {
    "line": Model(nothing, normal(1), lambda rng, x, z: z[:, 0] + rng.normal(size=len(z))),
    "independent": Model(nothing, normal(1), lambda rng, x, z: rng.normal(size=len(z))),
    "bit of a line": Model(
        nothing, normal(1), lambda rng, x, z: 1.0 * (z[:, 0] + 0.5 * rng.normal(size=len(z)) > 0.5)
    ),
    "steps": Model(
        nothing,
        lambda rng, x: rng.integers(0, 5, (len(x), 1)) * 1.0,
        lambda rng, x, z: z[:, 0] + rng.integers(0, 4, len(z)),
    ),
    "sum given x": Model(
        lambda rng, n: rng.normal(size=(n, 1)),
        lambda rng, x: 0.5 * x + rng.normal(size=x.shape),
        lambda rng, x, z: x[:, 0] + z[:, 0] + 0.5 * rng.normal(size=len(z)),
    ),
}
HELD_BACK = {
    "wave": Model(
        nothing,
        lambda rng, x: rng.random((len(x), 1)),
        lambda rng, x, z: np.sin(6 * z[:, 0]) + 0.3 * rng.normal(size=len(z)),
    ),
    "parabola, two columns": Model(
        nothing, normal(2), lambda rng, x, z: z[:, 0] ** 2 + z[:, 1] + rng.normal(size=len(z))
    ),
    "counts": Model(nothing, normal(1), lambda rng, x, z: 1.0 * rng.poisson(np.exp(z[:, 0]))),
    "classes": Model(
        nothing,
        lambda rng, x: rng.integers(0, 4, (len(x), 1)) * 1.0,
        lambda rng, x, z: (
            1.0 * (rng.random(len(z)) < np.array([0.1, 0.3, 0.6, 0.9])[z[:, 0].astype(int)])
        ),
    ),
    "sum modulo 1, given x": Model(
        lambda rng, n: rng.random((n, 1)),
        lambda rng, x: rng.random(x.shape),
        lambda rng, x, z: (x[:, 0] + z[:, 0]) % 1 + 0.1 * rng.normal(size=len(z)),
    ),
    "bit, given five values": Model(
        lambda rng, n: rng.integers(0, 5, (n, 1)) * 1.0,
        lambda rng, x: rng.normal(size=x.shape),
        lambda rng, x, z: 1.0 * (x[:, 0] / 2 + z[:, 0] + 0.5 * rng.normal(size=len(z)) > 1),
    ),
}
COLUMNS = {f"sum of {p}": Model(nothing, normal(p), total) for p in (1, 2, 3, 5, 8)}
MODELS = DEVELOPMENT | HELD_BACK | COLUMNS


def add(cell: dict[str, Any], number: int) -> None:
    """Count the set with this number into a cell, unless it was counted before."""
    if cell["sets"] > number:
        return
    model, n = MODELS[cell["model"]], cell["n"]
    y, z, x = model.sample(np.random.default_rng([n, number]), n)
    size = None if cell["exponent"] is None else max(10, int(n ** cell["exponent"] + 1e-9))
    options = {"level": LEVEL, "subsample_size": size, "seed": number}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        if cell["function"] == "xi_interval":
            result = lcodec.xi_interval(z[:, 0], y, **options)
        else:
            result = lcodec.codec_interval(y, z, x, **options)
    cell["sets"] += 1
    cell["covered"] += int(result.low <= cell["truth"] <= result.high)
    cell["below"] += int(result.high < cell["truth"])
    cell["T"] += result.statistic
    cell["T squared"] += result.statistic**2
    cell["se"] += result.se


def write(output: Path, cells: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    """Write all cells, one a line."""
    ordered = sorted(cells, key=lambda key: [str(part).rjust(9) for part in key])
    text = json.dumps({"level": LEVEL, "cells": [cells[key] for key in ordered]})
    output.write_text(text.replace('{"function"', '\n{"function"') + "\n", encoding="utf-8")


def main() -> None:
    """Measure the cells that the arguments span."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="is continued where it exists")
    parser.add_argument("--function", default="codec_interval", help="or xi_interval")
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 200, 1000])
    parser.add_argument("--models", nargs="+", default=list(HELD_BACK), choices=list(MODELS))
    parser.add_argument("--exponents", type=float, nargs="+", default=[None], help="of n")
    parser.add_argument("--sets", type=int, default=1000)
    args = parser.parse_args()
    cells: dict[tuple[Any, ...], dict[str, Any]] = {}
    if args.output.exists():
        for cell in json.loads(args.output.read_text(encoding="utf-8"))["cells"]:
            cells[tuple(cell[key] for key in KEYS)] = cell
    wanted = list(itertools.product([args.function], args.models, args.rows, args.exponents))
    for key in wanted:
        if key not in cells:
            truth = MODELS[key[1]].truth(np.random.default_rng(1))
            zero = {"sets": 0, "covered": 0, "below": 0, "T": 0.0, "T squared": 0.0, "se": 0.0}
            cells[key] = {**dict(zip(KEYS, key, strict=True)), "truth": truth, **zero}

    def measure(number: int) -> None:
        for key in wanted:
            add(cells[key], number)

    in_rounds(args.sets, measure, lambda: write(args.output, cells))


if __name__ == "__main__":
    main()
