"""Tables in words: the targets, FOCI beside its peers, growth, and every measurement."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.rounds import write_between

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
SIZES = ("n=1e3 p=100", "n=1e3 p=1e3", "n=1e3 p=1e4", "n=1e4 p=100", "n=1e5 p=10")
FOCI = [f"foci {size}" for size in SIZES]


def report(account: dict[str, Any]) -> str:
    """Return the account as Markdown."""
    machine = account["machine"]
    intro = (
        f"`{account['mode']}` session of {account['date']}, "
        f"commit {account['commit'] or 'unknown'}: "
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system']}; load average before it {machine['load']}."
    )
    sections = {
        "Targets": _verdicts(account["verdicts"]),
        "FOCI on one thread, CPU seconds": _peers(account["results"]),
        "Growth": _curves(account["curves"]),
        "Everything measured": _results(account["results"]),
    }
    parts = [f"### {title}\n\n{text}" for title, text in sections.items() if text]
    return "\n\n".join([intro, *parts, "Versions: " + _versions(account["results"]) + "."])


def write_readme(account: dict[str, Any]) -> None:
    """Replace the tables between the marks in bench/README.md."""
    write_between(README, BEGIN, END, f"\n\n{report(account)}\n\n")


def _verdicts(verdicts: list[dict[str, Any]]) -> str:
    words = {"goal": "**goal**", "floor": "floor", "no": "**not met**"}
    rows = [
        (
            item["target"],
            number(item["figure"]),
            f"{item['bound']} {number(item['floor'])}",
            number(item["goal"]),
            words.get(item["met"], item["met"]),
        )
        for item in verdicts
    ]
    return table(("target", "figure", "floor", "goal", "met"), rows)


def _peers(results: list[dict[str, Any]]) -> str:
    found = {(r["tool"], r["case"]): r for r in results if r["case"] in FOCI and r["threads"] == 1}
    titles = {tool: record["title"] for (tool, _), record in found.items()}
    rows = [
        (title, *(_peer(found.get((tool, case))) for case in FOCI))
        for tool, title in titles.items()
    ]
    return table(("tool", *SIZES), rows) if rows else ""


def _peer(record: dict[str, Any] | None) -> str:
    if record is None:
        return "–"
    if record["status"] != "measured":
        return str(record["status"])
    return number(record["cpu_median"]) + ("\\*" if record.get("scaled") else "")


def _curves(curves: list[dict[str, Any]]) -> str:
    rows = []
    for curve in curves:
        first, last = curve["points"][0][0], curve["points"][-1][0]
        exponent = f"{curve['exponent']:.2f}"
        rows.append((curve["name"], curve["tool"], f"{first} to {last}", exponent))
    return table(("CPU seconds against", "tool", "from, to", "exponent"), rows) if rows else ""


def _results(results: list[dict[str, Any]]) -> str:
    rows = [
        (
            r["case"],
            r["tool"] + ("\\*" if r.get("scaled") else ""),
            str(r["threads"]),
            number(r["wall_median"]) if "wall_median" in r else f"{r['status']}: {r['reason']}",
            number(r.get("cpu_median")),
            str(len(r.get("wall_seconds", ()))),
            mebibytes(r.get("peak_bytes")),
            mebibytes(increase(r)),
            {True: "yes", False: "**WRONG**", None: "–"}[r.get("agrees")],
        )
        for r in results
    ]
    columns = ("case", "tool", "threads", "seconds", "CPU", "runs", "peak MiB", "increase", "right")
    note = "\n\n\\* measured on a sample of the candidates and scaled to all of them."
    return table(columns, rows) + (note if any(r.get("scaled") for r in results) else "")


def _versions(results: list[dict[str, Any]]) -> str:
    pairs = {
        f"{name} {version}"
        for record in results
        for name, version in record.get("versions", {}).items()
    }
    return ", ".join(sorted(pairs, key=str.lower))


def increase(record: dict[str, Any]) -> int | None:
    """Return how far the memory rose above what it was before the first call."""
    base, peak = record.get("base_bytes"), record.get("peak_bytes")
    return None if base is None or peak is None else max(peak - base, 0)


def number(value: float | None) -> str:
    """Return a number with three figures, plainly written."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def mebibytes(value: int | None) -> str:
    """Return bytes as a whole number of MiB."""
    return "–" if value is None else f"{value / 2**20:.0f}"


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    columns = list(columns)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
