"""What a response of classes may be: text, categories, codes, and what is refused."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars
import pyarrow
import pytest

import lcodec
from python.tests.dependence.test_nominal import WORDS, Z, conditional, quiet

FORMS: dict[str, Any] = {
    "list": WORDS,
    "column": [[word] for word in WORDS],
    "text": np.array(WORDS),
    "bytes": np.array(WORDS, dtype="S"),
    "objects": np.array(WORDS, dtype=object),
    "series": pd.Series(WORDS),
    "string": pd.Series(WORDS, dtype="string"),
    "category": pd.Series(WORDS, dtype="category"),
    "ordered": pd.Series(pd.Categorical(WORDS, ["c", "b", "a"], ordered=True)),
    "frame": pd.DataFrame({"y": WORDS}),
    "polars": polars.Series("y", WORDS),
    "enumeration": polars.Series("y", WORDS, dtype=polars.Categorical),
    "arrow": pyarrow.array(WORDS),
    "dictionary": pyarrow.array(WORDS).dictionary_encode(),
    "codes": pd.Series([1, 7, 3, 1, 7, 7, 3, 1, 7, 3], dtype="category"),
    "intervals": pd.cut(pd.Series([1, 5, 9, 1, 5, 5, 9, 1, 5, 9]), 3),
    "days": pd.Series(np.array([1, 7, 3, 1, 7, 7, 3, 1, 7, 3], "M8[D]")).astype("category"),
    "mixed": pd.Categorical([1, "a", 3, 1, "a", "a", 3, 1, "a", 3]),
    "numbers": [0.5, -1, 3, 0.5, -1, -1, 3, 0.5, -1, 3],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_classes(form: str) -> None:
    expected = conditional([1, 2, 3, 1, 2, 2, 3, 1, 2, 3], Z, None)
    assert conditional(FORMS[form], Z, None) == expected
    assert quiet("foci", Z, FORMS[form], stop=False)[2][-1] == pytest.approx(
        conditional(FORMS[form], Z, None, standardize="std"), abs=0
    )


@pytest.mark.parametrize("truth", [np.bool_, bool])
def test_truth_values_are_two_classes(truth: Any) -> None:
    y = np.array([1, 1, 0, 0, 1, 0, 0, 1, 1, 1])
    value = conditional(y.astype(truth), Z, None)
    assert value == conditional(y, Z, None) == conditional(1 - y, Z, None)


MISSING: dict[str, Any] = {
    "None": [*WORDS[:8], None, None],
    "NaN": [*WORDS[:8], float("nan"), None],
    "string": pd.Series([*WORDS[:8], pd.NA, pd.NA], dtype="string"),
    "category": pd.Series([*WORDS[:8], None, None], dtype="category"),
    "polars": polars.Series("y", [*WORDS[:8], None, None]),
    "arrow": pyarrow.array([*WORDS[:8], None, None]),
    "masked": np.ma.array(WORDS, mask=[0] * 8 + [1] * 2),
}


@pytest.mark.parametrize("form", MISSING)
def test_missing_classes(form: str) -> None:
    with pytest.raises(lcodec.LcodecError) as caught:
        lcodec.codec(MISSING[form], Z, response="nominal")
    assert caught.value.id == "lcodec:nonFinite"
    assert str(caught.value) == (
        "`y` must be complete, got 2 missing values; missing='drop' leaves out their rows"
    )
    with pytest.warns(lcodec.LcodecWarning, match="dropped 2 of 10 rows"):
        value = lcodec.codec(MISSING[form], Z, missing="drop", response="nominal")
    assert value == conditional(WORDS[:8], Z[:8], None)


def test_no_text_is_a_class() -> None:
    words = ["" if word == "a" else word for word in WORDS]
    assert conditional(words, Z, None) == conditional(WORDS, Z, None)


TABLES = {
    "pandas": lambda columns: pd.DataFrame(columns),
    "polars": lambda columns: polars.DataFrame(columns),
    "arrow": lambda columns: pyarrow.table(columns),
}


@pytest.mark.parametrize("library", TABLES)
def test_a_column_of_text_is_named(library: str) -> None:
    table = TABLES[library]({"u": Z[:, 0], "kind": WORDS, "v": Z[:, 1]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        named = lcodec.foci(table, "kind", stop=False, given=["v"], response="nominal")
        plain = lcodec.foci(Z, WORDS, stop=False, given=[1], response="nominal")
    assert named.names == ("u",)
    assert named.selected.tolist() == [0]
    assert named.scores.tolist() == plain.scores.tolist()
    assert lcodec.codec_scores(table, "kind", response="nominal")[1] == 0
    with pytest.raises(lcodec.LcodecError) as caught:
        lcodec.foci(table, "kind")
    assert str(caught.value) == (
        "`y` must be numeric, got text; response='nominal' takes its values as classes"
    )


ERRORS: dict[str, tuple[Any, str, str]] = {
    "dates": (
        np.arange(10).astype("M8[D]"), "notNumeric",
        "`y` must be text, categories or numbers, got dates or times; convert it to numbers "
        "(days, for example)",
    ),
    "mixed": (
        ["a", 1, "b", *WORDS[:7]], "notNumeric",
        "`y` must be text, categories or numbers, got a container or object",
    ),
    "lists": (
        [[1, 2], [3]], "notNumeric",
        "`y` must be text, categories or numbers, got a container or object",
    ),
    "arrays": (
        [np.zeros((2, 1)), np.zeros((2, 2)), *WORDS[:8]], "notNumeric",
        "`y` must be text, categories or numbers, got a container or object",
    ),
    "one text": ("words", "tooFewRows", "`y` must have at least 3 rows, got 1"),
    "two columns": (
        np.array([WORDS, WORDS]).T, "optionValue",
        "`response` 'nominal' needs `y` of one column, got 2",
    ),
    "infinite": (
        [1, 2, 3, np.inf], "nonFinite",
        "`y` must be finite, got 1 infinite value; replace what is infinite",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    y, id_, message = ERRORS[case]
    with pytest.raises(lcodec.LcodecError) as caught:
        lcodec.codec(y, Z, response="nominal")
    assert (caught.value.id, str(caught.value)) == (f"lcodec:{id_}", message)


def test_text_and_categories_need_the_option() -> None:
    for form, what in (
        ("list", "text"), ("series", "text"), ("codes", "categories"), ("ordered", "categories"),
        ("intervals", "categories"),
    ):  # fmt: skip
        for response in (None, "ordered"):
            with pytest.raises(lcodec.LcodecError) as caught:
                lcodec.codec(FORMS[form], Z, response=response)
            assert str(caught.value) == (
                f"`y` must be numeric, got {what}; response='nominal' takes its values as classes"
            )
    with pytest.raises(lcodec.LcodecError) as caught:
        lcodec.codec(ERRORS["arrays"][0], Z)
    assert str(caught.value) == "`y` must be numeric, got a container or object"
    ordered = pd.Series(pd.Categorical([1, 2, 3, 1, 2, 2, 3, 1, 2, 3], ordered=True))
    assert lcodec.codec(ordered, Z, response="ordered") == lcodec.codec(
        ordered.to_numpy(), Z, response="ordered"
    )
