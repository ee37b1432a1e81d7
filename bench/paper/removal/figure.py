"""The figure of the removal experiments, drawn from the account alone."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bench.paper.journal import Record
from bench.paper.removal.report import KL, Results
from bench.paper.removal.sequence import FLOOR, NOTHING, REFIT

STYLE = {
    "svg.hashsalt": "lcodec",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
RUINOUS = 10.0  # times the KL of doing nothing: a panel of its own
PANELS = {
    "residual": "gradient of the retained objective",
    "retained_accuracy": "retained accuracy less the refit's, points",
}


def draw(account: Record, file: Path) -> None:
    """Draw what each method leaves: by case as bars, and over the removals as lines.

    Parameters
    ----------
    account : dict
        Of an experiment of this kind.
    file : path
        Where to write it; the suffix is the format.
    """
    results = Results(account)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(10, 3.2 * (1 + len(results.cases))), layout="constrained")
        panels = figure.subplots(1 + len(results.cases), 2, squeeze=False)
        single = results.cases[0]
        for axes, (measure, title) in zip(panels[0], PANELS.items(), strict=True):
            _lines(axes, results, single, measure, title)
        for (left, right), case in zip(panels[1:], results.cases, strict=True):
            step = results.checkpoints(case)[-1]
            names = [name for name in results.methods(case) if name != REFIT]
            ruinous = [name for name in names if _ruinous(results, case, name, step)]
            _bars(left, results, case, step, [one for one in names if one not in ruinous])
            if ruinous:
                _bars(right, results, case, step, ruinous)
                right.set_title(f"{case}: far above doing nothing", fontsize=9)
            else:
                right.set_axis_off()
        figure.savefig(file, metadata={"Date": None})


def _ruinous(results: Results, case: str, name: str, step: int) -> bool:
    if name in (FLOOR, NOTHING):
        return False
    found = results.ratio(case, name, NOTHING, step)
    return found is None or found.mean > RUINOUS


def _lines(axes: Axes, results: Results, case: str, measure: str, title: str) -> None:
    """Draw the mean over the seeds after each checkpoint, at most seven lines, labelled."""
    steps = results.checkpoints(case)
    last = steps[-1]
    names = [
        name
        for name in results.methods(case)
        if name != FLOOR and not _ruinous(results, case, name, last)
    ]
    shares = measure.endswith("accuracy")
    for name in [one for one in names if not (shares and one == REFIT)][:7]:
        values = np.array([results.values(case, name, measure, step) for step in steps], float)
        if shares:
            refit = [results.values(case, REFIT, measure, step) for step in steps]
            values = 100 * (values - np.array(refit, float))
        line = axes.plot(steps, values.mean(axis=1), marker="o", ms=3)[0]
        axes.annotate(
            name, (steps[-1], values[-1].mean()), color=line.get_color(), fontsize=7,
            xytext=(4, 0), textcoords="offset points", va="center",
        )  # fmt: skip
    axes.set_title(f"{case}: {title}", fontsize=9)
    axes.set_xlabel("removals")
    axes.set_ylabel("points" if shares else "norm")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(x=0.02)
    axes.set_xlim(right=steps[-1] + 0.45 * max(1, steps[-1] - steps[0]))
    if not shares:
        axes.set_yscale("log")


def _bars(axes: Axes, results: Results, case: str, step: int, names: list[str]) -> None:
    """Draw KL(refit || model) on the forgotten samples: the mean, and the seeds as points."""
    for place, name in enumerate(names):
        values = [value for value in results.values(case, name, KL, step) if value is not None]
        if values:
            axes.barh(place, np.mean(values), color="#2471a3" if name != FLOOR else "#7f8c8d")
            axes.plot(values, [place] * len(values), "o", color="black", ms=2.5)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("KL(refit ‖ model) on the forgotten, nats")
    axes.set_title(f"{case}, after {step} removal{'s' if step > 1 else ''}", fontsize=9)
