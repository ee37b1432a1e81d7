"""Law: a response of several columns gives the same bits, errors and warnings in both languages."""

from __future__ import annotations

from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity_tests import agreement
from parity_tests import strategies as data
from parity_tests.conftest import assert_same_bits, python_reply
from parity_tests.engines import Engine, Expression

parity = hypothesis.settings.get_profile("parity")

Y = np.column_stack((np.arange(8.0) ** 2 % 11, np.arange(8.0) % 3))
Z = np.column_stack((np.arange(8.0), Y[:, 0] % 2))


@st.composite
def responses(draw: st.DrawFn, table: np.ndarray) -> np.ndarray:
    """A response (n, 2) or (n, 3), each column free or a function of the table."""
    columns = [draw(data.responses_of(table)) for _ in range(draw(st.integers(2, 3)))]
    return np.column_stack(columns)


@parity
@given(draw=st.data(), options=data.options_of("codec"))
def test_codec(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    z, x = draw.draw(data.tables((1, 0), missing=True))
    y = draw.draw(responses(np.column_stack((x, z))))
    assert_same_bits(engine, "codec", y, z, x, **options)


@pytest.mark.parametrize("name", ["codec_scores", "foci", "lfoci"])
def test_selection(engine: Engine, name: str) -> None:
    @parity
    @given(draw=st.data(), options=data.options_of(name))
    def law(draw: st.DataObject, options: dict[str, Any]) -> None:
        (table,) = draw.draw(data.tables((1,), max_columns=6, missing=True))
        y = draw.draw(responses(table))
        if options.get("stop") == "test":  # refused
            options["stop"] = True
        assert_same_bits(engine, name, table, y, **data.fitted(options, table))

    law()


@hypothesis.settings(parity, max_examples=max(10, parity.max_examples // 10))
@given(draw=st.data(), n_resamples=st.integers(1, 3), n_neighbors=st.sampled_from([1, 2, 5]))
def test_stability(engine: Engine, draw: st.DataObject, n_resamples: int, n_neighbors: int) -> None:
    (table,) = draw.draw(data.tables((1,), missing=True, min_n=20))
    y = draw.draw(responses(table))
    options = {"n_resamples": n_resamples, "n_neighbors": n_neighbors, "missing": "drop"}
    assert_same_bits(engine, "foci_stability", table, y, **options)


@pytest.mark.parametrize("n", [199, 2000])
def test_many_rows(engine: Engine, n: int) -> None:
    """Several tiles of rows, discrete and continuous columns, lists and groups."""
    rng = np.random.default_rng(n)
    table = np.column_stack((rng.normal(size=(n, 3)), rng.integers(0, 3, (n, 2))))
    y = np.column_stack((table[:, 0] * table[:, 3], rng.integers(0, 3, n), table[:, 1])) + 0.5
    y[:, 2] += 0.1 * rng.normal(size=n)
    for ties in ("average", "random"):
        assert_same_bits(engine, "codec", y, table[:, 0], table[:, 1:], ties=ties, seed=n)
        assert_same_bits(engine, "foci", table, y, ties=ties, seed=n, stop=False)
        if n < 1000:
            several = {"ties": ties, "seed": n, "n_neighbors": 5}
            assert_same_bits(engine, "codec", y, table[:, 0], table[:, 1:], **several)
            assert_same_bits(engine, "foci", table, y, stop=False, **several)
    memory = 2**20 if n < 1000 else 2**23
    assert_same_bits(engine, "foci", table, y, memory_limit=memory, given=[2, 4])


@pytest.mark.parametrize("ties", ["average", "random"])
@pytest.mark.parametrize("k", [1, 4])
def test_groups(engine: Engine, ties: str, k: int) -> None:
    rng = np.random.default_rng(3)
    table = np.column_stack((rng.normal(size=(60, 3)), rng.integers(0, 3, (60, 3))))
    y = np.column_stack((table[:, 0] * table[:, 3], table[:, 1] + table[:, 4]))
    groups = Expression("{[4, 5], [1, 2]}")
    for name, outputs in (("foci", 3), ("codec_scores", 1)):
        options = {"ties": ties, "groups": [[3, 4], [0, 1]], "n_neighbors": k}
        python = python_reply(name, (table, y), options)
        given = ("ties", ties, "groups", groups, "n_neighbors", k)
        other = engine.call(name, table, y, *given, outputs=outputs)
        assert python.error is None
        agreement.compare(name, python, other)


def test_classes_are_one_column(engine: Engine) -> None:
    for name, arguments in (("codec", (Y, Z, None)), ("foci", (Z, Y)), ("lfoci", (Z, Y))):
        reply = assert_same_bits(engine, name, *arguments, response="nominal")
        assert reply.error is not None
        assert reply.error[0] == "lcodec:optionValue"


def test_steps_with_a_test_have_one_response(engine: Engine) -> None:
    for name in ("foci", "foci_stability"):
        reply = assert_same_bits(engine, name, Z, Y, stop="test")
        assert reply.error == ("lcodec:optionValue", "`stop` 'test' needs `y` of one column, got 2")


ERRORS: dict[str, tuple[str, str, tuple[Any, ...]]] = {
    "rows": ("sizeMismatch", "codec", (Y, Z[:5], None)),
    "two rows": ("tooFewRows", "codec", (Y[:2], Z[:2], None)),
    "one row": ("notVector", "codec", (Y[:1], Z[:1], None)),
    "rows of foci": ("sizeMismatch", "foci", (Z, Y[:5])),
    "transposed": ("sizeMismatch", "foci", (Z, Y.T)),
    "NaN": ("nonFinite", "codec", (Y + np.array([0, np.nan]), Z, None)),
    "infinite": ("nonFinite", "foci", (Z, Y + np.array([0, np.inf]))),
    "complex": ("complexInput", "codec", (Y + 1j, Z, None)),
    "scale": ("badScale", "codec", (Y * [1e200, 1], Z, None)),
    "scale of foci": ("badScale", "foci", (Z, Y * [1e-200, 1])),
    "sum overflows": ("badScale", "codec", (Y * [1.0e153, 1], Z * 1.8e153, None)),
    "codec_test": ("notVector", "codec_test", (Y, Z, None)),
    "codec_tests": ("notVector", "codec_tests", (Z, Y, None)),
    "codec_interval": ("notVector", "codec_interval", (Y, Z, None)),
    "lcodec": ("notVector", "lcodec", (Y, Z, None)),
    "xi": ("notVector", "xi", (Z[:, 0], Y)),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(engine: Engine, case: str) -> None:
    id_, name, arguments = ERRORS[case]
    reply = assert_same_bits(engine, name, *arguments)
    assert reply.error is not None
    assert reply.error[0] == f"lcodec:{id_}"


@pytest.mark.parametrize("name", ["codec", "codec_scores", "foci", "lfoci", "foci_stability"])
def test_constant_columns(engine: Engine, name: str) -> None:
    y = np.column_stack((Y[:, 0], np.ones(8), np.zeros(8)))
    arguments = (y, Z, None) if name == "codec" else (Z, y)
    if name == "foci_stability":  # of subsamples of 10 rows or more
        arguments = np.tile(Z, (3, 1)), np.tile(y, (3, 1))
    reply = assert_same_bits(engine, name, *arguments)
    assert reply.warning is not None
    assert reply.warning[0] == "lcodec:constantResponse"
    assert reply.warning[1].endswith("(counting from 1): 2, 3")


def test_determined(engine: Engine) -> None:
    """X determines both columns of y; all rows are twice there."""
    x = np.repeat(np.arange(6.0), 2)
    y = np.column_stack((x**2 % 7, x % 2))
    for name, arguments in (("codec", (y, x[::-1], x)), ("codec_scores", (x, y))):
        options = {"given": [0]} if name == "codec_scores" else {}
        reply = assert_same_bits(engine, name, *arguments, **options)
        assert reply.warning is not None
        assert reply.warning[0] == "lcodec:determinedResponse"
    reply = assert_same_bits(engine, "foci", np.column_stack((x, x[::-1])), y)
    assert reply.values[2]["stop_reason"] == "determined"
