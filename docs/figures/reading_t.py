"""The tables of docs/reading-t.md: spread without dependence, bias, power.

Run ``python docs/figures/reading_t.py``; it takes about one minute. Every data set comes from
``numpy.random.default_rng(seed)`` with seeds 0, 1, 2, ...
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import pearsonr

import lcodec

Rng = np.random.Generator


def spread(name: str, value: Callable[[Rng], float], repeats: int) -> str:
    """Mean and standard deviation of `value` over seeds, as a line of text."""
    values = np.array([value(np.random.default_rng(seed)) for seed in range(repeats)])
    return f"{name}: {values.mean():.3f} {values.std(ddof=1):.4f}"


def null_spread(n: int, q: int) -> Callable[[Rng], float]:
    """T(Y, Z) of independent normal data, z of q columns."""
    return lambda rng: lcodec.codec(rng.normal(size=n), rng.normal(size=(n, q)))


def discrete_null(y_values: int, z_values: int, ties: str = "average") -> Callable[[Rng], float]:
    """T(Y, Z) of independent data with so many values each, 0 for normal; n = 1000."""

    def draw(rng: Rng, values: int) -> np.ndarray:
        return rng.integers(0, values, 1000) if values else rng.normal(size=1000)

    return lambda rng: lcodec.codec(draw(rng, y_values), draw(rng, z_values), ties=ties)


def irrelevant_columns(q: int) -> Callable[[Rng], float]:
    """T of y = sin(2 z_1) and all q columns of z; n = 1000."""

    def value(rng: Rng) -> float:
        z = rng.normal(size=(1000, q))
        return lcodec.codec(np.sin(2 * z[:, 0]), z)

    return value


def of_itself(n: int) -> Callable[[Rng], float]:
    """T(Y, Y) of continuous data."""

    def value(rng: Rng) -> float:
        y = rng.normal(size=n)
        return lcodec.codec(y, y)

    return value


def half_noise(rng: Rng) -> float:
    """T of y = z + e with equal variances, where R^2 is 0.5; n = 1000."""
    z, e = rng.normal(size=(2, 1000))
    return lcodec.codec(z + e, z)


def power(signal: Callable[[np.ndarray], np.ndarray], n: int = 500, repeats: int = 200) -> str:
    """Share of rejections at 5 % by T (normal limit, one-sided) and by Pearson's correlation."""
    threshold = 1.6448536 * (16 / 15 / n) ** 0.5
    by_t = by_r = 0
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        z = rng.normal(size=n)
        y = signal(z) + rng.normal(size=n)
        by_t += lcodec.codec(y, z) > threshold
        by_r += pearsonr(y, z).pvalue <= 0.05
    return f"{by_t / repeats:.0%} {by_r / repeats:.0%}"


def main() -> None:
    """Measure and print."""
    for n in (10, 20, 100, 1000):
        print(spread(f"null, n={n}", null_spread(n, 1), 1000 if n < 1000 else 400))
    for q in (3, 10):
        print(spread(f"null, n=1000, q={q}", null_spread(1000, q), 400))
    for y, z, ties in ((2, 0, "average"), (0, 2, "average"), (0, 2, "random"), (0, 10, "average")):
        name = f"null, n=1000, y {y or 'normal'}, z {z or 'normal'}, {ties}"
        print(spread(name, discrete_null(y, z, ties), 400))
    for q in (1, 2, 3, 5, 10, 20):
        print(spread(f"sin(2 z_1), q={q}", irrelevant_columns(q), 30))
    for n in (10, 20, 50, 100, 1000):
        print(spread(f"T(Y, Y), n={n}", of_itself(n), 200))
    print(spread("z + e, n=1000", half_noise, 100))
    for b in (0.0, 0.1, 0.2, 0.3, 0.5, 1.0):
        print(f"power, y = {b} z + e:", power(lambda z, b=b: b * z))
    for a in (0.5, 1.0):
        print(f"power, y = {a} sin(3 z) + e:", power(lambda z, a=a: a * np.sin(3 * z)))


if __name__ == "__main__":
    main()
