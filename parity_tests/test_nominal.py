"""Law: responses of classes give the same bits, errors and warnings in both languages."""

from __future__ import annotations

from typing import Any

import hypothesis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lcodec
from parity_tests import agreement
from parity_tests import strategies as data
from parity_tests.conftest import OUTPUTS, assert_same_bits, python_reply
from parity_tests.engines import Engine, Expression

parity = hypothesis.settings.get_profile("parity")
NOMINAL: dict[str, Any] = {"response": "nominal"}
WORDS = ["b", "a", "", "b", "a", "a", "ü", "b"]
X = np.column_stack((np.arange(8.0) ** 2 % 11, np.arange(8.0) % 3))


@parity
@given(draw=st.data(), name=st.sampled_from(["codec", "lcodec"]))
def test_coefficients(engine: Engine, draw: st.DataObject, name: str) -> None:
    z, x = draw.draw(data.tables((1, 0), missing=True))
    options = draw.draw(data.options_of(name))
    y = draw.draw(data.classes_of(np.column_stack((x, z))))
    assert_same_bits(engine, name, y, z, x, **options, **NOMINAL)


@parity
@given(draw=st.data(), name=st.sampled_from(["codec_scores", "foci", "lfoci"]))
def test_selection(engine: Engine, draw: st.DataObject, name: str) -> None:
    (table,) = draw.draw(data.tables((1,), max_columns=6, missing=True))
    options = draw.draw(data.options_of(name))
    assert_same_bits(engine, name, table, draw.draw(data.classes_of(table)), **options, **NOMINAL)


@parity
@given(draw=st.data(), ties=st.sampled_from(["average", "first"]), seed=st.integers(0, 2**53 - 1))
def test_inference(engine: Engine, draw: st.DataObject, ties: str, seed: int) -> None:
    z, x = draw.draw(data.tables((1, 0), missing=True))
    y = draw.draw(data.classes_of(np.column_stack((x, z))))
    options = {"n_resamples": draw.draw(st.integers(1, 20)), "ties": ties, "seed": seed}
    assert_same_bits(engine, "codec_test", y, z, x, **options, **NOMINAL)


@pytest.mark.parametrize("n", [199, 2000])
@pytest.mark.parametrize("ties", ["average", "random", "first"])
def test_many_rows(engine: Engine, n: int, ties: str) -> None:
    """Several tiles of rows, discrete and continuous columns."""
    rng = np.random.default_rng(n)
    table = np.column_stack((rng.normal(size=(n, 2)), rng.integers(0, 3, (n, 2))))
    y = (table[:, 0] > 0) + table[:, 2] + rng.integers(0, 2, n)
    options = {"ties": ties, "seed": 2**40 + n, **NOMINAL}
    assert_same_bits(engine, "codec", y, table[:, 0], table[:, 1:], **options)
    assert_same_bits(engine, "codec", y, table[:, 3], None, **options)
    assert_same_bits(engine, "foci", table, y, stop=False, **options)


def test_poor_exchange(engine: Engine) -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(300, 5))
    whole = x.sum(axis=1)
    y = np.digitize(whole + 0.2 * rng.normal(size=300), [-1, 1]).astype(float)
    z = whole + 0.2 * rng.normal(size=300)
    reply = assert_same_bits(engine, "codec_test", y, z, x, n_resamples=20, **NOMINAL)
    assert reply.warning is not None
    assert reply.warning[0] == "lcodec:poorExchange"


# Python value and MATLAB source of the same response.
FORMS: dict[str, tuple[Any, str]] = {
    "text": (WORDS, "{'b'; 'a'; ''; 'b'; 'a'; 'a'; char(252); 'b'}"),
    "truth values": (np.arange(8) > 2, "(0:7)' > 2"),
    "codes": (np.array([3, 7, 3, 3, 7, 1, 1, 1], np.int8), "int8([3; 7; 3; 3; 7; 1; 1; 1])"),
    "big codes": (
        np.array([2**60, 2**60 + 1] * 4), "int64(2)^60 + int64([0; 1; 0; 1; 0; 1; 0; 1])"
    ),
    "a row of text": ("words", "'words'"),
    "text of two columns": ([["a", "b"]] * 8, "repmat({'a', 'b'}, 8, 1)"),
    "rows of text": ([["a", "b", "c"]], "{'a', 'b', 'c'}"),
    "text and numbers": (["a", 1, *"abcdef"], "{'a'; 1; 'a'; 'b'; 'c'; 'd'; 'e'; 'f'}"),
    "missing codes": ([1, 2, np.nan, 1, 2, 1, 2, 1], "[1; 2; NaN; 1; 2; 1; 2; 1]"),
    "few rows of text": (["a", "b"], "{'a'; 'b'}"),
    "other rows of text": (["a", "b", "a"], "{'a'; 'b'; 'a'}"),
    "complex": ([1, 2, 3j, 1, 2, 1, 2, 1], "[1; 2; 3i; 1; 2; 1; 2; 1]"),
    "an object": ({"a": 1}, "struct('a', 1)"),
}  # fmt: skip


@pytest.mark.parametrize("response", ["nominal", "ordered", None])
@pytest.mark.parametrize("form", FORMS)
def test_forms(engine: Engine, form: str, response: str | None) -> None:
    """Text and codes, and what is none, are read alike; with the option and without it."""
    value, source = FORMS[form]
    for name, arguments, theirs in (
        ("codec", (value, X), (Expression(source), X)),
        ("foci", (X, value), (X, Expression(source))),
    ):
        if (name, form) == ("foci", "a row of text"):
            continue  # the name of a column
        python = python_reply(name, arguments, {"response": response})
        pairs = ("response", response) if name == "foci" else (None, "response", response)
        other = engine.call(name, *theirs, *pairs, outputs=OUTPUTS.get(name, 1))
        agreement.compare(name, python, other)


def test_a_named_column(engine: Engine) -> None:
    """Python alone has tables of text here; its bits are those of a response beside the table."""
    table = pd.DataFrame({"a": X[:, 0], "kind": WORDS, "b": X[:, 1]})
    named = lcodec.foci(table, "kind", stop=False, **NOMINAL)
    plain = assert_same_bits(
        engine, "foci", X, np.unique(WORDS, return_inverse=True)[1].astype(float), stop=False,
        **NOMINAL,
    )  # fmt: skip
    assert named.scores.tolist() == plain.values[1].ravel().tolist()
