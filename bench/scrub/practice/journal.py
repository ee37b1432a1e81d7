"""The account: lines of JSON, one for each session and one for each cell, written as they come.

A cell may be told in several lines, each with some of the methods.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.machine import commit, describe
from bench.scrub.practice.methods import NOTHING

SCHEMA = "lcodec-bench-scrub-practice-1"
CLOSE = 1e-2  # by which what is there before a removal may differ between lines of a cell


def begin(file: Path, *, small: bool) -> list[dict[str, Any]]:
    """Return the cells that an account has, and open a session in it.

    Raises
    ------
    ValueError
        Where the account was made at another size.
    """
    found, sessions = read([file]) if file.exists() else ([], [])
    if any(session["small"] != small for session in sessions):
        raise ValueError(f"{file} was made {'without' if small else 'with'} --small")
    session = {
        "schema": SCHEMA,
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": describe(),
        "small": small,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if text and not text.endswith("\n"):  # interrupted while it was written
        file.write_text(text[: text.rfind("\n") + 1], encoding="utf-8")
    write(file, session)
    return found


def write(file: Path, line: dict[str, Any]) -> None:
    """Add a line."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def read(files: Sequence[Path]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the cells and the sessions of accounts, or of JSON lists of the same lines.

    Lines of one cell are put together; of a method that comes twice, the last row counts.

    Raises
    ------
    ValueError
        Where two lines of a cell are not of the same removal from the same network.
    """
    lines = []
    for file in files:
        if file.suffix == ".json":
            lines += json.loads(file.read_text(encoding="utf-8"))
            continue
        for text in file.read_text(encoding="utf-8").splitlines(keepends=True):
            if text.endswith("\n"):
                lines.append(json.loads(text))
    cells = [line for line in lines if "schema" not in line]
    return merged(cells), [line for line in lines if "schema" in line]


def place(cell: dict[str, Any]) -> tuple[Any, ...]:
    """Return what tells a cell from others."""
    return tuple(cell.get(name) for name in ("network", "seed", "kind", "sequence"))


def merged(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one cell for each place, with the methods of all its lines."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for cell in cells:
        first = found.get(place(cell))
        if first is None:
            found[place(cell)] = {**cell, "methods": dict(cell["methods"])}
            continue
        _alike(first, cell)
        first["methods"] |= {name: row for name, row in cell["methods"].items() if name != NOTHING}
    return list(found.values())


def _alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Refuse cells of one place that differ in what is there before a removal."""
    for measure in ("forgotten", "test"):
        values = [cell["methods"][NOTHING][measure] for cell in (one, other)]
        if not math.isclose(*values, rel_tol=CLOSE, abs_tol=1e-12):
            raise ValueError(
                f"{place(one)} is told twice, and differs before the removal: {measure} is "
                f"{values[0]:g} and {values[1]:g}"
            )
