"""One p-value for independence or conditional independence, the same with x and y exchanged."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, Missing
from lcodec.dependence.arguments import indicator_weights, tell_few_values
from lcodec.dependence.inference.adjust import check_adjust, residuals
from lcodec.dependence.inference.conditions import Conditions
from lcodec.dependence.inference.methods import Method, Names, Plan, Ties
from lcodec.dependence.inference.together import Given, together
from lcodec.neighbors import Scaling, column_weights
from lcodec.random.permutation import permutations
from lcodec.resources import jobs

ENOUGH = 10  # permutations that reach T: then the p-value is known well enough to decide


@checks.known_options
def ci_test(
    x: ArrayLike,
    y: ArrayLike,
    Z: ArrayLike | None = None,
    *,
    level: float = 0.05,
    shuffle_neighbors: int = 5,
    ties: Ties = "average",
    n_neighbors: checks.Neighbors = 1,
    standardize: Scaling | None = "std",
    adjust: Any = None,
    seed: int = 0,
    missing: Missing = "refuse",
    n_jobs: int | None = None,
    response: Literal["ordered"] | None = None,
) -> float:
    """Return the p-value of the test that x and y are independent, or are so given Z.

    It is `codec_test` as programs that search for causal graphs call a test: x and y play the same
    part, discrete variables need no option, and large p-values take few permutations.

    Parameters
    ----------
    x, y : (n,) or (n, p) array_like or table
        Variables, n >= 3 samples; x or y is of one column. Text, truth values and categories are
        classes without an order; numbers have one, and so have ordered categories of numbers.
    Z : (n, q) array_like or table, optional
        Conditioning variables of the same kinds; None (default) or no columns for none.
    level : float, default 0.05
        The smallest level at which the p-value will be compared, in (0, 1). It sets how many
        permutations are made at most: more would change no decision at this level or a larger one.
        The p-value is valid at any level; the smallest possible one is a tenth of `level`.
    shuffle_neighbors, ties, n_neighbors, standardize, seed, missing, n_jobs
        As in `codec_test`.
    adjust : {None, "kernel"} or regressor, default None
        With Z: test residuals of x and y on Z, as in `codec_test`; without Z it does nothing. It
        needs numbers in x and y.
    response : {None, "ordered"}, default None
        "ordered" states that whole numbers of few values have an order, which a warning asks for.

    Returns
    -------
    float
        The p-value, at most 1. T is not symmetric: where x and y both have one column, it is
        tested with each as the response, and the p-value is twice the smaller one, at most 1.
        Where one has several columns, the other is the response. A constant variable is
        independent of everything: the p-value is 1, with a warning. A response that Z determines
        in the sample cannot be tested: the other direction counts alone, and if there is none the
        p-value is 1, with a warning.

    Raises
    ------
    LcodecError
        As `codec_test`, and where neither x nor y is of one column.

    Warns
    -----
    LcodecWarning
        As `codec_test`. ``lcodec:poorExchange`` says that the p-value may be too small, which
        happens with several columns in Z.

    Notes
    -----
    Each direction permutes until 10 permutations reach T [2]_, and makes at most 10/a - 1: a is
    `level`, or half of it where there are two directions. Without Z the level is exact. With Z the
    permutations exchange values between near rows, and are approximate: see
    ``docs/conditional-test.md``.

    References
    ----------
    .. [1] H. Shi, M. Drton, F. Han, "On Azadkia-Chatterjee's conditional dependence coefficient",
       Bernoulli, arXiv:2108.06827.
    .. [2] J. Besag, P. Clifford, "Sequential Monte Carlo p-values", Biometrika 78(2):301-304, 1991.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> x, z = np.random.default_rng(0).random((2, 500))
    >>> y = (x + z) % 1
    >>> round(lcodec.ci_test(x, y), 2), lcodec.ci_test(x, y, z)
    (1.0, 0.005)
    >>> colour = np.array(["red", "green"])[(x > 0.5).astype(int)]
    >>> lcodec.ci_test(colour, x)
    0.005
    """
    return both_ways(
        x, y, Z, level=level, shuffle_neighbors=shuffle_neighbors, ties=ties,
        n_neighbors=n_neighbors, standardize=standardize, adjust=adjust, seed=seed,
        missing=missing, n_jobs=n_jobs, response=response,
    ).pvalue  # fmt: skip


class BothWays(NamedTuple):
    """The p-value of `ci_test`, and T of the first direction with the smaller p-value of two."""

    statistic: float
    pvalue: float


def both_ways(
    x: ArrayLike, y: ArrayLike, Z: ArrayLike | None = None, *, level: float = 0.05,
    shuffle_neighbors: int = 5, ties: Ties = "average", n_neighbors: checks.Neighbors = 1,
    standardize: Scaling | None = "std", adjust: Any = None, seed: int = 0,
    missing: Missing = "refuse", n_jobs: int | None = None,
    response: Literal["ordered"] | None = None,
) -> BothWays:  # fmt: skip
    """Test as `ci_test` does. T is NaN where a variable is constant, or Z determines both."""
    level = checks.fraction(level, "level")
    checks.ordered_response(response, "where text and categories are classes")
    plan = Plan.of(
        n_resamples=1, max_exceedances=ENOUGH, shuffle_neighbors=shuffle_neighbors, ties=ties,
        n_neighbors=n_neighbors, standardize=standardize, seed=seed, n_jobs=n_jobs,
        adjusted=adjust is not None,
    )  # fmt: skip
    missing = checks.choice(missing, "missing", checks.MISSING)
    sides, given = _read(x, y, Z, missing)
    plan = plan.of_rows(sides[0].columns.shape[1])
    for side in sides:
        if side.is_constant:
            checks.warn(
                "constantResponse",
                f"`{side.name}` is constant, so it is independent of everything: the p-value is 1",
            )
            return BothWays(math.nan, 1.0)
    if response is None:
        for side in sides:
            if side.width == 1 and not side.is_nominal:
                tell_few_values(side.response, "give it as text or categories", side.name)
    with_z = len(given.columns) > 0
    check_adjust(adjust, with_x=True)
    for side in sides:
        if adjust is not None and side.indicators:
            checks.fail(
                "optionValue",
                f"`adjust` needs numbers in `x` and `y`, got classes in `{side.name}`",
            )
    with jobs(plan.n_jobs):
        if adjust is not None and with_z:
            sides = [side.less(given, adjust, plan) for side in sides]
        ways = [pair for pair in (sides, sides[::-1]) if pair[0].width == 1]
        plan = plan._replace(n_resamples=math.ceil(ENOUGH * len(ways) / level) - 1)
        weighted, reach = given.weighted(plan.standardize)
        conditions = Conditions.of(*weighted, plan)
        found: list[BothWays] = []
        for first, second in ways:
            found.append(_one_way(first, second, conditions, reach, plan))
            if found[-1].pvalue == 1 / (1 + plan.n_resamples):
                break  # the smallest p-value that there is
    defined = [one for one in found if not math.isnan(one.pvalue)]
    if not defined:
        return BothWays(math.nan, 1.0)
    least = min(defined, key=lambda one: one.pvalue)
    directions = len(ways) - len(found) + len(defined)
    return least._replace(pvalue=min(1.0, directions * least.pvalue))


class Variables(NamedTuple):
    """An argument, checked: columns of numbers, and indicators of classes."""

    name: str
    columns: FloatArray  # (q, n)
    width: int  # in variables
    indicators: list[list[int]]  # the columns of each variable of classes

    @property
    def is_nominal(self) -> bool:
        """Whether it is one variable of classes."""
        return self.width == 1 and bool(self.indicators)

    @property
    def is_constant(self) -> bool:
        """Whether no column varies."""
        return not np.ptp(self.columns, axis=1).any()

    @property
    def response(self) -> FloatArray:
        """Return the values, or the numbers of the classes, of one variable."""
        if self.is_nominal:
            return np.asarray(self.columns.argmax(axis=0), dtype=np.float64)
        return np.asarray(self.columns[0])

    def weighted(self, standardize: Scaling, reach: float = 0.0) -> tuple[Given, float]:
        """Return the columns with their weights, and a bound of distances; see `column_weights`."""
        own = indicator_weights(self.columns, self.indicators, standardize)
        weights, reach = column_weights(self.columns, standardize, self.name, own=own, reach=reach)
        return Given(self.columns, weights), reach

    def less(self, given: Variables, adjust: Any, plan: Plan) -> Variables:
        """Return the residuals on what is given."""
        n = self.columns.shape[1]
        order = permutations(n, range(plan.n_resamples, plan.n_resamples + 1), plan.seed)[0]
        first, rest = residuals(self.columns[0], self.columns[1:], given.columns, adjust, order)
        return self._replace(columns=np.concatenate((first[np.newaxis], rest.reshape(-1, n))))


def _read(
    x: ArrayLike, y: ArrayLike, Z: ArrayLike | None, missing: Missing
) -> tuple[list[Variables], Variables]:
    """Return x and y, and what is given, without incomplete rows."""
    values: dict[str, Any] = {"x": x, "y": y}
    if not checks.is_absent(Z):
        values["Z"] = Z
    read: list[Variables] = []
    matrices: list[FloatArray] = []
    for name, value in values.items():
        table, widths = checks.with_classes(value, name, missing)
        shape: dict[str, Any] = {"rows": len(matrices[0]), "like": "x"} if matrices else {}
        matrix = checks.matrix(table, name, missing=missing, **shape)
        matrices.append(matrix)
        if widths is None:
            widths = np.ones(matrix.shape[1], dtype=np.int64)
        ends = np.cumsum(widths).tolist()
        starts = (ends - widths).tolist()
        groups = [
            list(range(start, end))
            for start, end in zip(starts, ends, strict=True) if end - start > 1
        ]  # fmt: skip
        read.append(Variables(name, matrix.T, len(widths), groups))
    if all(side.width > 1 for side in read[:2]):
        checks.fail(
            "notVector",
            f"`x` or `y` must be one column, got {read[0].width} and {read[1].width}",
        )
    checks.warn_unaligned(values)
    whole = checks.complete(matrices, "x", missing)
    first, second, *rest = (
        one._replace(columns=np.ascontiguousarray(matrix.T))
        for one, matrix in zip(read, whole, strict=True)
    )
    none = Variables("Z", first.columns[:0], 0, [])
    return [first, second], rest[0] if rest else none


def _one_way(
    response: Variables, tested: Variables, given: Conditions, reach: float, plan: Plan
) -> BothWays:
    """Return T and its p-value with one of the two as the response; NaN where T is undefined."""
    plan = plan._replace(response="nominal" if response.is_nominal else "ordered")
    z, _ = tested.weighted(plan.standardize, reach)
    method: Method = "permutation" if given.near is None else "local_permutation"
    names = Names(response.name, tested.name, "Z")
    outcome = together(response.response, given, [z], method, plan, names)
    return BothWays(float(outcome.statistic[0]), float(outcome.pvalue[0]))
