"""Table, verdicts and figure of the comparison of selections, from its account alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

NAMES = {
    "lfoci": "LFOCI, influence",
    "lfoci_loss": "LFOCI, activation vs loss",
    "lfoci_margin": "LFOCI, activation vs margin",
    "top_gradient": "top gradient",
    "top_newton": "top Newton decrease",
    "random": "random",
    "last_layer": "last layer",
    "all": "all",
}
COLOURS = {
    "lfoci": "#c0392b",
    "lfoci_loss": "#e59866",
    "lfoci_margin": "#d4ac0d",
    "top_gradient": "#2471a3",
    "top_newton": "#148f77",
    "random": "#7f8c8d",
    "last_layer": "#8e44ad",
}
STYLE = {"svg.hashsalt": "lcodec", "svg.fonttype": "none", "font.size": 8, "axes.spines.top": False}
TASKS = {
    "digits": "digits", "wine": "wine", "breast_cancer": "breast cancer", "text": "DistilBERT, text"
}  # fmt: skip
HELD_BACK = ("wine", "breast_cancer", "text")
RESAMPLES = 2000
Record = dict[str, Any]
Row = list[float]


def ratio(record: Record, row: Row) -> float:
    """Return the retained gradient, after / before."""
    return row[1]


def divergence(record: Record, row: Row) -> float:
    """Return KL(refit || model) on the forgotten samples, after / before."""
    return max(row[2], 1e-16) / max(record["kl_before"], 1e-16)


MEASURES: dict[str, Callable[[Record, Row], float]] = {"residual": ratio, "kl": divergence}


def geometric(values: Iterable[float]) -> float:
    """Return the geometric mean."""
    return float(np.exp(np.mean(np.log(list(values)))))


def contrast(records: list[Record], measure: str, one: str, other: str, places: slice) -> Row:
    """Return how many times `one` leaves what `other` leaves, with a 95 % interval.

    The geometric mean over some budgets and all removals of the ratio of the two, removal by
    removal. The bootstrap draws training seeds of each task, and removals within a seed.
    """
    value = MEASURES[measure]
    groups: dict[tuple[str, int], list[float]] = {}
    for record in records:
        pairs = zip(record["selections"][one], record["selections"][other], strict=True)
        logs = [
            np.log(value(record, left) / value(record, right))
            for left, right in list(pairs)[places]
            if left[0] or right[0]  # else no slice fits, and nothing is compared
        ]
        groups.setdefault((record["task"], record["seed"]), []).append(float(np.mean(logs)))
    by_task: dict[str, list[np.ndarray[Any, Any]]] = {}
    for (task, _), logs in groups.items():
        by_task.setdefault(task, []).append(np.array(logs))
    rng = np.random.default_rng(0)
    means = [
        np.mean([_resampled(seeds, rng) for seeds in by_task.values()]) for _ in range(RESAMPLES)
    ]
    middle = np.mean([np.mean(np.concatenate(seeds)) for seeds in by_task.values()])
    low, high = np.quantile(means, [0.025, 0.975])
    return [round(float(np.exp(x)), 3) for x in (middle, low, high)]


def _resampled(seeds: list[np.ndarray[Any, Any]], rng: np.random.Generator) -> float:
    drawn = [seeds[place] for place in rng.integers(len(seeds), size=len(seeds))]
    return float(np.mean([rng.choice(logs, len(logs)).mean() for logs in drawn]))


def verdicts(account: dict[str, Any]) -> dict[str, dict[str, Row]]:
    """Return LFOCI's contrasts on every task, and on those held back together."""
    records, count = account["records"], len(account["budgets"])
    sets = {task: [r for r in records if r["task"] == task] for task in TASKS}
    sets = {task: found for task, found in sets.items() if found}
    held = [r for r in records if r["task"] in HELD_BACK]
    if held:
        sets["held back"] = held
    pairs = [("lfoci", "random"), ("lfoci", "top_gradient"), ("lfoci", "lfoci_loss"),
             ("lfoci_loss", "random"), ("lfoci_loss", "top_gradient"),
             ("top_newton", "top_gradient")]  # fmt: skip
    where = {"": slice(count), " at its own stop": slice(count, count + 1)}
    return {
        name: {
            f"{one} / {other}{at}, {measure}": contrast(found, measure, one, other, places)
            for at, places in where.items()
            for one, other in (pairs if not at else pairs[:2])
            for measure in MEASURES
        }
        for name, found in sets.items()
    }


def table(account: dict[str, Any]) -> str:
    """Return a Markdown table: residual ratio / KL ratio at every budget."""
    shares = [f"{share:.0%}" for share in account["budgets"]]
    lines = ["| task | removed | selection | " + " | ".join(shares) + " | LFOCI's own stop |"]
    lines.append("|---|---|---|" + "---|" * (len(shares) + 1))
    for task, size, found in _groups(account):
        for name in NAMES:
            rows = [record["selections"][name] for record in found]
            cells = []
            for place in range(len(rows[0])):
                pair = [(r, row[place]) for r, row in zip(found, rows, strict=True)]
                if not any(row[0] for _, row in pair):
                    cells.append("–")
                    continue
                cells.append(
                    " / ".join(
                        f"{geometric(value(r, row) for r, row in pair):.2f}"
                        for value in MEASURES.values()
                    )
                )
            if name == "all":
                cells = [""] * len(shares) + [cells[0]]
            lines.append(f"| {TASKS[task]} | {size} | {NAMES[name]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def contrasts(account: dict[str, Any]) -> str:
    """Return a Markdown table of the verdicts."""
    found = verdicts(account)
    lines = [
        "| what the first leaves, as a share of what the second leaves | "
        + " | ".join(found)
        + " |"
    ]
    lines[0] = lines[0].replace("_", " ")
    lines.append("|---|" + "---|" * len(found))
    for name in next(iter(found.values())):
        cells = [f"{one[name][0]:.2f} [{one[name][1]:.2f}, {one[name][2]:.2f}]" for one in
                 found.values()]  # fmt: skip
        lines.append(f"| {_readable(name)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _readable(name: str) -> str:
    pair, measure = name.rsplit(", ", 1)
    one, other = pair.split(" / ")
    at = " at its own stop" if other.endswith(" at its own stop") else ""
    other = other.removesuffix(at)
    what = {"residual": "retained gradient", "kl": "KL to the refit"}[measure]
    return f"{NAMES[one]} : {NAMES[other]}{at}, {what}"


def _groups(account: dict[str, Any]) -> Iterable[tuple[str, str, list[Record]]]:
    records = account["records"]
    for task in TASKS:
        for size in dict.fromkeys(record["size"] for record in records):
            found = [r for r in records if (r["task"], r["size"]) == (task, size)]
            if found:
                yield task, size, found


def draw(account: dict[str, Any], file: Path) -> Path:
    """Draw the frontiers: a row per task, residual and KL per size of removal."""
    groups = list(_groups(account))
    tasks = list(dict.fromkeys(task for task, _, _ in groups))
    sizes = list(dict.fromkeys(size for _, size, _ in groups))
    with matplotlib.rc_context(STYLE | {"axes.spines.right": False}):
        figure = Figure(figsize=(2.3 * 2 * len(sizes), 2.1 * len(tasks) + 0.6))
        figure.set_layout_engine("constrained")
        panels = figure.subplots(len(tasks), 2 * len(sizes), squeeze=False)
        for task, size, found in groups:
            row, column = tasks.index(task), sizes.index(size)
            for place, measure in enumerate(MEASURES):
                axes = panels[row, column + place * len(sizes)]
                _panel(axes, account["budgets"], found, measure)
                what = "retained gradient" if measure == "residual" else "KL to refit"
                axes.set_title(f"{TASKS[task]}, remove {size}", fontsize=8)
                if size == sizes[0]:
                    axes.set_ylabel(f"{what}, after / before")
                if row == len(tasks) - 1:
                    axes.set_xlabel("share of parameters touched")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        more, names = panels[0, -1].get_legend_handles_labels()
        unique = dict(zip([*labels, *names], [*handles, *more], strict=True))
        figure.legend(
            unique.values(), unique.keys(), loc="outside lower center", ncols=5, frameon=False
        )
        figure.savefig(file, metadata={"Date": None})
    return file


def _panel(axes: Axes, budgets: list[float], found: list[Record], measure: str) -> None:
    value = MEASURES[measure]
    for name, colour in COLOURS.items():
        height = [
            geometric(value(record, record["selections"][name][place]) for record in found)
            for place in range(len(budgets))
        ]
        style = "-" if name in ("lfoci", "top_gradient", "top_newton") else "--"
        axes.plot(budgets, height, "o" + style, color=colour, ms=2.5, lw=1.2, label=NAMES[name])
    everything = geometric(value(record, record["selections"]["all"][0]) for record in found)
    axes.plot([1], [everything], "k*", ms=6, label=NAMES["all"])
    axes.set_xscale("log")
    axes.set_xticks([*budgets, 1], [f"{share:.0%}" for share in [*budgets, 1]], rotation=60)
    if measure == "kl":
        axes.set(yscale="log", ylim=(None, 2))
        _floor(axes, found)
    else:
        axes.set_ylim(0, None)
    axes.minorticks_off()
    axes.axhline(1, color="0.8", lw=0.8, zorder=0)


def _floor(axes: Axes, found: list[Record]) -> None:
    """Draw how far refits are apart that start from other weights, or write it above the panel."""
    floor = [r["kl_floor"] / r["kl_before"] for r in found if r["kl_floor"] is not None]
    if not floor:
        return
    height = geometric(floor)
    axes.axhline(min(height, 1.9), color="k", ls=":", lw=1, label="refit from another start")
    if height > 1.9:
        place = {"transform": axes.transAxes, "ha": "right", "va": "top", "fontsize": 7}
        axes.text(1, 0.9, f"other start: {height:,.1f}", **place)
