"""Laws and facts of the tests of independence, of their permutations and of their tails."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

import lcodec
from lcodec.dependence.inference.codec_test import codec_test
from lcodec.dependence.results import CodecTestResult
from lcodec.neighbors import nearest_values
from lcodec.neighbors.cpu.tie_sets import TieSets, nearest_rows
from lcodec.neighbors.weights import column_weights
from lcodec.random.normal import exp, upper_tail
from lcodec.random.permutation import local_exchanges, permutations
from lcodec.random.philox import philox4x32, split_seed
from parity_tests import strategies as data
from python.tests import reference

MODEST = ("continuous", "lattice", "binary", "tenths", "constant", "offset", "signed_zero")


def quiet(*arguments: object, **options: Any) -> CodecTestResult:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        return codec_test(*arguments, **options)


def reached(values: list[float], statistic: float, resamples: int) -> float:
    """Return the p-value of a statistic among resampled ones."""
    count = sum(not value < statistic - 1e-12 for value in values)
    return (1 + count) / (1 + resamples)


def words(row: int, resample: int, seed: int) -> list[int]:
    counter = [np.uint64(v) for v in (row, 0, resample, 5)]
    return [int(word) for word in philox4x32(*counter, *split_seed(seed))]


def visiting_order(n: int, resample: int, seed: int) -> list[int]:
    return sorted(range(n), key=lambda row: (*words(row, resample, seed)[:2], row))


def exchanged(x: np.ndarray, weights: list[float], k: int, resample: int, seed: int) -> list[int]:
    """Exchange rows with near ones, from the description alone."""
    n = len(x)

    def distance(i: int, m: int) -> float:
        d = 0.0
        for column, weight in zip(x.T, weights, strict=True):
            t = float(column[i]) - float(column[m])
            d = d + (t * t) * weight
        return d

    given: dict[int, int] = {}
    for i in visiting_order(n, resample, seed):
        if i in given:
            continue
        others = sorted(
            (m for m in range(n) if m != i), key=lambda m: (distance(i, m), (m - i) % n)
        )
        free = [m for m in others[:k] if m not in given]
        if free:
            m = free[words(i, resample, seed)[2] * len(free) >> 32]
            given[i], given[m] = m, i
    return [given.get(i, i) for i in range(n)]


@given(
    draw=st.data(),
    ties=st.sampled_from(["average", "first"]),
    standardize=st.sampled_from([None, "std", "range"]),
    seed=st.integers(0, 2**53 - 1),
    k=st.integers(1, 7),
)
def test_equals_the_description(
    draw: st.DataObject, ties: str, standardize: str | None, seed: int, k: int
) -> None:
    """Search for the neighbours again for every resample, through `codec`."""
    z, x = draw.draw(data.tables((1, 0), max_n=15, max_columns=2, kinds=MODEST))
    y = draw.draw(data.responses_of(np.column_stack((x, z)), MODEST))
    options: dict[str, Any] = {"ties": ties, "standardize": standardize}
    result = quiet(y, z, x, n_resamples=9, shuffle_neighbors=k, seed=seed, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        statistic = lcodec.codec(y, z, x, **options)
        values = []
        for b in range(9):
            if x.shape[1]:
                weights = reference.weights_of([*x.T], standardize)
                rows = exchanged(x, weights, k, b, seed)
            else:
                rows = visiting_order(len(y), b, seed)
            values.append(lcodec.codec(y[rows], z, x, **options))
    assert result.method == ("local_permutation" if x.shape[1] else "permutation")
    if math.isnan(statistic):
        assert math.isnan(result.statistic)
        assert math.isnan(result.pvalue)
    else:
        assert result.statistic == statistic
        assert result.pvalue == reached(values, statistic, 9)


def test_orders_are_uniform() -> None:
    orders = permutations(4, range(24_000), 3)
    assert (np.sort(orders, axis=1) == np.arange(4)).all()
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 1e-4
    np.testing.assert_array_equal(permutations(4, range(7, 9), 3), orders[7:9])


def test_exchanges_stay_near_and_use_every_response_once() -> None:
    x = np.random.default_rng(0).random((1, 300))
    near = nearest_rows(x, np.ones(1), 5)
    given = np.empty((40, len(near)), dtype=np.int32)
    local_exchanges(near, 8, 0, given)
    rows = np.arange(300)
    for partner in given:
        np.testing.assert_array_equal(partner[partner], rows)  # so it is a permutation
        moved = rows[partner != rows]
        assert len(moved) > 250
        either = (near[moved] == partner[moved, None]).any(axis=1)
        either |= (near[partner[moved]] == moved[:, None]).any(axis=1)
        assert either.all()


def test_neighbours_in_a_large_group_differ() -> None:
    near = nearest_rows(np.zeros((1, 6)), np.ones(1), 2)
    np.testing.assert_array_equal(near, [[1, 2], [2, 3], [3, 4], [4, 5], [5, 0], [0, 1]])


@given(draw=st.data(), ties=st.sampled_from(["average", "first"]))
def test_stored_tie_sets_give_what_a_search_gives(draw: st.DataObject, ties: str) -> None:
    (table,) = draw.draw(data.tables((1,), max_n=30, kinds=MODEST))
    columns = np.ascontiguousarray(table.T)
    weights, _ = column_weights(columns, "none", "z")
    rng = np.random.default_rng(1)
    labels = np.array([rng.integers(1, len(table) + 1, len(table)) for _ in range(3)])
    expected = np.stack([nearest_values(columns, weights, row, ties=ties) for row in labels])
    less = rng.integers(0, len(table), labels.shape) / 3
    for most in (2**25, 0):
        sets = TieSets(columns, weights, ties, most=most)
        np.testing.assert_array_equal(sets.means(labels), expected)
        np.testing.assert_array_equal(sets.sums(labels), [math.fsum(row) for row in expected])
        np.testing.assert_array_equal(
            sets.sums(labels, less), [math.fsum(row) for row in expected - less]
        )


def test_rows_whose_distance_vanishes_are_tied_without_being_equal() -> None:
    column = np.array([[0.0, 0.0, 1e-170, 2e-162, 1.0]])
    labels = np.array([[1, 2, 3, 4, 5]])
    values = TieSets(column, np.ones(1), "average").means(labels)
    np.testing.assert_array_equal(values[0, :3], [1, (1 + 2) / 2, (1 + 2) / 2])


def test_memory_of_heavily_tied_data() -> None:
    """A binary column of 5,000 rows has 12 million tied pairs, and none of them is stored."""
    column = (np.arange(5000.0) % 2)[None]
    sets = TieSets(column, np.ones(1), "average", most=0)
    assert sets._stored
    labels = np.random.default_rng(0).permutation(5000)[None] + 1
    expected = nearest_values(column, np.ones(1), labels[0])[np.newaxis]
    np.testing.assert_array_equal(sets.means(labels), expected)


def test_strong_dependence_is_found_and_independence_is_not() -> None:
    rng = np.random.default_rng(2)
    x, z, noise = rng.normal(size=(3, 300))
    assert codec_test(np.cos(3 * z), z, method="permutation").pvalue == 1 / 1000
    assert codec_test(np.cos(3 * z), z).pvalue < 1e-30
    assert codec_test(np.cos(3 * z), z, method="asymptotic").pvalue < 1e-40
    assert codec_test(noise, z).pvalue > 0.05
    y = x + 0.5 * noise
    assert codec_test(y, x + 0.5 * z).pvalue < 0.01  # dependent through x
    assert codec_test(y, x + 0.5 * z, x).pvalue > 0.05
    assert codec_test((x + z) % 1, z, x).pvalue == 1 / 1000


def test_asymptotic_is_the_normal_tail() -> None:
    rng = np.random.default_rng(4)
    for n in (10, 1000):
        y, z = rng.normal(size=(2, n))
        result = codec_test(y, z, method="asymptotic")
        assert result.statistic == lcodec.codec(y, z)
        sd = math.sqrt((2 / 5 + 2 / 5 * 2 / 3 + 4 / 5 * 1 / 2) / n)
        assert result.pvalue == pytest.approx(special.ndtr(-result.statistic / sd), rel=1e-13)
    assert sd == pytest.approx(0.0327, abs=5e-5)


def test_undefined_coefficients() -> None:
    z = np.arange(6.0)
    x = np.array([0.0, 0, 1, 1, 2, 2])
    for arguments, id_ in (((np.ones(6), z), "constant"), ((x**2, z, x), "determined")):
        with pytest.warns(lcodec.LcodecWarning) as caught:
            result = codec_test(*arguments)
        assert [w.message.id for w in caught] == [f"lcodec:{id_}Response"]  # type: ignore[union-attr]
        assert caught[0].filename == __file__
        assert math.isnan(result.statistic)
        assert math.isnan(result.pvalue)


@pytest.mark.parametrize(
    ("arguments", "method", "message"),
    [
        ((1, 1, 1), "permutation", "`method` 'permutation' needs no `x`"),
        ((1, 1), "local_permutation", "`method` 'local_permutation' needs `x`"),
        ((1, 1, 1), "asymptotic", "got `x`$"),
        ((1, 2), "asymptotic", "got 2 columns of `z`$"),
        ((0, 1), "asymptotic", "got repeated values in `y`$"),
        ((1, 0), "asymptotic", "got repeated values in `z`$"),
        ((1, 1), "exact", "`method` must be one of 'moments', 'permutation', 'asympto"),
    ],
)
def test_methods_that_do_not_fit(arguments: tuple[int, ...], method: str, message: str) -> None:
    tables = {0: np.arange(9) % 4, 1: np.arange(9.0), 2: np.eye(9)[:, :2]}
    with pytest.raises(lcodec.LcodecError, match=message) as caught:
        codec_test(*(tables[a] for a in arguments), method=method)
    assert caught.value.id == "lcodec:optionValue"


def test_more_neighbours_than_rows_and_missing_values() -> None:
    y = np.array([3.0, 1, 2, 5, np.nan, 4])
    z, x = np.arange(6.0), np.arange(6.0) ** 2
    with pytest.warns(lcodec.LcodecWarning, match="dropped 1 of 6 rows"):
        result = codec_test(y, z, x, shuffle_neighbors=100, missing="drop")
    keep = ~np.isnan(y)
    assert result == codec_test(y[keep], z[keep], x[keep], shuffle_neighbors=4)


def test_tail_is_exact_to_a_few_units() -> None:
    """Against 40 digits: mpmath's complementary error function at the same double."""
    mpmath = pytest.importorskip("mpmath")
    points = np.concatenate((np.linspace(-9, 37.4, 3001), [0, 1e-300, 1.4999, 1.5, 1.5001]))
    with mpmath.workdps(40):
        for t in points:
            exact = mpmath.erfc(mpmath.mpf(float(t)) / mpmath.sqrt(2)) / 2
            assert abs((upper_tail(t) - exact) / exact) < 3e-15, t
        for t in np.linspace(-708, 0, 1001):
            assert abs(exp(t) / mpmath.exp(mpmath.mpf(float(t))) - 1) < 3e-16, t


def test_tail_agrees_with_scipy() -> None:
    points = np.linspace(-9, 37, 2001)
    ours = [upper_tail(t) for t in points]
    np.testing.assert_allclose(ours, special.ndtr(-points), rtol=1e-12)
    np.testing.assert_allclose(ours, special.erfc(points / np.sqrt(2)) / 2, rtol=1e-12)
    assert upper_tail(37.6) == upper_tail(1e300) == 0.0
    assert upper_tail(-1e300) == 1.0
    assert upper_tail(0.0) == 0.5
