"""Law: `xi` and the tests give the same bits, errors and warnings in MATLAB code and Python."""

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
    "max_exceedances": st.sampled_from([None, 1, 2, 5, 40]),
    "shuffle_neighbors": st.integers(1, 12),
    "n_neighbors": data.OPTIONS["n_neighbors"],
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
@given(
    draw=st.data(),
    n_resamples=st.integers(1, 30),
    options=st.fixed_dictionaries({}, optional=TEST_OPTIONS),
)
def test_codec_tests(
    engine: Engine, draw: st.DataObject, n_resamples: int, options: dict[str, Any]
) -> None:
    z, x = draw.draw(data.tables((1, 0), missing=True))
    y = draw.draw(data.responses_of(np.column_stack((x, z))))
    assert_same_bits(engine, "codec_tests", z, y, x, n_resamples=n_resamples, **options)


@parity
@given(
    draw=st.data(),
    n_resamples=st.integers(1, 30),
    options=st.fixed_dictionaries(
        {},
        optional={
            name: values
            for name, values in TEST_OPTIONS.items()
            if name not in ("shuffle_neighbors", "standardize")
        },
    ),
)
def test_codec_matrix(
    engine: Engine, draw: st.DataObject, n_resamples: int, options: dict[str, Any]
) -> None:
    (table,) = draw.draw(data.tables((1,), missing=True))
    assert_same_bits(engine, "codec_matrix", table, n_resamples=n_resamples, **options)


@parity
@given(draw=st.data())
def test_asymptotic(engine: Engine, draw: st.DataObject) -> None:
    z, x = draw.draw(data.tables((1, 0), max_columns=1, kinds=("continuous", "scaled", "tenths")))
    y = draw.draw(data.responses_of(z, ("continuous",)))
    assert_same_bits(engine, "codec_test", y, z, x[:, :0], method="asymptotic")


@parity
@given(
    draw=st.data(),
    k=st.sampled_from([1, 2, 5]),
    options=st.fixed_dictionaries(
        {},
        optional={
            "ties": st.sampled_from(["average", "first"]),
            "standardize": st.sampled_from([None, "std", "range"]),
            "response": st.sampled_from(["ordered", "nominal"]),
        },
    ),
)
def test_moments(engine: Engine, draw: st.DataObject, k: int, options: dict[str, Any]) -> None:
    (z,) = draw.draw(data.tables((1,)))
    y = draw.draw(data.responses_of(z))
    if options.get("response") == "nominal":
        y = np.unique(y, return_inverse=True)[1] // 2
    k = min(k, len(y) - 1)
    assert_same_bits(engine, "codec_test", y, z, None, method="moments", n_neighbors=k, **options)


@pytest.mark.parametrize("ties", ["average", "first"])
def test_moments_of_many_rows(engine: Engine, ties: str) -> None:
    rng = np.random.default_rng(5)
    z = np.round(rng.normal(size=(3000, 2)), 1)
    y = z[:, 0] + rng.integers(0, 30, 3000)
    for table, k in ((z, 1), (z[:, 0] > 0, 7), (z + 0.01 * rng.random((3000, 2)), 4)):
        reply = assert_same_bits(
            engine, "codec_test", y, table * 1.0, None, n_neighbors=k, ties=ties, method="moments"
        )
        assert np.isfinite(reply.values[2]["z"])


@pytest.mark.parametrize("n", [199, 1500])
def test_many_rows(engine: Engine, n: int) -> None:
    """Several blocks of resamples, lists and groups of tied rows."""
    rng = np.random.default_rng(n)
    x, z = rng.normal(size=n), rng.integers(0, 40, (n, 2))
    y = x + rng.integers(0, 3, n)
    options = {"n_resamples": 400 if n < 1000 else 20, "seed": 2**40 + n}
    permuted = {"method": "permutation", **options}
    assert_same_bits(engine, "codec_test", y, x, None, **permuted)
    assert_same_bits(engine, "codec_test", y, z, None, **permuted)
    assert_same_bits(engine, "codec_test", y, z, x, **options)
    assert_same_bits(engine, "codec_test", y, x, z[:, 0], **options)
    options["max_exceedances"] = 7
    assert_same_bits(engine, "codec_tests", np.column_stack((z, y % 5)), y, x, **options)
    assert_same_bits(engine, "codec_matrix", np.column_stack((z, y, x)), **options)
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
    "moments, x": ("optionValue", "codec_test", (Y, Z, Y), {"method": "moments"}),
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
    "max_exceedances 0": ("optionRange", "codec_test", (Y, Z, None), {"max_exceedances": 0}),
    "max_exceedances text": ("optionType", "codec_test", (Y, Z, None), {"max_exceedances": "h"}),
    "asymptotic, K": (
        "optionValue", "codec_test", (np.arange(8.0), np.arange(8.0), None),
        {"method": "asymptotic", "n_neighbors": 2},
    ),
    "tests: rows": ("sizeMismatch", "codec_tests", (Z[:5], Y, None), {}),
    "tests: NaN": ("nonFinite", "codec_tests", (Z * np.nan, Y, None), {}),
    "tests: scale": ("badScale", "codec_tests", (Z * [1, 1e200], Y, Y), {}),
    "tests: K": ("optionRange", "codec_tests", (Z, Y, None), {"n_neighbors": 8}),
    "tests: asymptotic, x": ("optionValue", "codec_tests", (Z, Y, Y), {"method": "asymptotic"}),
    "tests: asymptotic, ties": (
        "optionValue", "codec_tests", (Z, np.arange(8.0), None), {"method": "asymptotic"},
    ),
    "tests: unknown": ("unknownOption", "codec_tests", (Z, Y, None), {"n_resample": 9}),
    "matrix: local": ("optionValue", "codec_matrix", (Z,), {"method": "local_permutation"}),
    "matrix: asymptotic": ("optionValue", "codec_matrix", (Z,), {"method": "asymptotic"}),
    "matrix: standardize": ("unknownOption", "codec_matrix", (Z,), {"standardize": "std"}),
    "matrix: scale": ("badScale", "codec_matrix", (Z * [1, 1e200],), {}),
    "matrix: K": ("optionRange", "codec_matrix", (Z,), {"n_neighbors": 8}),
    "n_neighbors 0": ("optionRange", "codec_test", (Y, Z, None), {"n_neighbors": 0}),
    "n_neighbors 1025": ("optionRange", "codec_test", (Y, Z, None), {"n_neighbors": 1025}),
    "n_neighbors 8": ("optionRange", "codec_test", (Y, Z, Y), {"n_neighbors": 8}),
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
    assert engine.call("codec_tests", Y).error == (
        "lcodec:missingInput",
        "codec_tests needs `Z` and `y`: codec_tests(Z, y) or codec_tests(Z, y, x)",
    )
    assert engine.call("codec_matrix").error == (
        "lcodec:missingInput", "codec_matrix needs `X`: codec_matrix(X)"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("id_", "y"), [("constantResponse", np.ones(8)), ("determinedResponse", Z[:, 0] // 2)]
)
def test_undefined(engine: Engine, id_: str, y: np.ndarray) -> None:
    reply = assert_same_bits(engine, "codec_test", y, Z, Z[:, 0] // 2)
    assert reply.warning is not None
    assert reply.warning[0] == f"lcodec:{id_}"
    assert np.isnan(reply.values[0])
    assert np.isnan(reply.values[1])
    reply = assert_same_bits(engine, "codec_tests", Z, y, Z[:, 0] // 2)
    assert reply.warning is not None
    assert reply.warning[0] == f"lcodec:{id_}"
    assert np.isnan(reply.values[0]).all()
    assert np.isnan(reply.values[1]).all()


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
    reply = assert_same_bits(engine, "codec_tests", z, y, x, n_resamples=30, seed=2**40 + n)
    assert reply.warning is not None
    assert "in `Z`; use residuals of `y` and `Z` on `x`" in reply.warning[1]
