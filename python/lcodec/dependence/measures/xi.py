"""Chatterjee's rank correlation xi, the one-column ancestor of CODEC.

Chatterjee (2021), "A new coefficient of correlation", Journal of the American Statistical
Association 116:2009-2022, https://arxiv.org/abs/1909.10140.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, Missing
from lcodec.dependence.arguments import tell_few_values
from lcodec.dependence.coefficient import Response
from lcodec.neighbors import expected_steps
from lcodec.random.permutation import first_words
from lcodec.random.philox import TIES

Ties = Literal["average", "random"]

TIE_RULES: tuple[Ties, ...] = get_args(Ties)


@checks.known_options
def xi(
    x: ArrayLike,
    y: ArrayLike,
    *,
    ties: Ties = "average",
    seed: int = 0,
    missing: Missing = "refuse",
    response: Literal["ordered"] | None = None,
) -> float:
    r"""Chatterjee's correlation of y with x: 0 for independence, 1 when y is a function of x.

    Both hold in the limit of many samples. Only the order of x and of y enters. It is not
    symmetric: it asks whether y is a function of x.

    Parameters
    ----------
    x : (n,) array_like
        Predictor, n >= 3 samples.
    y : (n,) array_like
        Response. Ties are handled exactly.
    ties : {"average", "random"}, default "average"
        What happens to rows with the same x, whose order is arbitrary: the exact expectation over
        all orders, or one order at random (the published coefficient).
    seed, missing, response
        As in `codec`.

    Returns
    -------
    float
        xi, at most 1; negative values are possible. NaN with the `LcodecWarning`
        ``lcodec:constantResponse`` for constant y.

    Raises
    ------
    LcodecError
        For input of the wrong shape, size or type, non-finite values and unknown options.

    Notes
    -----
    With rows in the order of x, :math:`r_i = \#\{j: y_j \le y_i\}` and
    :math:`l_i = \#\{j: y_j \ge y_i\}`,

    .. math::
        \xi = 1 - \frac{n \sum_{i<n} |r_{i+1} - r_i|}{2 \sum_i l_i (n - l_i)}.

    References
    ----------
    .. [1] S. Chatterjee, "A new coefficient of correlation", J. Amer. Statist. Assoc.
       116:2009-2022, 2021, equation (1) and the definition with ties below it.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> x = np.arange(-100, 101)
    >>> print(round(lcodec.xi(x, x**2), 3), round(lcodec.xi(x**2, x), 3))
    0.97 -0.125
    """
    ties = checks.choice(ties, "ties", TIE_RULES)
    seed = checks.whole_number(seed, "seed", 0)
    checks.ordered_response(response)
    x_values, y_values = read_pair(x, y, missing, response)
    value = xi_of(x_values, Response.of(y_values), ties, seed)
    if math.isnan(value):
        checks.warn_constant_response()
    return value


def read_pair(
    x: ArrayLike, y: ArrayLike, missing: Missing, response: str | None
) -> tuple[FloatArray, FloatArray]:
    """Return x and y, checked; `response` is that option."""
    missing = checks.choice(missing, "missing", checks.MISSING)
    x_values = checks.vector(x, "x", missing=missing, ordinal=True)
    y_values = checks.vector(y, "y", rows=len(x_values), like="x", missing=missing, ordinal=True)
    checks.warn_unaligned({"x": x, "y": y})
    x_values, y_values = checks.complete([x_values, y_values], "x", missing)
    if response is None:
        tell_few_values(y_values, "use `codec` with response='nominal'")
    return x_values, y_values


def xi_of(x_values: FloatArray, ranked: Response, ties: Ties, seed: int) -> float:
    """Return xi from checked values of x and the ranks of y; NaN for constant y."""
    n = len(x_values)
    if ranked.is_constant:
        return math.nan
    if ties == "random":
        order = np.lexsort((first_words(n, purpose=TIES, seed=seed), x_values))
        total = float(np.sum(np.abs(np.diff(ranked.at_most[order]))))
    else:
        order = np.argsort(x_values)
        total = expected_steps(ranked.at_most[order], x_values[order])
    return float(1.0 - n * total / (2.0 * ranked.sum_spread))
