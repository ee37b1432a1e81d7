"""Write the tables of docs/intervals.md from the account.

``python -m bench.inference.report``; a test compares them.
"""

from __future__ import annotations

import json
import math
from typing import Any

from bench.inference.coverage import COLUMNS, DEVELOPMENT, HELD_BACK
from bench.machine import ROOT
from bench.rounds import write_between

ACCOUNT = ROOT / "bench" / "results" / "inference" / "coverage.json"
PAGE = ROOT / "docs" / "intervals.md"
BEGIN, END = "<!-- coverage: begin -->\n", "<!-- coverage: end -->"
HEAD = (
    "| | n | sets | T | mean of T - T, in sd | mean of se / sd | covered % |",
    "|---|---|---|---|---|---|---|",
)


def row(cell: dict[str, Any]) -> str:
    """Return the row of a cell: bias and standard error in units of the true one, and coverage."""
    sets = cell["sets"]
    mean = cell["T"] / sets
    sd = math.sqrt((cell["T squared"] - sets * mean * mean) / (sets - 1))
    bias, ratio = (mean - cell["truth"]) / sd, cell["se"] / sets / sd
    name = cell["model"]
    if cell["exponent"] is not None:
        name += f", n^{cell['exponent']:g}"
    return (
        f"| {name} | {cell['n']} | {sets} | {cell['truth']:.3f} | {bias:+.1f} | {ratio:.2f} | "
        f"{100 * cell['covered'] / sets:.1f} |"
    )


def tables(account: dict[str, Any]) -> str:
    """Return the part of the page between the marks."""
    parts = (
        ("`codec_interval`", "codec_interval", HELD_BACK, False),
        ("`xi_interval`", "xi_interval", HELD_BACK, False),
        ("Sums of p independent columns", "codec_interval", COLUMNS, False),
        ("Exponents, models of development", "codec_interval", DEVELOPMENT, True),
    )
    lines = []
    for title, function, models, chosen in parts:
        rows = [
            row(cell)
            for cell in account["cells"]
            if cell["function"] == function
            and cell["model"] in models
            and (cell["exponent"] is not None) == chosen
            and cell["sets"] > 1
        ]
        if rows:
            lines += [f"**{title}**", "", *HEAD, *rows, ""]
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    account = json.loads(ACCOUNT.read_text(encoding="utf-8"))
    write_between(PAGE, BEGIN, END, tables(account))


if __name__ == "__main__":
    main()
