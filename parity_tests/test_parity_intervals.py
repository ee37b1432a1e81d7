"""Law: `codec_interval` and `xi_interval` give the same bits, errors and warnings in both."""

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

Y = np.arange(20.0) ** 2 % 11
Z = np.column_stack((np.arange(20.0), Y % 3))


@parity
@given(draw=st.data(), options=data.options_of("codec_interval"))
def test_codec_interval(engine: Engine, draw: st.DataObject, options: dict[str, Any]) -> None:
    z, x = draw.draw(data.tables((1, 0), missing=True, min_n=9))
    y = draw.draw(data.responses_of(np.column_stack((x, z))))
    options.setdefault("n_resamples", 7)
    assert_same_bits(engine, "codec_interval", y, z, x, **options)


@parity
@given(
    draw=st.data(),
    options=data.options_of("xi_interval"),
    ties=st.sampled_from(["average", "random"]),
)
def test_xi_interval(
    engine: Engine, draw: st.DataObject, options: dict[str, Any], ties: str
) -> None:
    (table,) = draw.draw(data.tables((1,), max_n=60, max_columns=1, missing=True, min_n=9))
    y = draw.draw(data.responses_of(table))
    options.setdefault("n_resamples", 7)
    assert_same_bits(engine, "xi_interval", table[:, 0], y, ties=ties, **options)


def test_classes_and_several_neighbours(engine: Engine) -> None:
    options = {"response": "nominal", "n_neighbors": 3, "n_resamples": 9, "missing": "drop"}
    y = np.array([*Y[:19] % 3, np.nan])
    for x in (None, Z[:, 0] // 3):
        reply = assert_same_bits(engine, "codec_interval", y, Z, x, **options)
        assert reply.error is None
    for k in (10, 1024):  # of subsamples of 10 rows
        reply = assert_same_bits(
            engine, "codec_interval", y, Z, None, **options | {"n_neighbors": k}
        )
        assert reply.error is not None
        assert reply.error[0] == "lcodec:optionRange"


@pytest.mark.parametrize("n", [256, 2500])
def test_many_rows(engine: Engine, n: int) -> None:
    """Several blocks of subsamples; 256^(3/4) is a whole number."""
    rng = np.random.default_rng(n)
    x, z = rng.normal(size=n), rng.integers(0, 40, (n, 2))
    y = x + rng.integers(0, 3, n)
    options = {"n_resamples": 100, "seed": 2**40 + n}
    reply = assert_same_bits(engine, "codec_interval", y, z, x, **options)
    assert reply.values[0]["m"] == {256: 64, 2500: 353}[n]
    assert_same_bits(engine, "xi_interval", z[:, 0], y, **options)


ERRORS: dict[str, tuple[str, str, tuple[Any, ...], dict[str, Any]]] = {
    "level 0": ("optionRange", "codec_interval", (Y, Z, None), {"level": 0}),
    "level 1": ("optionRange", "xi_interval", (Y, Y), {"level": 1}),
    "level NaN": ("optionRange", "codec_interval", (Y, Z, None), {"level": np.nan}),
    "level text": ("optionType", "codec_interval", (Y, Z, None), {"level": "95 %"}),
    "level true": ("optionType", "xi_interval", (Y, Y), {"level": True}),
    "n_resamples 1": ("optionRange", "codec_interval", (Y, Z, None), {"n_resamples": 1}),
    "n_resamples 2.5": ("optionType", "xi_interval", (Y, Y), {"n_resamples": 2.5}),
    "size 9": ("optionRange", "codec_interval", (Y, Z, None), {"subsample_size": 9}),
    "size n": ("optionRange", "xi_interval", (Y, Y), {"subsample_size": 20}),
    "size 10.5": ("optionType", "codec_interval", (Y, Z, Y), {"subsample_size": 10.5}),
    "rows": ("tooFewRows", "codec_interval", (Y[:10], Z[:10], None), {}),
    "rows of xi": ("tooFewRows", "xi_interval", (Y[:10], Y[:10]), {"subsample_size": 10}),
    "rows of x": ("sizeMismatch", "codec_interval", (Y, Z, Y[:10]), {}),
    "scale": ("badScale", "codec_interval", (Y, Z * 1e200, None), {}),
    "unknown": ("unknownOption", "codec_interval", (Y, Z, None), {"confidence": 0.9}),
    "unknown m": ("unknownOption", "xi_interval", (Y, Y), {"m": 12}),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(engine: Engine, case: str) -> None:
    id_, name, arguments, options = ERRORS[case]
    reply = assert_same_bits(engine, name, *arguments, **options)
    assert reply.error is not None
    assert reply.error[0] == f"lcodec:{id_}"


def test_matlab_only_mistakes(engine: Engine) -> None:
    assert engine.call("xi_interval", Y).error == (
        "lcodec:missingInput",
        "xi_interval needs `x` and `y`: xi_interval(x, y)",
    )
    assert engine.call("codec_interval", Y).error == (
        "lcodec:missingInput",
        "codec_interval needs `y` and `z`: codec_interval(y, z) or codec_interval(y, z, x)",
    )


@pytest.mark.parametrize(
    ("id_", "y", "used"),
    [
        ("constantResponse", np.ones(20), 0),
        ("determinedResponse", Z[:, 0] // 2, 0),
        ("undefinedSubsamples", (Y == 0) * 1.0, None),
    ],
)
def test_undefined(engine: Engine, id_: str, y: np.ndarray, used: int | None) -> None:
    options = {"n_resamples": 30, "subsample_size": 10}
    reply = assert_same_bits(engine, "codec_interval", y, Z, Z[:, 0] // 2, **options)
    assert reply.warning is not None
    assert reply.warning[0] == f"lcodec:{id_}"
    got = reply.values[0]["used"]
    assert got == used if used is not None else 0 < got < 30
