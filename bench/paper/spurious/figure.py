"""The figure of spurious, drawn from the account alone."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bench.paper.journal import Record
from bench.paper.removal.figure import STYLE
from bench.paper.spurious.report import MEASURES, numbers, of, relations, values
from bench.paper.spurious.run import FIXED

SHOWN = (("test", "accuracy"), ("validation", "accuracy"), ("validation", "odds"))


def draw(account: Record, file: Path) -> None:
    """Draw accuracy and reliance over the number of adversaries, and how attributes are related.

    Parameters
    ----------
    account : dict
        Of spurious.
    file : path
        Where to write it; the suffix is the format.
    """
    found, strengths = relations(account), account["config"]["run"]["strengths"]
    high = 2.5 * len(strengths)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(12, high + 5.2), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(high, 5.2))
        panels = above.subplots(len(strengths), len(SHOWN), squeeze=False, sharex=True)
        for line, strength in zip(panels, strengths, strict=True):
            for at, axes in zip(SHOWN, line, strict=True):
                _sweep(axes, account, strength, at)
        for axes in panels[-1]:
            axes.set_xlabel(f"adversaries; as levels, none and all {FIXED['all']}")
        above.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
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


def _sweep(axes: Axes, account: Record, strength: float, at: tuple[str, str]) -> None:
    """Draw a point for each seed, a line through the means, and a level for none and for all."""
    swept = numbers(account)
    for place, method in enumerate(account["config"]["methods"]):
        name, color = method["name"], f"C{place}"
        shares = {
            number: 100 * np.array(found)
            for number in swept
            if (found := values(of(account, name, number, strength), *at))
        }
        means = [some.mean() for some in shares.values()]
        if method["kind"] in FIXED:
            for level in means[:1]:
                axes.axhline(level, color=color, ls=":", label=name)
            continue
        for number, some in shares.items():
            axes.plot(np.full(len(some), number), some, "o", ms=3, alpha=0.6, color=color)
        axes.plot([*shares], means, color=color, label=name)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel(f"{MEASURES[at]}, %", fontsize=8)
    axes.set_title(f"λ {strength:g}")
