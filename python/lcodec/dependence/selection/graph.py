"""FOCI of every column on the others, as a directed graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, IntArray, Missing
from lcodec.dependence.arguments import Options, feature_weights
from lcodec.dependence.selection.greedy import Ending, Table, search
from lcodec.neighbors import Scaling, Ties, backend_of
from lcodec.resources import jobs

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class FociGraph:
    """The columns that FOCI selects for each column; the same fields as in MATLAB.

    Attributes
    ----------
    adjacency : (p, p) float64
        Entry (i, j) is the conditional coefficient with which column i was selected for column j
        as the response, 0 where it was not.
    skipped : (c,) int64
        Constant columns, which have no edges.
    names : tuple of str
        Column names of a table, else empty.
    """

    adjacency: FloatArray
    skipped: IntArray
    names: tuple[str, ...]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the graph on a circle, as ``plot_foci_graph`` does in MATLAB.

        Arrows point to the response; the wider and darker, the larger the coefficient, whose
        values are at a colour bar. Many or long names stand along the radius, and those of more
        than 30 characters are cut.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The axes, for titles and saving.
        """
        from matplotlib import cm, colors, pyplot

        if ax is None:
            _, ax = pyplot.subplots(figsize=(8, 7), layout="constrained")
        p = len(self.adjacency)
        angle = np.pi / 2 - 2 * np.pi * np.arange(p) / p
        place = np.column_stack((np.cos(angle), np.sin(angle)))
        scale = cm.ScalarMappable(
            colors.Normalize(0, 1),
            colors.LinearSegmentedColormap.from_list("", [_LIGHT, _DARK]),
        )
        edges = list(zip(*np.nonzero(self.adjacency), strict=True))
        for i, j in edges:
            arrow: dict[str, Any] = {
                "arrowstyle": "-|>",
                "lw": 0.5 + 3.5 * max(self.adjacency[i, j], 0.0),
                "color": scale.to_rgba(self.adjacency[i, j]),
                "shrinkA": 12,
                "shrinkB": 12,
                "connectionstyle": "arc3,rad=0.12",  # i -> j and j -> i side by side
            }
            ax.annotate("", xy=place[j], xytext=place[i], arrowprops=arrow)
        if edges:
            ax.figure.colorbar(scale, ax=ax, label="coefficient", shrink=0.7)
        names = [_shortened(name) for name in self.names or map(str, range(p))]
        width, height = _write_names(ax, place, names)
        ax.set(xlim=(-width, width), ylim=(-height, height), aspect="equal")
        ax.axis("off")
        return ax


_LIGHT, _DARK = (0.72, 0.83, 0.93), (0.03, 0.19, 0.42)


def _shortened(name: str) -> str:
    return name if len(name) <= 30 else name[:27] + "..."


def _write_names(ax: Axes, place: FloatArray, names: list[str]) -> tuple[float, float]:
    """Write names at the nodes, and return half the width and height that the picture needs.

    Short names of few nodes stand upright; others along the radius, so that neighbours do not meet.
    """
    p, longest = len(names), max(map(len, names), default=0)
    radial, size = p > 12 or longest > 14, 10.0
    width, height = 1.9, 1.3
    if radial:
        size = max(5.0, min(9.0, 250 / p))
        # a character is about 0.6 times as wide as the font is high; the picture has 360 points
        width = height = 1.15 / (1 - min(0.8, 2 * longest * 0.6 * size / 360))
    for (x, y), name in zip(place, names, strict=True):
        ax.plot(x, y, "o", color="0.2", ms=5)
        left = x < (-1e-9 if radial else -0.1)
        side = "right" if left else ("left" if radial or x > 0.1 else "center")
        turn = np.degrees(np.arctan2(y, x)) + 180 * left if radial else 0.0
        ax.text(
            1.08 * x, 1.08 * y, name, ha=side, va="center", size=size, rotation=turn,
            rotation_mode="anchor",
        )  # fmt: skip
    return width, height


@checks.known_options
def foci_graph(
    X: ArrayLike,
    *,
    max_features: int | None = None,
    stop: bool = True,
    min_gain: float = 0.0,
    n_neighbors: checks.Neighbors = 1,
    standardize: Scaling | None = "std",
    ties: Ties = "average",
    seed: int = 0,
    missing: Missing = "refuse",
    n_jobs: int | None = None,
    memory_limit: int | None = None,
) -> FociGraph:
    """Run FOCI for every column of X as the response, on all the others.

    Parameters
    ----------
    X : (n, p) array_like or table
        Variables, n >= 3 samples.
    max_features, stop, min_gain, n_neighbors, standardize, ties, seed, missing, n_jobs
    memory_limit
        As in `foci`, for each of the p runs.

    Returns
    -------
    FociGraph
        ``adjacency``, ``skipped``, ``names``, and a method ``plot``.

    Raises
    ------
    LcodecError
        As `foci`.

    References
    ----------
    .. [1] M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence", Ann. Statist.
       49(6):3070-3102, 2021, section 5.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> X[:, 2] = X[:, 0] + X[:, 1]
    >>> lcodec.foci_graph(X).adjacency[:, 2].round(2)
    array([0.33, 0.92, 0.  ])
    """
    ending = Ending.of(max_features, stop, min_gain)
    options = Options.of(standardize, ties, seed, n_jobs, memory_limit, n_neighbors=n_neighbors)
    missing = checks.choice(missing, "missing", checks.MISSING)
    (matrix,) = checks.complete([checks.matrix(X, "X", missing=missing, device=True)], "X", missing)
    options = options.of_rows(len(matrix))
    backend, names = backend_of(matrix), checks.names_of(X)
    columns = backend.columns_of(matrix)
    varying = backend.spread(columns) != 0
    skipped = np.flatnonzero(~varying)
    checks.warn_constant_columns(skipped.tolist(), "X", names)
    adjacency = np.zeros((len(columns), len(columns)))
    weights = feature_weights(columns, options, names)
    for j in np.flatnonzero(varying):
        others = np.flatnonzero(varying & (np.arange(len(columns)) != j))
        with jobs(options.n_jobs):
            table = Table(columns, columns[j], options, weights)
            path = search([table], others, ending)
        adjacency[path.selected, j] = path.scores
    return FociGraph(adjacency, skipped, names)
