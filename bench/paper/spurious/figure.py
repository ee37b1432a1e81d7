"""The figure of spurious, drawn from the account alone."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.paper.journal import Record
from bench.paper.removal.figure import STYLE
from bench.paper.spurious.report import MEASURES, of, relations, rows, values

SHOWN = (("validation", "accuracy"), ("validation", "worst"), ("validation", "odds"))


def draw(account: Record, file: Path) -> None:
    """Draw accuracy and reliance of each row, and how the attributes are related.

    Parameters
    ----------
    account : dict
        Of spurious.
    file : path
        Where to write it; the suffix is the format.
    """
    found = relations(account)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(12, 8.5), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(2, 3))
        for at, axes in zip(SHOWN, above.subplots(1, len(SHOWN), sharey=True), strict=True):
            _points(axes, account, *at)
        for axes, (name, words) in zip(
            below.subplots(1, 2),
            (("graph", "gain of the row by FOCI for the column"), ("phi", "|phi|")),
            strict=True,
        ):
            shown = axes.imshow(np.array(found[name]), cmap="Blues", vmin=0)
            places = range(len(found["names"]))
            axes.set_xticks(places, found["names"], rotation=90)
            axes.set_yticks(places, found["names"])
            below.colorbar(shown, ax=axes, label=words, shrink=0.8)
        figure.savefig(file, metadata={"Date": None})


def _points(axes: Axes, account: Record, part: str, measure: str) -> None:
    """Draw a point for each seed and a bar for the mean, in a line for each row."""
    lines = rows(account)
    for place, (name, strength) in enumerate(lines):
        shares = 100 * np.array(values(of(account, name, strength), part, measure))
        axes.plot(shares, np.full(len(shares), place), "o", ms=4, alpha=0.6, color="#2471a3")
        if len(shares):
            axes.plot(shares.mean(), place, "|", ms=14, color="black")
    axes.set_yticks(
        range(len(lines)),
        [f"{name}, λ {strength:g}" if strength else name for name, strength in lines],
    )
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlabel(f"{MEASURES[part, measure]}, %")
