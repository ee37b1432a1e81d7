"""The test of a step of FOCI: the best candidate against the best of exchanged responses.

Responses are exchanged as in `codec_test`, and each exchange has its own best candidate: these are
the null distribution of the best. The neighbours of a candidate are found once for all exchanges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray, IntArray
from lcodec.dependence.coefficient import conditional, unconditional
from lcodec.dependence.inference.conditions import Near
from lcodec.dependence.inference.resampling import BLOCK, ROUNDING
from lcodec.dependence.selection.greedy import Ending, Table
from lcodec.neighbors import TieSets, backend_of, batch_sums
from lcodec.random.permutation import drawn_permutations
from lcodec.resources import default_limit

_PER_LABEL = 40  # bytes of a label with its values, and what they are added with


class BestOfAll(NamedTuple):
    """How the best candidate of a step is tested: the options of `foci` with ``stop="test"``."""

    level: float
    n_resamples: int
    shuffle_neighbors: int

    @classmethod
    def of(
        cls, level: object, n_resamples: object, shuffle_neighbors: object,
        name: str = "n_resamples",
    ) -> BestOfAll:  # fmt: skip
        """Check the options; `name` is that of the number of exchanges."""
        return cls(
            checks.fraction(level, "level"),
            checks.whole_number(n_resamples, name, 1),
            checks.whole_number(shuffle_neighbors, "shuffle_neighbors", 1),
        )

    def p_value(self, table: Table, candidates: IntArray, statistic: float) -> float:
        """Return how probable a best coefficient of `statistic` is, where no candidate matters."""
        best = _best_exchanged(table, candidates, self.n_resamples, self.shuffle_neighbors)
        # an exchange without a value counts against the candidate
        reached = np.count_nonzero(~(best < statistic - ROUNDING))
        return float((1 + reached) / (1 + self.n_resamples))


def needs_fixed_ties(ending: Ending, ties: str) -> None:
    """Refuse a test with ties at random: they would be drawn again for each exchange."""
    if ending.test is not None and ties == "random":
        checks.fail(
            "optionValue",
            "`ties` must be one of 'average', 'first' with `stop` 'test', got 'random'",
        )


def needs_exchanges(ending: Ending, test: BestOfAll, name: str = "n_resamples") -> None:
    """Refuse so few exchanges, an option `name`, that no column could be significant."""
    if ending.test is not None and 1 / (1 + test.n_resamples) > test.level:
        checks.fail(
            "optionRange",
            f"`{name}` must be at least 1/`level` - 1, so that a p-value can be within it, got "
            f"{test.n_resamples}",
        )


def needs_one_response(ending: Ending, y: FloatArray) -> None:
    """Refuse a test of several responses: those before each are in its distance.

    An exchange would change the neighbours.
    """
    if ending.test is not None and y.ndim > 1:
        checks.fail("optionValue", f"`stop` 'test' needs `y` of one column, got {y.shape[1]}")


def _best_exchanged(
    table: Table, candidates: IntArray, n_resamples: int, shuffle_neighbors: int
) -> FloatArray:
    """Return the largest T(Y', X_j | X_S) over the candidates for each exchange Y' (B,)."""
    options, n = table.options, len(table.response.labels)
    memory = default_limit() if options.memory_limit is None else options.memory_limit
    most_labels = BLOCK // max(n, len(candidates))
    size = max(1, min(most_labels, memory // (4 * _PER_LABEL * n)))
    blocks = [range(first, min(first + size, n_resamples)) for first in range(0, n_resamples, size)]
    chosen = np.array([_column(table, number) for number in table.chosen]).reshape(-1, n)
    weights = table.weights[table.chosen]
    most = np.full(n_resamples, -np.inf)
    if len(chosen) == 0:
        shuffled = drawn_permutations(n, options.seed)
        for sets in _blocks_of_sets(table, candidates, chosen, memory):
            for block in blocks:
                sums, _ = batch_sums(sets, table.response.labels, shuffled(block))
                some = most[block.start : block.stop]
                np.maximum(some, sums.max(axis=0), out=some)
        return unconditional(most, table.response)
    near = Near.of(
        chosen, weights, options.ties, options.n_neighbors, shuffle_neighbors, options.seed
    )
    left = np.empty(n_resamples)
    for sets in _blocks_of_sets(table, candidates, chosen, memory):
        for block in blocks:
            gained, left[block.start : block.stop] = batch_sums(
                sets, table.response.labels, near.exchanges(block), near.sets
            )
            some = most[block.start : block.stop]
            np.maximum(some, gained.max(axis=0), out=some)
    return conditional(most, left)


def _blocks_of_sets(
    table: Table, candidates: IntArray, chosen: FloatArray, memory: int
) -> Iterator[list[TieSets]]:
    """Find the tie sets of all candidates, and yield as many at once as memory holds."""
    sets: list[TieSets] = []
    held = 0
    for number in candidates.tolist():
        axes = table.axes_of(number)
        found = TieSets(
            np.stack([*chosen, *(_column(table, axis) for axis in axes)]),
            table.weights[[*table.chosen, *axes]],
            table.options.ties,
            table.options.n_neighbors,
            most=max(1, memory // 16),
        )
        sets.append(found)
        held += found.held
        if held >= memory // 2:
            yield sets
            sets, held = [], 0
    if sets:
        yield sets


def _column(table: Table, number: int) -> FloatArray:
    return backend_of(table.columns).column(table.columns, number)
