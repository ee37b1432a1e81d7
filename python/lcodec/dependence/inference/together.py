"""Tests of several sets of columns for one response, each by itself, and what they share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray, IntArray
from lcodec.dependence.coefficient import Response
from lcodec.dependence.inference.conditions import Conditions
from lcodec.dependence.inference.exchange import LOOKED_AT, warn_of_poor_exchange
from lcodec.dependence.inference.methods import NULL_VARIANCE, USUAL, Method, Names, Plan
from lcodec.dependence.inference.moments import moment_test
from lcodec.dependence.inference.resampling import Resampling, WithoutZ, coefficients, p_values
from lcodec.neighbors import TieSets, graph_sums
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
    labels, without = response.labels[np.newaxis], None
    if x.near is not None:
        without = WithoutZ.of(labels, x.near.sets)
        if without.remaining[0] == 0:
            checks.warn_determined_response(names.given, names.response)
            return undefined
    sets = [
        TieSets(
            np.concatenate((x.columns, one.columns)), np.append(x.weights, one.weights),
            plan.ties, plan.n_neighbors,
        )
        for one in tested
    ]  # fmt: skip
    statistic = coefficients(response, labels, sets, without)[:, 0]
    if method == "asymptotic":
        z = statistic / math.sqrt(NULL_VARIANCE / len(y))
        tails = np.array([upper_tail(value) for value in z])
        return Outcomes(statistic, tails, undefined.n_resamples, z)
    if method == "moments":
        found = [
            moment_test(value, response, graph_sums(*one, plan.ties, plan.n_neighbors), plan)
            for value, one in zip(statistic.tolist(), tested, strict=True)
        ]
        z, tails = np.array(found).T
        return Outcomes(statistic, tails, undefined.n_resamples, z)
    rows = drawn_permutations(len(y), plan.seed)
    if x.near is not None:
        rows = x.near.exchanges
        columns = np.concatenate([one.columns for one in tested])
        first = rows(range(min(plan.n_resamples, LOOKED_AT)))
        warn_of_poor_exchange(response, columns, x.near.rows, first, plan.adjusted, names)
    resampling = Resampling(plan.n_resamples, plan.max_exceedances, rows, x.near and x.near.sets)
    return Outcomes(statistic, *p_values(statistic, response, sets, resampling), nothing)
