"""What `foci(stop="test")` selects: under the null, after a true column, and on a hard table.

``python -m bench.selection.rates --output FILE`` adds to the account FILE the tables that it
measures; bench/results/selection/rates.json is that of the docs. Tables are numbered, and taken in
turn for all cells, so that an interrupted run is an account of fewer tables, and can be continued.

``null``: y is independent of ten columns; ``selected`` counts the runs that select anything.
``later``: y depends on the first of ten columns, which come alone or resemble it; ``selected``
counts the runs that begin with the first column and select another one, among ``begun`` ones.
``hard``: y = x1 x2 + sin(x1 x3) among 100 columns; counted are the runs whose columns contain the
right three (``all``), are these alone (``only``), and how many wrong ones there are in all.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import lcodec
from bench.rounds import in_rounds

LEVEL, RESAMPLES = 0.05, 99
NULL = ("continuous", "lattice", "binary", "binary y")
LATER = ("apart", "alike", "lattice")
NEIGHBORS = (1, 3, 5, 10, 20)
RIGHT = {0, 1, 2}
Array = np.ndarray[Any, np.dtype[np.float64]]


def null_table(kind: str, number: int) -> tuple[Array, Array]:
    """Return 50 rows of ten columns, and a response that is independent of them."""
    rng = np.random.default_rng([1, NULL.index(kind), number])
    if kind == "continuous":
        return rng.normal(size=(50, 10)), rng.normal(size=50)
    if kind == "lattice":
        return rng.integers(0, 4, (50, 10)).astype(float), rng.integers(0, 4, 50).astype(float)
    if kind == "binary":
        return rng.integers(0, 2, (50, 10)).astype(float), rng.integers(0, 2, 50).astype(float)
    return rng.normal(size=(50, 10)), rng.integers(0, 2, 50).astype(float)


def later_table(kind: str, number: int) -> tuple[Array, Array]:
    """Return 200 rows of ten columns, of which the response depends on the first alone."""
    rng = np.random.default_rng([2, LATER.index(kind), number])
    table = rng.normal(size=(200, 10))
    if kind == "alike":
        table[:, 1:] = 0.8 * table[:, :1] + 0.6 * table[:, 1:]
    elif kind == "lattice":
        table = np.round(2 * table)
    return table, np.sin(table[:, 0]) + 0.3 * rng.normal(size=200)


def hard_table(number: int) -> tuple[Array, Array]:
    """Return 200 rows of 100 columns, of which the first three matter."""
    table = np.random.default_rng([3, number]).normal(size=(200, 100))
    return table, table[:, 0] * table[:, 1] + np.sin(table[:, 0] * table[:, 2])


def chosen(table: Array, y: Array, number: int, **options: Any) -> list[int]:
    """Return what `foci` selects."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        selected = lcodec.foci(
            table, y, level=LEVEL, n_resamples=RESAMPLES, seed=number, **options
        ).selected
    return [int(column) for column in selected]


def count(cell: dict[str, Any], **counts: int) -> None:
    """Add one table to a cell."""
    cell["tables"] = cell.get("tables", 0) + 1
    for name, value in counts.items():
        cell[name] = cell.get(name, 0) + int(value)


def measure(name: str, cell: dict[str, Any], number: int) -> None:
    """Count the table with this number into a cell, unless it was counted before."""
    if cell.get("tables", 0) > number:
        return
    part, kind, *how = name.split("/")
    if part == "null":
        selected = chosen(*null_table(kind, number), number, stop="test", max_features=1)
        count(cell, selected=len(selected))
    elif part == "later":
        selected = chosen(*later_table(kind, number), number, stop="test", max_features=2)
        begun = selected[:1] == [0]
        count(cell, begun=begun, selected=begun and len(selected) > 1)
    else:
        stop = "test" if how == ["test"] else True
        selected = chosen(*hard_table(number), number, stop=stop, n_neighbors=int(kind))
        right = len(RIGHT & set(selected))
        count(
            cell, all=right == 3, only=set(selected) == RIGHT, right=right,
            wrong=len(selected) - right, none=not selected,
        )  # fmt: skip


def cells_of(part: str) -> list[str]:
    """Return the names of the cells of a part."""
    if part == "hard":
        return [f"hard/{k}/{how}" for k in NEIGHBORS for how in ("gain", "test")]
    return [f"{part}/{kind}" for kind in (NULL if part == "null" else LATER)]


def write(output: Path, cells: dict[str, dict[str, Any]]) -> None:
    """Write all cells, one a line."""
    account = {"level": LEVEL, "n_resamples": RESAMPLES, "cells": cells}
    text = json.dumps(account).replace('}, "', '},\n "')
    output.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="is continued where it exists")
    parser.add_argument("--parts", nargs="+", default=["null", "later", "hard"])
    parser.add_argument("--tables", type=int, default=1000)
    args = parser.parse_args()
    cells: dict[str, dict[str, Any]] = {}
    if args.output.exists():
        cells = json.loads(args.output.read_text(encoding="utf-8"))["cells"]
    names = [name for part in args.parts for name in cells_of(part)]

    def measure_all(number: int) -> None:
        for name in names:
            measure(name, cells.setdefault(name, {}), number)

    in_rounds(args.tables, measure_all, lambda: write(args.output, cells))


if __name__ == "__main__":
    main()
