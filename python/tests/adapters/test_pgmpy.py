"""PC of pgmpy by `ci_test`."""

from __future__ import annotations

import doctest
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what it imports
    pytest.importorskip("pgmpy.causal_discovery")

import lcodec
from lcodec.adapters import pgmpy
from python.tests.adapters.graphs import GRAPHS


@pytest.mark.parametrize("variant", ["stable", "parallel"])
@pytest.mark.parametrize("graph", GRAPHS)
def test_pc_finds_known_graphs(graph: Any, variant: str) -> None:
    from pgmpy.causal_discovery import PC

    X, edges = graph()
    data = pd.DataFrame(X, columns=list("abc"))
    test = pgmpy.CodecTest(data)
    options = {"significance_level": 0.05, "show_progress": False, "n_jobs": 1}
    found = PC(variant, test, **options).fit(data).causal_graph_
    both = {(j, i) for i, j in found.undirected_edges}
    assert {*found.directed_edges, *found.undirected_edges} | both == edges


def test_it_is_ci_test_of_mixed_columns() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame(
        {"x": rng.normal(size=90), "flag": rng.random(90) < 0.5, "z": rng.normal(size=90)}
    )
    data["word"] = np.where(data["x"] + rng.normal(size=90) > 0, "up", "down")
    test = pgmpy.CodecTest(data, n_neighbors=3)
    expected = lcodec.ci_test(data["word"], data["x"], data[["flag", "z"]], n_neighbors=3)
    _, pvalue = test.run_test("x", "word", ["z", "flag"])
    assert pvalue == expected == test.p_value_
    assert test.is_independent("word", "x", ["flag", "z"], expected)
    assert not test.is_independent("x", "word", ["flag", "z"], expected + 1e-9)
    same = pgmpy.CodecTest(data, n_neighbors=3, use_cache=False)
    assert same("word", "x", ["flag", "z"], expected)
    assert same.statistic_ == test.statistic_ == same.effect_size_


def test_threads_share_it() -> None:
    X, _ = GRAPHS[0]()
    data = pd.DataFrame(X, columns=list("abc"))
    test, pairs = pgmpy.CodecTest(data), [("a", "c"), ("a", "b"), ("b", "c")] * 8
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda pair: test(*pair), pairs)) == [False, True, False] * 8


def test_the_example_of_its_class() -> None:
    assert doctest.testmod(pgmpy).failed == 0
