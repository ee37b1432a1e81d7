"""The definitions, computed the slow way: Python integers, plain loops, every pair of rows.

Written from the published formulas alone and sharing no code with the package. Distances are
float64 sums in the documented order, because which rows are nearest is defined by them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np


def tie_sets(columns: Sequence[np.ndarray], weights: Sequence[float]) -> list[list[int]]:
    """Return the rows nearest to each row, in ascending order."""
    return [tied for _, tied in nearest_sets(columns, weights, 1)]


def nearest_sets(
    columns: Sequence[np.ndarray], weights: Sequence[float], n_neighbors: int
) -> list[tuple[list[int], list[int]]]:
    """Return for each row those nearer than its K-th nearest, and those as far, ascending."""
    n = len(columns[0])
    sets = []
    for i in range(n):
        distance = {}
        for m in range(n):
            if m != i:
                d = 0.0
                for column, weight in zip(columns, weights, strict=True):
                    t = float(column[i]) - float(column[m])
                    d = d + (t * t) * float(weight)
                distance[m] = d
        last = sorted(distance.values())[n_neighbors - 1]
        nearer = [m for m in distance if distance[m] < last]
        sets.append((nearer, [m for m in distance if distance[m] == last]))
    return sets


def weights_of(columns: Sequence[np.ndarray], standardize: str | None) -> list[float]:
    """1, 1/variance or 1/range^2 of each column; 0 for a constant one."""
    weights = []
    for column in columns:
        values = [float(v) for v in column]
        spread = max(values) - min(values)
        if spread == 0:
            weights.append(0.0)
        elif standardize == "std":
            mean = math.fsum(values) / len(values)
            square = math.fsum((v - mean) * (v - mean) for v in values)
            weights.append(1 / (square / (len(values) - 1)))
        elif standardize == "range":
            weights.append(1 / (spread * spread))
        else:
            weights.append(1.0)
    return weights


def _terms(
    y: np.ndarray,
    z: Sequence[np.ndarray],
    x: Sequence[np.ndarray],
    standardize: str | None,
    ties: str,
    n_neighbors: int = 1,
) -> tuple[list[int], list[int], list[Fraction], list[Fraction]]:
    """Return R_i, L_i, and the mean of min(R_i, R_m) over the K nearest in (x, z) and in x."""
    n, values = len(y), [float(v) for v in y]
    R = [sum(values[j] <= values[i] for j in range(n)) for i in range(n)]
    L = [sum(values[j] >= values[i] for j in range(n)) for i in range(n)]

    def nearest_minimum(columns: Sequence[np.ndarray]) -> list[Fraction]:
        values = []
        sets = nearest_sets(columns, weights_of(columns, standardize), n_neighbors)
        for i, (nearer, tied) in enumerate(sets):
            wanted = n_neighbors - len(nearer)
            some = tied[:wanted] if ties == "first" else tied
            last = Fraction(wanted * sum(min(R[i], R[m]) for m in some), len(some))
            values.append((sum(min(R[i], R[m]) for m in nearer) + last) / n_neighbors)
        return values

    return R, L, nearest_minimum([*x, *z]), nearest_minimum(list(x)) if x else []


def codec(
    y: np.ndarray,
    z: Sequence[np.ndarray],
    x: Sequence[np.ndarray] = (),
    standardize: str | None = None,
    ties: str = "average",
    n_neighbors: int = 1,
) -> Fraction | None:
    """T(Y, Z | X) as an exact fraction, None where it is 0/0; z and x are lists of columns."""
    R, L, with_z, without_z = _terms(y, z, x, standardize, ties, n_neighbors)
    n = len(y)
    if not x:
        numerator = sum(n * with_z[i] - L[i] ** 2 for i in range(n))
        denominator = Fraction(sum(L[i] * (n - L[i]) for i in range(n)))
    else:
        numerator = sum((with_z[i] - without_z[i] for i in range(n)), Fraction(0))
        denominator = sum((R[i] - without_z[i] for i in range(n)), Fraction(0))
    constant = len(set(R)) == 1
    return None if denominator == 0 or constant else Fraction(numerator) / denominator


def codec_bits(y: np.ndarray, z: Sequence[np.ndarray], x: Sequence[np.ndarray] = ()) -> float:
    """T(Y, Z | X) with the documented roundings: one division a row, one rounding of a sum.

    Python's int and float arithmetic is IEEE, so this is what every language must return exactly.
    """
    R, L, with_z, without_z = _terms(y, z, x, None, "average")
    n = len(y)
    if not x:
        total = math.fsum(map(float, with_z))
        spread = float(sum(L[i] * (n - L[i]) for i in range(n)))
        return (n * total - float(sum(one**2 for one in L))) / spread
    gained = math.fsum(float(with_z[i]) - float(without_z[i]) for i in range(n))
    return gained / math.fsum(float(R[i]) - float(without_z[i]) for i in range(n))


def foci(
    columns: Sequence[np.ndarray], y: np.ndarray, standardize: str | None = "std", stop: bool = True
) -> tuple[list[int], list[Fraction]]:
    """Greedy selection: the columns chosen and their exact conditional coefficients."""
    chosen: list[int] = []
    scores: list[Fraction] = []
    left = [j for j in range(len(columns)) if columns[j].min() != columns[j].max()]
    while left:
        given = [columns[j] for j in chosen]
        gains = [codec(y, [columns[j]], given, standardize) for j in left]
        if gains[0] is None:  # y is constant, or determined by what was chosen
            break
        best = max(range(len(left)), key=lambda k: (gains[k], -left[k]))
        if stop and gains[best] <= 0:  # type: ignore[operator]
            break
        scores.append(gains[best])  # type: ignore[arg-type]
        chosen.append(left.pop(best))
    return chosen, scores


def vector_codec(
    y: Sequence[np.ndarray],
    z: Sequence[np.ndarray],
    x: Sequence[np.ndarray] = (),
    standardize: str | None = None,
    ties: str = "average",
    n_neighbors: int = 1,
) -> Fraction | None:
    """T(Y, Z | X) of Ansari & Fuchs for several responses, as published; None where it is 0/0."""
    if any(len(set(column.tolist())) == 1 for column in y):
        return None

    def total(columns: Sequence[np.ndarray]) -> Fraction:
        """Sum over i of T(Y_i | columns, Y_1..Y_{i-1})."""
        value = Fraction(0)
        for i, column in enumerate(y):
            given = [*y[:i], *columns]
            if given:
                value += codec(column, given, (), standardize, ties, n_neighbors) or 0
        return value

    def coefficient(columns: Sequence[np.ndarray]) -> Fraction:
        return 1 - (len(y) - total(columns)) / (len(y) - total([]))

    known = coefficient(x) if x else Fraction(0)
    return None if known == 1 else (coefficient([*x, *z]) - known) / (1 - known)
