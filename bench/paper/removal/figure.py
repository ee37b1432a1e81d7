"""The figure of the removal experiments, drawn from the account alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from bench.paper.journal import Record
from bench.paper.removal.report import KL, Results
from bench.paper.removal.sequence import NOTHING, REFERENCES, REFIT

STYLE = {
    "svg.hashsalt": "lcodec",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
RUINOUS = 10.0  # times the KL of doing nothing: a panel of its own
DECADE = 10.0
LEAST = 3  # checkpoints for lines over the removals
MOST = 7  # lines
AXES = {KL: "KL(refit ‖ model) on the forgotten, nats", "residual": "norm of the retained gradient"}


def draw(account: Record, file: Path) -> None:
    """Draw what each method leaves in each case, and over the removals where there are many.

    Parameters
    ----------
    account : dict
        Of an experiment of this kind.
    file : path
        Where to write it; the suffix is the format.
    """
    results = Results(account)
    long = [case for case in results.cases if len(results.checkpoints(case)) >= LEAST]
    with matplotlib.rc_context(STYLE):
        rows = len(results.cases) + len(long)
        figure = Figure(figsize=(12, 2.8 * rows), layout="constrained")
        panels = figure.subplots(rows, 3, squeeze=False)
        for row, case in zip(panels, results.cases, strict=False):
            step = results.checkpoints(case)[-1]
            names = results.methods(case)
            ruinous = [name for name in names if _ruinous(results, case, name, step)]
            usual = [name for name in names if name not in ruinous]
            for axes, measure in zip(row, AXES, strict=False):
                _points(axes, results, case, step, measure, usual)
            if ruinous:
                _points(row[2], results, case, step, KL, ruinous)
                row[2].set_title(f"{case}: far above doing nothing", fontsize=9)
            else:
                row[2].set_axis_off()
        for row, case in zip(panels[len(results.cases) :], long, strict=True):
            for axes, measure in zip(row, AXES, strict=False):
                _lines(axes, results, case, measure)
            row[2].set_axis_off()
        figure.savefig(file, metadata={"Date": None})


def _ruinous(results: Results, case: str, name: str, step: int) -> bool:
    if name in REFERENCES:
        return False
    found = results.ratio(case, name, NOTHING, step)
    return found is None or found.mean > RUINOUS


def points(axes: Axes, values: Mapping[str, Sequence[float]]) -> None:
    """Draw the seeds of each method as points, and their mean as a line across."""
    for place, (name, some) in enumerate(values.items()):
        color = "#c0392b" if name in REFERENCES else "#2471a3"
        axes.plot(some, [place] * len(some), "o", color=color, ms=4, alpha=0.7)
        if some:
            axes.plot(np.mean(some), place, "|", color="black", ms=12)
    axes.set_yticks(range(len(values)), list(values), fontsize=7)
    axes.set_ylim(len(values) - 0.5, -0.5)


def _points(
    axes: Axes, results: Results, case: str, step: int, measure: str, names: list[str]
) -> None:
    """Draw a measure after so many removals; a logarithmic axis where it has a power of ten."""
    shown = [name for name in names if measure != KL or name != REFIT]  # its KL is 0
    found = {name: results.values(case, name, measure, step) for name in shown}
    finite = {name: [one for one in some if one is not None] for name, some in found.items()}
    points(axes, finite)
    every = [one for some in finite.values() for one in some]
    if every and max(every) >= DECADE * min(every):
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(AXES[measure])
    axes.set_title(f"{case}, after {step} removal{'s' if step > 1 else ''}", fontsize=9)


def _lines(axes: Axes, results: Results, case: str, measure: str) -> None:
    """Draw the mean over the seeds after each checkpoint, labelled at its end."""
    steps = results.checkpoints(case)
    names = [
        name
        for name in results.methods(case)
        if not _ruinous(results, case, name, steps[-1]) and (measure != KL or name != REFIT)
    ]
    for name in names[:MOST]:
        values = [np.mean(results.values(case, name, measure, step)) for step in steps]
        line = axes.plot(steps, values, marker="o", ms=3)[0]
        axes.annotate(
            name, (steps[-1], values[-1]), color=line.get_color(), fontsize=7,
            xytext=(4, 0), textcoords="offset points", va="center",
        )  # fmt: skip
    axes.set_title(case, fontsize=9)
    axes.set_xlabel("removals")
    axes.set_ylabel(AXES[measure])
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(right=steps[-1] + 0.4 * (steps[-1] - steps[0]))
