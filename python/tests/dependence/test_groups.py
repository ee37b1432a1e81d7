"""Groups of columns as candidates, and columns of categories, which are groups of indicators."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from parity_tests import strategies as data
from python.tests import reference
from python.tests.neighbors.device import exhaustive

MODEST = ("continuous", "lattice", "binary", "tenths", "constant", "offset")
RNG = np.random.default_rng(0)
X = RNG.integers(0, 4, (60, 6)).astype(float)
Y = X[:, 1] + X[:, 2] * X[:, 4] + RNG.integers(0, 2, 60)


def quiet(name: str, *arguments: Any, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        return getattr(lcodec, name)(*arguments, **options)


def refused(id: str, function: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(lcodec.LcodecError) as caught:
        function(*arguments, **options)
    assert caught.value.id == f"lcodec:{id}"
    return str(caught.value)


def same(mine: Any, other: Any) -> None:
    for name in ("selected", "scores", "cumulative", "skipped", "columns"):
        assert list(map(str, getattr(mine, name))) == list(map(str, getattr(other, name)))
    assert mine.stop_reason == other.stop_reason


@given(draw=st.data(), options=data.options_of("foci"))
@settings(max_examples=25)
def test_a_group_of_one_column_is_that_column(draw: st.DataObject, options: dict[str, Any]) -> None:
    (table,) = draw.draw(data.tables((3,), kinds=MODEST))
    y = draw.draw(data.responses_of(table, MODEST))
    options = data.allowed(options, len(y)) | {
        "given": draw.draw(st.sampled_from([None, [0], [2, 1]])),
        "groups": None,
    }
    labels = list(range(table.shape[1]))
    usual = quiet("foci", table, y, **options)
    same(quiet("foci", table, y, **{**options, "groups": labels}), usual)
    same(quiet("foci", table, y, **{**options, "groups": [[0]]}), usual)


@given(
    draw=st.data(), n_neighbors=st.sampled_from([1, 2]), ties=st.sampled_from(["average", "first"])
)
@settings(max_examples=25)
def test_scores_are_coefficients(draw: st.DataObject, n_neighbors: int, ties: Any) -> None:
    (table,) = draw.draw(data.tables((4,), kinds=MODEST))
    y = draw.draw(data.responses_of(table, MODEST))
    groups = draw.draw(st.lists(st.integers(0, 2), min_size=4, max_size=4))
    options = {"ties": ties, "n_neighbors": n_neighbors, "stop": False}
    result = quiet("foci", table[:, :4], y, groups=groups, **options)
    before: list[int] = []
    del options["stop"]
    for k, columns in enumerate(result.columns):
        parts = table[:, columns], table[:, before]
        score = quiet("codec", y, *parts, standardize="std", **options)
        assert result.scores[k] == score
        before += columns.tolist()
        upto = quiet("codec", y, table[:, before], standardize="std", **options)
        assert result.cumulative[k] == upto


@given(draw=st.data())
@settings(max_examples=25)
def test_scores_are_those_of_the_definition(draw: st.DataObject) -> None:
    (table,) = draw.draw(data.tables((4,), max_n=14, max_columns=4, kinds=MODEST))
    y = draw.draw(data.responses_of(table, MODEST))
    found = quiet("codec_scores", table, y, [3], groups=[[2, 0]])
    z, x = ([table[:, j] for j in some] for some in ([0, 2], [3]))
    exact = reference.codec(y, z, x, "std")
    expected = np.nan if exact is None else float(exact)
    assert found[0] == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_random_ties_count_candidates() -> None:
    """The counter holds the number of the candidate, and of columns chosen before."""
    rank = np.searchsorted(np.sort(Y), Y, side="right")
    seed, n = 2**40 + 3, len(Y)
    options: dict[str, Any] = {"ties": "random", "seed": seed, "standardize": "none"}
    found = lcodec.codec_scores(X, Y, groups=[[5, 3], [1, 2]], **options)
    square = sum((n - np.searchsorted(np.sort(Y), Y)) ** 2.0)
    at_least = n - np.searchsorted(np.sort(Y), Y)
    for number, columns in enumerate(([3, 5], [1, 2], [0], [4])):
        some = np.ascontiguousarray(X[:, columns].T)
        values = exhaustive.values(some, np.ones(len(some)), rank, "random", seed, 0, number)
        assert found[number] == (n * values.sum() - square) / (at_least * (n - at_least)).sum()
    ones, table = np.ones(4), np.ascontiguousarray(X.T)
    values = [
        exhaustive.values(table[c], ones[: len(c)], rank, "random", seed, s, k)
        for c, s, k in (([3, 5], 0, 0), ([3, 5, 1, 2], 2, 1))
    ]  # fmt: skip
    result = lcodec.foci(X, Y, groups=[[5, 3], [1, 2]], given=[0, 4], stop=False, **options)
    assert sorted(result.selected) == [0, 1]
    chosen = lcodec.foci(X[:, [3, 5, 1, 2]], Y, groups=[0, 0, 1, 1], stop=False, **options)
    if list(chosen.selected) == [0, 1]:
        gained = (values[1] - values[0]).sum() / (rank - values[0]).sum()
        assert chosen.scores[1] == gained


def test_lists_and_labels_and_names() -> None:
    frame = pd.DataFrame(X, columns=list("abcdef"))
    by_list = lcodec.foci(X, Y, groups=[[4, 2], [0, 1], [3, 5]], stop=False)
    by_label = lcodec.foci(X, Y, groups=[7, 7, 1, 3, 1, 3], stop=False)
    assert [c.tolist() for c in by_label.columns] == [c.tolist() for c in by_list.columns]
    assert by_label.scores.tolist() == by_list.scores.tolist()
    assert by_list.names == by_label.names == ()
    named = lcodec.foci(frame, Y, groups=[["e", "c"], ["a"]], stop=False)
    assert set(named.names) == {"c+e", "a", "b", "d", "f"}
    texts = lcodec.foci(X, Y, groups=list("uuvwvw"), stop=False)
    assert dict(zip(texts.names, map(str, texts.columns), strict=True)) == {
        "u": "[0 1]", "v": "[2 4]", "w": "[3 5]"
    }  # fmt: skip
    masks = [[False, False, True, False, True, False]]
    same(lcodec.foci(X, Y, groups=masks), lcodec.foci(X, Y, groups=[[2, 4]]))
    same(lcodec.foci(X, Y, groups=[]), lcodec.foci(X, Y))


def test_response_by_name() -> None:
    frame = pd.DataFrame(np.column_stack((Y, X)), columns=["y", *"abcdef"])
    apart = lcodec.foci(X, Y, groups=[[2, 4]], ties="random")
    named = lcodec.foci(frame, "y", groups=[["e", "c"]], ties="random")
    assert named.selected.tolist() == apart.selected.tolist()
    assert named.scores.tolist() == apart.scores.tolist()
    assert [c.tolist() for c in named.columns] == [(c + 1).tolist() for c in apart.columns]
    labelled = lcodec.foci(frame, "y", groups=["", *"abcdcf"])
    assert "c" in labelled.names
    assert len(lcodec.codec_scores(frame, "y", groups=[["e", "c"]])) == 5
    said = refused("optionRange", lcodec.foci, frame, "y", groups=list("aabcdef"))
    assert said == "`groups` must not list the column that is `y`"


def test_order_of_rows() -> None:
    order = np.random.default_rng(1).permutation(60)
    for name in ("foci", "codec_scores"):
        mine, other = (
            getattr(lcodec, name)(X[rows], Y[rows], groups=list("aabbcc"))
            for rows in (np.arange(60), order)
        )
        assert str(mine) == str(other)


def test_given_constant_and_copied_columns() -> None:
    whole = lcodec.foci(X, Y, groups=[[2, 4], [0, 1]], given=[4, 2], stop=False)
    assert sorted(whole.selected) == [1, 2, 3]
    assert lcodec.codec_scores(X, Y, [2, 4], groups=[[2, 4]])[0] == 0
    table = X.copy()
    table[:, [0, 3, 5]] = 1.0
    with pytest.warns(lcodec.LcodecWarning, match=r"2 constant columns, .* 4, 6$"):
        result = lcodec.foci(table, Y, groups=[[0, 1], [3, 5]], stop=False)
    assert result.skipped.tolist() == [1]
    table = X.copy()
    table[:, 5] = 2 * X[:, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lcodec.foci(table, Y, groups=[[0, 5]], stop=False)
    with pytest.warns(lcodec.LcodecWarning, match="copies"):
        lcodec.foci(table, Y, groups=[[0, 3]], stop=False)


def test_progress_and_draws() -> None:
    told: list[tuple[int, int, int]] = []
    lcodec.foci(X, Y, groups=list("aabbcd"), max_features=1, progress=lambda *one: told.append(one))
    assert told[-1] == (1, 4, 4)
    clean = lcodec.lfoci(X, Y, groups=list("aabbcc"), sigma=0)
    same(clean, lcodec.foci(X, Y, groups=list("aabbcc")))


def test_refused_groups() -> None:
    def told(groups: Any, id: str = "optionRange", **options: Any) -> str:
        return refused(id, lcodec.foci, X, Y, groups=groups, **options)

    assert told([[0, 1], [1, 2]]) == (
        "`groups` must not overlap, got column 2, counting from 1, in two groups"
    )
    assert (
        told([[0], []], "optionValue") == "`groups` must not hold empty groups, got one in place 2"
    )
    assert told([0, 0, 1]) == (
        "`groups` must have one label for each column of `X`, which has 6, got 3"
    )
    assert told([0, 0, 1, 1, 2, np.nan], "optionValue") == (
        "`groups` must have a label for each column of `X`, got NaN"
    )
    assert told([[0, 9]]) == "`groups` must list columns of `X`, which has 6, got 1 other entry"
    assert told([[0, 1]], "optionValue", given=[1]) == (
        "`given` must hold all columns of a group or none, got some of a group (number 1, counting "
        "from 1)"
    )
    assert told(list("aabbcc"), "optionValue", given=[1]).endswith("of a group (`a`)")
    said = "`groups` must list groups of columns of `X`, or one label for each column, got "
    assert told("ab", "optionType") == said + "'ab'"
    assert told(2.5, "optionType") == said + "2.5"
    for mixed in ([[0], 1], ["a", 1], [True] * 6, {"a": [0]}):
        assert told(mixed, "optionType") == said + "something else"
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d", "e", "size"])
    assert "the nearest is `size`" in refused(
        "optionRange", lcodec.foci, frame, Y, groups=[["sise"]]
    )
    assert "got column `b` in two" in refused(
        "optionRange", lcodec.foci, frame, Y, groups=[["a", "b"], ["b"]]
    )


CODES = np.random.default_rng(2).integers(0, 4, 60)
CITY = pd.Categorical.from_codes(CODES, list("wxyz"))
FRAME = pd.DataFrame({"a": X[:, 0], "city": CITY, "b": X[:, 1]})
CITY_Y = np.array([2.0, -1, 0, 3])[CODES] + (CODES == 1) * X[:, 0]
INDICATORS = (CODES[:, np.newaxis] == np.arange(4)).astype(float)


def test_a_category_is_one_candidate_in_every_kind_of_table() -> None:
    result = lcodec.foci(FRAME, CITY_Y, stop=False)
    assert result.names[0] == "city"
    assert result.columns[0].tolist() == [1]
    enum = pl.from_pandas(FRAME).with_columns(pl.col("city").cast(pl.Enum(list("wxyz"))))
    for table in (pl.from_pandas(FRAME), pa.Table.from_pandas(FRAME), enum):
        same(lcodec.foci(table, CITY_Y, stop=False), result)
    same(lcodec.foci(FRAME.assign(y=CITY_Y), "y", stop=False), result)
    assert lcodec.codec_scores(FRAME, CITY_Y, ["city"])[1] == 0


def test_different_categories_are_at_distance_one() -> None:
    """Two indicators differ by 1, each with weight 1/2; here all distances are doubled."""
    wide = np.column_stack((X[:, [0, 0]], INDICATORS, X[:, [1, 1]]))
    groups = [[0, 1], [2, 3, 4, 5], [6, 7]]
    for place, given_ in enumerate(groups):
        found = lcodec.codec_scores(FRAME, CITY_Y, [place], standardize="none")
        doubled = lcodec.codec_scores(wide, CITY_Y, given_, standardize="none", groups=groups)
        assert found.tolist() == doubled.tolist()


def test_categories_are_divided_by_the_variance_of_their_indicators() -> None:
    random = np.random.default_rng(3).normal(size=(60, 2))
    frame = pd.DataFrame({"a": random[:, 0], "city": CITY, "b": random[:, 1]})
    total = INDICATORS.var(axis=0, ddof=1).sum()
    scaled = random / random.std(axis=0, ddof=1)
    wide = np.column_stack((scaled[:, 0], INDICATORS / np.sqrt(total), scaled[:, 1]))
    found = lcodec.codec_scores(frame, CITY_Y, given=[0])
    expected = lcodec.codec_scores(
        wide, CITY_Y, [0], standardize="none", groups=[[0], [1, 2, 3, 4], [5]]
    )
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("standardize", ["none", "std", "range"])
def test_two_categories_are_a_column_of_zeros_and_ones(standardize: Any) -> None:
    bit = X[:, 5] > 1
    noise = np.random.default_rng(5).normal(size=60)
    coded = pd.DataFrame({"bit": pd.Categorical(np.where(bit, "yes", "no")), "x": noise})
    options: dict[str, Any] = {"standardize": standardize, "stop": False}
    mine = lcodec.foci(coded, Y + bit, **options)
    other = lcodec.foci(np.column_stack((bit, noise)), Y + bit, **options)
    assert mine.selected.tolist() == other.selected.tolist()
    assert mine.scores == pytest.approx(other.scores, abs=1e-12)


def test_renaming_and_ordering_categories_changes_nothing() -> None:
    result = lcodec.foci(FRAME, CITY_Y, stop=False)
    noisy = lcodec.lfoci(FRAME, CITY_Y, stop=False)
    renamed = FRAME.assign(
        city=CITY.rename_categories(dict(zip("wxyz", [9, 3, 5, 1], strict=True)))
    )
    same(lcodec.foci(renamed, CITY_Y, stop=False), result)
    same(lcodec.lfoci(renamed, CITY_Y, stop=False), noisy)
    ordered = FRAME.assign(city=CITY.reorder_categories(list("zxwy"), ordered=True))
    same(lcodec.foci(ordered, CITY_Y, stop=False), result)
    unused = FRAME.assign(city=CITY.add_categories(["never"]))
    same(lcodec.lfoci(unused, CITY_Y, stop=False), noisy)


def test_missing_single_and_too_many_categories() -> None:
    holes = FRAME.copy()
    holes.loc[[3, 5], "city"] = None
    said = "`X` must be finite, got 2 NaN values in column `city`; missing='drop' leaves out rows"
    for table in (holes, pl.from_pandas(holes), pa.Table.from_pandas(holes)):
        assert refused("nonFinite", lcodec.foci, table, CITY_Y).startswith(said)
        with pytest.warns(lcodec.LcodecWarning, match="dropped 2 of 60"):
            found = lcodec.codec_scores(table, CITY_Y, missing="drop")
        keep = holes["city"].notna().to_numpy()
        assert found.tolist() == lcodec.codec_scores(FRAME[keep], CITY_Y[keep]).tolist()
    with pytest.warns(lcodec.LcodecWarning, match="1 constant column, never selected: one"):
        one = lcodec.foci(FRAME.assign(one=pd.Categorical(["k"] * 60)), CITY_Y)
    assert one.skipped.tolist() == [3]
    many = pd.DataFrame({"id": pd.Categorical(range(1025))})
    assert refused("notNumeric", lcodec.foci, many, np.arange(1025)) == (
        "`X` must have at most 1024 categories in a column, got 1025 in column `id`; merge some or "
        "leave it out"
    )


def test_categories_in_groups_and_as_response() -> None:
    result = lcodec.foci(FRAME, CITY_Y, groups=[["city", "b"]], stop=False)
    assert set(result.names) == {"city+b", "a"}
    assert "response='nominal'" in refused("notNumeric", lcodec.foci, FRAME, "city")
    assert lcodec.foci(FRAME.assign(copy=CITY), "city", response="nominal").names == ("copy",)
