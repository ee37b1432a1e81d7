"""Tables of every library: names of columns, what errors say of them, and labels of rows."""

from __future__ import annotations

import datetime
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr

import lcodec

X = np.random.default_rng(0).normal(size=(200, 3))
Y = X[:, 1] + X[:, 2] ** 2
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
MULTI = pd.DataFrame(X, columns=pd.MultiIndex.from_tuples([("u", 1), ("u", 2), ("v", 1)]))
RECORDS = np.rec.fromarrays(X.T, names="a,b,c")
TABLES: dict[str, Any] = {
    "pandas": FRAME,
    "pandas, other types": FRAME.astype({"a": "Float64", "b": "float32"}),
    "polars": pl.DataFrame(FRAME.to_dict("list")),
    "pyarrow table": pa.Table.from_pandas(FRAME),
    "pyarrow batch": pa.RecordBatch.from_pandas(FRAME),
    "xarray dataset": xr.Dataset({name: ("row", FRAME[name]) for name in FRAME}),
    "xarray array": xr.DataArray(X, dims=("row", "name"), coords={"name": ["a", "b", "c"]}),
    "structured array": np.array(RECORDS),
    "record array": RECORDS,
}


def refused(id: str, function: Any, *arguments: Any, **options: Any) -> str:
    """Return what an error says; the test fails when its id is another."""
    with pytest.raises(lcodec.LcodecError) as caught:
        function(*arguments, **options)
    assert caught.value.id == f"lcodec:{id}"
    return str(caught.value)


@pytest.mark.parametrize("kind", TABLES)
def test_names_of_every_kind_of_table(kind: str) -> None:
    table = TABLES[kind]
    result = lcodec.foci(table, Y)
    assert result.names == ("b", "c")
    assert result.selected.tolist() == lcodec.foci(X, Y).selected.tolist()
    assert lcodec.foci(table, Y, given=["b"]).names == ("c",)
    assert lcodec.foci_graph(table).names == ("a", "b", "c")
    assert lcodec.codec(Y, table) == pytest.approx(lcodec.codec(Y, X), abs=0.05)  # float32


@pytest.mark.parametrize(
    "series", [FRAME["b"], pl.Series("b", X[:, 1]), xr.DataArray(X[:, 1], name="b")]
)
def test_a_series_is_a_column_with_a_name(series: Any) -> None:
    assert lcodec.foci(series, Y).names == ("b",)
    assert lcodec.foci(series.rename(None) if hasattr(series, "loc") else X[:, 1], Y).names == ()


def test_arrays_have_no_names() -> None:
    for array in (X, xr.DataArray(X, dims=("row", "name")), pa.chunked_array([Y]), X.tolist()):
        assert lcodec.foci(array, Y).names == ()


def test_fields_and_variables_of_several_columns_are_numbered() -> None:
    fields = np.zeros(200, dtype=[("a", float), ("M", float, (2,))])
    fields["a"], fields["M"] = X[:, 0], X[:, 1:]
    dataset = xr.Dataset({"a": ("row", X[:, 0]), "M": (("row", "place"), X[:, 1:])})
    for table in (fields, dataset):
        assert lcodec.foci(table, Y).names == ("M_1", "M_2")
        assert lcodec.foci(table, Y, given=["M_2"]).names == ("M_1",)


def test_missing_values_of_every_kind_are_nan() -> None:
    holes = FRAME.assign(a=FRAME["a"].where(FRAME["a"] > -1))
    want = lcodec.codec_scores(holes.dropna(), Y[holes["a"].notna()])
    whole = [None, *range(199)]
    for table in (holes, pl.from_pandas(holes), pa.Table.from_pandas(holes)):
        with pytest.warns(lcodec.LcodecWarning, match="dropped"):
            assert lcodec.codec_scores(table, Y, missing="drop").tolist() == want.tolist()
    for y in (pa.array(whole), pa.chunked_array([whole]), pd.Series(whole, dtype="Int64")):
        assert "got 1 NaN value; missing=" in refused("nonFinite", lcodec.foci, X, y)


def test_errors_name_columns_and_the_remedy() -> None:
    text = FRAME.assign(city=["x", "y"] * 100, kind="k")
    said = (
        "`X` must be numeric, got text in columns `city`, `kind`; encode them as numbers or leave "
        "them out"
    )
    for table in (text, pl.from_pandas(text), pa.Table.from_pandas(text), text.to_xarray()):
        assert refused("notNumeric", lcodec.foci, table, Y) == said
    assert refused("notNumeric", lcodec.codec, Y, text.drop(columns="kind").to_numpy()) == (
        "`z` must be numeric, got text in column 4 (counting from 1); encode it as numbers or "
        "leave it out"
    )
    assert refused("notNumeric", lcodec.foci, X, ["u", "v"] * 100) == (
        "`y` must be numeric, got text; response='nominal' takes its values as classes"
    )
    coded = FRAME.assign(kind=pd.Categorical(["x", "y"] * 100))
    assert "text in column `kind`" in refused("notNumeric", lcodec.codec, Y, coded)
    many = FRAME.assign(**{f"t{k}": "x" for k in range(11)})
    assert "`t8`, `t9`, ...; encode" in refused("notNumeric", lcodec.foci, many, Y)
    mixed = FRAME.assign(c=FRAME["c"] * 1j)
    assert refused("complexInput", lcodec.foci, mixed, Y) == (
        "`X` must be real, got complex numbers in column `c`"
    )


def test_errors_name_dates() -> None:
    said = (
        "`X` must be numeric, got dates or times in column `when`; convert it to numbers "
        "(days, for example) or leave it out"
    )
    for when in (
        pd.date_range("2020", periods=200),
        pd.to_timedelta(np.arange(200), unit="D"),
        [datetime.date(2020, 1, 1)] * 200,
        [datetime.time(12)] * 200,
    ):
        assert refused("notNumeric", lcodec.foci, FRAME.assign(when=when), Y) == said


def test_errors_name_columns_that_are_not_finite() -> None:
    table = FRAME.copy()
    table.loc[3, "a"] = np.nan
    assert refused("nonFinite", lcodec.foci, table, Y) == (
        "`X` must be finite, got 1 NaN value in column `a`; missing='drop' leaves out rows with NaN"
    )
    table.loc[[5, 6], "c"] = np.inf
    assert refused("nonFinite", lcodec.codec, Y, table.to_numpy()) == (
        "`z` must be finite, got 3 NaN or infinite values in columns 1, 3 (counting from 1); "
        "missing='drop' leaves out rows with NaN"
    )
    assert refused("nonFinite", lcodec.foci, table, Y, missing="drop") == (
        "`X` must be finite, got 2 infinite values in column `c`; replace what is infinite"
    )


def test_errors_and_warnings_of_scale_name_columns() -> None:
    """Also where a column before them is the response."""
    table = FRAME.assign(a=Y, c=FRAME["c"] * 1e200)
    for call in (lcodec.foci, lcodec.codec_scores, lcodec.lfoci):
        assert "got a column (`c`) that does not" in refused("badScale", call, table, "a")
    assert "got a column (`c`)" in refused("badScale", lcodec.foci_graph, table)
    plain = refused("badScale", lcodec.foci, table.to_numpy(), Y)
    assert "got a column (number 3, counting from 1)" in plain
    table["c"] = 1 + FRAME["c"] * 3e-16
    with pytest.warns(lcodec.LcodecWarning, match="leave them out or round them: c$"):
        lcodec.foci(table, "a")


def test_rows_and_columns_exchanged() -> None:
    assert "got 1 x 200; transpose it" in refused("notVector", lcodec.foci, X, Y[np.newaxis])
    assert "got 1; transpose it" in refused("sizeMismatch", lcodec.codec, Y, Y[np.newaxis])
    assert "got 200; transpose `X`" in refused("sizeMismatch", lcodec.foci, X.T, Y)
    assert refused("tooFewRows", lcodec.foci, X[:, :2].T, Y).endswith(
        "got 2; transpose it if its columns are the samples"
    )
    assert (
        refused("sizeMismatch", lcodec.codec, Y, X[:1]) == "`z` must have 200 rows like `y`, got 1"
    )


def test_given_by_names_that_are_there() -> None:
    assert refused("optionRange", lcodec.foci, FRAME, Y, given=["b", "q"]) == (
        "`given` must list columns of `X`, got 'q'; its columns are `a`, `b`, `c`"
    )
    aged = FRAME.rename(columns={"a": "age"})
    assert refused("optionRange", lcodec.foci, aged, Y, given="Agee").endswith(
        "got 'Agee'; the nearest is `age`"
    )
    assert refused("optionRange", lcodec.foci, X, Y, given=["a"]) == (
        "`given` must list columns of `X` by number, as they have no names, got 'a'"
    )


def test_given_refuses_names_that_are_ambiguous() -> None:
    twice = pd.DataFrame(X, columns=["a", "b", "b"])
    assert refused("optionValue", lcodec.foci, twice, Y, given=["b"]) == (
        "`given` must name one column of `X`, got 'b', the name of 2; rename them or give numbers"
    )
    assert lcodec.foci(twice, Y, given=["a", 1]).selected.tolist() == [2]
    moved = pd.DataFrame(X)[[2, 0, 1]]
    assert "the number of one and the name of another" in refused(
        "optionValue", lcodec.foci, moved, Y, given=[0]
    )
    assert lcodec.foci(moved, Y, given=["0"]).selected.tolist() == [2, 0]
    assert lcodec.foci(pd.DataFrame(X), Y, given=[0]).selected.tolist() == [1, 2]


def test_given_takes_labels_of_several_levels() -> None:
    for given in ([("u", 1)], ("u", 1), ["('u', 1)"], [0]):
        assert lcodec.foci(MULTI, Y, given=given).names == ("('u', 2)", "('v', 1)")
    assert "got ('u', 7); the nearest is `('u', 1)`" in refused(
        "optionRange", lcodec.foci, MULTI, Y, given=[("u", 7)]
    )


def test_given_as_a_mask() -> None:
    want = lcodec.foci(X, Y, given=[0]).selected.tolist()
    for mask in ([True, False, False], np.array([True, False, False]), FRAME.columns == "a"):
        assert lcodec.foci(FRAME, Y, given=mask).selected.tolist() == want
    assert refused("optionRange", lcodec.foci, X, Y, given=[True, False]) == (
        "`given` must have one truth value for each column of `X`, which has 3, got 2"
    )
    refused("optionType", lcodec.foci, X, Y, given=[True, 2, 1])


@pytest.mark.parametrize("kind", [kind for kind in TABLES if kind != "xarray array"])
def test_the_response_by_its_name(kind: str) -> None:
    table = (
        FRAME.assign(d=0.0)[["a", "d", "b", "c"]].assign(a=Y).rename(columns={"a": "y", "d": "k"})
    )
    table["a"] = X[:, 0]
    library = {
        "polars": pl.from_pandas,
        "pyarrow table": pa.Table.from_pandas,
        "pyarrow batch": pa.RecordBatch.from_pandas,
        "xarray dataset": lambda frame: frame.to_xarray(),
        "structured array": lambda frame: np.array(frame.to_records(index=False)),
        "record array": lambda frame: frame.to_records(index=False),
    }.get(kind, lambda frame: frame)
    with pytest.warns(lcodec.LcodecWarning, match="1 constant column, never selected: k"):
        result = lcodec.foci(library(table), "y", ties="random")
    rest = table[["k", "b", "c", "a"]].to_numpy()
    with pytest.warns(lcodec.LcodecWarning, match="constant column"):
        plain = lcodec.foci(rest, Y, ties="random")
    assert result.names == ("b", "c")
    assert result.selected.tolist() == [2, 3]
    assert result.selected.tolist() == (plain.selected + 1).tolist()
    assert result.scores.tolist() == plain.scores.tolist()
    assert result.skipped.tolist() == [1]


def test_the_response_by_its_name_in_the_other_functions() -> None:
    table = FRAME.assign(y=Y)[["a", "y", "b", "c"]]
    assert lcodec.lfoci(table, "y", given=["b"]).selected.tolist() == [3]
    assert lcodec.foci(table, "y", given=[2]).selected.tolist() == [3]
    scores = lcodec.codec_scores(X, Y, [1])
    assert lcodec.codec_scores(table, "y", ["b"]).tolist() == [scores[0], 0, *scores[1:]]
    said = refused("notNumeric", lcodec.foci, table, "z")
    assert said == (
        "`y` must be numeric or name a column of `X`, got 'z'; its columns are `a`, `y`, `b`, `c`"
    )
    refused("notNumeric", lcodec.foci, X, "y")
    refused("emptyInput", lcodec.foci, table[["y"]], "y")
    refused("optionValue", lcodec.foci, pd.DataFrame(X, columns=["a", "b", "b"]), "b")
    assert "must not list the column that is `y`" in refused(
        "optionRange", lcodec.foci, table, "y", given=["y"]
    )


@pytest.mark.parametrize(
    "x",
    [[], (), np.array([]), np.empty((200, 0)), FRAME[[]], pl.DataFrame(), pa.table({})],
    ids=lambda x: type(x).__name__,
)
def test_an_empty_x_is_no_x(x: Any) -> None:
    assert lcodec.codec(Y, X, x) == lcodec.codec(Y, X)
    assert lcodec.codec_test(Y, X, x).method == "moments"


def warned(*arguments: Any, function: Any = lcodec.codec) -> bool:
    """Whether the only warning is that labels stand at other rows."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*arguments)
    assert {warning.message.id for warning in caught} <= {"lcodec:indexOrder"}
    return bool(caught)


def test_labels_of_rows_that_do_not_match_warn() -> None:
    y = pd.Series(Y)
    shuffled = y.sample(frac=1, random_state=0)
    assert warned(y, shuffled)
    assert warned(Y, X, shuffled) is False
    assert warned(y, X, shuffled)
    assert warned(FRAME, shuffled, function=lcodec.foci)
    assert warned(y, shuffled, function=lcodec.xi)
    assert warned(y.drop([5]), y.drop([50]))  # rows dropped at different places
    arrays = [xr.DataArray(Y, coords={"row": index}) for index in (y.index, shuffled.index)]
    assert warned(*arrays)


def test_labels_of_rows_that_are_meant_do_not_warn() -> None:
    y = pd.Series(Y)
    dated = pd.Series(Y, index=pd.date_range("2020", periods=200))
    assert not warned(y, FRAME)
    assert not warned(dated, X)
    assert not warned(dated, FRAME)  # nothing in common
    assert not warned(dated[1:], dated[:-1])  # a lag
    assert not warned(y.drop([5]), FRAME[1:].reset_index(drop=True))  # nobody chose the labels
