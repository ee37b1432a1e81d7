"""The rows of docs/migration.md, the data that they are about, and how values are written there."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import lcodec

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "migration.md").read_text(encoding="utf-8")
RECORDED: dict[str, dict[str, Any]] = json.loads(
    (ROOT / "parity_tests" / "golden" / "migration.json").read_text(encoding="utf-8")
)
"""For each section: its source, the options of its functions, and what its calls gave."""
FLAGS = "the authors' scripts"  # its table is of another form


class Row(NamedTuple):
    """A line of a table: code without its backticks, values as they are shown.

    `python` is "none" where an option of theirs has no counterpart.
    """

    section: str
    theirs: str
    python: str
    matlab: str
    gives: str
    ours: str
    differs: str


def lines_of(section: str) -> list[list[str]]:
    """Return the cells of a section's table, without its head."""
    text = PAGE.split(f"\n## Coming from {section}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def sections() -> list[str]:
    """Return the names of the sections with calls."""
    return [s for s in re.findall(r"^## Coming from (.*)$", PAGE, re.MULTILINE) if s != FLAGS]


def rows() -> list[Row]:
    """Return every row of the tables of calls."""
    return [_row(section, *cells) for section in sections() for cells in lines_of(section)]


def _row(section: str, theirs: str, ours: str, gives: str, differs: str) -> Row:
    python, _, matlab = ours.partition("<br>")
    value, _, other = gives.partition("<br>")
    code = (cell.strip("`") for cell in (theirs, python, matlab))
    return Row(section, *code, value, other or value, differs)


def block(language: str) -> str:
    """Return the code that makes the data in a language."""
    code = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[0]
    return re.sub(r"^>>> ?", "", str(code), flags=re.MULTILINE)


def namespace() -> dict[str, Any]:
    """Return what the calls in Python need: NumPy, lcodec and the data."""
    names: dict[str, Any] = {}
    exec(block("python"), names)
    return names


def evaluated(code: str, names: dict[str, Any]) -> Any:
    """Return the value of an expression; our warnings are for the page to tell."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        return eval(code, names)


def shown(value: Any) -> str:
    """Write a value as the page does: whole numbers, texts, or four decimals."""
    array = np.ravel(np.asarray(value))
    if array.size == 0:
        return "nothing"
    if array.dtype.kind != "f":
        return ", ".join(map(str, array))
    return ", ".join("NaN" if np.isnan(v) else f"{v:.4f}" for v in array)
