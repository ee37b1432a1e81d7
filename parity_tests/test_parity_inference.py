"""Law: `xi` and `codec_test` give the same bits, errors and warnings in MATLAB code and Python."""

from __future__ import annotations

from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcodec.random.normal import upper_tail
from parity_tests import strategies as data
from parity_tests.conftest import assert_same_bits
from parity_tests.engines import Engine

parity = hypothesis.settings.get_profile("parity")

TEST_OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "ties": st.sampled_from(["average", "first"]),
    "shuffle_neighbors": st.integers(1, 12),
    "standardize": st.sampled_from([None, "none", "std", "range"]),
    "seed": st.integers(0, 2**53 - 1),
    "missing": st.sampled_from(["refuse", "drop"]),
}
Y = np.arange(8.0) ** 2 % 11
Z = np.column_stack((np.arange(8.0), Y % 3))


@parity
@given(
    draw=st.data(),
    ties=st.sampled_from(["average", "random"]),
    seed=st.integers(0, 2**53 - 1),
    missing=st.sampled_from(["refuse", "drop"]),
)
def test_xi(engine: Engine, draw: st.DataObject, ties: str, seed: int, missing: str) -> None:
    (table,) = draw.draw(data.tables((1,), max_n=60, max_columns=1, missing=True))
    y = draw.draw(data.responses_of(table))
    assert_same_bits(engine, "xi", table[:, 0], y, ties=ties, seed=seed, missing=missing)


@parity
@given(
    draw=st.data(),
    n_resamples=st.integers(1, 30),
    options=st.fixed_dictionaries({}, optional=TEST_OPTIONS),
)
def test_codec_test(
    engine: Engine, draw: st.DataObject, n_resamples: int, options: dict[str, Any]
) -> None:
    z, x = draw.draw(data.tables((1, 0), missing=True))
    y = draw.draw(data.responses_of(np.column_stack((x, z))))
    assert_same_bits(engine, "codec_test", y, z, x, n_resamples=n_resamples, **options)


@parity
@given(draw=st.data())
def test_asymptotic(engine: Engine, draw: st.DataObject) -> None:
    z, x = draw.draw(data.tables((1, 0), max_columns=1, kinds=("continuous", "scaled", "tenths")))
    y = draw.draw(data.responses_of(z, ("continuous",)))
    assert_same_bits(engine, "codec_test", y, z, x[:, :0], method="asymptotic")


@pytest.mark.parametrize("n", [199, 1500])
def test_many_rows(engine: Engine, n: int) -> None:
    """Several blocks of resamples, lists and groups of tied rows."""
    rng = np.random.default_rng(n)
    x, z = rng.normal(size=n), rng.integers(0, 40, (n, 2))
    y = x + rng.integers(0, 3, n)
    options = {"n_resamples": 400 if n < 1000 else 20, "seed": 2**40 + n}
    assert_same_bits(engine, "codec_test", y, x, None, **options)
    assert_same_bits(engine, "codec_test", y, z, None, **options)
    assert_same_bits(engine, "codec_test", y, z, x, **options)
    assert_same_bits(engine, "codec_test", y, x, z[:, 0], **options)
    for table in (x, z[:, 0]):
        assert_same_bits(engine, "xi", table, y)
        assert_same_bits(engine, "xi", table, y, ties="random", seed=n)


def test_xi_of_many_rows(engine: Engine) -> None:
    """Sums over pairs that exceed 2^53."""
    x = np.arange(600_000.0) % 2
    y = np.arange(600_000.0) ** 2 % 1_000_003
    assert_same_bits(engine, "xi", x, y)


def test_upper_tail(engine: Engine) -> None:
    """Through `codec_test`, whose p-value it is, for statistics of every size."""
    for n in (20, 200, 3000):
        z = np.arange(float(n)) * 1.1
        for noise in (0.0, 0.1, 1.0, 10.0):
            y = z + noise * n * np.random.default_rng(n).random(n)
            reply = assert_same_bits(engine, "codec_test", y, z, None, method="asymptotic")
            statistic = float(reply.values[0][0, 0])
            assert reply.values[1] == upper_tail(statistic / np.sqrt(16 / 15 / n))


ERRORS: dict[str, tuple[str, str, tuple[Any, ...], dict[str, Any]]] = {
    "xi: rows": ("sizeMismatch", "xi", (Y, Y[:5]), {}),
    "xi: a matrix": ("notVector", "xi", (Z, Y), {}),
    "xi: ties": ("optionValue", "xi", (Y, Y), {"ties": "first"}),
    "xi: seed": ("optionRange", "xi", (Y, Y), {"seed": -1}),
    "xi: unknown": ("unknownOption", "xi", (Y, Y), {"tie": "random"}),
    "rows": ("sizeMismatch", "codec_test", (Y, Z[:5], None), {}),
    "NaN in x": ("nonFinite", "codec_test", (Y, Z, Y * np.nan), {}),
    "scale": ("badScale", "codec_test", (Y, Z * 1e200, None), {}),
    "ties": ("optionValue", "codec_test", (Y, Z, None), {"ties": "random"}),
    "no such method": ("optionValue", "codec_test", (Y, Z, None), {"method": "bootstrap"}),
    "method as number": ("optionValue", "codec_test", (Y, Z, None), {"method": 3}),
    "permutation, x": ("optionValue", "codec_test", (Y, Z, Y), {"method": "permutation"}),
    "local, no x": ("optionValue", "codec_test", (Y, Z, None), {"method": "local_permutation"}),
    "asymptotic, x": ("optionValue", "codec_test", (Y, Y, Y), {"method": "asymptotic"}),
    "asymptotic, z": ("optionValue", "codec_test", (Y, Z, None), {"method": "asymptotic"}),
    "asymptotic, ties in y": (
        "optionValue", "codec_test", (Y // 2, Y, None), {"method": "asymptotic"},
    ),
    "asymptotic, ties in z": (
        "optionValue", "codec_test", (np.arange(8.0), Y // 2, None), {"method": "asymptotic"},
    ),
    "n_resamples 0": ("optionRange", "codec_test", (Y, Z, None), {"n_resamples": 0}),
    "n_resamples 2.5": ("optionType", "codec_test", (Y, Z, None), {"n_resamples": 2.5}),
    "shuffle_neighbors 0": ("optionRange", "codec_test", (Y, Z, Y), {"shuffle_neighbors": 0}),
    "unknown": ("unknownOption", "codec_test", (Y, Z, None), {"n_resample": 9}),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_errors(engine: Engine, case: str) -> None:
    id_, name, arguments, options = ERRORS[case]
    reply = assert_same_bits(engine, name, *arguments, **options)
    assert reply.error is not None
    assert reply.error[0] == f"lcodec:{id_}"


def test_matlab_only_mistakes(engine: Engine) -> None:
    assert engine.call("xi", Y).error == ("lcodec:missingInput", "xi needs `x` and `y`: xi(x, y)")
    assert engine.call("codec_test", Y).error == (
        "lcodec:missingInput",
        "codec_test needs `y` and `z`: codec_test(y, z) or codec_test(y, z, x)",
    )


@pytest.mark.parametrize(
    ("id_", "y"), [("constantResponse", np.ones(8)), ("determinedResponse", Z[:, 0] // 2)]
)
def test_undefined(engine: Engine, id_: str, y: np.ndarray) -> None:
    reply = assert_same_bits(engine, "codec_test", y, Z, Z[:, 0] // 2)
    assert reply.warning is not None
    assert reply.warning[0] == f"lcodec:{id_}"
    assert np.isnan(reply.values[0])
    assert np.isnan(reply.values[1])


@pytest.mark.parametrize("n", [60, 1500])
def test_poor_exchange(engine: Engine, n: int) -> None:
    """Five columns determine y and, of the columns of z, the second one."""
    rng = np.random.default_rng(n)
    x, noise = rng.normal(size=(n, 5)), rng.normal(size=(3, n))
    y = x.sum(axis=1) + 0.2 * noise[0]
    z = np.column_stack((noise[2], x.sum(axis=1) + 0.2 * noise[1]))
    reply = assert_same_bits(engine, "codec_test", y, z, x, n_resamples=30, seed=2**40 + n)
    assert reply.warning is not None
    assert reply.warning[0] == "lcodec:poorExchange"
    assert assert_same_bits(engine, "codec_test", y, z[:, 0], x, n_resamples=9).warning is None
