"""PC and FCI of causal-learn by `ci_test`."""

from __future__ import annotations

import doctest
from typing import Any

import numpy as np
import pytest

pytest.importorskip("causallearn")

import lcodec
from lcodec.adapters import causal_learn
from python.tests.adapters.graphs import GRAPHS, Edges

NAMES = "abc"


def found(matrix: np.ndarray) -> Edges:
    """Return i, j where i -> j or i - j."""
    return {
        (NAMES[i], NAMES[j])
        for i, j in np.argwhere(matrix == -1).tolist()
        if not (matrix[i, j] == -1 and matrix[j, i] == 0)
    }


@pytest.mark.parametrize("graph", GRAPHS)
def test_pc_finds_known_graphs(graph: Any) -> None:
    from causallearn.search.ConstraintBased.PC import pc

    data, edges = graph()
    assert found(pc(data, 0.05, "codec", show_progress=False).G.graph) == edges


def test_fci_takes_it_by_name() -> None:
    from causallearn.search.ConstraintBased.FCI import fci

    data, _ = GRAPHS[0]()
    graph, _ = fci(data, "codec", 0.05, show_progress=False, verbose=False)
    assert (graph.graph != 0).sum() == 4
    assert (graph.graph[:2, 2] == 2).all() or (graph.graph[2, :2] == 1).all()


def test_it_is_ci_test_and_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(1).normal(size=(60, 4))
    test = causal_learn.CodecTest(X, n_neighbors=2, seed=3)
    expected = lcodec.ci_test(X[:, 0], X[:, 2], X[:, [1, 3]], n_neighbors=2, seed=3)
    assert test(0, 2, [3, 1]) == expected
    monkeypatch.setattr(causal_learn, "ci_test", None)
    assert test(2, 0, {1, 3}) == expected


def test_codes_of_classes() -> None:
    rng = np.random.default_rng(2)
    code = rng.integers(0, 4, 120).astype(float)
    names = np.array(list("dabc"))[code.astype(int)]
    y, z = (code == 1) + rng.normal(size=(2, 120))
    test = causal_learn.CodecTest(np.column_stack((y, code, z)), nominal=[1])
    assert test(0, 1) == lcodec.ci_test(y, names)
    assert test(0, 2, [1]) == lcodec.ci_test(y, z, names)


def test_the_example_of_its_class() -> None:
    assert doctest.testmod(causal_learn).failed == 0
