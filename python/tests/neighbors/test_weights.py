"""What the weights of columns promise of every distance: it fits into a double, and is not lost."""

from __future__ import annotations

import numpy as np
import pytest

import lcodec
from lcodec.neighbors.sums import sum_over_rows
from lcodec.neighbors.weights import column_weights

Y = np.arange(5.0)
LARGE = np.array([0.0, 1.1e154, 3e153, 5e153, 8e153])  # two such squares together overflow


def test_a_bound_counts_the_columns_before() -> None:
    _, bound = column_weights(LARGE[np.newaxis], "none", "x")
    with pytest.raises(lcodec.LcodecError, match="`z` must have squared"):
        column_weights(LARGE[np.newaxis], "none", "z", reach=bound)


def test_a_distance_is_bounded_over_the_columns_of_x_and_z_together() -> None:
    assert lcodec.codec(Y, LARGE) == lcodec.codec(Y, LARGE * 2.0**-500)
    for z, x in ((LARGE, LARGE[::-1]), (np.column_stack((LARGE, LARGE[::-1])), None)):
        with pytest.raises(lcodec.LcodecError, match="`z` must have squared") as caught:
            lcodec.codec(Y, z, x)
        assert caught.value.id == "lcodec:badScale"


@pytest.mark.parametrize("scaling", ["none", "std", "range"])
def test_a_column_that_varies_does_not_vanish_from_the_distance(scaling: str) -> None:
    for size in (2e-170, 1e-155):
        with pytest.raises(lcodec.LcodecError, match=r"got a column \(number 2, counting from 1"):
            column_weights(np.array([Y, size * Y]), scaling, "X")  # type: ignore[arg-type]
    weights, bound = column_weights(np.array([0 * Y, Y]), scaling, "X", reach=3.0)  # type: ignore[arg-type]
    assert weights[0] == 0.0
    assert bound == 3.0 + 16.0 * weights[1]


def test_the_nearest_two_values_decide_whether_a_square_is_tiny() -> None:
    """Equal values do not, nor do distant ones."""
    far = np.array([1e-140, 1e-140, 1.0, 1.0, 2.0])
    near = np.array([0.0, 1e-155, 1.0, 1.0, 2.0])
    column_weights(np.array([far]), "none", "X")  # no warning
    with pytest.warns(lcodec.LcodecWarning, match="differences so small") as caught:
        column_weights(np.array([far, near]), "none", "X")
    assert caught[0].message.id == "lcodec:tinyDifferences"  # type: ignore[union-attr]


def test_a_sum_does_not_depend_on_the_order_of_its_terms() -> None:
    """Nor where the second part is rounded: numbers of 53 bits, and of both signs."""
    rng = np.random.default_rng(0)
    values = np.sqrt(rng.random((3, 500))) * [[500.0], [2.0**-36], [-10.0]]
    values[2] *= 10.0 ** (-12 * rng.random(500))
    orders = [rng.permutation(500) for _ in range(20)]
    assert all((sum_over_rows(values[:, rows]) == sum_over_rows(values)).all() for rows in orders)
    for one in values:
        assert {float(sum_over_rows(one[rows])) for rows in orders} == {float(sum_over_rows(one))}
