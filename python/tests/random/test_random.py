"""The portable random numbers: known answers, exact quantiles, moments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lcodec.random import normal, philox
from lcodec.random.permutation import Drawn, _rows_by

KNOWN = Path(__file__).resolve().parents[3] / "parity_tests" / "golden" / "philox4x32.txt"
ROWS = [line.replace("->", "").split() for line in KNOWN.read_text().splitlines()]


@pytest.mark.parametrize("row", [row for row in ROWS if row[:2] == ["philox4x32", "10"]])
def test_philox_known_answers(row: list[str]) -> None:
    words = [np.uint64(int(word, 16)) for word in row[2:]]
    assert philox.philox4x32(*words[:6]) == tuple(words[6:])


def test_three_known_answers_were_read() -> None:
    assert sum(row[:2] == ["philox4x32", "10"] for row in ROWS) == 3


def test_the_key_is_the_low_and_high_half_of_the_seed() -> None:
    assert philox.split_seed(2**40 + 7) == (7, 256)


def _probabilities() -> np.ndarray:
    rng = np.random.default_rng(0)
    tails = 10.0 ** -np.arange(1, 17)
    edges = [0.075, 0.925, 2.0**-54, 1 - 2.0**-53, np.exp(-25.0), np.nextafter(0.5, 1)]
    return np.concatenate((tails, 1 - tails[:-1], rng.random(500), edges))


def test_quantiles_are_exact_to_rounding() -> None:
    """Against 50 digits: mpmath's inverse error function at the same double."""
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(50):
        for p in _probabilities():
            exact = mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(float(p)) - 1)
            assert abs((normal.quantile(p) - exact) / exact) < 1e-15, p


def test_logarithm_is_within_two_units_in_the_last_place() -> None:
    for x in np.concatenate((_probabilities(), [2.0**-1000, 0.5, 0.70710678, 0.7071068])):
        assert abs(normal.log(x) - np.log(x)) <= 2 * np.spacing(abs(np.log(x)))


def test_moments_and_distribution_of_a_million_numbers() -> None:
    n = 10**6
    sample = normal.gaussian(n, np.array([5]), draw=0, purpose=3, seed=11)[0]
    # four standard errors of each moment of a standard normal
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((sample**power).mean() - mean) < 4 * np.sqrt(variance / n)
    assert stats.kstest(sample, "norm").pvalue > 1e-4


def test_a_number_depends_on_its_row_column_draw_purpose_and_seed_alone() -> None:
    whole = normal.gaussian(50, np.arange(6), draw=2, purpose=3, seed=9)
    part = normal.gaussian(20, np.array([4, 1]), draw=2, purpose=3, seed=9)
    np.testing.assert_array_equal(part, whole[[4, 1], :20])
    for other in ({"draw": 1}, {"purpose": 4}, {"seed": 10}, {"seed": 9 + 2**32}):
        changed = normal.gaussian(50, np.arange(6), **{"draw": 2, "purpose": 3, "seed": 9, **other})
        assert not np.isin(changed, whole).any()
    assert abs(np.corrcoef(whole)[np.triu_indices(6, 1)]).max() < 0.6


def test_the_largest_uniform_number_is_below_one() -> None:
    """All 53 bits are set in the words of this counter; half a unit more would round to 1."""
    counter = [np.uint64(word) for word in (11, 3766178994, 784376699, 1673716837, 35, 0)]
    assert philox.philox4x32(*counter)[:2] == (2**32 - 1, 2**32 - 1)
    column = np.array([3766178994])
    found = normal.gaussian(12, column, draw=784376699, purpose=1673716837, seed=35)[0, 11]
    assert found == normal.quantile(1 - 2.0**-53)
    assert found == pytest.approx(8.2095, abs=1e-4)


@given(st.lists(st.one_of(st.integers(0, 9), st.integers(0, 2**64 - 1)), min_size=1, max_size=99))
def test_rows_are_sorted_by_whatever_keys_and_equal_ones_stay_in_order(keys: list[int]) -> None:
    some = np.array(keys, dtype=np.uint64)
    assert _rows_by(some).tolist() == np.argsort(some, kind="stable").tolist()


def test_orders_that_are_read_stay_while_another_thread_draws_them_again() -> None:
    """A draw exchanges rows in place: half done, it is no order."""
    seen = []

    def draw(first: int, out: np.ndarray) -> None:
        out[:] = 0
        seen.append(None if read is None else read.copy())
        out[:] = np.arange(first, first + len(out))[:, np.newaxis] + np.arange(3)

    read, drawn = None, Drawn(draw, 3)
    read = drawn(range(4))
    drawn._drawn = 0  # as the other thread saw it, before this one was done
    assert np.array_equal(drawn(range(4)), read)
    assert np.array_equal(seen[1], read)
    assert np.array_equal(read[3], [3, 4, 5])
