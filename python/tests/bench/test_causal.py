"""The comparison of causal searches: how errors are counted, and the page that shows them."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from bench.inference import causal, graphs
from lcodec import xi


def matrix(*pairs: tuple[int, int]) -> np.ndarray:
    found = np.zeros((4, 4), dtype=bool)
    for i, j in pairs:
        found[i, j] = True
    return found


def test_the_page_shows_the_account() -> None:
    account = json.loads(causal.ACCOUNT.read_text(encoding="utf-8"))
    page = causal.PAGE.read_text(encoding="utf-8")
    assert causal.tables(account) == page.split(causal.BEGIN)[1].split(causal.END)[0]


def test_errors_are_pairs() -> None:
    true = matrix((0, 1), (2, 1), (2, 3), (3, 2))  # 0 -> 1 <- 2 - 3
    assert graphs.errors(true, true) == (0, 0)
    assert graphs.errors(matrix((1, 0), (2, 1), (2, 3), (3, 2)), true) == (1, 0)  # turned
    assert graphs.errors(matrix((0, 1), (2, 1), (2, 3)), true) == (1, 0)  # directed
    assert graphs.errors(matrix((0, 1), (2, 3), (3, 2), (0, 3)), true) == (2, 2)
    assert graphs.errors(matrix(), true) == (3, 3)


def test_graphs_of_the_libraries_are_read() -> None:
    # causal-learn has an arrowhead at j of i -> j as 1 in [j, i], and the tail as -1 in [i, j]
    theirs = np.array([[0, -1, 0], [1, 0, 1], [0, -1, 0]])
    assert graphs.of_causal_learn(theirs).tolist() == matrix((0, 1), (2, 1))[:3, :3].tolist()
    undirected = np.array([[0, -1], [-1, 0]])
    assert graphs.of_causal_learn(undirected).tolist() == [[False, True], [True, False]]
    bidirected = np.array([[0, 1], [1, 0]])
    assert graphs.of_causal_learn(bidirected).tolist() == [[False, True], [True, False]]
    marks = np.array([["", "-->", "o-o"], ["<--", "", ""], ["o-o", "", ""]])[:, :, None]
    expected = matrix((0, 1), (0, 2), (2, 0))[:3, :3]
    assert graphs.of_tigramite(marks).tolist() == expected.tolist()


def test_the_graph_is_that_of_the_data() -> None:
    X, parents = graphs.random_data(0)
    assert X.shape == (graphs.ROWS, graphs.COLUMNS)
    assert parents.sum(axis=0).max() <= graphs.MOST_PARENTS
    alone = ~(parents.any(axis=0) | parents.any(axis=1))
    assert np.abs(np.corrcoef(X.T)[alone] - np.eye(graphs.COLUMNS)[alone]).max(initial=0) < 0.2


def test_the_known_graph_is_that_of_the_data() -> None:
    X, parents = graphs.known_data(0)
    assert parents.sum() == 14
    assert sorted(parents.sum(axis=0)) == [0] * 8 + [1] * 10 + [2] * 2  # two colliders
    assert sorted(parents.sum(axis=1))[-2:] == [2, 2]  # two forks
    told = [(xi(X[:, i], X[:, j]), parents[i, j]) for i, j in np.ndindex(parents.shape) if i != j]
    assert min(value for value, linked in told if linked) > 0.1
    roots = np.flatnonzero(~parents.any(axis=0))
    assert all(xi(X[:, i], X[:, j]) < 0.1 for i in roots for j in roots if i != j)


def test_a_search_is_judged_on_both_kinds_of_graphs() -> None:
    row = causal.judged(lambda X, parents: graphs.true_cpdag(parents), 1, directed=True)
    assert {kind: (row[kind]["cpdag"], row[kind]["skeleton"]) for kind in row} == {
        "known": ([0], [0]), "random": ([0], [0]),
    }  # fmt: skip
    row = causal.judged(lambda X, parents: np.zeros_like(parents), 1, directed=False)
    assert (row["known"]["cpdag"], row["known"]["skeleton"]) == ([], [14])


def test_dowhy_objects_to_links_and_to_missing_links() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it imports
        pytest.importorskip("dowhy.gcm.falsify", exc_type=ImportError)
        X, parents = graphs.known_data(0)
        linked = parents | parents.T
        never = causal.checked_by_dowhy(X, parents, lambda *columns: 1.0)
        always = causal.checked_by_dowhy(X, parents, lambda *columns: 0.0)
    assert not never.any()
    assert (always & linked).sum() == linked.sum() == 28
    assert (always & ~linked).sum() == 2 * 176
