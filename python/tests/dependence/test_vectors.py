"""Laws and facts of responses of several columns."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from lcodec.random.permutation import permutations
from lcodec.random.philox import SUBSAMPLE
from parity_tests import strategies as data
from python.tests import reference

MODEST = ("continuous", "lattice", "binary", "tenths", "constant", "offset", "signed_zero")


def quiet(function: Any, *arguments: object, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        return function(*arguments, **options)


@st.composite
def samples(
    draw: st.DrawFn, kinds: tuple[str, ...] = MODEST, max_n: int = 14
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y of two or three columns, z and x, with ties of every kind."""
    z, x = draw(data.tables((1, 0), max_n=max_n, max_columns=2, kinds=kinds))
    table = np.column_stack((x, z))
    count = draw(st.integers(2, 3))
    return np.column_stack([draw(data.responses_of(table, kinds)) for _ in range(count)]), z, x


@settings(max_examples=60)
@given(
    sample=samples(),
    standardize=st.sampled_from([None, "range"]),
    ties=st.sampled_from(["average", "first"]),
    k=st.integers(1, 5),
)
def test_equals_its_definition(sample: Any, standardize: str | None, ties: str, k: int) -> None:
    y, z, x = sample
    k = min(k, len(y) - 1)
    exact = reference.vector_codec(list(y.T), list(z.T), list(x.T), standardize, ties, k)
    got = quiet(lcodec.codec, y, z, x, standardize=standardize, ties=ties, n_neighbors=k)
    if exact is None:
        assert np.isnan(got)
    else:
        assert got == pytest.approx(float(exact), rel=1e-12, abs=1e-12)


@settings(max_examples=40)
@given(sample=samples(("lattice", "binary", "continuous")), seed=st.integers(0, 99))
def test_neither_order_of_rows_nor_growing_maps_matter(sample: Any, seed: int) -> None:
    y, z, x = sample
    rows = np.random.default_rng(seed).permutation(len(y))
    usual = quiet(lcodec.codec, y, z, x, standardize="std")
    assert np.array_equal(quiet(lcodec.codec, y[rows], z[rows], x[rows], standardize="std"), usual,
                          equal_nan=True)  # fmt: skip
    mapped = y.copy()
    mapped[:, -1] = np.cbrt(mapped[:, -1])  # the last column is in no distance
    assert np.array_equal(quiet(lcodec.codec, mapped, z, x, standardize="std"), usual,
                          equal_nan=True)  # fmt: skip


@settings(max_examples=40)
@given(draw=st.data())
def test_a_vector_of_one_is_the_scalar(draw: st.DataObject) -> None:
    z, x = draw.draw(data.tables((2, 0), max_n=20))
    y = draw.draw(data.responses_of(z))
    for ties in ("average", "random"):
        one = quiet(lcodec.codec, y[:, None], z, x, ties=ties)
        assert np.array_equal(one, quiet(lcodec.codec, y, z, x, ties=ties), equal_nan=True)
        scores = quiet(lcodec.codec_scores, z, y[:, None], ties=ties)
        assert np.array_equal(scores, quiet(lcodec.codec_scores, z, y, ties=ties), equal_nan=True)


def test_a_copy_adds_nothing_where_rows_repeat() -> None:
    """All rows nearest in (y, z) then have the same y: the copy is known."""
    rng = np.random.default_rng(0)
    z, y = rng.integers(0, 3, (40, 1)), rng.integers(0, 2, 40)
    z, y = np.repeat(z, 2, axis=0), np.repeat(y, 2)
    assert lcodec.codec(np.column_stack((y, y)), z) == lcodec.codec(y, z)
    assert lcodec.codec(np.column_stack((y, y, y)), z) == lcodec.codec(y, z)


def test_order_of_responses_matters() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=200)
    y = np.column_stack((z + 0.1 * rng.normal(size=200), rng.normal(size=200)))
    assert lcodec.codec(y, z) != lcodec.codec(y[:, ::-1], z)


@pytest.mark.parametrize("ties", ["average", "first"])
@pytest.mark.parametrize("n_neighbors", [1, 4])
def test_scores_are_those_of_codec(ties: Any, n_neighbors: int) -> None:
    rng = np.random.default_rng(2)
    X = np.column_stack((rng.normal(size=(120, 4)), rng.integers(0, 3, (120, 2))))
    y = np.column_stack((X[:, 0] * X[:, 4], X[:, 1] + rng.integers(0, 3, 120), X[:, 3])) + 0.5
    y[:, 2] += 0.2 * rng.normal(size=120)
    options: dict[str, Any] = {"ties": ties, "n_neighbors": n_neighbors}
    result = lcodec.foci(X, y, stop=False, **options)
    assert sorted(result.selected) == list(range(6))
    options["standardize"] = "std"
    for k, (column, score) in enumerate(zip(result.selected, result.scores, strict=True)):
        chosen = result.selected[:k]
        assert lcodec.codec(y, X[:, column], X[:, chosen], **options) == score
        assert lcodec.codec_scores(X, y, chosen, **options)[column] == score
        assert result.cumulative[k] == pytest.approx(
            lcodec.codec(y, X[:, result.selected[: k + 1]], **options), abs=1e-12
        )
    again = lcodec.foci(X, y, stop=False, given=result.selected[:2], **options)
    assert again.selected.tolist() == result.selected[2:].tolist()
    assert again.scores.tolist() == result.scores[2:].tolist()


@settings(max_examples=30)
@given(draw=st.data())
def test_foci_takes_the_best_by_the_definition(draw: st.DataObject) -> None:
    (table,) = draw.draw(
        data.tables((2,), max_n=12, max_columns=3, kinds=("lattice", "continuous"))
    )
    y = np.column_stack([draw.draw(data.responses_of(table)) for _ in range(2)])
    result = quiet(lcodec.foci, table, y, standardize="range")
    chosen: list[int] = []
    for column, score in zip(result.selected, result.scores, strict=True):
        gains = {
            j: reference.vector_codec(
                list(y.T), [table[:, j]], [table[:, k] for k in chosen], "range"
            )
            for j in range(table.shape[1])
            if j not in chosen and np.ptp(table[:, j]) > 0
        }
        assert score == pytest.approx(max(float(gain) for gain in gains.values()), abs=1e-12)
        assert float(gains[column]) == pytest.approx(score, abs=1e-12)
        chosen.append(int(column))


def test_foci_finds_the_columns_of_each_response() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(500, 8))
    y = np.column_stack((X[:, 2] + 0.1 * rng.normal(size=500), np.sin(2 * X[:, 5])))
    steps: list[tuple[int, ...]] = []
    result = lcodec.foci(X, y, progress=lambda *step: steps.append(step))
    assert {2, 5} <= set(result.selected.tolist())
    assert set(lcodec.foci(X, y, max_features=2).selected.tolist()) == {2, 5}
    assert [step for step in steps if step[0] == 1][-1] == (1, 8, 8)
    assert steps == sorted(steps)
    small = lcodec.foci(X, y, n_jobs=1, memory_limit=2**20)
    assert small.scores.tolist() == result.scores.tolist()
    assert set(lcodec.lfoci(X, y, draws=2, max_features=2).selected.tolist()) == {2, 5}
    still = lcodec.lfoci(X, y, sigma=0)
    assert still.scores.tolist() == result.scores.tolist()


def test_tables_and_lists_are_read() -> None:
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(60, 3)), rng.normal(size=(60, 2))
    usual = lcodec.codec(y, X)
    mixed = pd.DataFrame({"a": y[:, 0], "b": y[:, 1].astype(object)})
    records = np.rec.fromarrays(list(y.T), names="a,b")
    for value in (pd.DataFrame(y), mixed, y.tolist(), list(y), np.asfortranarray(y), records):
        assert lcodec.codec(value, X) == usual
        assert lcodec.codec_scores(X, value).tolist() == lcodec.codec_scores(X, y).tolist()
    y[3, 1] = np.nan
    keep = np.arange(60) != 3
    with pytest.warns(lcodec.LcodecWarning, match="dropped 1 of 60 rows"):
        assert lcodec.codec(y, X, missing="drop") == lcodec.codec(y[keep], X[keep])


def test_rows_of_different_length_are_no_table() -> None:
    X = np.arange(6.0).reshape(3, 2)
    for value in ([[1, 2], [3], [4]], [[1, 2], 3, 4], [3, [1, 2], [5, 6]]):
        with pytest.raises(lcodec.LcodecError, match="`y` must be numeric") as caught:
            lcodec.codec(value, X)
        assert caught.value.id == "lcodec:notNumeric"


def test_ties_at_random_are_a_function_of_the_seed() -> None:
    rng = np.random.default_rng(5)
    X, y = rng.integers(0, 3, (50, 3)), rng.integers(0, 3, (50, 2))
    values = {quiet(lcodec.codec, y, X[:, :1], ties="random", seed=seed) for seed in (0, 0, 1, 2)}
    assert len(values) == 3


def test_few_values_are_told_of_once() -> None:
    rng = np.random.default_rng(6)
    X, y = rng.normal(size=(60, 2)), rng.integers(0, 3, (60, 2))
    with pytest.warns(lcodec.LcodecWarning, match="3 different whole numbers") as caught:
        lcodec.codec(y, X)
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lcodec.codec(y, X, response="ordered")


@pytest.mark.parametrize("name", ["codec", "codec_scores", "foci", "lfoci"])
def test_constant_columns(name: str) -> None:
    rng = np.random.default_rng(7)
    X, y = rng.normal(size=(20, 2)), rng.normal(size=(20, 3))
    y[:, 1] = 2
    arguments = (y, X) if name == "codec" else (X, y)
    with pytest.warns(lcodec.LcodecWarning, match=r"constant columns, .* from 1\): 2$") as caught:
        value = getattr(lcodec, name)(*arguments)
    assert [warning.message.id for warning in caught] == ["lcodec:constantResponse"]
    if isinstance(value, lcodec.SelectionResult):
        assert (len(value.selected), value.stop_reason) == (0, "determined")
    else:
        assert np.isnan(value).all()


def test_where_one_column_is_enough() -> None:
    """xi, the tests, the intervals and LCODEC have one response."""
    X, y = np.random.default_rng(8).normal(size=(2, 20, 2))
    for call in (
        lambda: lcodec.codec_test(y, X),
        lambda: lcodec.codec_test(y, X, method="moments"),
        lambda: lcodec.codec_tests(X, y),
        lambda: lcodec.codec_interval(y, X),
        lambda: lcodec.lcodec(y, X),
        lambda: lcodec.xi(X[:, 0], y),
    ):
        with pytest.raises(
            lcodec.LcodecError, match="`y` must be one column, got 20 x 2"
        ) as caught:
            call()
        assert caught.value.id == "lcodec:notVector"


def test_large_whole_numbers_are_refused_where_they_are_in_a_distance() -> None:
    X = np.random.default_rng(9).normal(size=(20, 2))
    y = np.column_stack((2**60 + np.arange(20), np.arange(20)))
    with pytest.raises(lcodec.LcodecError) as caught:
        lcodec.codec(y, X)
    assert caught.value.id == "lcodec:bigInteger"


def test_several_responses_are_refused_where_one_is_needed() -> None:
    """By steps that test, and as classes; the errors come before any search."""
    X, y = np.random.default_rng(11).normal(size=(2, 20, 2))
    for function in (lcodec.foci, lcodec.foci_stability):
        with pytest.raises(
            lcodec.LcodecError, match="`stop` 'test' needs `y` of one column, got 2"
        ):
            function(X, y, stop="test")
    for call in (
        lambda: lcodec.codec(y, X, response="nominal"),
        lambda: lcodec.codec_scores(X, y, response="nominal", n_neighbors=2),
        lambda: lcodec.foci(X, y, response="nominal", groups=[[0, 1]]),
        lambda: lcodec.lfoci(X, y, response="nominal"),
        lambda: lcodec.foci_stability(X, y, response="nominal"),
    ):
        with pytest.raises(
            lcodec.LcodecError, match="`response` 'nominal' needs `y` of one column, got 2"
        ) as caught:
            call()
        assert caught.value.id == "lcodec:optionValue"
    for call in (
        lambda: lcodec.codec(y, X, n_neighbors=20),
        lambda: lcodec.foci(X, y, n_neighbors=20),
    ):
        with pytest.raises(lcodec.LcodecError, match="less than the number of rows, 20, got 20"):
            call()


@pytest.mark.parametrize("ties", ["average", "first"])
@pytest.mark.parametrize("k", [1, 3])
def test_groups_are_scored_as_codec_scores_them(ties: Any, k: int) -> None:
    rng = np.random.default_rng(12)
    X = np.column_stack((rng.normal(size=(60, 3)), rng.integers(0, 3, (60, 2))))
    y = np.column_stack((X[:, 0] * X[:, 3], X[:, 1] + X[:, 4])) + 0.5
    groups = [[2, 3], [0, 1]]
    options: dict[str, Any] = {"ties": ties, "n_neighbors": k, "standardize": "std"}
    scores = lcodec.codec_scores(X, y, groups=groups, **options)
    sets = [*groups, [4]]
    assert scores.tolist() == [lcodec.codec(y, X[:, mine], **options) for mine in sets]
    result = lcodec.foci(X, y, groups=groups, stop=False, **options)
    first, second = result.columns[:2]
    assert result.scores[0] == scores.max()
    assert result.scores[1] == lcodec.codec(y, X[:, second], X[:, first], **options)


@pytest.mark.parametrize("standardize", ["std", "none"])
def test_categories_have_their_distance(standardize: Any) -> None:
    """Without scale two of them are at distance 1, as two columns with 1/sqrt(2) are."""
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(13)
    code, x = rng.integers(0, 3, 60), rng.normal(size=(60, 2))
    y = np.column_stack((x[:, 0] + (code == 1), x[:, 1] * (code == 2)))
    table = pd.DataFrame(
        {"a": x[:, 0], "c": pd.Categorical.from_codes(code, list("uvw")), "b": x[:, 1]}
    )
    indicators = (code[:, None] == np.arange(3)) * 1.0
    weight = 0.5 if standardize == "none" else 1 / indicators.var(axis=0, ddof=1).sum()
    scaled = x if standardize == "none" else x / x.std(axis=0, ddof=1)
    wide = np.column_stack((scaled[:, 0], indicators * np.sqrt(weight), scaled[:, 1]))
    before = y / y.std(axis=0, ddof=1) if standardize == "std" else y
    expected = lcodec.codec_scores(
        wide, before, standardize=None, groups=[[0], [1, 2, 3], [4]], n_neighbors=2
    )
    got = lcodec.codec_scores(table, y, standardize=standardize, n_neighbors=2)
    assert got == pytest.approx(expected, abs=1e-12)
    runs = lcodec.foci_stability(table, y, n_resamples=4, standardize=standardize, seed=1)
    one = lcodec.foci_stability(table, y[:, 0], n_resamples=4, standardize=standardize, seed=1)
    for column, result in ((slice(None), runs), (0, one)):
        times = np.zeros(3)
        for run in range(4):
            order = permutations(60, range(run, run + 1), 1, SUBSAMPLE)[0]
            some = np.sort(order[:30])
            values = y[some][:, column]
            times[
                quiet(lcodec.foci, table.iloc[some], values, standardize=standardize).selected
            ] += 1
        assert result.frequency.tolist() == (times / 4).tolist()


def test_stability_knows_constant_columns() -> None:
    X, y = np.random.default_rng(14).normal(size=(2, 30, 2))
    y[:, 1] = 1
    with pytest.warns(lcodec.LcodecWarning, match=r"constant columns, .* from 1\): 2$") as caught:
        assert lcodec.foci_stability(X, y, n_resamples=2).frequency.tolist() == [0, 0]
    assert len(caught) == 1
    y[:, 1] = np.arange(30) == 3  # constant in some of the subsamples
    assert lcodec.foci_stability(X, y, n_resamples=3).size == 15
