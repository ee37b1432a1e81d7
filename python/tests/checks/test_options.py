"""A function says which options it has, and refuses others by naming what it has instead."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

import lcodec
from lcodec.checks import known_options, no_unknown, spellings

FUNCTIONS = [
    item for name in lcodec.__all__
    if inspect.isfunction(item := getattr(lcodec, name)) and inspect.signature(item).parameters
]  # fmt: skip
Y, Z = np.random.default_rng(0).normal(size=(2, 9))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_signatures_hold_real_options_and_others_are_refused(function) -> None:
    parameters = inspect.signature(function).parameters.values()
    assert all(p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) for p in parameters)
    assert pickle.loads(pickle.dumps(function)) is function
    with pytest.raises(lcodec.LcodecError) as caught:
        function(Y, Z, **{"Missings": "drop"})
    assert caught.value.id == "lcodec:unknownOption"
    assert str(caught.value) == "unknown option `Missings`; the nearest known one is `missing`"


def test_data_may_be_named_and_are_not_proposed() -> None:
    assert lcodec.codec(y=Y, z=Z) == lcodec.codec(Y, Z)
    with pytest.raises(lcodec.LcodecError, match="unknown option `zz`; the options are `ties`, "):
        lcodec.codec(Y, Z, zz=Y)


@pytest.mark.parametrize(
    ("function", "name", "says"),
    [
        (lcodec.foci, "random_state", "here it is `seed`"),
        (lcodec.foci_graph, "rng", "here it is `seed`"),
        (lcodec.foci, "k", "here it is `max_features`"),
        (lcodec.foci, "n_features_to_select", "here it is `max_features`"),
        (lcodec.codec_test, "k", "here it is `n_neighbors`"),
        (lcodec.codec_test, "n_permutations", "here it is `n_resamples`"),
        (lcodec.lfoci, "n_repeats", "here it is `draws`"),
        (lcodec.codec, "MaxFeature", "the options are `ties`, `n_neighbors`, `standardize`, "),
        (lcodec.foci, "MaxFeature", "the nearest known one is `max_features`"),
        (lcodec.codec, "k", "here it is `n_neighbors`"),
        (lcodec.xi, "n_neighbors", "the coefficient takes the nearest neighbour alone"),
        (lcodec.xi, "n_jobs", "the options are `ties`, `seed`, `missing`"),
    ],
)
def test_other_spellings_are_known_and_far_names_are_not_proposed(function, name, says) -> None:
    with pytest.raises(lcodec.LcodecError) as caught:
        function(Y, Z, **{name: 0}) if function is not lcodec.foci_graph else function(Y, rng=0)
    assert caught.value.id == "lcodec:unknownOption"
    assert f"unknown option `{name}`; {says}" in str(caught.value)


def test_every_other_spelling_leads_to_an_option() -> None:
    parameters = {name for function in FUNCTIONS for name in inspect.signature(function).parameters}
    assert spellings.OTHERS.keys() <= parameters
    for ours, theirs in spellings.OTHERS.items():
        assert all(name == spellings.plain(name) or "_" in name for name in theirs)
        assert not parameters.intersection(theirs) - {"n_neighbors"}, ours


def test_a_function_without_options_says_so() -> None:
    with pytest.raises(lcodec.LcodecError, match="unknown option `a`; there are none"):
        no_unknown(["a"], lambda b: b)


def test_values_do_not_depend_on_case_and_infinity_is_no_limit() -> None:
    X = np.column_stack((Y, Z))
    assert lcodec.codec(Y, Z, ties="First", missing="REFUSE") == lcodec.codec(Y, Z, ties="first")
    free = lcodec.foci(X, Y, max_features=np.inf, memory_limit=float("inf"), progress=0)
    assert free.scores.tolist() == lcodec.foci(X, Y).scores.tolist()
    with pytest.raises(lcodec.LcodecError, match="must be at least 1, got -Inf"):
        lcodec.foci(X, Y, max_features=-np.inf)


def test_methods_know_their_options_too() -> None:
    class Shop:
        @known_options
        def __init__(self, goods: str, *, price: int = 1) -> None:
            """Open it."""
            self.bill = goods, price

    assert Shop("tea", price=2).bill == ("tea", 2)
    assert Shop.__init__.__doc__ == "Open it."
    assert list(inspect.signature(Shop).parameters) == ["goods", "price"]
    with pytest.raises(lcodec.LcodecError, match="`prize`; the nearest known one is `price`"):
        Shop("tea", prize=2)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        Shop(price=2)


def test_seeds_are_what_the_doubles_of_every_language_count() -> None:
    assert np.isfinite(lcodec.codec(Y, Z, seed=2**53 - 1))
    for seed in (2**53, 2.0**53, np.int64(2**60)):
        with pytest.raises(lcodec.LcodecError, match="`seed` must be at most 9007199254740991"):
            lcodec.codec(Y, Z, seed=seed)
