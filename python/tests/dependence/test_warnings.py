"""Warnings that tell of data which make a result mean something else, and data that are refused."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import lcodec

I = np.arange(300)  # noqa: E741
EXPECTED = lcodec.codec(I, I)


def ids(call: Callable[[], Any]) -> list[str]:
    """The ids of the warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(getattr(one.message, "id", one.message)) for one in caught]


# --- class codes ---------------------------------------------------------------------------------

CALLS: dict[str, Callable[..., Any]] = {
    "codec": lambda X, y, **o: lcodec.codec(y, X, **o),
    "lcodec": lambda X, y, **o: lcodec.lcodec(y, X, **o),
    "codec_test": lambda X, y, **o: lcodec.codec_test(y, X, n_resamples=1, **o),
    "codec_scores": lcodec.codec_scores,
    "foci": lcodec.foci,
    "lfoci": lcodec.lfoci,
    "xi": lambda X, y, **o: lcodec.xi(X[:, 0], y, **o),
}


@pytest.mark.parametrize("name", CALLS)
def test_codes_of_classes(name: str) -> None:
    """Three whole numbers may be classes; the option says that they are ordered."""
    rng = np.random.default_rng(0)
    X, call = rng.normal(size=(30, 2)), CALLS[name]
    y = rng.integers(0, 3, 30)
    assert ids(lambda: call(X, y)) == ["lcodec:fewValues"]
    assert ids(lambda: call(X, torch.tensor(y) if name == "codec" else y.astype(float))) == [
        "lcodec:fewValues"
    ]
    assert ids(lambda: call(X, y, response="ordered")) == []
    for other in (y > 0, rng.normal(size=30), y + 0.5, rng.integers(0, 40, 30), np.arange(30)):
        assert ids(partial(call, X, other)) == []
    if name == "xi":
        with pytest.raises(lcodec.LcodecError, match="`codec` takes classes") as caught:
            call(X, y, response="nominal")
        assert caught.value.id == "lcodec:optionValue"
    else:
        assert ids(lambda: call(X, y, response="nominal")) == []


@pytest.mark.parametrize(("values", "rows", "warned"), [(10, 30, 1), (10, 29, 0), (11, 99, 0)])
def test_what_few_values_are(values: int, rows: int, warned: int) -> None:
    """Up to ten, on three rows each at least."""
    y = np.arange(rows) % values
    assert len(ids(lambda: lcodec.xi(np.arange(rows), y))) == warned


def test_two_classes_have_one_limit() -> None:
    """T of a binary response is nearly the same for both codings, so that none is warned of."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=20_000)
    y = z + rng.normal(size=20_000) > 0
    assert lcodec.codec(y, z) == pytest.approx(lcodec.codec(~y, z), abs=0.01)


# --- whole numbers beyond 2^53 -------------------------------------------------------------------


@pytest.mark.parametrize(
    "y",
    [
        2**60 + I, I.astype(np.uint64) + np.uint64(2**63), [2**70 + int(i) for i in I],
        torch.tensor(2**60 + I), pd.Series(2**60 + I).astype("Int64"), 2**54 + 1024 * I,
        [2**60 + int(i) if i else 0.5 for i in I],
    ],
)  # fmt: skip
def test_big_responses_are_ranked(y: Any) -> None:
    """Only the order of y counts."""
    assert lcodec.codec(y, I) == EXPECTED
    assert lcodec.xi(y, I) == lcodec.xi(I, I)
    assert lcodec.foci(I[:, None], y).scores.tolist() == [EXPECTED]


@pytest.mark.parametrize(
    "z",
    [
        1_700_000_000_000_000_000 + 100 * I, 2**60 + I, I.astype(np.uint64) + np.uint64(2**63),
        [2**70 + int(i) for i in I], torch.tensor(2**60 + I), np.append(I[1:], 2**63 - 1),
        pd.DataFrame({"id": 2**60 + I, "other": 0.5 * I}), [[2**60 + int(i), 0.5] for i in I],
    ],
)  # fmt: skip
def test_big_columns_are_refused(z: Any) -> None:
    """Different numbers would be equal; less the smallest one they are not."""
    for call in (
        lambda: lcodec.codec(I, z),
        lambda: lcodec.lcodec(z if np.ndim(z) == 1 else I, z),
        lambda: lcodec.foci(z, I),
    ):
        with pytest.raises(lcodec.LcodecError, match="subtract the smallest") as caught:
            call()
        assert caught.value.id == "lcodec:bigInteger"


@pytest.mark.parametrize("z", [2**54 + 1024 * I, 1e20 + 2.0**20 * I, (2**53 - 300) + I])
def test_big_numbers_that_doubles_hold(z: Any) -> None:
    """They are taken as they are."""
    assert lcodec.codec(I, z) == EXPECTED


# --- scale ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("standardize", ["none", "std", "range"])
@pytest.mark.parametrize("power", range(-165, -100))
def test_small_units(power: int, standardize: Any) -> None:
    """T is right, or a warning or an error says that squares vanish."""
    z = np.random.default_rng(0).normal(size=300)
    y, told = np.sin(3 * z), []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = lcodec.codec(y, z * 10.0**power, standardize=standardize)
        except lcodec.LcodecError as error:
            told = [error.id]
        else:
            told = [getattr(one.message, "id", "") for one in caught]
            assert told or value == lcodec.codec(y, z)
    if power < -154:
        assert told == ["lcodec:badScale"]
    assert set(told) <= {"lcodec:badScale", "lcodec:tinyDifferences"}
    if power > -140:
        assert told == []


def test_tiny_numbers_beside_others() -> None:
    """Probabilities can be as small as that: they count as equal, and a warning says so."""
    z = np.append(10.0 ** -np.arange(150.0, 300.0), np.linspace(0.1, 1, 150))
    assert ids(lambda: lcodec.codec(z, z)) == ["lcodec:tinyDifferences"]
    assert ids(lambda: lcodec.foci(np.c_[I, z], I, max_features=1)) == ["lcodec:tinyDifferences"]
    assert ids(lambda: lcodec.codec(z, np.append(0.0, 1e-120 * I[1:]))) == []


FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.data(), st.sampled_from(["none", "std", "range"]))
def test_any_finite_numbers(data: st.DataObject, standardize: Any) -> None:
    """No public call leaks a warning of NumPy, whatever the numbers are."""
    n, p = data.draw(st.integers(3, 8)), data.draw(st.integers(1, 4))
    X = data.draw(arrays(np.float64, (n, p), elements=FLOATS))
    y = data.draw(st.one_of(arrays(np.float64, n, elements=FLOATS), st.just(X[:, 0])))
    sigma = data.draw(st.one_of(st.just(0.01), st.floats(0, allow_infinity=False)))
    for call in (
        lambda: lcodec.codec(y, X, standardize=standardize),
        lambda: lcodec.codec(y, X, X[:, ::-1], standardize=standardize),
        lambda: lcodec.lcodec(y, X, sigma=sigma, standardize=standardize),
        lambda: lcodec.codec_test(y, X, n_resamples=3, standardize=standardize),
        lambda: lcodec.codec_scores(X, y, standardize=standardize),
        lambda: lcodec.foci(X, y, standardize=standardize),
        lambda: lcodec.lfoci(X, y, sigma=sigma, standardize=standardize),
        lambda: lcodec.foci_graph(X, standardize=standardize),
        lambda: lcodec.xi(y, X[:, 0]),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", lcodec.LcodecWarning)
            refused = "lcodec:badScale"
            try:
                call()
            except lcodec.LcodecError as error:
                refused = error.id
        assert refused == "lcodec:badScale"


@pytest.mark.parametrize("factor", [1e160, 1e-170])
def test_scale_of_a_response_with_noise(factor: float) -> None:
    """Its variance must be one: else the noise is infinite, or none."""
    x = np.sin(np.arange(200.0))
    for call in (
        lambda: lcodec.lcodec(factor * x, x, standardize="std"),
        lambda: lcodec.lfoci(x[:, None], factor * x),
    ):
        with pytest.raises(lcodec.LcodecError, match="`y`") as caught:
            call()
        assert caught.value.id == "lcodec:badScale"
    constant = np.c_[np.full(200, 1e300), x]
    assert lcodec.lcodec(x, constant, standardize="std") == lcodec.lcodec(
        x, np.c_[np.zeros(200), x], standardize="std"
    )


# --- copies and columns that hardly vary ---------------------------------------------------------


@pytest.mark.parametrize("copy", [lambda x: x, lambda x: 32 + 1.8 * x, lambda x: -x / 3])
def test_copies_of_selected_columns(copy: Callable[[np.ndarray], np.ndarray]) -> None:
    """They are told of where they are selected."""
    X = np.random.default_rng(0).normal(size=(500, 3))
    y = X[:, 0] * X[:, 1] + X[:, 2]
    table = np.c_[X, copy(X[:, 0])]
    with pytest.warns(lcodec.LcodecWarning, match="copies.*: (1|4)$") as caught:
        lcodec.foci(table, y, stop=False)
    assert [getattr(one.message, "id", "") for one in caught] == ["lcodec:copiedColumn"]
    assert ids(lambda: lcodec.foci(table, y, given=[0], stop=False)) == ["lcodec:copiedColumn"]
    assert ids(lambda: lcodec.foci(X, y, stop=False)) == []
    near = np.c_[X, X[:, 0] + 1e-9 * X[:, 1], np.exp(1e-3 * X[:, 0])]
    assert ids(lambda: lcodec.foci(near, y, stop=False)) == []


def test_columns_that_vary_by_rounding() -> None:
    """0.1 * 3 and 0.3 is one number to everybody."""
    rng = np.random.default_rng(1)
    almost = np.full(300, 0.1) * 3
    almost[::7] = 0.3
    z = rng.normal(size=300)
    for call in (
        lambda: lcodec.foci(np.c_[almost, z], z),
        lambda: lcodec.codec(z, almost),
        lambda: lcodec.codec(z, z, almost, standardize="std"),
    ):
        assert ids(call) == ["lcodec:nearlyConstantColumn"]
    assert ids(lambda: lcodec.codec(z, 1e6 + 1e-6 * rng.integers(0, 9, 300))) == []


def test_ordinary_tables_warn_of_nothing() -> None:
    """Tables of scikit-learn."""
    datasets = pytest.importorskip("sklearn.datasets")
    for load in (datasets.load_wine, datasets.load_breast_cancer, datasets.load_diabetes):
        X, y = load(return_X_y=True)
        assert ids(partial(lcodec.foci, X, y, response="ordered", max_features=5)) == []


def test_scores_of_foci_by_codec() -> None:
    """`codec` gives the scores of `foci` with its scaling, bit by bit."""
    rng = np.random.default_rng(2)
    X = np.c_[rng.normal(size=(200, 2)) * [1, 1000], rng.integers(0, 4, 200)]
    y = X[:, 0] * X[:, 2] + X[:, 1] / 1000
    result = lcodec.foci(X, y, stop=False)
    for k, j in itertools.islice(enumerate(result.selected), 3):
        before = X[:, result.selected[:k]]
        assert lcodec.codec(y, X[:, j], before, standardize="std") == result.scores[k]
    assert (
        lcodec.codec_test(y, X[:, :1], X[:, 1:]).statistic
        == lcodec.codec(y, X[:, :1], X[:, 1:], standardize="std")
        != lcodec.codec(y, X[:, :1], X[:, 1:])
    )
