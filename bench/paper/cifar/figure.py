"""The figure of the experiment on CIFAR-10: a panel for each network."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from bench.paper.cifar.report import Networks
from bench.paper.journal import Record
from bench.paper.removal.experiment import case_name
from bench.paper.removal.figure import STYLE
from bench.paper.removal.sequence import REFIT

COLUMNS = 3


def draw(account: Record, file: Path) -> None:
    """Draw by how much the accuracy on the retained samples differs from the refit's.

    Parameters
    ----------
    account : dict
        Of this experiment.
    file : path
        Where to write it; the suffix is the format.
    """
    results = Networks(account)
    rows = -(-len(results.nets) // COLUMNS)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(12, 2.8 * rows), layout="constrained")
        panels = list(figure.subplots(rows, COLUMNS, squeeze=False).flat)
        for axes, net in zip(panels, results.nets, strict=False):
            found = results.methods(case_name(net, results.removed[0]))
            names = [name for name in found if name != REFIT]
            for kind, removed in enumerate(results.removed):
                case = case_name(net, removed)
                for place, name in enumerate(names):
                    known = results.beside_refit(case, name, "retained_accuracy")
                    points = [100 * value for value in known if value is not None]
                    height = place + 0.25 * (kind - (len(results.removed) - 1) / 2)
                    color = f"C{kind}"
                    heights = [height] * len(points)
                    axes.plot(points, heights, "o", color=color, ms=4, alpha=0.7)
                    if points:
                        label = removed if place == 0 else None
                        axes.plot(np.mean(points), height, "|", color=color, ms=10, label=label)
            axes.axvline(0, color="black", lw=0.5)
            axes.set_xscale("symlog", linthresh=1)
            axes.xaxis.set_major_formatter("{x:g}")
            axes.set_yticks(range(len(names)), names, fontsize=7)
            axes.invert_yaxis()
            axes.set_title(net, fontsize=9)
            axes.set_xlabel("retained accuracy minus the refit's, points")
        for axes in panels[len(results.nets) :]:
            axes.set_axis_off()
        handles = panels[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=len(results.removed))
        figure.savefig(file, metadata={"Date": None})
