"""Write docs/comparison.md and its figure from the account alone."""

from __future__ import annotations

import textwrap
from statistics import fmean, median
from typing import Any

from bench.machine import ROOT
from bench.rounds import write_between
from bench.selection.compare import statistics
from bench.selection.compare.figure import UNCOUNTED, draw
from bench.selection.compare.statistics import Difference, Place
from bench.speed.report import number, table

PAGE = ROOT / "docs" / "comparison.md"
FIGURE = ROOT / "docs" / "figures" / "comparison.svg"
BEGIN, END = "<!-- comparison: begin -->\n", "<!-- comparison: end -->"
OURS = "foci"


def write(account: dict[str, Any]) -> None:
    """Write the generated part of the page, and the figure."""
    write_between(PAGE, BEGIN, END, part(account))
    draw(account, FIGURE)


def part(account: dict[str, Any]) -> str:
    """Return what stands between the marks of the page."""
    every = list(statistics.places(account))
    titles = {entry["name"]: entry["title"] for entry in account["protocol"]["learners"]}
    sections = {
        "Summary": summary(every, account),
        "Ranks, columns and seconds": overview(every, account),
        "FociSelector beside each method": duels(every),
        "FociSelector beside the best of each table": losses(every, titles),
        **{f"Scores: {title}": grid(every, name) for name, title in titles.items()},
        "Columns chosen": chosen(account),
        "CPU seconds of a selection": seconds(account),
        "Tables": inventory(account),
    }
    return "".join(f"\n## {title}\n\n{text}\n" for title, text in sections.items()) + "\n"


def summary(every: list[Place], account: dict[str, Any]) -> str:
    """Return the findings as sentences."""
    order = by_rank(every)
    our = order.index(OURS) + 1
    runs = account["tables"]
    lines = [
        f"{len(runs)} tables and two learners make {len(every)} comparisons. By mean rank "
        f"FociSelector with its defaults is number {our} of {len(order)} methods; "
        f"`{order[0]}` is the first and `{order[-1]}` the last.",
        f"FociSelector takes {100 * statistics.share(account, OURS):.0f} % of the columns "
        "(median). " + _against(every, "all", "all columns"),
        _against(every, "random", "as many columns drawn at random"),
        _against(every, "pyfoci", "pyFOCI")
        + f" pyFOCI takes {_times(account, 'pyfoci')} times its CPU seconds, "
        f"xicorpy {_times(account, 'xicorpy')} times (medians over the tables).",
        _against(every, "xicorpy", "xicorpy"),
    ]
    lines += [
        _against(every, name, f"`{name}`, {word} by mean rank")
        for name, word in zip(order, ("the first", "the second"), strict=False)
        if name != OURS
    ]
    worst = sorted((place for place in every if _below(_to_best(place))), key=_deficit)
    shown = [
        f"{place.table}, {place.learner}: {_deficit(place):+.3f} {_unit(place)}, "
        f"best `{statistics.best(place)}`"
        for place in worst
    ]
    lines.append(
        f"In {len(worst)} of {len(every)} comparisons FociSelector is behind the best method of "
        "the table by more than the interval" + (f" ({'; '.join(shown)})." if shown else ".")
    )
    failed = sorted(
        {
            f"`{name}` on {place.table} ({fold['error']})"
            for place in every
            for name, cell in place.cells.items()
            for fold in cell["folds"]
            if "error" in fold
        }
    )
    lines.append("Failures: " + ("; ".join(failed) if failed else "none") + ".")
    planned = [entry["name"] for entry in account["protocol"]["tables"]]
    absent = [name for name in planned if name not in runs]
    if absent:
        lines.append(f"Tables of the protocol that were not run: {', '.join(absent)}.")
    return "\n".join(map(_item, lines))


def _item(line: str) -> str:
    return textwrap.fill(
        f"- {line}", 120, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _against(every: list[Place], other: str, words: str) -> str:
    found = duel(every, other)
    return (
        f"Against {words}, its score is higher in {found['higher']} and lower in {found['lower']}; "
        f"the interval is above 0 in {found['above']} and below 0 in {found['below']}."
    )


def _times(account: dict[str, Any], name: str) -> str:
    """Return how many times FociSelector's seconds a method takes: the median over the tables."""
    ours, theirs = (statistics.medians(account, one, "seconds") for one in (OURS, name))
    found = [b / a for a, b in zip(ours, theirs, strict=True) if a and b]
    return number(median(found))


def duel(every: list[Place], other: str) -> dict[str, Any]:
    """Return how often FociSelector's score is higher and lower than that of another method."""
    pairs = [(place, statistics.difference(place, OURS, other)) for place in every]
    known = [(place, found) for place, found in pairs if found is not None]
    return {
        "known": known,
        "higher": sum(found.mean > 0 for _, found in known),
        "lower": sum(found.mean < 0 for _, found in known),
        "above": sum(found.low > 0 for _, found in known),
        "below": sum(found.high < 0 for _, found in known),
    }


def by_rank(every: list[Place]) -> list[str]:
    """Return the methods by mean rank, the best first."""
    found = statistics.mean_ranks(every)
    return sorted(found, key=found.__getitem__)


def overview(every: list[Place], account: dict[str, Any]) -> str:
    """Return a row for each method: ranks by learner, share of columns, seconds."""
    overall = statistics.mean_ranks(every)
    learners = [entry["name"] for entry in account["protocol"]["learners"]]
    apart = {
        name: statistics.mean_ranks([place for place in every if place.learner == name])
        for name in learners
    }
    titles = {entry["name"]: entry["title"] for entry in account["protocol"]["methods"]}
    rows = [
        (
            f"`{name}`", titles[name], f"{overall[name]:.1f}",
            *(f"{apart[learner][name]:.1f}" for learner in learners),
            "100" if name == "all" else f"{100 * statistics.share(account, name):.0f}",
            "–" if name in UNCOUNTED else number(statistics.typical(account, name)),
        )
        for name in by_rank(every)
    ]  # fmt: skip
    head = ("", "method", "mean rank", *learners, "% of columns", "CPU seconds")
    note = (
        "\n\n% of columns and CPU seconds: the median over the folds of a table, then over the "
        "tables.\n\n![Mean rank against seconds](figures/comparison.svg)"
    )
    return table(head, rows) + note


def duels(every: list[Place]) -> str:
    """Return FociSelector minus each other method: how often higher and lower, and the worst."""
    rows = []
    for name in every[0].cells:
        if name == OURS:
            continue
        found = duel(every, name)
        known: list[tuple[Place, Difference]] = found["known"]
        means = {
            kind: [one.mean for place, one in known if place.classes == kind]
            for kind in (False, True)
        }
        place, worst = min(known, key=lambda pair: pair[1].mean)
        rows.append(
            (
                f"`{name}`", *(str(found[key]) for key in ("higher", "lower", "above", "below")),
                *(f"{fmean(means[kind]):+.3f}" if means[kind] else "–" for kind in (False, True)),
                f"{worst.mean:+.3f} {_unit(place)}, {place.table}, {place.learner}",
            )
        )  # fmt: skip
    head = (
        "FociSelector minus", "higher", "lower", "interval above 0", "interval below 0", "mean R²",
        "mean accuracy", "worst",
    )  # fmt: skip
    return table(head, rows)


def losses(every: list[Place], titles: dict[str, str]) -> str:
    """Return FociSelector minus the best method, for each table and learner."""
    rows = []
    for place in every:
        found, first = _to_best(place), statistics.best(place)
        if found is None:
            rows.append((place.table, place.learner, f"`{first}`", "failed", "–"))
            continue
        shown = f"{found.low:+.3f} to {found.high:+.3f}"
        rows.append(
            (
                place.table, place.learner, f"`{first}`", f"{found.mean:+.3f} {_unit(place)}",
                "–" if first == OURS else f"**{shown}**" if found.high < 0 else shown,
            )
        )  # fmt: skip
    return table(("table", "learner", "best", "FociSelector minus best", "95 % interval"), rows)


def _to_best(place: Place) -> Difference | None:
    return statistics.difference(place, OURS, statistics.best(place))


def _below(found: Difference | None) -> bool:
    return found is None or found.high < 0


def _deficit(place: Place) -> float:
    found = _to_best(place)
    return float("-inf") if found is None else found.mean


def _unit(place: Place) -> str:
    return "accuracy" if place.classes else "R²"


def grid(every: list[Place], learner: str) -> str:
    """Return the mean scores of a learner: tables by methods."""
    rows = []
    for place in (place for place in every if place.learner == learner):
        first = statistics.best(place)
        row = [place.table]
        for name, cell in place.cells.items():
            height = statistics.mean(cell)
            if height is None:
                row.append("failed")
                continue
            behind = statistics.difference(place, name, first)
            mark = "\\*" if _below(behind) and name != first else ""
            row.append(f"**{height:.3f}**" if name == first else f"{height:.3f}{mark}")
        rows.append(row)
    note = (
        "\n\nR², or accuracy for classes; means over the test folds. Bold: the best. \\*: the 95 % "
        "interval of the difference from the best lies below 0."
    )
    return table(("", *(f"`{name}`" for name in every[0].cells)), rows) + note


def chosen(account: dict[str, Any]) -> str:
    """Return how many columns each method takes, and which FociSelector takes most often."""
    methods = [entry["name"] for entry in account["protocol"]["methods"]]
    methods = [name for name in methods if name != "all"]
    rows = []
    for name, entry in account["tables"].items():
        of = {m: [cell for cell in entry["cells"] if cell["method"] == m] for m in methods}
        counts = [statistics.middle(cells, "columns") for cells in of.values()]
        rows.append((name, str(entry["columns"]), *map(_count, counts), _usual(entry, of[OURS])))
    head = ("", "p", *(f"`{name}`" for name in methods), "FociSelector in most folds")
    return "Medians over the folds.\n\n" + table(head, rows)


def _count(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _usual(entry: dict[str, Any], cells: list[dict[str, Any]]) -> str:
    """Return the names of the columns that are in more than half of the selections."""
    if entry["names"] is None:
        return "–"
    lists = [fold["columns"] for fold in cells[0]["folds"] if "error" not in fold]
    times = {j: sum(j in one for one in lists) for j in sorted({j for one in lists for j in one})}
    most = sorted((j for j in times if 2 * times[j] > len(lists)), key=lambda j: -times[j])
    names = [f"`{entry['names'][j]}`" for j in most]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def seconds(account: dict[str, Any]) -> str:
    """Return the median seconds of each method on each table."""
    methods = [entry["name"] for entry in account["protocol"]["methods"]]
    methods = [name for name in methods if name not in UNCOUNTED]
    rows = []
    for name, entry in account["tables"].items():
        of = {m: [cell for cell in entry["cells"] if cell["method"] == m] for m in methods}
        medians = [number(statistics.middle(cells, "seconds")) for cells in of.values()]
        rows.append((name, f"{entry['rows']} × {entry['columns']}", *medians))
    return table(("", "n × p", *(f"`{name}`" for name in methods)), rows)


def inventory(account: dict[str, Any]) -> str:
    """Return the tables, and what they were run with."""
    rows = []
    for entry in account["protocol"]["tables"]:
        found = account["tables"].get(entry["name"])
        if found is not None:
            kind = f"{found['classes']} classes" if found["classes"] else "numbers"
            shape = found["rows"], found["columns"], len(found["cells"][0]["folds"])
            rows.append(
                (entry["name"], entry["source"], f"`{entry['response']}`", kind, *map(str, shape))
            )
    runs = list(account["tables"].values())
    machine = runs[0]["machine"]
    packages = ", ".join(
        f"{name} {found or 'absent'}" for name, found in account["versions"].items()
    )
    commits = ", ".join(sorted({run["commit"] for run in runs}))
    minutes = sum(run["cpu_seconds"] for run in runs) / 60
    note = (
        f"\n\nRun on {runs[0]['date']} at commit {commits}: {machine['cpu']}, {machine['cores']} "
        f"shared cores, one thread, {minutes:.0f} CPU minutes in all. Versions: {packages}."
    )
    return table(("", "from", "response", "kind", "rows", "columns", "folds"), rows) + note
