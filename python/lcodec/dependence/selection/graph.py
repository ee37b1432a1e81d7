"""FOCI of every column on the others, as a directed graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, IntArray, Missing, needed
from lcodec.dependence.arguments import Options, feature_weights
from lcodec.dependence.display import Listing, Shown, maps, pairs
from lcodec.dependence.selection.greedy import Ending, Table, search
from lcodec.neighbors import Scaling, Ties, backend_of
from lcodec.resources import jobs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from networkx import DiGraph


@dataclass(frozen=True, eq=False)
class FociGraph(Shown):
    """The columns that FOCI selects for each column; the same fields as in MATLAB.

    ``plot()`` draws the graph on a circle, as ``plot_foci_graph`` does in MATLAB. Arrows point to
    the response; the wider and stronger in colour, the larger the coefficient, whose values are at
    a colour bar. Many or long names stand along the radius.

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

    def _draw(self, ax: Axes | None) -> Axes:
        return maps.graph(ax, self.adjacency, self.names or range(len(self.adjacency)))

    def listing(self) -> Listing:
        """Return a row for each edge: predictor, response, coefficient."""
        edges = np.argwhere(self.adjacency.T)[:, ::-1].tolist()  # those of a response together
        columns = pairs(self.adjacency, edges, self.names, "coefficient")
        count = f"{len(edges)} {'edge' if len(edges) == 1 else 'edges'}"
        p = len(self.adjacency)
        title = f"{count} between {p} columns" if p > 1 else f"{count}: there is a single column"
        return Listing(title, columns, by="coefficient")

    def to_networkx(self) -> DiGraph:
        """Return the graph for networkx.

        Returns
        -------
        networkx.DiGraph
            One node for each column: its name, or its number from 0 where there are no names. An
            edge from predictor to response has the coefficient as its ``weight``.

        Raises
        ------
        LcodecError
            ``lcodec:noPackage`` where networkx is not installed; ``lcodec:optionValue`` where two
            columns have the same name, which would become one node.
        """
        graph: DiGraph = needed("networkx", "networkx", "`to_networkx`").DiGraph()
        again = [name for name, count in Counter(self.names).items() if count > 1]
        if again:
            checks.fail(
                "optionValue",
                f"`names` must differ for `to_networkx`, got {checks.describe(again[0])} twice; "
                "rename the columns",
            )
        graph.add_nodes_from(self.names or range(len(self.adjacency)))
        columns = self.listing().columns.values()
        graph.add_weighted_edges_from(zip(*columns, strict=True))
        return graph


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
        ``adjacency``, ``skipped``, ``names``, and methods ``plot``, ``to_frame``, ``to_networkx``.

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
