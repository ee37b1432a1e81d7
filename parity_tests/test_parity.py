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
@given(draw=st.data(), options=data.options_of("codec"))
def test_codec(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    z, x = draw.draw(data.tables((1, 0), missing=True))
    y = draw.draw(data.responses_of(np.column_stack((x, z))))
    assert_same_bits(engine, "codec", y, z, x, **options)


@parity
@given(draw=st.data(), options=data.options_of("lcodec"))
def test_lcodec(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    z, x = draw.draw(data.tables((1, 0), missing=True))
    y = draw.draw(data.responses_of(np.column_stack((x, z))))
    assert_same_bits(engine, "lcodec", y, z, x, **options)


@parity
@given(draw=st.data(), options=data.options_of("codec_scores"))
def test_codec_scores(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    (table,) = draw.draw(data.tables((1,), max_columns=6, missing=True))
    y = draw.draw(data.responses_of(table))
    assert_same_bits(engine, "codec_scores", table, y, **data.fitted(options, table))


@parity
@given(draw=st.data(), options=data.options_of("foci"))
def test_foci(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    (table,) = draw.draw(data.tables((1,), max_columns=6, missing=True))
    y = draw.draw(data.responses_of(table))
    assert_same_bits(engine, "foci", table, y, **data.fitted(options, table))


@hypothesis.settings(parity, max_examples=max(10, parity.max_examples // 10))
@given(
    draw=st.data(),
    options=data.options_of("foci_stability"),
    fraction=st.sampled_from([0.2, 0.5, 0.5, 0.77]),
    n_exchanges=st.integers(1, 9),
    as_drawn=st.sampled_from([True, False, False, False]),
)
def test_foci_stability(
    engine: Engine, draw: st.DataObject, options: dict[str, Any], fraction: float,
    n_exchanges: int, as_drawn: bool,
) -> None:  # fmt: skip
    """Subsamples of 10 rows or more; many options are too large for fewer rows than 60."""
    (table,) = draw.draw(data.tables((1,), min_n=20, max_n=60, missing=True))
    y = draw.draw(data.responses_of(table))
    if not as_drawn:
        options = data.allowed(data.fitted(options, table), int(fraction * len(y)))
    options |= {
        "n_resamples": options["n_resamples"] % 3 + 1,
        "fraction": fraction,
        "n_exchanges": n_exchanges,
    }
    assert_same_bits(engine, "foci_stability", table, y, **options)


@parity
@given(draw=st.data(), options=data.options_of("lfoci"))
def test_lfoci(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    (table,) = draw.draw(data.tables((1,), max_columns=6, missing=True))
    y = draw.draw(data.responses_of(table))
    assert_same_bits(engine, "lfoci", table, y, **data.fitted(options, table))


@parity
@given(draw=st.data(), options=data.options_of("foci_graph"))
def test_foci_graph(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    (table,) = draw.draw(data.tables((1,), max_columns=4, missing=True))
    assert_same_bits(engine, "foci_graph", table, **options)


@parity
@given(draw=st.data(), options=data.options_of("foci"))
def test_all_values_on_a_grid(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    """Tie sets of every size: only lattice and binary columns, up to 60 rows."""
    kinds = ("lattice", "binary")
    (table,) = draw.draw(data.tables((2,), max_n=60, kinds=kinds))
    y = draw.draw(data.responses_of(table, kinds))
    assert_same_bits(engine, "foci", table, y, **data.fitted(options, table))
    assert_same_bits(engine, "codec", y, table[:, :1], table[:, 1:], ties="random", seed=7)
    k = data.allowed(options, len(y)).get("n_neighbors", 1)
    random = {"ties": "random", "seed": 7, "n_neighbors": k}
    assert_same_bits(engine, "codec", y, table[:, :1], table[:, 1:], **random)


@parity
@given(draw=st.data(), options=data.options_of("foci"))
def test_order_of_columns(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    """Multiples of 0.1 in four columns: other orders of adding squares find other neighbours."""
    (table,) = draw.draw(data.tables((5,), max_n=60, max_columns=5, kinds=("tenths",)))
    y = draw.draw(data.responses_of(table))
    assert_same_bits(engine, "foci", table, y, **{"stop": False, **data.fitted(options, table)})
    assert_same_bits(engine, "codec", y, table[:, :1], table[:, 1:4])


@pytest.mark.parametrize("n", [199, 1000, 3000])
@pytest.mark.parametrize("ties", ["average", "random", "first"])
def test_many_rows(engine: Engine, n: int, ties: str) -> None:
    """Several tiles of rows, discrete and continuous columns."""
    rng = np.random.default_rng(n)
    table = np.column_stack((rng.normal(size=(n, 2)), rng.integers(0, 3, (n, 2))))
    y = table[:, 0] * table[:, 2] + rng.integers(0, 3, n)
    assert_same_bits(engine, "codec", y, table[:, 0], table[:, 1:], ties=ties, seed=2**40 + n)
    assert_same_bits(engine, "foci", table, y, ties=ties, seed=n)


@pytest.mark.parametrize("n", [199, 2500])
@pytest.mark.parametrize(("ties", "k"), [("average", 10), ("random", 3), ("first", 130)])
def test_many_neighbors(engine: Engine, n: int, ties: str, k: int) -> None:
    """Stretches, lists, boxes and cells of K nearest rows, and larger masses of equal ones."""
    rng = np.random.default_rng(n)
    table = np.column_stack((rng.normal(size=(n, 2)), rng.integers(0, 3, (n, 2))))
    table[: n // 3, 0] = 0.5
    y = table[:, 0] * table[:, 2] + rng.integers(0, 3, n)
    options = {"ties": ties, "n_neighbors": k, "seed": n}
    assert_same_bits(engine, "codec", y, table[:, 1], table[:, [0, 2, 3]], **options)
    assert_same_bits(engine, "foci", table, y, **options)


@pytest.mark.parametrize("name", ["foci", "lfoci"])
@pytest.mark.parametrize("options", [{"n_jobs": 1}, {"n_jobs": -1, "memory_limit": 2**20}])
def test_resources(engine: Engine, name: str, options: dict[str, Any]) -> None:
    """Neither threads nor memory change a bit, in either language."""
    rng = np.random.default_rng(7)
    table = np.column_stack((rng.normal(size=(2000, 4)), rng.integers(0, 3, (2000, 2))))
    y = table[:, 0] * table[:, 4] + table[:, 1] + 0.1 * rng.normal(size=2000)
    usual = assert_same_bits(engine, name, table, y)
    bounded = assert_same_bits(engine, name, table, y, **options)
    assert usual.values[1].tobytes() == bounded.values[1].tobytes()


def test_ten_thousand_rows(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    table = rng.normal(size=(10_000, 2))
    assert_same_bits(engine, "codec", table[:, 0] * table[:, 1], table[:, 1], table[:, 0])
