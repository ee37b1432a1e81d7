"""Decisions at the last bit: sums beside coefficients, equal statistics, means of draws."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import lcodec
from lcodec.dependence.selection.copies import copies
from lcodec.dependence.selection.greedy import Ending, score, search
from python.tests import reference
from python.tests.dependence.test_inference import visiting_order

# 1 is lost beside 2^53, unless another 1 was added before it, as NumPy's `mean` does.
DRAWS = [2.0**53, *[1.0] * 12]
MEAN = 2.0**53 / 13


def test_candidates_are_compared_by_their_sums() -> None:
    """The larger sum wins, though rounding makes the coefficients equal."""
    y = np.arange(14.0)
    less = np.array([1, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0])
    more = np.array([2, 2, 2, 2, 2, 0, 0, 2, 2, 0, 1, 2, 0, 1])
    scores = lcodec.codec_scores(np.column_stack((less, more)), y)
    assert scores[0] == scores[1]
    for columns, best in (((less, more), 1), ((more, less), 0), ((more, more), 0)):
        found = lcodec.foci(np.column_stack(columns), y, max_features=1)
        assert found.selected.tolist() == [best]


def test_equal_statistics_that_are_rounded_differently_count_as_equal() -> None:
    """The p-value is that of exact fractions."""
    y = np.array([4.0, 6, 3, 0, 5, 1, 2])
    z = np.array([1.0, 1, 2, 1, 1, 2, 2])
    statistic = reference.codec(y, [z])
    others = [reference.codec(y[visiting_order(7, b, 1)], [z]) for b in range(50)]
    reached = sum(other >= statistic for other in others)  # type: ignore[operator]
    assert lcodec.codec_test(y, z, n_resamples=50, seed=1).pvalue == (1 + reached) / 51 == 15 / 51


def test_a_resample_that_x_determines_counts_against_rejection() -> None:
    y, z, x = [1.0, 0, 0, 1, 1, 0], [1.0, 1, 1, 2, 1, 0], [2.0, 0, 0, 1, 0, 1]
    result = lcodec.codec_test(y, z, x, n_resamples=20, seed=1)  # one of the 20 is 0/0
    assert result.statistic == pytest.approx(0.2)
    assert result.pvalue == 17 / 21


def test_draws_are_averaged_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert np.mean(DRAWS) != MEAN
    values = iter(DRAWS)
    monkeypatch.setattr("lcodec.dependence.measures.codec.coefficient_of", lambda *_: next(values))
    assert lcodec.lcodec(np.arange(9), np.arange(9), draws=13) == MEAN


def test_tables_are_averaged_in_their_order() -> None:
    tables = [
        SimpleNamespace(
            determined=False,
            sums=lambda numbers, advance, value=value: np.array([value, 0.0])[numbers],
            gains=lambda sums: sums,
            cumulative=lambda value=value: value,
            add=lambda number: None,
        )
        for value in DRAWS
    ]
    best, mean = score(tables, np.arange(2))  # type: ignore[arg-type]
    assert (best, mean.tolist()) == (0, [MEAN, 0.0])
    found = search(tables, np.arange(2), Ending(1, True, 0.0))  # type: ignore[arg-type]
    assert found == ([0], [MEAN], [MEAN], "max_features", [])
    assert search(tables, np.arange(1, 2), Ending(1, True, 0.0))[3] == "no_gain"  # type: ignore[arg-type]


def test_a_copy_is_a_line_over_all_rows_and_varies() -> None:
    x = np.random.default_rng(0).random(300)
    other = 3 - 2 * x
    assert copies([x, other].__getitem__, [0], [1]) == [1]
    other[100] += 1e-3  # not among the rows that are looked at first
    assert copies([x, other].__getitem__, [0], [1]) == []
    assert copies([x, 1e8 + 1e-8 * (x > 0.5)].__getitem__, [0], [1]) == []


def test_no_row_is_its_own_neighbour() -> None:
    y, z, x = np.random.default_rng(5).random((3, 9))
    y = y + z
    most = lcodec.codec_test(y, z, x, n_resamples=300, shuffle_neighbors=8)
    assert 0.01 < most.pvalue < 0.99
    assert lcodec.codec_test(y, z, x, n_resamples=300, shuffle_neighbors=100) == most
