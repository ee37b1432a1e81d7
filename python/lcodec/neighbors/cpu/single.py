"""The nearest rows in one set of columns: what a single coefficient needs."""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray
from lcodec.neighbors.cpu import groups, leaves, product
from lcodec.neighbors.cpu.groups import GROUP, equal_rows, places_of
from lcodec.neighbors.cpu.search import Search
from lcodec.neighbors.cpu.several import leaves as several_leaves
from lcodec.neighbors.cpu.several import places as several
from lcodec.neighbors.cpu.tree import MOST_AXES, build
from lcodec.neighbors.gains import Labels
from lcodec.neighbors.ties import Choice
from lcodec.resources import default_limit, threads_for

LISTED = 32  # near leaves listed for each leaf


def nearest_values(
    columns: FloatArray,
    weights: FloatArray,
    labels: Labels,
    *,
    ties: str = "average",
    seed: int = 0,
    step: int = 0,
    n_neighbors: int = 1,
    number: int = 0,
    memory: int | None = None,
) -> FloatArray:
    """Return the values of the rows m nearest to each row i in all of `columns`.

    `columns` (q, n) stand in the order in which they enter the distance; the other arguments are
    those of `lcodec.neighbors.backends.ColumnSearch`; "random" draws as for candidate `number`.
    """
    q, n = columns.shape
    if q == 1:
        search = Search(
            columns, weights, labels, ties=ties, seed=seed, step=step, n_neighbors=n_neighbors,
            ids=np.array([number]),
        )  # fmt: skip
        only: FloatArray = search.values(np.zeros(1, dtype=np.int64))[0]
        return only
    out = np.empty((1, n))
    zero = np.zeros(1, dtype=np.int64)
    nothing = np.zeros((1, n)), zero, np.array([number]), np.zeros(1)  # a candidate without effect
    choice = Choice.of(ties, step, seed, n_neighbors)
    group = equal_rows(columns)
    limit = default_limit() if memory is None else memory
    with threads_for(64 * n * q):
        large = np.bincount(group).max() > GROUP
        if q > MOST_AXES and not large:
            product.fill(out[0], labels, columns, weights, choice, number)
        elif n_neighbors > 1:
            found = several.prepared(group, columns, weights, limit // 2, n_neighbors)
            if large:
                order = np.arange(n, dtype=np.int32)[np.newaxis]
                several.fill(out, labels, *nothing, *found, order, choice)
            else:
                several_leaves.fill(out, labels, *nothing, *found, choice)
        elif large:
            places = places_of(group, columns, weights, limit // 2)
            order = np.arange(n, dtype=np.int32)[np.newaxis]
            groups.fill(out, labels, *nothing, *places, order, choice)
        else:
            tree = build(columns, weights)
            near = leaves.near_leaves(tree, LISTED)
            leaves.fill(out, labels, *nothing, tree, near, choice)
    values: FloatArray = out[0]
    return values
