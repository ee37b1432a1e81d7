"""Bars of coefficients, and single coefficients with their errors.

Colours are of middle lightness, to be seen on white and on black; texts have the colours of
matplotlib's settings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lcodec.checks import needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE = "#3a8bdc", "#e07b28"
MOST_BARS = 40
FAINT = 0.45  # opacity of a bar that means less
LONGEST = 30  # characters of a name


def axes_of(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes given, or new ones of so many inches, through which the figure is seen."""
    pyplot = needed("matplotlib.pyplot", "plot", "`plot`")
    if ax is None:
        _, ax = pyplot.subplots(figsize=(width, height), layout="constrained")
        assert ax is not None
        ax.patch.set_alpha(0)
    return ax


def shortened(name: object) -> str:
    """Return a name in one line, cut where it is long; signs of formulas stay signs."""
    text = " ".join(str(name).split()).replace("$", r"\$")
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def bars(
    ax: Axes | None,
    names: Sequence[object],
    values: Sequence[float],
    label: str,
    faint: Sequence[bool] = (),
    total: int | None = None,
) -> Axes:
    """Draw one horizontal bar for each name, the first on top, at most `MOST_BARS` of them.

    `total` is how many there would be.
    """
    names, values = names[:MOST_BARS], values[:MOST_BARS]
    count = len(names)
    ax = axes_of(ax, 7, max(2.4, 1.2 + 0.26 * count))
    places = range(count)
    for place in places:
        opacity = FAINT if faint and faint[place] else 1.0
        ax.barh(place, values[place], height=0.7, color=BLUE, alpha=opacity)
    ax.set_yticks(places, [shortened(name) for name in names])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(count - 0.4, -0.6)
    lowest = min((value for value in values if not math.isnan(value)), default=0.0)
    ax.set_xlim(min(0.0, 1.1 * lowest), 1.0)
    ax.set_xlabel(label)
    if lowest < 0:
        ax.axvline(0, color=_text_colour(), lw=0.8)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    if total is not None and total > count:
        ax.set_title(f"the {count} largest of {total}", size="medium")
    return ax


def selection(
    ax: Axes | None, names: Sequence[object], scores: Sequence[float], cumulative: Sequence[float]
) -> Axes:
    """Draw the score of each step as a bar, and T of all columns so far as a line."""
    shown = len(names[:MOST_BARS])
    ax = bars(ax, names, scores, "coefficient")
    if not shown:
        return _said(ax, "no column selected")
    ax.plot(cumulative[:shown], range(shown), "o-", color=ORANGE, ms=5, lw=1.5)
    handles = [_bar("of the column, given those above"), _line("of all columns so far")]
    _legend(ax, handles)
    if shown < len(names):
        ax.set_title(f"the first {shown} of {len(names)}", size="medium")
    return ax


def tests(
    ax: Axes | None, names: Sequence[object], values: Sequence[float], pvalues: Sequence[float]
) -> Axes:
    """Draw coefficients, those with p above 5 % faint."""
    ax = bars(ax, names, values, "coefficient", [not p <= 0.05 for p in pvalues], len(names))
    _legend(ax, [_bar("p ≤ 0.05"), _bar("p > 0.05", FAINT)])
    return ax


def interval(ax: Axes | None, statistic: float, low: float, high: float, label: str) -> Axes:
    """Draw a coefficient as a point in its interval, on the way from 0 to 1."""
    ax = _single(ax, label, statistic, low, high)
    if math.isnan(statistic):
        return ax
    ax.plot([low, high], [0, 0], "-", color=BLUE, lw=2)
    ax.plot([low, high], [0, 0], "|", color=BLUE, ms=12, mew=2)
    ax.plot(statistic, 0, "o", color=BLUE, ms=8)
    return ax


def test(ax: Axes | None, statistic: float, pvalue: float) -> Axes:
    """Draw a coefficient as a bar, with its p-value above."""
    ax = _single(ax, f"coefficient, p = {pvalue:.3g}", statistic)
    ax.barh(0, statistic, height=0.5, color=BLUE, alpha=1.0 if pvalue <= 0.05 else FAINT)
    return ax


def _single(ax: Axes | None, label: str, *values: float) -> Axes:
    ax = axes_of(ax, 6, 1.5)
    known = [value for value in values if math.isfinite(value)]
    ax.set_xlim(min(0.0, *(value - 0.05 for value in known), 0.0), max(1.0, *known, 1.0))
    ax.set_ylim(-1, 1)
    ax.set_yticks([])
    ax.axvline(0, color=_text_colour(), lw=0.8)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.set_xlabel(label)
    return ax if known else _said(ax, "undefined")


def _said(ax: Axes, text: str) -> Axes:
    ax.set_yticks([])
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center")
    return ax


def _legend(ax: Axes, handles: list[Any]) -> None:
    """Put the legend above the bars, where nothing is covered."""
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False,
        borderaxespad=0.2,
    )  # fmt: skip


def _bar(label: str, opacity: float = 1.0) -> Any:
    patches = needed("matplotlib.patches", "plot", "`plot`")
    return patches.Patch(color=BLUE, alpha=opacity, label=label)


def _line(label: str) -> Any:
    lines = needed("matplotlib.lines", "plot", "`plot`")
    return lines.Line2D([], [], marker="o", color=ORANGE, ms=5, lw=1.5, label=label)


def _text_colour() -> Any:
    return needed("matplotlib", "plot", "`plot`").rcParams["text.color"]
