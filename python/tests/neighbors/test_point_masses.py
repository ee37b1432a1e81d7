"""Values that many rows share: the right tie sets, at about the cost of continuous data."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from lcodec.neighbors import TieSets, nearest_rows, nearest_values
from lcodec.neighbors.cpu.search import Search
from python.tests.neighbors.test_engine import RULES, SEED, exhaustive

KINDS = ("mass", "masses", "decimals", "counts", "mean", "vanishing")


def mixture(kinds: list[str], joint: bool, n: int, rng: np.random.Generator) -> np.ndarray:
    """Columns of continuous values and of values that many rows share, in some rows together."""
    columns = rng.normal(size=(len(kinds), n))
    together = rng.random(n)
    for column, kind in zip(columns, kinds, strict=True):
        u = together if joint else rng.random(n)
        if kind == "mass":
            column[u < rng.choice([0.2, 0.5, 0.95])] = 0.0
        elif kind == "masses":
            column[u < 0.8] = np.floor(4 * u[u < 0.8]) * 0.3
        elif kind == "decimals":
            column[:] = np.round(column, 1)
        elif kind == "counts":
            column[:] = np.where(u < 0.5, 0.0, rng.poisson(2.0, n))
        elif kind == "mean":
            column[u < 0.3] = column.mean()
        elif kind == "vanishing":  # squares of the differences, but for some rows
            column[u < 0.7] *= 1e-170
    return columns


@settings(max_examples=25)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=2, max_size=4),
    joint=st.booleans(),
    ties=st.sampled_from(RULES),
    scaling=st.sampled_from(["none", "std", "range"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_tie_sets_are_complete(
    kinds: list[str], joint: bool, ties: str, scaling: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    columns, n = mixture(kinds, joint, 170, rng), 170
    spread = {"none": np.ones(len(columns)), "std": columns.var(axis=1, ddof=1)}.get(
        scaling, np.ptp(columns, axis=1) ** 2
    )
    weights = 1 / np.where(spread > 0, spread, 1.0)
    labels = rng.integers(1, n + 1, n)
    expected = exhaustive(columns, weights, labels, ties, 0, 1)
    found = nearest_values(columns, weights, labels, ties=ties, seed=SEED, step=1)
    np.testing.assert_array_equal(found, expected)
    if ties != "random":
        sets = TieSets(columns, weights, ties)
        np.testing.assert_array_equal(sets.means(labels[np.newaxis])[0], expected)
    s = len(columns) - 1
    search = Search(columns, weights, labels, ties=ties, seed=SEED)
    search.condition(range(s))
    last = np.array([s])
    expected = exhaustive(columns, weights, labels, ties, s, s)
    np.testing.assert_array_equal(search.values(last)[0], expected)
    for most in (1, 5):
        out = np.full((1, n), np.nan)
        search._by_groups(most).fill(search, out, last)
        np.testing.assert_array_equal(out[0], expected)


@pytest.mark.parametrize("q", [9, 11])
@pytest.mark.parametrize("ties", RULES)
def test_many_columns(q: int, ties: str) -> None:
    rng, n = np.random.default_rng(q), 300
    columns = mixture(["mass"] * q, True, n, rng)
    columns[2, :40] = 1.0
    labels, weights = rng.permutation(n) + 1, 2.0 ** rng.integers(-3, 3, q)
    found = nearest_values(columns, weights, labels, ties=ties, seed=SEED, step=1)
    np.testing.assert_array_equal(found, exhaustive(columns, weights, labels, ties, 0, 1))
    search = Search(columns, weights, labels, ties=ties, seed=SEED)
    search.condition(range(q - 1))
    np.testing.assert_array_equal(
        search.values(np.array([q - 1]))[0],
        exhaustive(columns, weights, labels, ties, q - 1, q - 1),
    )


@pytest.mark.parametrize("ties", RULES)
def test_groups_beyond_the_listed_leaves(ties: str) -> None:
    """A candidate of large steps: rows far away in S are as near, more leaves than lists hold."""
    rng = np.random.default_rng(3)
    single = np.indices((40, 40)).reshape(2, -1)[:, rng.permutation(1600)[:1200]]
    masses = np.repeat([[3, 3, 36, 20], [3, 36, 3, 20]], 50, axis=1)
    given = np.concatenate([single, masses], axis=1) * 1.0
    columns = np.concatenate([given, 1000.0 * rng.integers(0, 200, (1, given.shape[1]))])
    labels = rng.integers(1, columns.shape[1] + 1, columns.shape[1])
    search = Search(columns, np.ones(3), labels, ties=ties, seed=SEED)
    search.condition([0, 1])
    expected = exhaustive(columns, np.ones(3), labels, ties, 2, 2)
    np.testing.assert_array_equal(search.values(np.array([2]))[0], expected)


@pytest.mark.parametrize("kinds", [["mass"], ["mass", "counts"], ["counts", "counts", "masses"]])
def test_near_rows_of_equal_ones(kinds: list[str]) -> None:
    """By distance, and then counted on from the row itself."""
    n = 260
    columns = mixture(kinds, True, n, np.random.default_rng(len(kinds)))
    distance = ((columns[:, :, np.newaxis] - columns[:, np.newaxis]) ** 2).sum(axis=0)
    np.fill_diagonal(distance, np.inf)
    steps = (np.arange(n) - np.arange(n)[:, np.newaxis]) % n
    expected = np.lexsort((steps, distance), axis=1)[:, :7]
    np.testing.assert_array_equal(nearest_rows(columns, np.ones(len(columns)), 7), expected)


def test_rows_beside_a_large_group_keep_no_list_of_it() -> None:
    """On a sphere of many columns the centre is nearest to all: lists would hold n^2 / 4 of it."""
    n, q = 2000, 60
    columns = np.random.default_rng(0).normal(size=(q, n))
    columns /= np.sqrt((columns**2).sum(axis=0))
    columns[:, : n // 2] = 0.0
    sets = TieSets(columns, np.ones(q), "average")
    assert len(sets.lists.members) < 2 * n
    assert len(sets.lists.tied) > n // 4
    labels = np.random.default_rng(1).permutation(n) + 1
    expected = exhaustive(columns, np.ones(q), labels, "average", 0, 0)
    np.testing.assert_array_equal(sets.means(labels[np.newaxis])[0], expected)


CALLS: dict[str, Callable[[np.ndarray, np.ndarray], object]] = {
    "codec": lambda y, X: lcodec.codec(y, X[:, 2], X[:, :2]),
    "codec_scores": lambda y, X: lcodec.codec_scores(X, y, [0, 1]),
    "foci": lambda y, X: lcodec.foci(X, y, stop=False),
    "codec_test": lambda y, X: lcodec.codec_test(y, X[:, 2], X[:, :2], n_resamples=3),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_cost_is_that_of_continuous_data(name: str) -> None:
    """One step that compares all pairs of 20,000 rows takes a hundred times as long."""
    n, rng = 20_000, np.random.default_rng(0)
    continuous, y = rng.normal(size=(n, 3)), rng.normal(size=n)
    share = {"5 %": 0.05, "half": 0.5}
    tables = {
        key: np.where(rng.random((n, 3)) < value, 0.0, continuous) for key, value in share.items()
    }
    tables["pairs"] = np.where(rng.random((n, 1)) < 0.5, 0, continuous)
    tables["counts"] = np.where(rng.random((n, 3)) < 0.5, 0, rng.poisson(4, (n, 3))) * 1.0
    tables["repeated"] = continuous[rng.integers(0, n, n)]

    def seconds(X: np.ndarray) -> float:
        start = time.process_time()
        CALLS[name](y, X)
        return time.process_time() - start

    for X in (continuous, tables["half"]):
        CALLS[name](y[:400], X[:400])  # compiled
    usual = max(seconds(continuous), 0.01)
    ratios = {key: min(seconds(X) for _ in range(2)) / usual for key, X in tables.items()}
    assert max(ratios.values()) < 10, ratios
