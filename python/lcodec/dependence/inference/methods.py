"""The options of the tests, and which method fits the data."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray
from lcodec.dependence.arguments import scaling
from lcodec.neighbors import Scaling

Method = Literal["moments", "permutation", "asymptotic", "local_permutation"]
Ties = Literal["average", "first"]

METHODS: tuple[Method, ...] = get_args(Method)
TIE_RULES: tuple[Ties, ...] = get_args(Ties)

# n Var T(Y, Z) under independence, continuous Y and Z in one dimension: 2/5 + (2/5) q + (4/5) o,
# q = 2/3 the chance that a nearest neighbour is mutual, o = 1/2 the mean number of other rows
# with the same nearest neighbour (Shi, Drton & Han)
NULL_VARIANCE = 16.0 / 15.0

# different rows of z from which moments are the default: T is skewed where z has few, as a sum of
# so many squares is, and no normal tail fits
MANY = 50


class Names(NamedTuple):
    """What the user calls the arguments of a test."""

    response: str = "y"
    tested: str = "z"
    given: str = "x"


USUAL = Names()


class Plan(NamedTuple):
    """Checked options of a test."""

    method: Method | None
    n_resamples: int
    max_exceedances: int | None
    shuffle_neighbors: int
    ties: Ties
    n_neighbors: int
    standardize: Scaling
    seed: int
    n_jobs: int | None
    response: checks.Response | None
    adjusted: bool

    @classmethod
    def of(
        cls, *, method: object = None, n_resamples: object, max_exceedances: object,
        shuffle_neighbors: object = 1, ties: object, n_neighbors: object,
        standardize: object = None, seed: object, n_jobs: object, response: object = None,
        adjusted: bool = False, methods: tuple[Method, ...] = METHODS,
    ) -> Plan:  # fmt: skip
        """Check them in this order."""
        return cls(
            None if method is None else checks.choice(method, "method", methods),
            checks.whole_number(n_resamples, "n_resamples", 1),
            None
            if max_exceedances is None
            else checks.whole_number(max_exceedances, "max_exceedances", 1),
            checks.whole_number(shuffle_neighbors, "shuffle_neighbors", 1),
            checks.choice(ties, "ties", TIE_RULES),
            checks.neighbors(n_neighbors),
            scaling(standardize),
            checks.whole_number(seed, "seed", 0),
            checks.jobs(n_jobs),
            checks.response(response),
            adjusted,
        )

    def of_rows(self, rows: int) -> Plan:
        """Return them with the number of neighbours for so many rows."""
        return self._replace(n_neighbors=checks.neighbors_of(self.n_neighbors, rows))


def method_of(
    plan: Plan, y: FloatArray, z: FloatArray, x: FloatArray, *, each: bool = False
) -> Method:
    """Choose the method, or refuse one that does not fit the data: z, or `each` column of it."""
    method = plan.method
    with_x = len(x) > 0
    if method is None:
        if with_x:
            return "local_permutation"
        if plan.max_exceedances is not None:
            return "permutation"
        if each or len(z) == 1:
            ordered = np.sort(z, axis=1)
            different = 1 + (ordered[:, 1:] != ordered[:, :-1]).sum(axis=1)
        else:
            different = np.unique(z, axis=1).shape[1]
        many = np.min(different) >= MANY
        return "moments" if many else "permutation"
    if method in ("moments", "permutation") and with_x:
        checks.fail(
            "optionValue", f"`method` '{method}' needs no `x`; with `x` use 'local_permutation'"
        )
    if method == "local_permutation" and not with_x:
        checks.fail(
            "optionValue", "`method` 'local_permutation' needs `x`; without `x` use 'permutation'"
        )
    if method == "asymptotic":
        got = ""
        if with_x:
            got = "`x`"
        elif plan.response == "nominal":
            got = "response='nominal'"
        elif plan.n_neighbors > 1:
            got = f"`n_neighbors` {plan.n_neighbors}"
        elif len(z) > 1 and not each:
            got = f"{len(z)} columns of `z`"
        elif len(np.unique(y)) < len(y):
            got = "repeated values in `y`"
        elif any(len(np.unique(column)) < len(y) for column in z):
            got = f"repeated values in `{'Z' if each else 'z'}`"
        needs = "`z` of one column, no `x`, and no repeated values in `y` or `z`"
        if each:
            needs = "no `x`, and no repeated values in `y` or `Z`"
        if got:
            checks.fail("optionValue", f"`method` 'asymptotic' needs {needs}, got {got}")
    return method
