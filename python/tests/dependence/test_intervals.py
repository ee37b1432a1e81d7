"""Laws and facts of the intervals of codec and of xi."""

from __future__ import annotations

import math
import statistics
import warnings
from typing import Any

import numpy as np
import pytest
from scipy import stats

import lcodec
from lcodec.dependence.inference import intervals
from lcodec.random.permutation import permutations

RNG = np.random.default_rng(0)
X, Z = RNG.normal(size=(60, 1)), RNG.integers(0, 4, (60, 2)).astype(float)
Y = X[:, 0] + Z[:, 0] + RNG.integers(0, 3, 60)


def by_hand(values: list[float], statistic: float, n: int, m: int, level: float) -> list[float]:
    """Return standard error and interval from the description alone."""
    se = math.sqrt(statistics.variance(values) / (n * (1 / m - 1 / n)))
    reach = stats.norm.ppf(0.5 + level / 2) * se
    return [se, statistic - reach, statistic + reach]


def subsamples(m: int, seed: int) -> list[np.ndarray]:
    return [np.sort(order[:m]) for order in permutations(60, range(20), seed)]


@pytest.mark.parametrize("ties", ["average", "random", "first"])
@pytest.mark.parametrize("x", [None, X])
def test_codec_interval_equals_its_description(ties: Any, x: np.ndarray | None) -> None:
    options = {"ties": ties, "seed": 3, "n_neighbors": 1 if ties == "random" else 2}
    got = lcodec.codec_interval(Y, Z, x, level=0.9, n_resamples=20, subsample_size=25, **options)
    values = [lcodec.codec(Y[s], Z[s], None if x is None else x[s], **options)
              for s in subsamples(25, 3)]  # fmt: skip
    whole = lcodec.codec(Y, Z, x, **options)
    assert (got.statistic, got.level, got.m, got.used) == (whole, 0.9, 25, 20)
    want = by_hand(values, whole, 60, 25, 0.9)
    assert [got.se, got.low, got.high] == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("k", [1, 3])
def test_intervals_of_classes(k: int) -> None:
    classes, options = np.array(list("uvw"))[Z[:, 1].astype(int) % 3], {"n_neighbors": k}
    got = lcodec.codec_interval(
        classes,
        X,
        Z[:, 0],
        response="nominal",
        n_resamples=20,
        subsample_size=25,
        seed=3,
        **options,
    )
    values = [lcodec.codec(classes[s], X[s], Z[s, 0], response="nominal", **options)
              for s in subsamples(25, 3)]  # fmt: skip
    whole = lcodec.codec(classes, X, Z[:, 0], response="nominal", **options)
    assert (got.statistic, got.used) == (whole, 20)
    assert [got.se, got.low, got.high] == pytest.approx(
        by_hand(values, whole, 60, 25, 0.95), rel=1e-12
    )


@pytest.mark.parametrize("ties", ["average", "random"])
def test_xi_interval_equals_its_description(ties: Any) -> None:
    got = lcodec.xi_interval(Z[:, 0], Y, n_resamples=20, ties=ties, seed=5)
    m = math.floor(60**0.75)
    values = [lcodec.xi(Z[s, 0], Y[s], ties=ties, seed=5) for s in subsamples(m, 5)]
    whole = lcodec.xi(Z[:, 0], Y, ties=ties, seed=5)
    assert (got.statistic, got.level, got.m, got.used) == (whole, 0.95, m, 20)
    want = by_hand(values, whole, 60, m, 0.95)
    assert [got.se, got.low, got.high] == pytest.approx(want, rel=1e-12)


def test_columns_have_the_scale_of_the_whole_sample() -> None:
    """So a subsample cannot fail: here a column varies in it by less than squares can hold."""
    z = np.column_stack((X[:, 0], np.where(np.arange(60) == 7, 1.0, 1e-200 * Y)))
    for standardize in (None, "std", "range"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", lcodec.LcodecWarning)
            got = lcodec.codec_interval(Y, z, standardize=standardize, n_resamples=10)
        assert got.used == 10
    scaled = lcodec.codec_interval(Y, X * 2.0**40, Z, standardize="std", n_resamples=10)
    assert scaled == lcodec.codec_interval(Y, X, Z, standardize="std", n_resamples=10)


def test_blocks_of_subsamples_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = lcodec.codec_interval(Y, Z, n_resamples=11, seed=2**52)
    monkeypatch.setattr(intervals, "_BLOCK", 200)
    assert lcodec.codec_interval(Y, Z, n_resamples=11, seed=2**52, n_jobs=1) == usual
    assert lcodec.codec_interval(Y, Z, n_resamples=11, seed=1) != usual


@pytest.mark.parametrize(
    ("n", "m"), [(11, 10), (25, 11), (60, 21), (256, 64), (255, 63), (6561, 729), (10**4, 1000)]
)
def test_size_of_subsamples(n: int, m: int) -> None:
    assert lcodec.xi_interval(range(n), np.arange(n) % 97, n_resamples=2).m == m


def test_subsamples_without_a_value_are_left_out() -> None:
    y = np.zeros(60)
    y[4] = 1
    with pytest.warns(lcodec.LcodecWarning, match="undefined in 15 of 20 subsamples") as caught:
        got = lcodec.codec_interval(y, X, n_resamples=20, subsample_size=25)
    assert [warning.message.id for warning in caught] == ["lcodec:undefinedSubsamples"]
    values = [lcodec.codec(y[s], X[s]) for s in subsamples(25, 0) if y[s].any()]
    assert got.used == len(values) == 5
    assert got.se == pytest.approx(by_hand(values, got.statistic, 60, 25, 0.95)[0], abs=1e-12)
    seed = next(s for s in range(99) if 4 not in permutations(60, range(3), s)[:, :10])
    with pytest.warns(lcodec.LcodecWarning, match="undefined in 3 of 3 subsamples"):
        none = lcodec.xi_interval(X[:, 0], y, n_resamples=3, subsample_size=10, seed=seed)
    assert none.used == 0
    assert np.isnan([none.se, none.low, none.high]).all()
    assert none.statistic == lcodec.xi(X[:, 0], y)


@pytest.mark.parametrize(
    ("call", "id_"),
    [
        (lambda: lcodec.codec_interval(np.ones(60), Z), "constantResponse"),
        (
            lambda: lcodec.codec_interval(Z[:, 0] ** 2, X, Z, response="ordered"),
            "determinedResponse",
        ),
        (lambda: lcodec.xi_interval(X[:, 0], np.ones(60)), "constantResponse"),
    ],
)
def test_undefined(call: Any, id_: str) -> None:
    with pytest.warns(lcodec.LcodecWarning) as caught:
        got = call()
    assert [warning.message.id for warning in caught] == [f"lcodec:{id_}"]
    assert np.isnan([got.statistic, got.se, got.low, got.high]).all()
    assert (got.level, got.m, got.used) == (0.95, 21, 0)


def test_few_values_are_told_of_once() -> None:
    for call in (lcodec.codec_interval, lcodec.xi_interval):
        with pytest.warns(lcodec.LcodecWarning) as caught:
            call(Z[:, 0], Z[:, 0], n_resamples=5)
        assert [warning.message.id for warning in caught] == ["lcodec:fewValues"]


def test_levels() -> None:
    results = [lcodec.codec_interval(Y, Z, level=level, n_resamples=20)
               for level in (1e-9, 0.5, 0.95, 1 - 2.0**-53)]  # fmt: skip
    widths = [one.high - one.low for one in results]
    assert widths == sorted(widths)
    assert 0 <= widths[0] < 1e-8
    assert np.isfinite(widths).all()
    assert widths[2] == pytest.approx(2 * 1.959963984540054 * results[2].se, rel=1e-12)


@pytest.mark.parametrize(
    ("options", "id_", "message"),
    [
        ({"level": 0}, "optionRange", "`level` must be above 0 and below 1, got 0"),
        ({"level": 95}, "optionRange", "`level` must be above 0 and below 1, got 95"),
        ({"level": None}, "optionType", "`level` must be a number, got something else"),
        ({"n_resamples": 1}, "optionRange", "`n_resamples` must be at least 2, got 1"),
        ({"subsample_size": 9}, "optionRange", "`subsample_size` must be at least 10, got 9"),
        (
            {"subsample_size": 60},
            "optionRange",
            "`subsample_size` must be less than the number of rows, 60, got 60",
        ),
        (
            {"subsample_size": 20, "n_neighbors": 20},
            "optionRange",
            "`n_neighbors` must be less than the number of rows of a subsample, 20, got 20",
        ),
        ({"m": 20}, "unknownOption", "unknown option `m`; here it is `subsample_size`"),
    ],
)
def test_errors(options: dict[str, Any], id_: str, message: str) -> None:
    with pytest.raises(lcodec.LcodecError) as caught:
        lcodec.codec_interval(Y, Z, **options)
    assert (caught.value.id, str(caught.value)) == (f"lcodec:{id_}", message)
    if "n_neighbors" not in options:
        with pytest.raises(lcodec.LcodecError) as caught:
            lcodec.xi_interval(Y, Y, **options)
        assert (caught.value.id, str(caught.value)) == (f"lcodec:{id_}", message)


def test_too_few_rows() -> None:
    for call in (lcodec.codec_interval, lcodec.xi_interval):
        with pytest.raises(lcodec.LcodecError, match="at least 11 rows, got 10") as caught:
            call(Y[:10], Y[:10])
        assert caught.value.id == "lcodec:tooFewRows"


@pytest.mark.parametrize("name", ["alpha", "confidence"])
def test_no_other_name_is_a_level(name: str) -> None:
    # the level of an interval is one minus that of a test
    for call in (lambda **options: lcodec.codec_interval(Y, Z, **options), lcodec.foci):
        with pytest.raises(lcodec.LcodecError) as caught:
            call(**{name: 0.1})
        assert "here it is" not in str(caught.value)
