"""The figure of a comparison: ranks against seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from bench.selection.compare import statistics

UNCOUNTED = ("all", "random")  # their seconds are those of no method
SIDES = {"foci-cv": ((-6, -3), "right"), "xi-cv": ((3, -12), "left")}  # where labels would meet


def draw(account: dict[str, Any], file: Path) -> Path:
    """Draw mean rank against the seconds of a selection."""
    every = list(statistics.places(account))
    heights = statistics.mean_ranks(every)
    style = {"svg.hashsalt": "lcodec", "font.size": 9, "axes.spines.top": False}
    with matplotlib.rc_context(style | {"axes.spines.right": False}):
        figure = Figure(figsize=(6.5, 3.6), layout="constrained")
        axes = figure.subplots()
        for name in (name for name in heights if name not in UNCOUNTED):
            colour = "#c0392b" if name.startswith("foci") else "#2471a3"
            place = statistics.typical(account, name), heights[name]
            axes.plot(*place, "o", color=colour, ms=5)
            offset, side = SIDES.get(name, ((5, 3), "left"))
            axes.annotate(name, place, offset, textcoords="offset points", color=colour, ha=side)
        for name, line in zip(UNCOUNTED, ("--", ":"), strict=True):
            axes.axhline(heights[name], color="0.5", ls=line, lw=1)
            axes.annotate(
                name, (0, heights[name]), (3, 2), xycoords=("axes fraction", "data"),
                textcoords="offset points", color="0.4",
            )  # fmt: skip
        axes.set(xscale="log", xlabel="CPU seconds of a selection, median", ylabel="mean rank")
        axes.invert_yaxis()
        figure.savefig(file, metadata={"Date": None})
    return file
