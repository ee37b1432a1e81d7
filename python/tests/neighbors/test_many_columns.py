"""More than eight columns: the shortlist of the product loses no row, however large or small."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from lcodec.neighbors import column_weights, nearest_values
from lcodec.neighbors.weights import SCALINGS
from python.tests.neighbors.test_engine import RULES, SEED, exhaustive

ENDS = ("large", "small", "both", "offset", "subnormal", "mixed")


def extreme(end: str, q: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Columns (q, n) near an end of the numbers, among them rows far away, near rows and copies."""
    columns = rng.normal(size=(q, n)) * 10.0 ** rng.uniform(-3, 3, (q, 1))
    columns[:, rng.random(n) < 0.3] *= 10.0 ** -rng.uniform(0, 12)
    columns[:, 1] = columns[:, 0] * (1 - 1e-9)
    columns[:, 3] = columns[:, 2]
    columns /= np.abs(columns).max()
    if end == "large":  # the sum of two squared norms overflows, no distance does
        return columns * np.sqrt(1.7e308 / (4 * q)) * rng.choice([1.0, 0.9, 0.1])
    if end == "small":
        return columns * 10.0 ** -rng.uniform(140, 165)
    if end == "both":
        return columns * 10.0 ** rng.uniform(-160, 153, (q, 1)) / q
    if end == "offset":  # neighbouring numbers: their centre is rounded more than they differ
        return 10.0 ** rng.uniform(-100, 150) * (1 + 2.0**-52 * rng.integers(0, 9, (q, n)))
    if end == "subnormal":
        return np.round(columns * 20) * 5e-324 * 2.0 ** rng.integers(557, 567)
    some = np.round(3 * columns) * 1e-154
    some[0] = columns[0] * 1e150
    return some


def check(end: str, q: int, n: int, scaling: str, ties: str, seed: int) -> bool:
    """Compare with all distances; False where the data are refused."""
    rng = np.random.default_rng(seed)
    columns = np.ascontiguousarray(extreme(end, q, n, rng))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)  # of differences that vanish
        try:
            weights, _ = column_weights(columns, scaling, "z")  # type: ignore[arg-type]
        except lcodec.LcodecError:
            return False
    labels = rng.permutation(n) + 1
    with np.errstate(all="ignore"):
        expected = exhaustive(columns, weights, labels, ties, 0, 1)
        found = nearest_values(columns, weights, labels, ties=ties, seed=SEED, step=1)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found, expected)
    return True


@settings(max_examples=60)
@given(
    end=st.sampled_from(ENDS),
    q=st.integers(9, 14),
    n=st.integers(4, 30),
    scaling=st.sampled_from(SCALINGS),
    ties=st.sampled_from(RULES),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_row_is_lost_at_the_ends_of_the_numbers(
    end: str, q: int, n: int, scaling: str, ties: str, seed: int
) -> None:
    check(end, q, n, scaling, ties, seed)


def test_squared_norms_that_overflow_only_in_their_sum() -> None:
    n = 12
    far = np.sqrt(1.7e308 / 9)
    Z = np.repeat(np.arange(n)[:, np.newaxis] * 1e-3 * far, 9, axis=1)
    Z[0], Z[1] = far, far * (1 - 1e-9)
    y = np.arange(n) * 1.0
    y[:2] = 100, 101
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lcodec.codec(y, Z) == pytest.approx(10 / 13)


@pytest.mark.parametrize("end", ENDS)
def test_the_aimed_cases_are_not_all_refused(end: str) -> None:
    assert any(check(end, 9, 12, scaling, "average", 5) for scaling in SCALINGS)
