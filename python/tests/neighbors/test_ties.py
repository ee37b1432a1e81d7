"""One row of a tie set stands for it by number, in whatever order the set was found."""

from __future__ import annotations

import itertools

import numpy as np

from lcodec.neighbors.ties import Choice, chosen_value

LABELS = np.array([9, 2, 4, 6, 8])


def test_first_is_the_lowest_row() -> None:
    choice = Choice.of("first", 0, 0)
    for rows in itertools.permutations([2, 3, 4]):
        assert chosen_value(np.array(rows), LABELS, 0, choice, 0) == 4.0


def test_random_draws_from_the_rows_in_their_order() -> None:
    drawn = []
    for seed in range(12):
        choice = Choice.of("random", 1, seed)
        orders = itertools.permutations([1, 2, 3])
        (value,) = {chosen_value(np.array(rows), LABELS, 0, choice, 5) for rows in orders}
        drawn.append(value)
    assert set(drawn) == {2.0, 4.0, 6.0}
