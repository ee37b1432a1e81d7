"""Whether exchanging responses between near rows can be trusted."""

from __future__ import annotations

import math

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import kernel
from lcodec.dependence.coefficient import Response
from lcodec.dependence.inference.methods import USUAL, Names
from lcodec.neighbors import Labels
from lcodec.random.permutation import Orders

# the exchange is poor where y and z both lose more than this of the rank correlation of near rows;
# docs/conditional-test.md has the rates of the warning
POOR = 0.07
LARGE = 1000  # rows; with more, a smaller loss shifts T by as many standard errors
LOOKED_AT = 20  # resamples; their mean varies little
SCALE = 1024  # of ranks, so that sums of their products are exact


def warn_of_poor_exchange(
    response: Response, z: FloatArray, near: IntArray, exchanges: Orders, adjusted: bool,
    names: Names = USUAL,
) -> None:  # fmt: skip
    """Warn where exchanged responses resemble those of near rows much less than the real ones.

    A real response then depends on x more than an exchanged one, and z, which depends on x too,
    tells more about it. So both have to lose: the column of z that loses most counts. Where y does
    not, z is not looked at.
    """
    bound = POOR * min(1.0, math.sqrt(math.sqrt(LARGE / len(near))))
    of_y = (
        near_agreements(response, near, exchanges)
        if response.is_nominal
        else near_correlations(response.at_most, near, exchanges)
    )
    if of_y[0] - of_y[1] <= bound:
        return
    of_z = max(
        (near_correlations(Response.of(column).at_most, near, exchanges) for column in z),
        key=lambda pair: pair[0] - pair[1],
    )
    if of_z[0] - of_z[1] > bound:
        y_name, z_name, x_name = names
        what, of_both = "the rank correlation", ""
        way_out = f"residuals of `{y_name}` and `{z_name}` on `{x_name}` (in Python `adjust`), "
        if response.is_nominal:  # has no residuals
            what, of_both, way_out = "the agreement", "the rank correlation ", ""
        elif adjusted:
            way_out = "another regressor in `adjust`, "
        checks.warn(
            "poorExchange",
            f"rows near in `{x_name}` are too far apart for a trustworthy p-value: exchanging "
            f"values between them lowers {what} of near rows from {of_y[0]:.2f} to "
            f"{of_y[1]:.2f} in `{y_name}` and {of_both}from {of_z[0]:.2f} to {of_z[1]:.2f} in "
            f"`{z_name}`; use {way_out}fewer columns of `{x_name}`, or more rows",
        )


def near_correlations(at_most: IntArray, near: IntArray, exchanges: Orders) -> tuple[float, float]:
    """Return the rank correlation of rows and those near them, before and after exchanges."""
    n, count = near.shape
    scaled = at_most * SCALE // n
    ranks = scaled - scaled.sum() // n
    square = int(ranks @ ranks) * count
    if square == 0:
        return 0.0, 0.0

    real = np.arange(n, dtype=np.int32)[np.newaxis]
    return (
        _products(ranks, near, real) / square,
        _products(ranks, near, exchanges) / (square * len(exchanges)),
    )


@kernel
def _products(ranks, near, orders):  # type: ignore[no-untyped-def]
    """Return the sum of the products of rows and those near them, in all orders."""
    total, own = 0, np.empty_like(ranks)
    for b in range(orders.shape[0]):
        for i in range(ranks.shape[0]):
            own[i] = ranks[np.uint64(orders[b, i])]
        for i in range(ranks.shape[0]):
            of_near = 0
            for k in range(near.shape[1]):
                of_near += own[np.uint64(near[i, k])]
            total += own[i] * of_near
    return total


def near_agreements(response: Response, near: IntArray, exchanges: Orders) -> tuple[float, float]:
    """Return how often near rows are of one class, before and after: 0 for chance, 1 for always."""
    n, count = near.shape

    def agreement(labellings: Labels) -> float:
        equal = sum(int((labels[:, np.newaxis] == labels[near]).sum()) for labels in labellings)
        each = len(labellings) * count
        chance, rest = each * int(response.sum_square), each * int(response.sum_spread)
        return float((equal * (n - 1) - chance) / rest)

    return agreement(response.labels[np.newaxis]), agreement(response.labels[exchanges])
