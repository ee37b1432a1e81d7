"""Laws of tests in batches, of resamples that stop early, and of the matrix of all pairs."""

from __future__ import annotations

import itertools
import math
import warnings
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from lcodec.dependence.inference import codec_tests as batches
from lcodec.dependence.inference import conditions, matrix, resampling
from lcodec.neighbors import TieSets
from parity_tests import strategies as data
from python.tests.dependence.test_inference import MODEST, quiet, visiting_order

OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "ties": st.sampled_from(["average", "first"]),
    "standardize": st.sampled_from([None, "std", "range"]),
    "n_neighbors": st.integers(1, 2),
    "max_exceedances": st.sampled_from([None, 1, 3, 20]),
    "response": st.sampled_from(["ordered", "nominal"]),
    "seed": st.integers(0, 2**53 - 1),
}
RNG = np.random.default_rng(5)
Y, X, Z = RNG.normal(size=40), RNG.normal(size=40), RNG.normal(size=(40, 4))


def silent(function: Any, *arguments: object, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        return function(*arguments, **options)


@settings(max_examples=15)
@given(draw=st.data(), options=st.fixed_dictionaries({}, optional=OPTIONS))
def test_a_batch_is_its_single_tests(draw: st.DataObject, options: dict[str, Any]) -> None:
    z, x = draw.draw(data.tables((1, 0), max_n=15, kinds=MODEST))
    y = draw.draw(data.responses_of(np.column_stack((x, z)), MODEST))
    batch = silent(lcodec.codec_tests, z, y, x, n_resamples=29, **options)
    alone = [quiet(y, column, x, n_resamples=29, **options) for column in z.T]
    np.testing.assert_array_equal(batch.statistic, [one.statistic for one in alone])
    np.testing.assert_array_equal(batch.pvalue, [one.pvalue for one in alone])
    assert batch.n_resamples.tolist() == [one.n_resamples for one in alone]
    assert {one.method for one in alone} == {batch.method}


def test_a_batch_of_every_method_and_adjustment() -> None:
    for x, options in (
        (None, {"method": "asymptotic"}), (None, {"method": "permutation"}), (X, {}),
        (X, {"adjust": "kernel"}),
    ):  # fmt: skip
        batch = silent(lcodec.codec_tests, Z, Y, x, n_resamples=19, **options)
        alone = [quiet(Y, column, x, n_resamples=19, **options) for column in Z.T]
        assert batch.pvalue.tolist() == [one.pvalue for one in alone]
        assert batch.statistic.tolist() == [one.statistic for one in alone]


def test_a_batch_of_one_or_a_table() -> None:
    frame = pd.DataFrame(Z, columns=list("abcd"))
    batch = lcodec.codec_tests(frame, Y, max_exceedances=3)
    assert batch.names == ("a", "b", "c", "d")
    one = lcodec.codec_tests(Z[:, 1], Y, max_exceedances=3)
    assert one.names == ()
    assert one.pvalue.tolist() == [batch.pvalue[1]]


def test_missing_values_leave_rows_out_of_all_tests() -> None:
    holes = Z.copy()
    holes[3, 2] = np.nan
    keep = np.arange(40) != 3
    with pytest.warns(lcodec.LcodecWarning, match="dropped 1 of 40 rows"):
        batch = lcodec.codec_tests(holes, Y, X, missing="drop", n_resamples=9)
    whole = lcodec.codec_tests(Z[keep], Y[keep], X[keep], n_resamples=9)
    assert batch.pvalue.tolist() == whole.pvalue.tolist()


def test_columns_of_a_batch_have_distances_of_their_own() -> None:
    """Of two columns in one distance, the sum of squares would overflow."""
    large = np.column_stack((Z[:, 0], Z[:, 1])) * (1.1e154 / np.ptp(Z[:, :2], axis=0))
    batch = lcodec.codec_tests(large, Y, standardize="none", n_resamples=9)
    assert batch.statistic.tolist() == [lcodec.codec(Y, column) for column in large.T]
    assert lcodec.codec_matrix(large, n_resamples=9).statistic[0, 1] > -1
    with pytest.raises(lcodec.LcodecError, match="number 2, counting from 1"):
        lcodec.codec_tests(np.column_stack((Y, Z[:, 0] * 1e200)), Y)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**53 - 1), enough=st.integers(1, 25), lattice=st.booleans())
def test_stopping_is_the_description(seed: int, enough: int, lattice: bool) -> None:
    """Count resamples one by one, through `codec`."""
    rng = np.random.default_rng(seed)
    y, z = rng.normal(size=12), rng.normal(size=12)
    if lattice:
        y, z = np.round(y), np.round(z)
    statistic, most = silent(lcodec.codec, y, z), 30
    if math.isnan(statistic):
        return
    count, used, pvalue = 0, most, None
    for b in range(most):
        value = silent(lcodec.codec, y[visiting_order(12, b, seed)], z)
        count += not value < statistic - 1e-12
        if count == enough:
            used, pvalue = b + 1, count / (b + 1)
            break
    if pvalue is None:
        pvalue = (1 + count) / (1 + most)
    options = {"n_resamples": most, "max_exceedances": enough, "method": "permutation"}
    result = quiet(y, z, seed=seed, **options)
    assert (result.pvalue, result.n_resamples) == (pvalue, used)


def test_a_stopped_p_value_is_valid() -> None:
    """Exactly: under exchangeability, every order of the real and the resampled values counts.

    Without ties, p is at most alpha with probability alpha at each value that it can have.
    """
    most, enough = 5, 2
    counts: dict[Fraction, int] = {}
    orders = list(itertools.permutations(range(most + 1)))
    for order in orders:
        p = stopped(order[0], list(order[1:]), enough)
        counts[p] = counts.get(p, 0) + 1
    unstopped = {Fraction(1 + count, 1 + most) for count in range(enough)}
    assert set(counts) == unstopped | {Fraction(enough, used) for used in range(2, most + 1)}
    below = 0
    for p in sorted(counts):
        below += counts[p]
        assert Fraction(below, len(orders)) == p


def stopped(real: int, resampled: list[int], enough: int) -> Fraction:
    """Return the p-value that the package gives these values."""

    class Fake:
        nearest = None

        def sums(self, labels: np.ndarray, less: None) -> np.ndarray:
            return labels[:, 0].astype(float)

    def rows(resamples: range) -> np.ndarray:  # each row's value is its number
        return np.array([[resampled[b]] * 6 for b in resamples])

    response = lcodec.dependence.coefficient.Response(np.arange(6), 1, 0.0, 1.0)  # type: ignore[attr-defined]
    pvalue, _ = resampling.p_values(
        np.array([float(real)]),
        response,
        [Fake()],
        resampling.Resampling(len(resampled), enough, rows),
    )  # type: ignore[list-item]
    return Fraction(float(pvalue[0])).limit_denominator(100)


def forget() -> None:
    conditions.lately.clear()
    conditions.lately_neighbors.clear()


def test_what_was_found_before_changes_no_test() -> None:
    """Conditions are recognised by their values and by every option that they depend on."""
    table = np.random.default_rng(2).integers(0, 30, (60, 3)).astype(float)
    y, z, x = table.T.copy()

    def tested(**options: Any) -> tuple[float, float]:
        result = lcodec.codec_test(y, z, x, n_resamples=49, **options)
        return result.statistic, result.pvalue

    changes: list[dict[str, Any]] = [
        {}, {"seed": 1}, {"ties": "first"}, {"n_neighbors": 3}, {"shuffle_neighbors": 9},
        {"standardize": "range"},
    ]  # fmt: skip
    for _ in range(2):
        alone = []
        for options in changes:
            forget()
            alone.append(tested(**options))
        forget()
        assert [tested(**options) for options in changes] == alone
        assert len(set(alone)) > 3
        assert [tested(**options) for options in changes] == alone
        x[:30] += 0.5  # the caller's own array


def test_what_is_kept_does_not_change_with_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where neighbours are sought anew for every exchange."""
    monkeypatch.setattr(conditions, "TieSets", partial(TieSets, most=0))
    forget()
    x = X.copy()
    want = lcodec.codec_test(Y, Z[:, 0], x, n_resamples=19)
    x[:] = 0.5
    again = lcodec.codec_test(Y, Z[:, 0], X, n_resamples=19)
    assert (again.statistic, again.pvalue) == (want.statistic, want.pvalue)
    forget()


def test_few_and_small_conditions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setattr(conditions, "MOST_KEPT", 3)
    for seed in range(5):
        lcodec.ci_test(Y, Z[:, 0], X, seed=seed)
    assert len(conditions.lately) == 3
    monkeypatch.setattr(conditions, "SMALL", 8)
    lcodec.ci_test(Y, Z[:, 0], X, seed=5)
    assert len(conditions.lately) == 3


def test_neighbours_in_tested_columns_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """They serve every response, with x and without, and a changed column is another one."""
    made: list[int] = []

    def counted(columns: np.ndarray, *rest: Any) -> TieSets:
        made.append(len(columns))
        return TieSets(columns, *rest)

    monkeypatch.setattr(conditions, "TieSets", counted)
    forget()
    z = Z.copy()
    for x, found in ((None, [1] * 4), (X, [np.atleast_2d(X.T).shape[0]] + [2] * 4)):
        before = [lcodec.codec_tests(z, y, x, n_resamples=19).pvalue for y in (Y, -Y)]
        assert made == found
        made.clear()
        z[:, 0] += np.arange(len(z))
        after = lcodec.codec_tests(z, Y, x, n_resamples=19).pvalue
        assert len(made) == 1
        assert after[1:].tolist() == before[0][1:].tolist()
        forget()
        z[:, 0] = Z[:, 0]
        again = lcodec.codec_tests(z, Y, x, n_resamples=19).pvalue
        assert again.tolist() == before[0].tolist()
        forget()
        made.clear()
    monkeypatch.setattr(conditions, "MOST_SETS", 2)
    lcodec.codec_tests(z, Y, n_resamples=19)
    assert len(conditions.lately_neighbors) == 2


@pytest.mark.parametrize("block", [1, 40, 2**20])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    want = lcodec.codec_tests(Z, Y, X, max_exceedances=4, n_resamples=99)
    monkeypatch.setattr(resampling, "BLOCK", block)
    found = lcodec.codec_tests(Z, Y, X, max_exceedances=4, n_resamples=99)
    assert found.pvalue.tolist() == want.pvalue.tolist()
    assert found.n_resamples.tolist() == want.n_resamples.tolist()


def test_early_stops_save_resamples() -> None:
    result = lcodec.codec_tests(np.column_stack((Y, Z)), Y, max_exceedances=10)
    assert result.n_resamples[0] == 999
    assert result.pvalue[0] == 1 / 1000
    assert (result.n_resamples[1:] < 500).all()


@settings(max_examples=15)
@given(
    draw=st.data(),
    options=st.fixed_dictionaries(
        {},
        optional={
            name: OPTIONS[name] for name in ("ties", "n_neighbors", "max_exceedances", "seed")
        },
    ),
)
def test_the_matrix_is_its_pairs(draw: st.DataObject, options: dict[str, Any]) -> None:
    (table,) = draw.draw(data.tables((1,), max_n=15, max_columns=3, kinds=MODEST))
    found = silent(lcodec.codec_matrix, table, n_resamples=19, **options)
    constant = np.flatnonzero(np.ptp(table, axis=0) == 0)
    assert found.skipped.tolist() == constant.tolist()
    for i, j in np.ndindex(found.statistic.shape):
        if i == j or i in constant or j in constant:
            assert math.isnan(found.statistic[i, j])
            assert math.isnan(found.pvalue[i, j])
            assert found.n_resamples[i, j] == 0
            continue
        one = quiet(
            table[:, j], table[:, i], standardize=None, n_resamples=19, method="permutation",
            **options,
        )  # fmt: skip
        assert found.statistic[i, j] == one.statistic
        assert found.pvalue[i, j] == one.pvalue
        assert found.n_resamples[i, j] == one.n_resamples
        known = {name: options[name] for name in ("ties", "n_neighbors") if name in options}
        assert found.statistic[i, j] == silent(lcodec.codec, table[:, j], table[:, i], **known)


def test_the_matrix_of_a_table_and_its_direction() -> None:
    frame = pd.DataFrame({"a": Y, "square": Y**2, "c": 1.0})
    with pytest.warns(lcodec.LcodecWarning, match="1 constant column, never selected: c"):
        found = lcodec.codec_matrix(frame, max_exceedances=5)
    assert found.names == ("a", "square", "c")
    assert found.skipped.tolist() == [2]
    assert found.statistic[0, 1] > 0.8 > 0.5 > found.statistic[1, 0]  # a determines its square
    with pytest.raises(lcodec.LcodecError, match="got a column \\(`a`\\)"):
        lcodec.codec_matrix(frame * 1e200)


def test_neighbours_are_sought_once_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    sets = matrix.TieSets

    def counted(columns: np.ndarray, *rest: Any) -> Any:
        made.append(len(columns))
        return sets(columns, *rest)

    monkeypatch.setattr(matrix, "TieSets", counted)
    lcodec.codec_matrix(Z, n_resamples=9)
    assert made == [1] * 4


def test_errors_name_what_the_user_gave() -> None:
    for arguments, options, message in (
        ((Z[:5], Y), {}, "`Z` must have 40 rows like `y`"),
        ((Z, Y), {"max_exceedances": 0}, "`max_exceedances` must be at least 1, got 0"),
        ((Z, Y), {"n_neighbors": 40}, "`n_neighbors` must be less than the number of rows"),
        ((np.round(Z), Y), {"method": "asymptotic"}, "`y` or `Z`, got repeated values in `Z`"),
        ((Z, Y), {"method": "local_permutation"}, "needs `x`"),
    ):
        with pytest.raises(lcodec.LcodecError, match=message):
            lcodec.codec_tests(*arguments, **options)
    with pytest.raises(lcodec.LcodecError, match="must be one of 'permutation', got 'asymptotic'"):
        lcodec.codec_matrix(Z, method="asymptotic")  # type: ignore[arg-type]


def test_heat_map() -> None:
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib import pyplot

    names = ["a", "b" * 40, "c", "d"]
    found = lcodec.codec_matrix(pd.DataFrame(Z, columns=names), n_resamples=9)
    _, ax = pyplot.subplots()
    assert found.plot(ax) is ax
    (image,) = ax.images
    np.testing.assert_array_equal(np.asarray(image.get_array()), found.statistic)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b" * 27 + "...", "c", "d"]
    assert len(ax.texts) == 12
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("response", "predictor")
    many = lcodec.codec_matrix(np.random.default_rng(0).normal(size=(9, 13)), n_resamples=1)
    assert len(many.plot().texts) == 0
    pyplot.close("all")


def test_batches_warn_once_for_the_worst_column() -> None:
    rng = np.random.default_rng(60)
    x, noise = rng.normal(size=(60, 5)), rng.normal(size=(3, 60))
    y = x.sum(axis=1) + 0.2 * noise[0]
    z = np.column_stack((noise[2], x.sum(axis=1) + 0.2 * noise[1]))
    with pytest.warns(lcodec.LcodecWarning, match="in `Z`; use residuals of `y` and `Z`") as caught:
        batches.codec_tests(z, y, x, n_resamples=9)
    assert len(caught) == 1
    assert caught[0].filename == __file__
