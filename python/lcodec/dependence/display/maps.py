"""Matrices of coefficients: as a heat map, and as a graph on a circle.

The smaller a coefficient, the more the background is seen through its colour, be it light or dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lcodec.checks import FloatArray, needed
from lcodec.dependence.display.charts import axes_of, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE = (0.20, 0.53, 0.88)
FAINTEST_ARROW, FAINTEST_CELL = 0.4, 0.04  # opacities of a coefficient of 0
WITH_NUMBERS = 12  # columns; the numbers of more could not be read


def heat_map(ax: Axes | None, matrix: FloatArray, names: Sequence[object]) -> Axes:
    """Draw the entries of a matrix, (predictors, responses), as the colours of its cells."""
    ax = axes_of(ax, 8, 7)
    p = len(matrix)
    scale = _scale(FAINTEST_CELL)
    image = ax.imshow(matrix, cmap=scale.cmap, norm=scale.norm)
    ax.figure.colorbar(image, ax=ax, label="coefficient", shrink=0.7)
    labels = [shortened(name) for name in names]
    size = max(4.0, min(10.0, 250 / p))
    ax.set_xticks(range(p), labels, rotation=90, size=size)
    ax.set_yticks(range(p), labels, size=size)
    ax.set(xlabel="response", ylabel="predictor")
    if p <= WITH_NUMBERS:
        for (i, j), value in np.ndenumerate(matrix):
            if not np.isnan(value):
                colour: dict[str, Any] = {"color": "white"} if value > 0.6 else {}
                ax.text(j, i, f"{value:.2f}", ha="center", va="center", size=size, **colour)
    return ax


def graph(ax: Axes | None, matrix: FloatArray, names: Sequence[object]) -> Axes:
    """Draw an arrow for each entry that is not 0, from its row to its column, on a circle."""
    ax = axes_of(ax, 8, 7)
    p = len(matrix)
    angle = np.pi / 2 - 2 * np.pi * np.arange(p) / p
    place = np.column_stack((np.cos(angle), np.sin(angle)))
    scale = _scale(FAINTEST_ARROW)
    edges = list(zip(*np.nonzero(matrix), strict=True))
    for i, j in edges:
        arrow: dict[str, Any] = {
            "arrowstyle": "-|>",
            "lw": 0.5 + 3.5 * max(matrix[i, j], 0.0),
            "color": scale.to_rgba(matrix[i, j]),
            "shrinkA": 12,
            "shrinkB": 12,
            "connectionstyle": "arc3,rad=0.12",  # i -> j and j -> i side by side
        }
        ax.annotate("", xy=place[j], xytext=place[i], arrowprops=arrow)
    if edges:
        ax.figure.colorbar(scale, ax=ax, label="coefficient", shrink=0.7)
    width, height = _write_names(ax, place, [shortened(name) for name in names])
    ax.set(xlim=(-width, width), ylim=(-height, height), aspect="equal")
    ax.axis("off")
    return ax


def _scale(faintest: float) -> Any:
    """Return colours for 0 to 1, from nearly none on."""
    cm, colors = (needed(f"matplotlib.{name}", "plot", "`plot`") for name in ("cm", "colors"))
    shades = colors.LinearSegmentedColormap.from_list("", [(*BLUE, faintest), (*BLUE, 1.0)])
    return cm.ScalarMappable(colors.Normalize(0, 1), shades)


def _write_names(ax: Axes, place: FloatArray, names: list[str]) -> tuple[float, float]:
    """Write names at the nodes, and return half the width and height that the picture needs.

    Those of few nodes stand upright; others along the radius, so that neighbours do not meet.
    """
    colour = needed("matplotlib", "plot", "`plot`").rcParams["text.color"]
    p, longest = len(names), max(map(len, names), default=0)
    radial = p > 12 or (p > 6 and longest > 14)
    size = max(5.0, min(9.0, 250 / p)) if radial else 10.0
    # a character is about 0.6 times as wide as the font is high
    share = min(0.8, 2 * longest * 0.6 * size / _points(ax, radial))
    width = 1.15 / (1 - share)
    height = width if radial else 1.3
    for (x, y), name in zip(place, names, strict=True):
        ax.plot(x, y, "o", color=colour, ms=5)
        left = x < (-1e-9 if radial else -0.1)
        side = "right" if left else ("left" if radial or x > 0.1 else "center")
        turn = np.degrees(np.arctan2(y, x)) + 180 * left if radial else 0.0
        ax.text(
            1.08 * x, 1.08 * y, name, ha=side, va="center", size=size, rotation=turn,
            rotation_mode="anchor",
        )  # fmt: skip
    return max(width, 1.3), height


def _points(ax: Axes, both_ways: bool) -> float:
    """Return how many points there are for a circle with its names, across or both ways."""
    box = ax.bbox
    return 72 * float(min(box.width, box.height) if both_ways else box.width) / ax.figure.dpi
