"""Data whose causal graph is known, the graphs that searches return, and where the two differ.

A graph is a matrix M with M[i, j] where i -> j or i - j.
"""

from __future__ import annotations

from typing import Any

import numpy as np

COLUMNS, ROWS, MOST_PARENTS = 20, 500, 2
Array = np.ndarray[Any, np.dtype[Any]]


def known_data(seed: int) -> tuple[Array, Array]:
    """Return columns of the known graph, and A with A[i, j] where i is a parent of j."""
    rng = np.random.default_rng(seed)
    X, parents = np.empty((ROWS, COLUMNS)), np.zeros((COLUMNS, COLUMNS), dtype=bool)
    for first in range(0, COLUMNS, 10):
        a, b, c, d, e, f, g, h, i, j = rng.normal(size=(10, ROWS))
        c = a**2 + b**2 + 0.3 * c
        e = d + 0.4 * e
        f = np.sin(2 * e) + 0.4 * f
        g = f + 0.4 * g
        i = h**2 + 0.4 * i
        j = np.cos(2 * h) + 0.4 * j
        X[:, first : first + 10] = np.column_stack((a, b, c, d, e, f, g, h, i, j))
        for parent, child in ("ac", "bc", "de", "ef", "fg", "hi", "hj"):
            parents[first + ord(parent) - ord("a"), first + ord(child) - ord("a")] = True
    return in_any_order(X, parents, rng)


def random_data(seed: int) -> tuple[Array, Array]:
    """Return columns of a random graph, and A as `known_data` does."""
    rng = np.random.default_rng(seed)
    X, parents = np.empty((ROWS, COLUMNS)), np.zeros((COLUMNS, COLUMNS), dtype=bool)
    links = (lambda v: v, lambda v: v**2 - 1, lambda v: np.sin(2 * v))
    for j in range(COLUMNS):
        X[:, j] = 0.5 * rng.normal(size=ROWS)
        count = min(j, int(rng.integers(0, MOST_PARENTS + 1)))
        for parent in rng.choice(j, count, replace=False):
            X[:, j] += links[int(rng.integers(3))](X[:, parent])
            parents[parent, j] = True
        X[:, j] /= X[:, j].std()
    return in_any_order(X, parents, rng)


def in_any_order(X: Array, parents: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Permute columns, so that no search gains from their order."""
    order = rng.permutation(COLUMNS)
    return X[:, order], parents[np.ix_(order, order)]


DATA = {"known": known_data, "random": random_data}


def true_cpdag(parents: Array) -> Array:
    """Return M with M[i, j] where i -> j or i - j."""
    from causallearn.graph.Dag import Dag
    from causallearn.graph.GraphNode import GraphNode
    from causallearn.utils.DAG2CPDAG import dag2cpdag

    nodes = [GraphNode(f"X{k + 1}") for k in range(len(parents))]
    dag = Dag(nodes)
    for i, j in np.argwhere(parents):
        dag.add_directed_edge(nodes[i], nodes[j])
    return of_causal_learn(dag2cpdag(dag).graph)


def of_causal_learn(graph: Array) -> Array:
    """Return M of a matrix of causal-learn, where an arrowhead at j stands in [j, i]."""
    linked, into = graph != 0, graph == 1
    found: Array = linked & (into.T | ~(into | into.T))
    return found


def of_tigramite(graph: Array) -> Array:
    """Return M of a matrix of marks such as "-->", "o-o" and "x-x" without lags."""
    marks = graph[:, :, 0]
    found: Array = (marks != "") & (marks != "<--")
    return found


def of_pgmpy(graph: Any) -> Array:
    """Return M of a PDAG of columns that are numbered."""
    found = np.zeros((COLUMNS, COLUMNS), dtype=bool)
    for i, j in graph.directed_edges:
        found[int(i), int(j)] = True
    for i, j in graph.undirected_edges:
        found[int(i), int(j)] = found[int(j), int(i)] = True
    return found


def errors(found: Array, true: Array) -> tuple[int, int]:
    """Return how many pairs differ: in their edge, and in whether there is one."""
    edges = (found != true) | (found != true).T
    skeletons = (found | found.T) != (true | true.T)
    return int(np.triu(edges).sum()), int(np.triu(skeletons).sum())
