"""Laws and facts of Chatterjee's correlation."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lcodec
from lcodec.dependence.measures.xi import xi
from parity_tests import strategies as data

GOLDEN = Path(__file__).resolve().parents[3] / "parity_tests" / "golden" / "foci_cases.json"
CASES: dict[str, dict[str, Any]] = json.loads(GOLDEN.read_text())["cases"]
FIXED = [name for name in CASES if not name.endswith("_RANDOM")]


def expectation(x: np.ndarray, y: np.ndarray) -> Fraction | None:
    """Mean of the published coefficient over every order of the rows that x leaves open."""
    n, values = len(x), [float(v) for v in y]
    r = [sum(values[j] <= values[i] for j in range(n)) for i in range(n)]
    ell = [sum(values[j] >= values[i] for j in range(n)) for i in range(n)]
    denominator = 2 * sum(v * (n - v) for v in ell)
    if denominator == 0:
        return None
    groups = [[i for i in range(n) if x[i] == v] for v in sorted(set(x.tolist()))]
    orders = list(itertools.product(*(itertools.permutations(group) for group in groups)))
    total = 0
    for parts in orders:
        order = [i for part in parts for i in part]
        total += sum(abs(r[b] - r[a]) for a, b in itertools.pairwise(order))
    return 1 - Fraction(n * total, denominator * len(orders))


@given(draw=st.data())
def test_average_is_the_expectation_over_all_orders(draw: st.DataObject) -> None:
    (table,) = draw.draw(data.tables((1,), max_n=6, max_columns=1))
    y = draw.draw(data.responses_of(table))
    exact = expectation(table[:, 0], y)
    if exact is not None:
        assert xi(table[:, 0], y) == pytest.approx(float(exact), rel=1e-14, abs=1e-14)


@given(draw=st.data(), seed=st.integers(0, 2**53 - 1))
def test_random_ties_do_not_matter_without_ties(draw: st.DataObject, seed: int) -> None:
    n = draw.draw(st.integers(3, 40))
    x = np.array(draw.draw(st.permutations(range(n))), dtype=float)
    y = draw.draw(data.columns(n, ("continuous", "lattice", "tenths")))
    if y.min() < y.max():
        assert xi(x, y, ties="random", seed=seed) == xi(x, y)


@given(draw=st.data())
def test_only_the_order_enters(draw: st.DataObject) -> None:
    (table,) = draw.draw(data.tables((1,), max_columns=1, kinds=("lattice", "tenths", "binary")))
    y = draw.draw(data.columns(len(table), ("lattice", "tenths")))
    if y.min() < y.max():
        assert xi(table[:, 0] ** 3, np.exp(y)) == xi(table[:, 0], y)
        order = np.random.default_rng(0).permutation(len(y))
        assert xi(table[order, 0], y[order]) == xi(table[:, 0], y)


@pytest.mark.parametrize("name", FIXED)
def test_cran_xicor(name: str) -> None:
    case = CASES[name]
    X, y = np.array(case["X"]).reshape(case["n"], case["p"]), np.array(case["y"])
    (entry,) = (e for e in case["expected"] if e["fn"].startswith("XICOR::xicor"))
    assert len(entry["xi"]) == case["p"]
    for column, value in zip(X.T, entry["xi"], strict=True):
        assert len(np.unique(column)) == case["n"]
        assert xi(column, y) == pytest.approx(value, rel=0, abs=1e-12)


def test_random_ties_are_within_four_standard_errors_of_the_average() -> None:
    case = CASES["xbin_n80_RANDOM"]
    x, y = np.array(case["X"]).reshape(80, -1)[:, 0], np.array(case["y"])
    (entry,) = (e for e in case["expected"] if e["fn"].startswith("xicor"))
    error = entry["sd"] / np.sqrt(entry["reps"])
    assert abs(xi(x, y) - entry["mean"]) < 4 * error
    draws = [xi(x, y, ties="random", seed=s) for s in range(entry["reps"])]
    assert abs(np.mean(draws) - xi(x, y)) < 4 * error
    assert np.std(draws, ddof=1) == pytest.approx(entry["sd"], rel=0.1)


def test_constant_x_says_nothing_about_y() -> None:
    """The mean over all orders is then 0, with and without ties in y."""
    rng = np.random.default_rng(0)
    for y in (rng.normal(size=50), rng.integers(0, 4, 50)):
        assert abs(xi(np.zeros(50), y)) < 1e-14


def test_constant_y_warns_and_gives_nan() -> None:
    with pytest.warns(lcodec.LcodecWarning, match="`y` is constant") as caught:
        assert math.isnan(xi(np.arange(5.0), np.ones(5)))
    assert caught[0].message.id == "lcodec:constantResponse"  # type: ignore[union-attr]
    assert caught[0].filename == __file__


def test_rows_with_missing_values() -> None:
    x, y = np.array([1.0, 2, np.nan, 3, 4]), np.array([2.0, 4, 1, 1, 5])
    with pytest.raises(lcodec.LcodecError, match="`x` must be finite"):
        xi(x, y)
    with pytest.warns(lcodec.LcodecWarning, match="dropped 1 of 5 rows"):
        value = xi(x, y, missing="drop")
    assert value == xi(x[[0, 1, 3, 4]], y[[0, 1, 3, 4]])


def test_large_groups_are_summed_exactly() -> None:
    """Sums over pairs far beyond 2^53, against Python's whole numbers."""
    n = 600_000
    x = np.arange(n) % 2
    r = np.random.default_rng(1).permutation(n) + 1

    def pairs(ranks: np.ndarray) -> int:
        return sum((2 * k - len(ranks) + 1) * int(v) for k, v in enumerate(np.sort(ranks)))

    inside = [pairs(r[x == side]) for side in (0, 1)]
    across = pairs(r) - sum(inside)
    assert across > 2**53
    half = n // 2
    total = sum(Fraction(2 * s, half) for s in inside) + Fraction(across, half * half)
    exact = 1 - n * total / (2 * sum(v * (n - v) for v in range(1, n + 1)))
    assert xi(x, r) == pytest.approx(float(exact), rel=0, abs=1e-15)
