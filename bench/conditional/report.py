"""Write the tables of docs/conditional-test.md from the account.

``python -m bench.conditional.report``; a test compares them.
"""

from __future__ import annotations

import json
from typing import Any

from bench.machine import ROOT
from bench.rounds import write_between

ACCOUNT = ROOT / "bench" / "results" / "conditional" / "levels.json"
PAGE = ROOT / "docs" / "conditional-test.md"
BEGIN, END = "<!-- levels: begin -->\n", "<!-- levels: end -->"
WAYS = {"none": "no adjustment", "kernel": "`adjust='kernel'`"}


def percent(part: int, whole: int) -> str:
    """Return a share in whole percent."""
    return str(round(100 * part / whole))


def table(cells: list[dict[str, Any]], adjust: str) -> list[str]:
    """Return a table of one way: rejected and, where any is, warned in %."""
    cells = [cell for cell in cells if adjust in cell]
    columns = sorted({cell["p"] for cell in cells})
    lines = ["| n | shape | noise | sets | " + " | ".join(f"p = {p}" for p in columns) + " |"]
    lines.append("|" + "---|" * (4 + len(columns)))
    rows: dict[tuple[Any, ...], dict[int, str]] = {}
    sets: dict[tuple[Any, ...], list[int]] = {}
    for cell in cells:
        counts = cell[adjust]
        shown = percent(counts["rejected"], counts["sets"])
        if counts["warned"]:
            shown += f" ({percent(counts['warned'], counts['sets'])})"
        key = cell["n"], cell["shape"], cell["noise"]
        rows.setdefault(key, {})[cell["p"]] = shown
        sets.setdefault(key, []).append(counts["sets"])
    for key, row in rows.items():
        least, most = min(sets[key]), max(sets[key])
        number = f"{least}" if least == most else f"{least} to {most}"
        shown = " | ".join([*map(str, key), number, *(row.get(p, "") for p in columns)])
        lines.append(f"| {shown} |")
    return lines


def tables(account: dict[str, Any]) -> str:
    """Return the part of the page between the marks."""
    lines = []
    for link in sorted({cell["link"] for cell in account["cells"]}):
        cells = [cell for cell in account["cells"] if cell["link"] == link]
        title = f"Power at link {link:g}" if link else "Level"
        for adjust, name in WAYS.items():
            lines += [f"**{title}, {name}**", "", *table(cells, adjust), ""]
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    account = json.loads(ACCOUNT.read_text(encoding="utf-8"))
    write_between(PAGE, BEGIN, END, tables(account))


if __name__ == "__main__":
    main()
