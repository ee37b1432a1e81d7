"""Laws and facts of `ci_test`: what a program that searches for graphs relies on."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec

KINDS = st.sampled_from(["numbers", "lattice", "text", "flags", "category"])
N = 30


def variable(draw: st.DataObject, kind: str, rng: np.random.Generator) -> Any:
    values = rng.normal(size=N)
    if kind == "numbers":
        return values
    if kind == "lattice":
        return np.round(2 * values)
    if kind == "flags":
        return values > 0
    names = np.array(["d", "a", "c"])[np.digitize(values, [-0.3, 0.5])]
    return names if kind == "text" else pd.Series(pd.Categorical(names))


def sample(draw: st.DataObject) -> tuple[Any, Any, Any]:
    """Return x, y and a table Z or None, related or not."""
    rng = np.random.default_rng(draw.draw(st.integers(0, 2**32)))
    x, y = (variable(draw, draw.draw(KINDS), rng) for _ in range(2))
    if draw.draw(st.booleans()) and np.asarray(x).dtype.kind == "f":
        y = x**2 + 0.3 * rng.normal(size=N)
    kinds = draw.draw(st.lists(KINDS, max_size=2))
    Z = pd.DataFrame({k: np.asarray(variable(draw, kind, rng)) for k, kind in enumerate(kinds)})
    return x, y, Z if kinds else None


def silent(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        return function(*arguments, **options)


quiet = partial(silent, lcodec.ci_test)


@settings(max_examples=60)
@given(draw=st.data(), k=st.sampled_from([1, 3]), seed=st.integers(0, 2**53 - 1))
def test_x_and_y_play_the_same_part(draw: st.DataObject, k: int, seed: int) -> None:
    x, y, Z = sample(draw)
    p = quiet(x, y, Z, n_neighbors=k, seed=seed)
    assert 0 < p <= 1
    assert quiet(y, x, Z, n_neighbors=k, seed=seed) == p


@settings(max_examples=60)
@given(draw=st.data(), scale=st.sampled_from([2.0**-20, 0.5, 2.0**30]))
def test_units_do_not_matter(draw: st.DataObject, scale: float) -> None:
    x, y, Z = sample(draw)
    p = quiet(x, y, Z)

    def converted(values: Any) -> Any:
        return values * scale if np.asarray(values).dtype.kind == "f" else values

    other = None if Z is None else Z.apply(converted)
    assert quiet(converted(x), y, other) == p
    assert quiet(converted(x), converted(y), other) == p


@settings(max_examples=60)
@given(draw=st.data())
def test_names_of_classes_do_not_matter(draw: st.DataObject) -> None:
    x, y, Z = sample(draw)
    names = {"a": "z", "c": "b", "d": "q", True: "no", False: "yes"}

    def renamed(values: Any) -> Any:
        array = np.asarray(values)
        if array.dtype.kind == "f":
            return values
        return np.array([names[item] for item in array.tolist()])

    other = None if Z is None else Z.apply(renamed)
    assert quiet(renamed(x), renamed(y), other) == quiet(x, y, Z)


@settings(max_examples=40)
@given(draw=st.data(), seed=st.integers(0, 2**53 - 1))
def test_it_is_the_codec_test_of_both_directions(draw: st.DataObject, seed: int) -> None:
    """Of numbers, with the resamples that 5 % needs, halved for two directions."""
    codec_test = partial(lcodec.codec_test, max_exceedances=10)
    rng = np.random.default_rng(draw.draw(st.integers(0, 2**32)))
    x, y, z = rng.normal(size=(3, N))
    y = y + draw.draw(st.sampled_from([0.0, 1.0, 5.0])) * x
    for given_z in (None, z):
        both = [
            silent(codec_test, a, b, given_z, n_resamples=399, seed=seed).pvalue
            for a, b in ((x, y), (y, x))
        ]
        assert quiet(x, y, given_z, seed=seed) == min(1.0, 2 * min(both))
    one = silent(codec_test, x, np.c_[y, z], n_resamples=199, seed=seed).pvalue
    assert quiet(x, np.c_[y, z], seed=seed) == quiet(np.c_[y, z], x, seed=seed) == one


@settings(max_examples=30)
@given(draw=st.data())
def test_the_order_of_rows_does_not_change_the_statistic(draw: st.DataObject) -> None:
    """Permutations follow the order; what they decide clearly does not."""
    rng = np.random.default_rng(draw.draw(st.integers(0, 2**32)))
    x = rng.normal(size=100)
    y, z = x**2 + 0.05 * rng.normal(size=100), rng.normal(size=100)
    order = rng.permutation(100)
    assert quiet(x[order], y[order], z[order]) == quiet(x, y, z) == 0.005


def test_classes_are_those_of_a_nominal_response() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 3, 80)
    y = (x == 1) + 0.8 * rng.normal(size=80)
    names = np.array(["u", "v", "w"])[x]
    options = {"max_exceedances": 10, "n_resamples": 399}
    as_response = lcodec.codec_test(names, y, response="nominal", **options).pvalue
    indicators = (x[:, None] == np.arange(3)).astype(float)
    as_predictor = lcodec.codec_test(y, indicators, standardize="none", **options).pvalue
    expected = min(1.0, 2 * min(as_response, as_predictor))
    for same in (
        names, names.tolist(), pd.Series(names), pd.Categorical(names), names.astype(object),
        names[:, None], pd.DataFrame({"a": names}),
    ):  # fmt: skip
        assert lcodec.ci_test(same, y) == lcodec.ci_test(y, same) == expected


def test_objects_that_are_numbers_are_numbers() -> None:
    """As in ``frame.values`` of a table with text."""
    rng = np.random.default_rng(4)
    x, z = rng.normal(size=(2, 90))
    word = np.where(z > 0, "up", "down")
    y = x + (z > 0)
    mixed = pd.DataFrame({"z": z, "word": word})
    p = lcodec.ci_test(x, y, mixed)
    assert lcodec.ci_test(x.astype(object), y, mixed.values) == p
    assert lcodec.ci_test(x, y, mixed.values.tolist()) == p
    flags = (z > 0).astype(object)
    assert lcodec.ci_test(x, y, flags) == lcodec.ci_test(x, y, word)


def test_a_constant_is_independent_of_everything() -> None:
    rng = np.random.default_rng(5)
    y, z = rng.normal(size=(2, 40))
    for constant in (np.ones(40), np.full(40, "a"), np.zeros((40, 2))):
        for arguments in ((constant, y), (y, constant), (y, constant, z)):
            with pytest.warns(lcodec.LcodecWarning, match="is constant, so it is independent"):
                assert lcodec.ci_test(*arguments) == 1.0
    assert lcodec.ci_test(y, 2 * y, np.ones(40)) == 0.005  # nothing is given then


def test_a_determined_side_leaves_the_other() -> None:
    rng = np.random.default_rng(6)
    word = np.array(["a", "b"])[rng.integers(0, 2, 60)]
    y = rng.normal(size=60)
    with pytest.warns(lcodec.LcodecWarning, match="`x` is determined by `Z`") as caught:
        p = lcodec.ci_test(word, y, word)
    assert len(caught) == 1
    assert p == 1.0
    copy = np.where(word == "a", "c", "d")
    with pytest.warns(lcodec.LcodecWarning, match="is determined by `Z`") as caught:
        assert lcodec.ci_test(word, copy, word) == 1.0
    assert len(caught) == 2


def test_a_smaller_level_has_more_permutations() -> None:
    x = np.arange(50.0)
    assert lcodec.ci_test(x, x, level=0.2) == 0.02
    assert lcodec.ci_test(x, x, level=0.01) == pytest.approx(0.001)


def test_the_warning_of_poor_exchange_speaks_of_these_arguments() -> None:
    rng = np.random.default_rng(7)
    Z, noise = rng.normal(size=(200, 5)), rng.normal(size=(2, 200))
    x, y = Z.sum(1) + 0.2 * noise
    with pytest.warns(lcodec.LcodecWarning, match="rows near in `Z` .* in `[xy]` and .*; use resi"):
        lcodec.ci_test(x, y, Z)
    assert lcodec.ci_test(x, y, Z, adjust="kernel") > 0.05
    assert lcodec.ci_test(x, y, adjust="kernel") == lcodec.ci_test(x, y)


def test_whole_numbers_of_few_values_are_asked_for() -> None:
    rng = np.random.default_rng(8)
    code, y = rng.integers(0, 4, 60), rng.normal(size=60)
    with warnings.catch_warnings():
        warnings.simplefilter("always")  # the settings of the tests ignore this one
        with pytest.warns(lcodec.LcodecWarning, match="`y` has 4 different .* as text or cat"):
            p = lcodec.ci_test(y, code)
        warnings.simplefilter("error")
        assert lcodec.ci_test(y, code, response="ordered") == p
        lcodec.ci_test(y, code.astype(str))
        lcodec.ci_test(y, code > 1)


def test_missing_values() -> None:
    rng = np.random.default_rng(9)
    x, z = rng.normal(size=(2, 50))
    word = np.where(z > 0, "a", "b").astype(object)
    y = np.where(np.arange(50) < 3, np.nan, x)
    word[4] = None
    with pytest.raises(lcodec.LcodecError, match="`y` must be finite"):
        lcodec.ci_test(x, y)
    for values in (word, word.tolist(), pd.Series(word), word[:, np.newaxis]):
        with pytest.raises(lcodec.LcodecError, match="`Z` must be complete, got 1 missing value;"):
            lcodec.ci_test(x, z, values)
    with pytest.raises(lcodec.LcodecError, match="got 1 NaN value in column `w`"):
        lcodec.ci_test(x, z, pd.DataFrame({"w": word}))
    keep = np.r_[3, 5:50]
    with pytest.warns(lcodec.LcodecWarning, match="dropped 4 of 50"):
        p = lcodec.ci_test(x, y, word, missing="drop")
    assert p == lcodec.ci_test(x[keep], y[keep], word[keep])


@pytest.mark.parametrize(
    ("arguments", "options", "id_", "words"),
    [
        ((np.eye(9), np.eye(9)), {}, "notVector", "`x` or `y` must be one column, got 9 and 9"),
        ((np.arange(9.0), np.arange(8.0)), {}, "sizeMismatch", "`y` must have 9 rows like `x`"),
        ((np.arange(9.0), np.arange(9.0), np.eye(8)), {}, "sizeMismatch", "`Z` must have 9 rows"),
        ((np.arange(9.0), np.arange(9.0)), {"level": 1}, "optionRange", "`level`"),
        ((np.arange(9.0), np.arange(9.0)), {"alpha": 1}, "unknownOption", "`alpha`"),
        ((np.arange(9.0), np.arange(9.0)), {"n_neighbors": 9}, "optionRange", "less than"),
        ((np.arange(9.0), np.arange(9.0)), {"response": "nominal"}, "optionValue",
         "`response` cannot be 'nominal' here, where text and categories are classes"),
        ((np.array(list("abcabcabc")), np.arange(9.0), np.arange(9.0)), {"adjust": "kernel"},
         "optionValue", "`adjust` needs numbers in `x` and `y`"),
        ((np.arange(9.0), np.array([[1], "a"] * 4 + ["b"], dtype=object)), {}, "notNumeric",
         "`y` must be"),
    ],
)  # fmt: skip
def test_errors(arguments: Any, options: dict[str, Any], id_: str, words: str) -> None:
    with pytest.raises(lcodec.LcodecError, match=words) as caught:
        lcodec.ci_test(*arguments, **options)
    assert caught.value.id == f"lcodec:{id_}"


@pytest.mark.parametrize("q", [0, 1, 2])
def test_the_level(q: int) -> None:
    """150 true nulls at n = 60: x and y both depend on Z; 5 % would reject 7.5 of them."""
    rejected = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        Z = rng.normal(size=(60, q))
        x, y = Z.sum(1) + rng.normal(size=(2, 60))
        p = quiet(x, y, Z if q else None, seed=seed)
        rejected += p <= 0.05
        assert math.isfinite(p)
    assert rejected <= 15
