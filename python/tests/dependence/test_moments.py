"""`codec_test(method="moments")`: moments are those of all permutations, exactly."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import lcodec
from lcodec.dependence.inference.moments import PairSums, moments
from lcodec.neighbors import graph_sums
from lcodec.neighbors.gains import CLASSES
from python.tests.neighbors.test_tie_sets import TIES, weights_of, worth

Moments = tuple[Fraction, Fraction]


def labels_of(y: np.ndarray, classes: bool) -> np.ndarray:
    if classes:
        return y.astype(CLASSES)
    return (y[:, np.newaxis] >= y).sum(axis=1)


def of_all_permutations(w: list[list[Fraction]], labels: np.ndarray) -> Moments:
    n, sums = len(labels), []
    pairs = [(i, j) for i in range(n) for j in range(n) if w[i][j]]
    for order in itertools.permutations(range(n)):
        sums.append(sum(w[i][j] * worth(labels, order[i], order[j]) for i, j in pairs))
    mean = Fraction(sum(sums)) / len(sums)
    return mean, Fraction(sum((value - mean) ** 2 for value in sums)) / len(sums)


def of_the_formula(w: list[list[Fraction]], labels: np.ndarray) -> Moments:
    """Mantel's formula without centering, in fractions."""
    n, R = len(labels), range(len(labels))
    a = [[(w[i][j] + w[j][i]) / 2 for j in R] for i in R]
    b = [[Fraction(worth(labels, i, j)) if i != j else Fraction(0) for j in R] for i in R]

    def sums(m: list[list[Fraction]]) -> tuple[Fraction, ...]:
        rows = [Fraction(sum(row)) for row in m]
        squares = sum(v * v for row in m for v in row)
        return tuple(map(Fraction, (sum(rows), squares, sum(r * r for r in rows))))

    (A1, A2, A3), (B1, B2, B3), N = sums(a), sums(b), n * (n - 1)
    mean = A1 * B1 / N
    square = 2 * A2 * B2 / N + 4 * (A3 - A2) * (B3 - B2) / (N * (n - 2))
    if n > 3:
        apart = (A1**2 + 2 * A2 - 4 * A3) * (B1**2 + 2 * B2 - 4 * B3)
        square += apart / (N * (n - 2) * (n - 3))
    return mean, square - mean**2


def check(columns: np.ndarray, labels: np.ndarray, ties: str, k: int, exact: Moments) -> None:
    mean, variance = moments(
        graph_sums(columns, np.ones(len(columns)), ties, k), PairSums.of(labels), k
    )
    assert mean == pytest.approx(float(exact[0]), rel=1e-13)
    assert variance == pytest.approx(float(exact[1]), rel=1e-12, abs=1e-22)


def table(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    if kind == "continuous":
        return rng.normal(size=(2, n))
    return rng.integers(0, {"binary": 2, "lattice": 3, "constant": 1}[kind], (2, n)) * 1.0


KINDS = st.sampled_from(["continuous", "binary", "lattice", "constant"])


@settings(max_examples=25)
@given(
    kind=KINDS, ties=st.sampled_from(TIES), n=st.integers(3, 6), k=st.sampled_from([1, 2, 9]),
    classes=st.booleans(), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_moments_are_those_of_all_permutations(
    kind: str, ties: str, n: int, k: int, classes: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    columns, labels, k = (
        table(kind, n, rng),
        labels_of(rng.integers(0, 4, n), classes),
        min(k, n - 1),
    )
    w = weights_of(columns, ties, k)
    exact = of_all_permutations(w, labels)
    assert exact == of_the_formula(w, labels)
    check(columns, labels, ties, k, exact)


@settings(max_examples=25)
@given(
    kind=KINDS, ties=st.sampled_from(TIES), n=st.integers(3, 40), k=st.sampled_from([1, 2, 5, 99]),
    classes=st.booleans(), values=st.sampled_from([2, 5, 100]), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_moments_of_more_rows(
    kind: str, ties: str, n: int, k: int, classes: bool, values: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    columns, k = table(kind, n, rng), min(k, n - 1)
    labels = labels_of(rng.integers(0, min(values, n), n), classes)
    check(columns, labels, ties, k, of_the_formula(weights_of(columns, ties, k), labels))


@pytest.mark.parametrize("classes", [False, True])
def test_moments_of_many_rows_keep_their_digits(classes: bool) -> None:
    """100,000 rows in pairs: the sums of the graph are known, and the others whole numbers."""
    n = 100_000
    column = np.random.default_rng(0).permutation(n) // 2 * (n // 2) + 0.0
    labels = labels_of_large(np.random.default_rng(1).integers(0, 1000, n), classes)
    graph = graph_sums(column[np.newaxis], np.ones(1), "average", 1)
    mean, variance = moments(graph, PairSums.of(labels), 1)
    # a_ij = 1 for partners: A1 = A2 = A3 = n
    ranks = np.sort(labels).astype(object)
    if classes:
        sizes = [int(v) for v in np.bincount(labels)]
        rows = [size - 1 for size in sizes for _ in range(size)]
        B2 = sum(rows)
    else:
        upto, rows = 0, []
        for p, rank in enumerate(ranks):
            rows.append(upto + rank * (n - 1 - p))
            upto += rank
        B2 = 2 * sum(rank * rank * (n - 1 - p) for p, rank in enumerate(ranks))
    B1, B3, N = sum(rows), sum(row * row for row in rows), n * (n - 1)
    exact_mean = Fraction(n * B1, N)
    exact = Fraction(2 * n * B2, N) - exact_mean**2
    exact += Fraction((n * n - 2 * n) * (B1 * B1 + 2 * B2 - 4 * B3), N * (n - 2) * (n - 3))
    assert mean == pytest.approx(float(exact_mean), rel=1e-15)
    assert variance == pytest.approx(float(exact), rel=1e-12)


def labels_of_large(y: np.ndarray, classes: bool) -> np.ndarray:
    if classes:
        return y.astype(CLASSES)
    return np.searchsorted(np.sort(y), y, side="right")


@pytest.mark.parametrize("k", [1, 4])
def test_p_value_is_near_that_of_permutations(k: int) -> None:
    rng = np.random.default_rng(3)
    z, y = rng.integers(0, 6, (120, 2)), rng.normal(size=120)
    result = lcodec.codec_test(y, z, n_neighbors=k, method="moments")
    assert result.method == "moments"
    assert result.n_resamples == 0
    assert result.pvalue == pytest.approx(stats.norm.sf(result.z), rel=1e-12)
    permuted = lcodec.codec_test(y, z, n_neighbors=k, method="permutation", n_resamples=4999)
    assert math.isnan(permuted.z)
    assert permuted.statistic == result.statistic
    assert result.pvalue == pytest.approx(permuted.pvalue, abs=0.03)


def test_the_default() -> None:
    rng = np.random.default_rng(0)
    y, z = rng.normal(size=(2, 50))
    assert lcodec.codec_test(y, z).method == "moments"
    assert lcodec.codec_test(y[:49], z[:49]).method == "permutation"
    assert lcodec.codec_test(y, np.maximum(z, np.sort(z)[1])).method == "permutation"
    assert lcodec.codec_test(y, np.column_stack((z > 0, z))).method == "moments"
    assert lcodec.codec_tests(np.column_stack((z > 0, z)), y).method == "permutation"
    assert lcodec.codec_test(y, z, max_exceedances=5).method == "permutation"
    assert lcodec.codec_test(y, z, y, n_resamples=9).method == "local_permutation"
    assert lcodec.codec_test(y[:9], z[:9], method="moments").method == "moments"
    tests = lcodec.codec_tests(np.column_stack((z, y)), y)
    assert tests.method == "moments"
    assert tests.z[0] == lcodec.codec_test(y, z).z
    with pytest.raises(lcodec.LcodecError, match="`method` 'moments' needs no `x`; with `x` use"):
        lcodec.codec_test(y, z, y, method="moments")


@pytest.mark.parametrize(
    ("y", "z", "k"),
    [
        (np.arange(60) % 7, np.ones(60), 1),  # all rows are nearest to all
        (np.arange(60.0), np.arange(60.0) ** 2, 59),
        (np.arange(60) == 3, np.arange(60) // 2 * 10.0, 1),  # pairs, and one response apart
    ],
)
def test_where_all_permutations_are_alike(y: np.ndarray, z: np.ndarray, k: int) -> None:
    result = lcodec.codec_test(y, z, n_neighbors=k, response="ordered", method="moments")
    assert result.pvalue == 1.0
    assert math.isnan(result.z)


def test_asymptotic_says_its_deviations() -> None:
    y, z = np.random.default_rng(0).normal(size=(2, 80))
    result = lcodec.codec_test(y, z, method="asymptotic")
    assert result.z == result.statistic / math.sqrt(16 / 15 / 80)


def test_standard_deviations_are_printed_where_the_method_knows_them() -> None:
    for method, z, printed in (("permutation", math.nan, False), ("moments", 2.5, True)):
        one = lcodec.CodecTestResult(0.1, 0.2, method, 999, z)
        several = lcodec.CodecTestsResult(
            np.full(2, 0.1), np.full(2, 0.2), method, np.full(2, 999), np.array([math.nan, z])
        )
        for result in (one, several):
            heads = str(result).splitlines()[2].split()
            assert ("z" in heads, "z" in result.to_frame()) == (printed, True)
            assert (">z</th>" in result._repr_html_()) == printed
