"""DoWhy takes `ci_test` as it is, to refute a graph."""

from __future__ import annotations

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what it imports
    falsify = pytest.importorskip("dowhy.gcm.falsify", exc_type=ImportError)

from lcodec import ci_test
from python.tests.adapters.graphs import chain, fork


def violations(graph: nx.DiGraph, X: np.ndarray) -> int:
    data = pd.DataFrame(X, columns=list("abc"))
    summary = falsify.validate_lmc(
        graph, data, independence_test=ci_test, conditional_independence_test=ci_test, n_jobs=1
    )
    return int(summary[falsify.FalsifyConst.N_VIOLATIONS])


def test_right_graphs_stand_and_wrong_ones_fall() -> None:
    a_chain = nx.DiGraph([("a", "b"), ("b", "c")])
    a_fork = nx.DiGraph([("a", "b"), ("a", "c")])
    assert violations(a_chain, chain()[0]) == 0
    assert violations(a_fork, fork()[0]) == 0
    assert violations(a_fork, chain()[0]) > 0
    assert violations(a_chain, fork()[0]) > 0


def test_several_columns_at_once() -> None:
    """As its validation passes them: one node against several."""
    X, _ = fork()
    assert ci_test(X[:, 0], X[:, 1:]) < 0.05
    assert ci_test(X[:, 2], X[:, [1]], X[:, [0]]) > 0.05


def test_falsify_graph_runs() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = falsify.falsify_graph(
            nx.DiGraph([("a", "b"), ("b", "c")]),
            pd.DataFrame(chain(200)[0], columns=list("abc")),
            independence_test=ci_test, conditional_independence_test=ci_test,
            n_permutations=5, n_jobs=1, show_progress_bar=False,
        )  # fmt: skip
    assert not result.falsified
