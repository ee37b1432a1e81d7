"""Which rule for K lets FOCI find the right columns: chosen on some tables, reported on others.

``python -m bench.selection.neighbors --output FILE`` writes, for every rule, family of tables and
number of rows, the mean Jaccard index of what `foci` selects and the right columns, and how often
the two are equal. `DEVELOPMENT` families are those on which the rule of ``n_neighbors="auto"`` was
chosen; `HELD_BACK` ones were measured after that. Tables are numbered; all rules see the same.
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import lcodec

Array = np.ndarray[Any, np.dtype[np.float64]]
Draw = Callable[[np.random.Generator, int], tuple[Array, Array, set[int]]]
ROWS = (50, 100, 200, 500, 1000)
RULES: dict[str, Callable[[int], int]] = {
    "1": lambda n: 1,
    "3": lambda n: 3,
    "5": lambda n: 5,
    "10": lambda n: 10,
    "20": lambda n: 20,
    "n/20, at most 20": lambda n: min(math.ceil(n / 20), 20),
    "n/50, at most 10": lambda n: max(1, min(n // 50, 10)),
    "n/15, at most 20": lambda n: min(math.ceil(n / 15), 20),
    "n/15, at most the square root of n": lambda n: min(math.ceil(n / 15), math.isqrt(n)),
    "square root of n, halved": lambda n: math.isqrt(n) // 2,
    "square root of n": math.isqrt,
}


def interaction(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw 30 columns, of which three are in two products, the second in a sine."""
    X = rng.normal(size=(n, 30))
    return X, X[:, 0] * X[:, 1] + np.sin(X[:, 0] * X[:, 2]), {0, 1, 2}


def linear(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw 20 columns, three of them with coefficients 3, 2, 1, and noise."""
    X = rng.normal(size=(n, 20))
    return X, X[:, :3] @ [3.0, 2.0, 1.0] + rng.normal(size=n), {0, 1, 2}


def alike(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw a chain of columns of correlation 0.7, of which two matter."""
    X = rng.normal(size=(n, 15))
    for j in range(1, 15):
        X[:, j] = 0.7 * X[:, j - 1] + math.sqrt(1 - 0.49) * X[:, j]
    return X, X[:, 3] + X[:, 9] ** 2 + 0.5 * rng.normal(size=n), {3, 9}


def binary(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw a response of 0 and 1 by three columns of 15."""
    X = rng.normal(size=(n, 15))
    y = X[:, 0] + X[:, 1] * X[:, 2] + 0.3 * rng.normal(size=n) > 0
    return X, 1.0 * y, {0, 1, 2}


def waves(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw a fast sine of one column plus another, of ten."""
    X = rng.uniform(size=(n, 10))
    y = np.sin(12 * X[:, 0]) + 2 * X[:, 1] + 0.2 * rng.normal(size=n)
    return X, y, {0, 1}


def counts(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw columns of few values with a count as the response."""
    X = rng.integers(0, 4, (n, 12)).astype(float)
    return X, rng.poisson(1 + X[:, 0] * X[:, 1]).astype(float), {0, 1}


def friedman(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw the function of Friedman (1991), of five columns of ten."""
    X = rng.uniform(size=(n, 10))
    y = 10 * np.sin(math.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2
    return X, y + 10 * X[:, 3] + 5 * X[:, 4] + rng.normal(size=n), {0, 1, 2, 3, 4}


def modulo(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw a sum modulo 1 of two columns of eight; neither tells anything alone."""
    X = rng.uniform(size=(n, 8))
    return X, (X[:, 2] + X[:, 5]) % 1, {2, 5}


def tails(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw columns with heavy tails, of which one is scaled by another."""
    X = rng.standard_t(2, size=(n, 20))
    return X, X[:, 0] * np.exp(0.5 * np.tanh(X[:, 1])) + rng.normal(size=n), {0, 1}


def classes(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw four quadrants as grades from 0 to 3, with one in ten at random."""
    X = rng.normal(size=(n, 15))
    y = 2.0 * (X[:, 4] > 0) + (X[:, 7] > 0)
    wrong = rng.random(n) < 0.1
    return X, np.where(wrong, rng.integers(0, 4, n), y), {4, 7}


def spread(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw a response of which one column moves the mean and another the spread."""
    X = rng.normal(size=(n, 12))
    return X, X[:, 1] + np.exp(0.7 * X[:, 6]) * rng.normal(size=n), {1, 6}


def rounded(rng: np.random.Generator, n: int) -> tuple[Array, Array, set[int]]:
    """Draw columns of which half is 0, and what is left has one decimal."""
    X = np.where(rng.random((n, 15)) < 0.5, 0, rng.normal(size=(n, 15)).round(1))
    y = X[:, 0] + np.abs(X[:, 1]) - X[:, 2] + 0.3 * rng.normal(size=n)
    return X, y, {0, 1, 2}


DEVELOPMENT: tuple[Draw, ...] = (interaction, linear, alike, binary, waves, counts)
HELD_BACK: tuple[Draw, ...] = (friedman, modulo, tails, classes, spread, rounded)


def measure(draw: Draw, n: int, tables: int) -> dict[str, dict[str, float]]:
    """Return mean Jaccard index and share of exact sets, for every rule."""
    jaccard, equal = dict.fromkeys(RULES, 0.0), dict.fromkeys(RULES, 0)
    for number in range(tables):
        X, y, right = draw(np.random.default_rng([4, n, number]), n)
        found: dict[int, set[int]] = {}
        for name, rule in RULES.items():
            k = rule(n)
            if k not in found:
                result = lcodec.foci(X, y, n_neighbors=k, response="ordered", n_jobs=1)
                found[k] = {int(j) for j in result.selected}
            jaccard[name] += len(found[k] & right) / len(found[k] | right)
            equal[name] += found[k] == right
    return {
        name: {"jaccard": round(jaccard[name] / tables, 3), "equal": round(equal[name] / tables, 3)}
        for name in RULES
    }


def main() -> None:
    """Print means over the families, and write all cells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--tables", type=int, default=40)
    parser.add_argument("--part", choices=["development", "held_back"], nargs="+")
    options = parser.parse_args()
    warnings.simplefilter("ignore", lcodec.LcodecWarning)
    account: dict[str, Any] = {"tables": options.tables, "lcodec": lcodec.__version__}
    if options.output.exists():  # the other part
        account |= json.loads(options.output.read_text(encoding="utf-8"))
    parts = {"development": DEVELOPMENT, "held_back": HELD_BACK}
    for part in options.part or parts:
        cells = account[part] = {
            f"{draw.__name__}, n = {n}": measure(draw, n, options.tables)
            for draw in parts[part]
            for n in ROWS
        }
        print(part)
        for rule in RULES:
            by_rows = np.array([cell[rule]["jaccard"] for cell in cells.values()])
            by_rows = by_rows.reshape(-1, len(ROWS)).mean(axis=0)
            print(f"{rule}: {np.mean(by_rows):.3f}  {np.round(by_rows, 3)}", flush=True)
        text = json.dumps(account, indent=1) + "\n"
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
