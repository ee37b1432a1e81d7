"""FOCI of every column on the others, as a directed graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, IntArray, Missing
from lcodec.dependence.arguments import Options, feature_weights
from lcodec.dependence.greedy import Ending, Table, search
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
        """Draw the graph on a circle: arrows point to the response, width is the coefficient.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The axes, for titles and saving.
        """
        from matplotlib import pyplot

        if ax is None:
            _, ax = pyplot.subplots(figsize=(7, 7), layout="constrained")
        p = len(self.adjacency)
        angle = np.pi / 2 - 2 * np.pi * np.arange(p) / p
        place = np.column_stack((np.cos(angle), np.sin(angle)))
        for i, j in zip(*np.nonzero(self.adjacency), strict=True):
            arrow: dict[str, Any] = {
                "arrowstyle": "-|>",
                "lw": 0.5 + 3.5 * self.adjacency[i, j],
                "color": "tab:blue",
                "alpha": 0.6,
                "shrinkA": 12,
                "shrinkB": 12,
                "connectionstyle": "arc3,rad=0.12",  # i -> j and j -> i side by side
            }
            ax.annotate("", xy=place[j], xytext=place[i], arrowprops=arrow)
        for k, (x, y) in enumerate(place):
            ax.plot(x, y, "o", color="0.2", ms=5)
            side = "center" if abs(x) < 0.1 else ("left" if x > 0 else "right")
            name = self.names[k] if self.names else str(k)
            ax.text(1.08 * x, 1.08 * y, name, ha=side, va="center")
        ax.set(xlim=(-1.9, 1.9), ylim=(-1.3, 1.3), aspect="equal")
        ax.axis("off")
        return ax


@checks.known_options
def foci_graph(
    X: ArrayLike,
    *,
    max_features: int | None = None,
    stop: bool = True,
    min_gain: float = 0.0,
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
    max_features, stop, min_gain, standardize, ties, seed, missing, n_jobs, memory_limit
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
    options = Options.of(standardize, ties, seed, n_jobs, memory_limit)
    missing = checks.choice(missing, "missing", checks.MISSING)
    (matrix,) = checks.complete([checks.matrix(X, "X", missing=missing, device=True)], "X", missing)
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
            selected, scores, _, _ = search([table], others, ending)
        adjacency[selected, j] = scores
    return FociGraph(adjacency, skipped, names)
