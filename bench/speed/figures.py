"""The figures, drawn from an account alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.speed.report import FOCI, SIZES
from bench.speed.verdict import find

COLOURS = {
    "lcodec": "#c0392b",
    "xicorpy": "#2471a3",
    "pyfoci": "#7d3c98",
    "pyfoci-first": "#bb8fce",
    "naive": "#616a6b",
    "naive-lean": "#b2babb",
    "cran": "#d68910",
}
STYLE = {"svg.hashsalt": "lcodec", "font.size": 9, "axes.spines.top": False}


def draw(account: dict[str, Any], folder: Path) -> list[Path]:
    """Draw the figures of an account into a folder and return their files."""
    with matplotlib.rc_context(STYLE | {"axes.spines.right": False}):
        return [
            _save(_peers(account["results"]), folder / "foci.svg"),
            _save(_growth(account["curves"]), folder / "growth.svg"),
        ]


def _save(figure: Figure, file: Path) -> Path:
    figure.savefig(file, metadata={"Date": None})
    return file


def _peers(results: list[dict[str, Any]]) -> Figure:
    """One row per size, one dot per tool, CPU seconds to the right."""
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    axes = figure.subplots()
    for tool, colour in COLOURS.items():
        records = [(row, find(results, case, tool)) for row, case in enumerate(FOCI)]
        dots = [(record["cpu_median"], row) for row, record in records if record]
        if dots:
            axes.plot(*zip(*dots, strict=True), "o", color=colour, label=tool)
    axes.set(xscale="log", xlabel="CPU seconds of FOCI, one thread", ylim=(len(FOCI) - 0.5, -0.5))
    axes.set_yticks(range(len(FOCI)), SIZES)
    axes.grid(axis="x", alpha=0.3)
    _legend(axes, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _growth(curves: list[dict[str, Any]]) -> Figure:
    """CPU seconds against n and against p, with the fitted exponents."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, variable in zip(panels, ("n", "p"), strict=True):
        for curve in curves:
            if curve["variable"] == variable:
                label = f"{curve['tool']}, exponent {curve['exponent']:.2f}"
                colour = COLOURS.get(curve["tool"], "black")
                points = zip(*curve["points"], strict=True)
                panel.plot(*points, "o-", markersize=3, color=colour, label=label)
                panel.set_title(curve["name"])
        panel.set(xscale="log", yscale="log", xlabel=variable, ylabel="CPU seconds of FOCI")
        panel.grid(alpha=0.3)
        _legend(panel, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, fontsize=7)
    return figure


def _legend(axes: Axes, **options: Any) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, **options)
