"""Law: MATLAB code and Python return bitwise equal values, and equal errors and warnings."""

from __future__ import annotations

from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity_tests import strategies as data
from parity_tests.conftest import assert_same_bits
from parity_tests.engines import Engine

parity = hypothesis.settings.get_profile("parity")


@parity
@given(draw=st.data(), options=data.codec_options())
def test_codec(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    (z,) = draw.draw(data.tables((1,)))
    y = draw.draw(data.responses_of(z))
    assert_same_bits(engine, "codec", y, z, None, **options)


@parity
@given(draw=st.data(), options=data.codec_options())
def test_conditional_codec(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    z, x = draw.draw(data.tables((1, 0)))
    y = draw.draw(data.responses_of(np.column_stack((x, z))))
    assert_same_bits(engine, "codec", y, z, x, **options)


@parity
@given(draw=st.data(), options=data.foci_options())
def test_foci(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    (table,) = draw.draw(data.tables((1,), max_columns=6))
    y = draw.draw(data.responses_of(table))
    assert_same_bits(engine, "foci", table, y, **options)


@parity
@given(draw=st.data(), options=data.lfoci_options())
def test_lfoci(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    (table,) = draw.draw(data.tables((1,), max_columns=6))
    y = draw.draw(data.responses_of(table))
    assert_same_bits(engine, "lfoci", table, y, **options)


@parity
@given(draw=st.data(), options=data.foci_options())
def test_all_values_on_a_grid(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    """Tie sets of every size: only lattice and binary columns, up to 60 rows."""
    kinds = ("lattice", "binary")
    (table,) = draw.draw(data.tables((2,), max_n=60, kinds=kinds))
    y = draw.draw(data.responses_of(table, kinds))
    assert_same_bits(engine, "foci", table, y, **options)
    assert_same_bits(engine, "codec", y, table[:, :1], table[:, 1:], ties="random", seed=7)


@pytest.mark.parametrize("n", [199, 1000, 3000])
@pytest.mark.parametrize("ties", ["average", "random", "first"])
def test_many_rows(engine: Engine, n: int, ties: str) -> None:
    """Several tiles of rows, discrete and continuous columns."""
    rng = np.random.default_rng(n)
    table = np.column_stack((rng.normal(size=(n, 2)), rng.integers(0, 3, (n, 2))))
    y = table[:, 0] * table[:, 2] + rng.integers(0, 3, n)
    assert_same_bits(engine, "codec", y, table[:, 0], table[:, 1:], ties=ties, seed=2**40 + n)
    assert_same_bits(engine, "foci", table, y, ties=ties, seed=n)


def test_ten_thousand_rows(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    table = rng.normal(size=(10_000, 2))
    assert_same_bits(engine, "codec", table[:, 0] * table[:, 1], table[:, 1], table[:, 0])
