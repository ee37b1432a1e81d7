"""The figure of the experiments that remove a person, drawn from the account alone."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bench.paper.journal import Record
from bench.paper.persons.report import NEAR, Share
from bench.paper.removal.figure import LEAST, MOST, STYLE, points
from bench.paper.removal.report import Results
from bench.paper.removal.sequence import FLOOR, NOTHING, REFIT

RUINOUS = 0.3
"""A method that loses so much on the others stands in a panel of its own."""


def draw(account: Record, file: Path, goes: Share, stays: Share, lines: Share) -> None:
    """Draw what is left of the person and of the others in each case.

    Parameters
    ----------
    account : dict
        Of an experiment that removes a person.
    file : path
        Where to write it; the suffix is the format.
    goes, stays : Share
        What should fall with the person, and what should stay.
    lines : Share
        What is drawn over the removals, where there are many.
    """
    results = Results(account)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(13, 2.9 * len(results.cases)), layout="constrained")
        panels = figure.subplots(len(results.cases), 4, squeeze=False)
        for row, case in zip(panels, results.cases, strict=True):
            step = results.checkpoints(case)[-1]
            names = results.methods(case)
            ruinous = [name for name in names if _ruinous(results, case, name, step, stays)]
            usual = [name for name in names if name not in ruinous]
            _points(row[0], results, case, step, goes, names)
            _points(row[1], results, case, step, stays, usual, beside=True)
            if ruinous:
                _points(row[2], results, case, step, stays, ruinous, beside=True)
                row[2].set_title("far from the refit", fontsize=9)
            else:
                row[2].set_axis_off()
            if len({one["step"] for one in results.records if one["case"] == case}) >= LEAST:
                _lines(row[3], results, case, lines)
            else:
                row[3].set_axis_off()
        figure.savefig(file, metadata={"Date": None})


def _values(results: Results, case: str, name: str, share: Share, step: int) -> list[float]:
    return [v for v in results.values(case, name, share.measure, step) if v is not None]


def _base(results: Results, case: str, share: Share, step: int) -> float:
    """Return the mean of the refits, or of doing nothing where there is none."""
    refit = _values(results, case, REFIT, share, step)
    return float(np.mean(refit or _values(results, case, NOTHING, share, step)))


def _ruinous(results: Results, case: str, name: str, step: int, share: Share) -> bool:
    values = _values(results, case, name, share, step)
    base = _base(results, case, share, step)
    return bool(values) and abs(float(np.mean(values)) - base) > RUINOUS


def _points(
    axes: Axes,
    results: Results,
    case: str,
    step: int,
    share: Share,
    names: list[str],
    *,
    beside: bool = False,
) -> None:
    """Draw the seeds as points and their mean as a line across, in per cent or beside the refit."""
    base = _base(results, case, share, step) if beside else 0.0
    shown = [name for name in names if not (beside and name == REFIT)]
    found = {name: _values(results, case, name, share, step) for name in shown}
    points(axes, {name: [100 * (one - base) for one in some] for name, some in found.items()})
    label = share.what.removeprefix("the ")
    axes.set_xlabel(f"{label},\n{'points less the mean refit' if beside else '%'}", fontsize=7)
    axes.set_title(f"{case}, after {step} removal{'s' if step > 1 else ''}", fontsize=9)
    if beside:
        axes.axvspan(-100 * NEAR, 100 * NEAR, color="#2ecc71", alpha=0.15, lw=0)


def _lines(axes: Axes, results: Results, case: str, share: Share) -> None:
    """Draw the mean over the seeds after each removal, labelled at its end."""
    start = results.checkpoints(case)[-1]
    before = _base_of(results, case, NOTHING, share, start)
    names = [name for name in results.methods(case) if name not in (NOTHING, FLOOR, REFIT)]
    for name in names[:MOST]:
        steps = sorted({one["step"] for one in results.some(case, name)})
        means = [before, *(_base_of(results, case, name, share, step) for step in steps)]
        line = axes.plot([0, *steps], means, marker="o", ms=2)[0]
        axes.annotate(
            name, (steps[-1], means[-1]), color=line.get_color(), fontsize=6,
            xytext=(4, 0), textcoords="offset points", va="center",
        )  # fmt: skip
    refit = _values(results, case, REFIT, share, start)
    if refit:
        axes.axhline(100 * float(np.mean(refit)), color="black", lw=0.8, ls=":", label=REFIT)
        axes.legend(fontsize=6, frameon=False)
    axes.set_xlabel("removals")
    axes.set_ylabel(f"{share.what.removeprefix('the ')}, %", fontsize=7)
    axes.set_title(case, fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(right=1.5 * axes.get_xlim()[1])


def _base_of(results: Results, case: str, name: str, share: Share, step: int) -> float:
    values = _values(results, case, name, share, step)
    return 100 * float(np.mean(values)) if values else float("nan")
