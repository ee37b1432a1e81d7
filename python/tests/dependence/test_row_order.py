"""The order of the rows changes no bit of a statistic, but where an option is about that order."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lcodec
from lcodec.neighbors.sums import shifts, sum_over_rows, variance
from lcodec.neighbors.weights import column_weights
from parity_tests import strategies

SCALINGS = ("none", "std", "range")


def bits(call: Any) -> Any:
    """What a call gives, or the id of its error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        try:
            result = call()
        except lcodec.LcodecError as error:
            return error.id
    if isinstance(result, lcodec.SelectionResult):
        lists = result.selected, result.scores, result.cumulative, result.skipped
        return [one.tolist() for one in lists], result.stop_reason
    if isinstance(result, lcodec.FociGraph):
        return result.adjacency.tolist(), result.skipped.tolist()
    return str(np.asarray(result).tolist())  # as text, NaN equals itself


@given(st.data(), st.sampled_from(SCALINGS), st.booleans())
def test_every_function(data: st.DataObject, standardize: str, drop: bool) -> None:
    """Of the same rows in another order, every function gives the same bits."""
    z, x = data.draw(strategies.tables((1, 0), missing=drop))
    y = data.draw(strategies.responses_of(np.nan_to_num(z, posinf=0.0)))
    rows = np.array(data.draw(st.permutations(range(len(y)))))
    table = np.column_stack((z, x))
    options: dict[str, Any] = {
        "standardize": standardize, "missing": "drop" if drop else "refuse"
    }  # fmt: skip

    def all_of(y: np.ndarray, z: np.ndarray, x: np.ndarray, table: np.ndarray) -> list[Any]:
        return [
            bits(lambda: lcodec.codec(y, z, x, **options)),
            bits(lambda: lcodec.lcodec(y, z, x, sigma=0, **options)),
            bits(lambda: lcodec.codec_test(y, z, x, n_resamples=1, **options).statistic),
            bits(lambda: lcodec.codec_scores(table, y, **options)),
            bits(lambda: lcodec.codec_scores(table, y, given=[0], **options)),
            bits(lambda: lcodec.foci(table, y, stop=False, **options)),
            bits(lambda: lcodec.lfoci(table, y, sigma=0, draws=2, **options)),
            bits(lambda: lcodec.foci_graph(table, **options)),
            bits(lambda: lcodec.xi(z[:, 0], y, missing=options["missing"])),
        ]

    assert all_of(y[rows], z[rows], x[rows], table[rows]) == all_of(y, z, x, table)


@given(st.data(), st.sampled_from(SCALINGS))
def test_columns_of_the_same_values_weigh_the_same(data: st.DataObject, standardize: Any) -> None:
    """A column and its permutations, also with -0 for 0, have equal weights."""
    n = data.draw(st.integers(3, 60))
    column = data.draw(strategies.columns(n))
    other = np.array(data.draw(st.permutations(column.tolist())))
    other[other == 0] = -0.0
    try:
        weights, _ = column_weights(np.stack((column, other)), standardize, "X")
    except lcodec.LcodecError:
        return
    assert weights[0] == weights[1]


@given(st.integers(3, 5000), st.integers(-300, 150), st.integers(0, 2**32 - 1))
def test_variance(n: int, power: int, seed: int) -> None:
    """It is right to a few units in the last place, and symmetric in the rows."""
    rng = np.random.default_rng(seed)
    column = 10.0**power * (rng.normal(size=n) + 10.0 ** rng.integers(0, 5))
    mean = math.fsum(column) / n
    squares = [(x - mean) ** 2 for x in column.tolist()]
    found = variance(np.stack((column, rng.permutation(column))))
    assert found[0] == found[1]
    if min(squares) > 1e-290:
        assert found[0] == pytest.approx(math.fsum(squares) / (n - 1), rel=1e-14)


@pytest.mark.parametrize("n", [3, 4, 1000, 2**15])
def test_sums_of_means_over_tie_sets_are_exact(n: int) -> None:
    """They are rounded once, as `math.fsum` does."""
    rng = np.random.default_rng(n)
    sizes = rng.integers(1, n, (5, n))
    values = rng.integers(sizes, sizes * n + 1) / sizes
    assert sum_over_rows(values).tolist() == [math.fsum(row) for row in values.tolist()]
    gained = values - values[0]
    assert sum_over_rows(gained).tolist() == [math.fsum(row) for row in gained.tolist()]


def test_sums_of_the_most_rows() -> None:
    """At the limit of rows, every number at its bound in size, the parts are still exact."""
    n = 2**21 - 1
    above, below = shifts(n, n)
    for c, largest in ((above, float(n)), (below, 2.0**-12)):
        unit = math.ulp(c)
        assert n * (math.ceil(largest / unit) * unit) <= 2.0**53 * unit
        assert math.ulp(c + largest) == math.ulp(c - largest) == unit
    assert sum_over_rows(np.full(n, float(n))) == float(n) ** 2


@pytest.mark.parametrize("levels", [[1.0, 3.0, 9.0], [0.0, 10.0, 100.0], [0.1, 0.2, 0.4]])
def test_factorial_design(levels: list[float]) -> None:
    """All columns hold the same values: they weigh the same, and ties between columns survive."""
    z = np.array(list(itertools.product(levels, repeat=4)))
    y = z[:, 0] + z[:, 1] * (z[:, 2] > levels[0])
    y = y + 0.3 * np.std(levels) * np.random.default_rng(1).normal(size=81)
    values = {
        lcodec.codec(y[rows], z[rows], standardize=scaling)  # type: ignore[arg-type]
        for scaling in SCALINGS
        for rows in (np.random.default_rng(seed).permutation(81) for seed in range(10))
    }
    assert len(values) == 1
