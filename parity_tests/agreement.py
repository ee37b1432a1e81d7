"""Comparison of two replies bit by bit, and the account of everything that was compared."""

from __future__ import annotations

import datetime
import json
import platform
from pathlib import Path
from typing import Any

import numba
import numpy as np

import lcodec
from parity_tests.engines import Reply

REPORT = Path(__file__).resolve().parent / "report.json"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "parity.md"
COUNTS: dict[str, dict[str, int]] = {}
VERSIONS = {
    "lcodec": lcodec.__version__,
    "python": platform.python_version(),
    "numpy": np.__version__,
    "numba": numba.__version__,
}


def compare(name: str, python: Reply, other: Reply) -> None:
    """Count one example of a function, and fail unless both replies are the same.

    Values must have the same shapes and bits (all NaN count as one), errors and warnings the same
    id and words.
    """
    count = _count(name)
    count["examples"] += 1
    assert other.error == python.error, f"{python.error} in Python, {other.error} in MATLAB code"
    if python.error is not None:
        count["errors"] += 1
        return
    assert other.warning == python.warning, f"{python.warning} in Python, {other.warning}"
    mine, theirs = _flat(python.values), _flat(other.values)
    assert [item for item in theirs if not isinstance(item, np.ndarray)] == [
        item for item in mine if not isinstance(item, np.ndarray)
    ]
    arrays = [(a, b) for a, b in zip(mine, theirs, strict=True) if isinstance(a, np.ndarray)]
    assert [b.shape for _, b in arrays] == [a.shape for a, _ in arrays]
    wrong = sum(_mismatching_bits(a, b) for a, b in arrays)
    count["numbers"] += sum(a.size for a, _ in arrays)
    count["mismatching_bits"] += wrong
    assert wrong == 0, f"{wrong} bits differ: {mine} in Python, {theirs} in MATLAB code"


def add(counts: dict[str, dict[str, int]], versions: dict[str, str]) -> None:
    """Add what another process compared."""
    VERSIONS.update(versions)
    for name, others in counts.items():
        mine = _count(name)
        for what, number in others.items():
            mine[what] += number


def table() -> str:
    """Return the counts as a Markdown table."""
    lines = [
        "| function | examples | of them errors | numbers compared | mismatching bits |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {c['examples']} | {c['errors']} | {c['numbers']} | {c['mismatching_bits']} |"
        for name, c in sorted(COUNTS.items())
    ]
    return "\n".join(lines)


def write() -> None:
    """Write report.json, and the same as a page of the documentation."""
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    machine = f"{platform.system()} {platform.machine()}"
    report = {"date": today, "machine": machine, "versions": VERSIONS, "functions": COUNTS}
    REPORT.write_text(json.dumps(report, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    versions = ", ".join(f"{name} {version}" for name, version in VERSIONS.items())
    PAGE.write_text(
        "# Agreement of Python and MATLAB code\n\n"
        "Written by `make parity`; do not edit. Every example calls a function in both languages\n"
        "on data made to break it, and compares every bit of every value, and the id and the\n"
        f"words of every error and warning.\n\n{table()}\n\n"
        f"{today}, {machine}; {versions}.\n",
        encoding="utf-8",
    )


def _count(name: str) -> dict[str, int]:
    none = {"examples": 0, "errors": 0, "numbers": 0, "mismatching_bits": 0}
    return COUNTS.setdefault(name, none)


def _flat(values: Any) -> list[Any]:
    """Return matrices and text in order; names, which only tables have, are left out."""
    if isinstance(values, dict):
        return [
            part for key in sorted(values) if key != "names" for part in (key, *_flat(values[key]))
        ]
    if isinstance(values, (tuple, list)):
        return [part for value in values for part in _flat(value)]
    return [values if isinstance(values, str) else np.asarray(values, dtype=np.float64)]


def _mismatching_bits(a: np.ndarray, b: np.ndarray) -> int:
    words = [np.where(np.isnan(v), np.nan, v).view(np.uint64) for v in (a, b)]
    return sum(int(word).bit_count() for word in (words[0] ^ words[1]).ravel())
