"""A function says which options it has, and refuses others by naming the nearest."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

import lcodec
from lcodec.checks import known_options

FUNCTIONS = [item for name in lcodec.__all__ if inspect.isfunction(item := getattr(lcodec, name))]
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
    with pytest.raises(lcodec.LcodecError, match="the nearest known one is `ties`"):
        lcodec.codec(Y, Z, zz=Y)


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
