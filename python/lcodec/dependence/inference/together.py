"""Tests of several sets of columns for one response, each by itself, and what they share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray, IntArray
from lcodec.dependence.coefficient import Response
from lcodec.dependence.inference.conditions import Conditions, Neighbors
from lcodec.dependence.inference.exchange import LOOKED_AT, warn_of_poor_exchange
from lcodec.dependence.inference.methods import NULL_VARIANCE, USUAL, Method, Names, Plan
from lcodec.dependence.inference.moments import PairSums, moment_test
from lcodec.dependence.inference.resampling import Resampling, coefficients, p_values
from lcodec.random.normal import upper_tail
from lcodec.random.permutation import drawn_permutations


class Outcomes(NamedTuple):
    """One entry for each set of columns."""

    statistic: FloatArray
    pvalue: FloatArray
    n_resamples: IntArray
    z: FloatArray  # NaN where the method knows none


class Given(NamedTuple):
    """Columns (p, n) with their weights in the distance."""

    columns: FloatArray
    weights: FloatArray


def together(
    y: FloatArray, x: Conditions, tested: Sequence[Given], method: Method, plan: Plan,
    names: Names = USUAL,
) -> Outcomes:  # fmt: skip
    """Test each of the sets of columns in `tested`."""
    response = Response.of(y, plan.response)
    count = len(tested)
    nothing = np.full(count, math.nan)
    undefined = Outcomes(nothing, nothing, np.zeros(count, dtype=np.int64), nothing)
    if response.is_constant:
        checks.warn_constant_response()
        return undefined
    real, without_z = np.arange(len(y), dtype=np.int32)[np.newaxis], x.near and x.near.sets
    neighbors = [
        Neighbors.of(
            np.concatenate((x.columns, one.columns)), np.concatenate((x.weights, one.weights)),
            plan.ties, plan.n_neighbors, graph=method == "moments",
        )
        for one in tested
    ]  # fmt: skip
    sets = [one.sets for one in neighbors]
    statistic = coefficients(response, real, sets, without_z)[:, 0]
    if np.isnan(statistic[0]):
        checks.warn_determined_response(names.given, names.response)
        return undefined
    if method == "asymptotic":
        z = statistic / math.sqrt(NULL_VARIANCE / len(y))
        tails = np.array([upper_tail(value) for value in z])
        return Outcomes(statistic, tails, undefined.n_resamples, z)
    if method == "moments":
        pairs = PairSums.of(response.labels)
        found = [
            moment_test(value, response, pairs, graph, plan)
            for value, (_, graph) in zip(statistic.tolist(), neighbors, strict=True)
            if graph is not None
        ]
        z, tails = np.array(found).T
        return Outcomes(statistic, tails, undefined.n_resamples, z)
    rows = drawn_permutations(len(y), plan.seed)
    if x.near is not None:
        rows = x.near.exchanges
        columns = np.concatenate([one.columns for one in tested])
        first = rows(range(min(plan.n_resamples, LOOKED_AT)))
        warn_of_poor_exchange(response, columns, x.near.rows, first, plan.adjusted, names)
    resampling = Resampling(plan.n_resamples, plan.max_exceedances, rows, without_z)
    return Outcomes(statistic, *p_values(statistic, response, sets, resampling), nothing)
