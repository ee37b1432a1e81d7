"""Numbers that both languages share are the same numbers: matlab/private/constants.m."""

from __future__ import annotations

import re

import pytest

from lcodec.checks import categories, data, options
from lcodec.dependence import arguments
from lcodec.dependence.inference import exchange, methods, resampling
from lcodec.random import philox
from parity_tests.check_matlab_source import ROOT

SOURCE = (ROOT / "matlab" / "private" / "constants.m").read_text(encoding="utf-8")
MATLAB = {
    name: eval(value.replace("^", "**"), {})
    for name, value in re.findall(r"^number\.(\w+) = ([\d^e\-. ]+);", SOURCE, re.MULTILINE)
}
PYTHON = {
    "TIES": philox.TIES,
    "RESPONSE": philox.RESPONSE,
    "FEATURES": philox.FEATURES,
    "CONDITION": philox.CONDITION,
    "PERMUTATION": philox.PERMUTATION,
    "SUBSAMPLE": philox.SUBSAMPLE,
    "MIN_ROWS": data.MIN_ROWS,
    "MAX_ROWS": data.MAX_ROWS,
    "MOST_NEIGHBORS": options.MOST_NEIGHBORS,
    "AUTO": options.AUTO,
    "ROWS_PER_NEIGHBOR": options.ROWS_PER_NEIGHBOR,
    "MOST_OF_AUTO": options.MOST_OF_AUTO,
    "MAX_SEED": options.MAX_SEED,
    "LEAST_MEMORY": options.LEAST_MEMORY,
    "MOST_CATEGORIES": categories.MOST_CATEGORIES,
    "FEW": arguments.FEW,
    "LEAST_SUBSAMPLE": arguments.LEAST_SUBSAMPLE,
    "MANY": methods.MANY,
    "ROUNDING": resampling.ROUNDING,
    "POOR": exchange.POOR,
    "LARGE": exchange.LARGE,
    "LOOKED_AT": exchange.LOOKED_AT,
    "SCALE": exchange.SCALE,
}


def test_no_constant_is_left_out() -> None:
    assert len(MATLAB) == SOURCE.count("number.")
    assert MATLAB.keys() == PYTHON.keys()


@pytest.mark.parametrize("name", PYTHON)
def test_a_constant_is_the_same_number(name: str) -> None:
    assert MATLAB[name] == PYTHON[name]
