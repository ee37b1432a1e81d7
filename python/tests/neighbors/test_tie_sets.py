"""Tie sets of K neighbours, of ranks and of classes, against their definition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcodec.neighbors import (
    TieSets,
    batch_sums,
    graph_sums,
    nearest_rows,
    own_values,
    sum_over_rows,
)
from lcodec.neighbors.cpu.tie_sets import walk
from lcodec.neighbors.gains import CLASSES
from python.tests.neighbors.test_point_masses import KINDS, mixture

TIES = ("average", "first")


def nearest(columns: np.ndarray, ties: str, k: int) -> list[tuple[list[int], list[int], int]]:
    """Return of each row those nearer than the K-th, those at its distance, and how many count."""
    n, found = columns.shape[1], []
    for i in range(n):
        distance = np.zeros(n)
        for column in columns:
            t = column[i] - column
            distance = distance + (t * t) * 1.0
        distance[i] = np.inf
        bound = np.sort(distance)[k - 1]
        nearer = np.flatnonzero(distance < bound).tolist()
        tied = [m for m in np.flatnonzero(distance == bound).tolist() if m != i]
        left = k - len(nearer)
        found.append((nearer, tied[:left] if ties == "first" else tied, left))
    return found


def worth(labels: np.ndarray, i: int, m: int) -> int:
    classes = labels.dtype == CLASSES
    return int(labels[i] == labels[m]) if classes else int(min(labels[i], labels[m]))


def weights_of(columns: np.ndarray, ties: str, k: int) -> list[list[Fraction]]:
    n = columns.shape[1]
    weights = [[Fraction(0)] * n for _ in range(n)]
    for i, (nearer, tied, left) in enumerate(nearest(columns, ties, k)):
        for m in nearer:
            weights[i][m] = Fraction(1, k)
        for m in tied:
            weights[i][m] = Fraction(left, k * len(tied))
    return weights


@settings(max_examples=25)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=3),
    joint=st.booleans(),
    ties=st.sampled_from(TIES),
    classes=st.booleans(),
    n=st.integers(3, 110),
    k=st.sampled_from([1, 2, 5, 40, 10**6]),
    most=st.sampled_from([2**25, 0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_equals_its_definition(
    kinds: list[str], joint: bool, ties: str, classes: bool, n: int, k: int, most: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    columns, k = mixture(kinds, joint, n, rng), min(k, n - 1)
    labels = rng.integers(1, n + 1, (2, n))
    if classes:
        labels = rng.integers(0, 4, (2, n)).astype(CLASSES)
    expected = np.empty((2, n))
    for i, (nearer, tied, left) in enumerate(nearest(columns, ties, k)):
        for b in range(2):
            whole = sum(worth(labels[b], i, m) for m in nearer)
            shared = sum(worth(labels[b], i, m) for m in tied)
            expected[b, i] = (left * shared / len(tied) + whole) / k
    sets = TieSets(columns, np.ones(len(columns)), ties, k, most)
    np.testing.assert_array_equal(sets.means(labels), expected)


def test_point_masses_of_many_rows_cost_no_pairs() -> None:
    """Half of 20,000 rows are equal, and K is larger than some groups and smaller than others."""
    rng, n = np.random.default_rng(0), 20_000
    columns = np.where(rng.random((2, n)) < 0.7, 0.0, rng.integers(0, 90, (2, n)))
    sets = TieSets(columns, np.ones(2), "average", 20)
    assert len(sets.lists.members) < 60 * n
    labels = rng.permutation(n)[np.newaxis] + 1
    values = sets.means(labels)[0]
    for i in rng.integers(0, n, 5):
        distance = ((columns - columns[:, [i]]) ** 2).sum(axis=0)
        distance[i] = np.inf
        bound = np.sort(distance)[19]
        gains = np.minimum(labels[0], labels[0, i])
        nearer, tied = distance < bound, distance == bound
        left = 20 - nearer.sum()
        assert values[i] == (left * gains[tied].sum() / tied.sum() + gains[nearer].sum()) / 20


@settings(max_examples=25)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=2),
    ties=st.sampled_from(TIES),
    n=st.integers(3, 40),
    k=st.sampled_from([1, 2, 5, 10**6]),
    seed=st.integers(0, 2**32 - 1),
)
def test_graph_sums_are_those_of_the_weights(
    kinds: list[str], ties: str, n: int, k: int, seed: int
) -> None:
    columns, k = mixture(kinds, True, n, np.random.default_rng(seed)), min(k, n - 1)
    w, mean = weights_of(columns, ties, k), Fraction(1, n - 1)
    a = [[(w[i][j] + w[j][i]) / 2 - mean if i != j else 0 for j in range(n)] for i in range(n)]
    found = graph_sums(columns, np.ones(len(columns)), ties, k)
    squares = sum(value * value for row in a for value in row) * k * k
    degrees = sum(sum(row) ** 2 for row in a) * k * k
    assert found.squares == pytest.approx(float(squares), rel=1e-12, abs=1e-25)
    assert found.degrees == pytest.approx(float(degrees), rel=1e-12, abs=1e-25)


def test_pairs_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = np.random.default_rng(0).integers(0, 9, (2, 300)) * 1.0
    whole = graph_sums(columns, np.ones(2), "average", 4)
    monkeypatch.setattr("lcodec.neighbors.cpu.tie_sets.graph._BLOCK", 17)
    assert graph_sums(columns, np.ones(2), "average", 4) == whole


@settings(max_examples=20)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=4),
    given_kind=st.sampled_from([None, *KINDS]), classes=st.booleans(), n=st.integers(3, 60),
    k=st.sampled_from([1, 2]), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_sums_of_a_batch_are_those_of_each(
    kinds: list[str], given_kind: str | None, classes: bool, n: int, k: int, seed: int
) -> None:
    """Whether all, some or none of the tie sets, and those they share, are single rows."""
    rng = np.random.default_rng(seed)
    sets = [TieSets(mixture([kind], False, n, rng), np.ones(1), "average", k) for kind in kinds]
    shared = None
    if given_kind:
        shared = TieSets(mixture([given_kind], False, n, rng), np.ones(1), "average", k)
    labels = rng.integers(1, n + 1, n)
    if classes:
        labels = rng.integers(0, 4, n).astype(CLASSES)
    orders = np.array([rng.permutation(n) for _ in range(3)], dtype=np.int32)
    sums, left = batch_sums(sets, labels, orders, shared)
    less = np.zeros((3, n)) if shared is None else shared.means(labels[orders])
    np.testing.assert_array_equal(sums, [one.sums(labels[orders], less) for one in sets])
    np.testing.assert_array_equal(left, sum_over_rows(own_values(labels[orders]), less))


@pytest.mark.parametrize("n", [3, 16, 17, 200])
@pytest.mark.parametrize("kind", ["continuous", "ties", "steps"])
def test_a_walk_finds_what_a_tree_finds(monkeypatch: pytest.MonkeyPatch, n: int, kind: str) -> None:
    """Also where rows are tied at the same distance, or the first column says little."""
    rng = np.random.default_rng(n)
    columns = rng.normal(size=(3, n))
    if kind != "continuous":
        columns[0] = rng.permutation(n)  # all differ, at equal distances
    if kind == "ties":
        columns[1:] = 0
    weights = np.array([0.001 if kind == "steps" else 1.0, 1.0, 2.0])
    labels = np.array([rng.permutation(n) + 1])

    def found() -> list[object]:
        sets = TieSets(columns, weights, "average")
        return [
            sets.means(labels).tolist(), nearest_rows(columns, weights, min(n - 1, 5)).tolist(),
            graph_sums(columns, weights, "average"),
        ]  # fmt: skip

    walked = found()
    monkeypatch.setattr(walk, "MOST_ROWS", 0)
    assert found() == walked
