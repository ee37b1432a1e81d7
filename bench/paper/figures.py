"""The figures of the experiments, drawn from their accounts alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

STYLE = {
    "svg.hashsalt": "lcodec",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
COLOURS = {
    "FOCI": "#c0392b",
    "LFOCI by influence": "#e08e0b",
    "Top gradient": "#8e44ad",
    "Random": "#2471a3",
    "Full": "#27ae60",
    "refit": "black",
}
LINES = {"CR": ":", "Sekhari": "--", "same budget": "--", "larger budget": "--"}
RUINOUS = ("CR", "Sekhari with noise")  # updates off the scale of all others: accuracies only
MARKERS = {"refit": "o", "nothing done": "s"}
PANELS = {
    "residual_gradient": "gradient of the retained objective",
    "sample_gradient": "gradient of the sample removed last",
    "kl_forgotten": "KL(refit ‖ model), forgotten",
    "retained_accuracy": "accuracy, retained",
    "forgotten_accuracy": "accuracy, forgotten",
    "test_accuracy": "accuracy, test",
}


def removals_figure(found: dict[str, Any], file: Path) -> None:
    """Draw what removals one after another leave, a panel per measure.

    Parameters
    ----------
    found : dict
        Account of mnist_logistic or mnist_2nn.
    file : path
        Where to write it; the suffix is the format.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(10, 6.2), layout="constrained")
        panels = figure.subplots(2, 3)
        for axes, (measure, title) in zip(panels.flat, PANELS.items(), strict=True):
            logarithmic = "accuracy" not in measure
            for name in found["seeds"][0]["records"]:
                if not (logarithmic and name.partition(", ")[2] in RUINOUS):
                    _draw(axes, found, name, measure)
            axes.set(title=title, xlabel="removals", yscale="log" if logarithmic else "linear")
        handles, labels = panels[1, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
        figure.savefig(file, metadata={"Date": None})


def _draw(axes: Axes, found: dict[str, Any], name: str, measure: str) -> None:
    """Draw the mean over the training seeds, and shaded the range, but not of markers."""
    removed, values = _series(found, name, measure)
    if not len(removed):
        return
    selection, _, update = name.partition(", ")
    colour = COLOURS.get(selection, "#7f8c8d")
    style = "-" if update == "" else LINES.get(update, "-.")
    if name in MARKERS:  # known after a few removals only: no line between
        style = MARKERS[name]
    axes.plot(removed, values.mean(axis=0), style, color=colour, label=name, ms=4)
    if len(values) > 1 and name not in MARKERS:
        axes.fill_between(
            removed, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.12, lw=0
        )


def _series(found: dict[str, Any], name: str, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """Return after how many removals there are values, and these (seeds, removals)."""
    runs = [[one for one in seed["records"][name] if measure in one] for seed in found["seeds"]]
    values = [[one[measure] for one in run] for run in runs]
    return np.array([one["removed"] for one in runs[0]]), np.array(values)


GAPS = {
    "distance": "distance of the weights to the refit",
    "kl_forgotten": "KL(refit ‖ model), forgotten",
    "kl_test": "KL(refit ‖ model), test",
    "residual_gradient": "gradient of the retained objective",
}
MODELS = {
    "nothing done": ("#7f8c8d", "-"),
    "refit, another seed": ("black", ":"),
    "FOCI": (COLOURS["FOCI"], "-"),
    "LFOCI by influence": (COLOURS["LFOCI by influence"], "-"),
    "Top gradient": (COLOURS["Top gradient"], "-"),
    "Top gradient, larger budget": (COLOURS["Top gradient"], "--"),
    "Random": (COLOURS["Random"], "-."),
    "Full": (COLOURS["Full"], "-"),
}


def gap_figure(found: dict[str, Any], file: Path) -> None:
    """Draw how the gap to the refit grows with the number of removals.

    Parameters
    ----------
    found : dict
        Account of retrain.
    file : path
        Where to write it; the suffix is the format.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.5, 6.4), layout="constrained")
        panels = figure.subplots(2, 2)
        for axes, (measure, title) in zip(panels.flat, GAPS.items(), strict=True):
            for name, (colour, style) in MODELS.items():
                if name not in found["seeds"][0]["records"]:
                    continue
                removed, values = _series(found, name, measure)
                axes.plot(
                    removed, values.mean(axis=0), style, color=colour, label=name, marker="o", ms=3
                )
                axes.fill_between(
                    removed, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.1, lw=0
                )
            axes.set(title=title, xlabel="removals", xscale="log", yscale="log")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        figure.savefig(file, metadata={"Date": None})
