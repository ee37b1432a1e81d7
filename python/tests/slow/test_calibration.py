"""Rejection rates of `codec_test` at 5 % on 2,000 data sets, and what it finds.

Slow: ``make test-slow`` runs it, ``make test`` does not. A rate of 2,000 data sets has a standard
error of 0.005. Seeds are fixed, so a rate changes only when the method does.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lcodec.dependence.inference.codec_test import codec_test

DATA_SETS = 2000
Sample = tuple[np.ndarray, ...]
Draw = Callable[[np.random.Generator, int], Sample]


def rejections(draw: Draw, n: int, data_sets: int = DATA_SETS, **options: Any) -> float:
    """Return how often the test rejects at 5 %."""
    rejected = 0
    for number in range(data_sets):
        sample = draw(np.random.default_rng([n, number]), n)
        rejected += codec_test(*sample, seed=number, n_resamples=199, **options).pvalue <= 0.05
    return rejected / data_sets


def independent(rng: np.random.Generator, n: int) -> Sample:
    return rng.normal(size=n), rng.normal(size=n)


def independent_counts(rng: np.random.Generator, n: int) -> Sample:
    return rng.poisson(2, n), rng.integers(0, 4, (n, 2))


def through_a_line(rng: np.random.Generator, n: int) -> Sample:
    """Y and z are strongly dependent (correlation 0.8), but only through x."""
    x, e, f = rng.normal(size=(3, n))
    return x + 0.5 * e, x + 0.5 * f, x


def through_a_wave(rng: np.random.Generator, n: int) -> Sample:
    x, e, f = rng.normal(size=(3, n))
    return np.sin(x) + 0.2 * e, np.sin(x) + 0.2 * f, x


def through_classes(rng: np.random.Generator, n: int) -> Sample:
    """Six values of x, so that every row has many nearest ones."""
    x = rng.integers(0, 6, n)
    return x + rng.integers(0, 4, n), x + rng.normal(size=n), x


@pytest.mark.parametrize("draw", [independent, independent_counts])
def test_permutation_keeps_its_level(draw: Draw) -> None:
    rate = rejections(draw, 100, method="permutation")
    print(f"\npermutation, {draw.__name__}, n = 100: {rate:.4f}")
    assert 0.04 <= rate <= 0.06


def null_of(kind: str, q: int) -> Draw:
    """Return how to draw y and q columns of z that are independent."""

    def draw(rng: np.random.Generator, n: int) -> Sample:
        y = rng.normal(size=n) if kind == "continuous" else rng.integers(0, 2, n)
        z = rng.normal(size=(n, q))
        if kind == "lattice":
            y, z = rng.integers(0, 5, n), rng.integers(0, 4, (n, q))
        return y, z

    return draw


@pytest.mark.parametrize("kind", ["continuous", "binary", "lattice"])
@pytest.mark.parametrize("q", [1, 2, 3, 10])
@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("n", [50, 200])
def test_moments_keep_their_level(kind: str, q: int, k: int, n: int) -> None:
    """A rate of 1,000 sets has a standard error of 0.007.

    One column of four values leaves a sum of three squares: there, the default permutes.
    """
    options = {"method": "moments", "n_neighbors": k, "response": "ordered"}
    rate = rejections(null_of(kind, q), n, 1000, **options)
    print(f"\nmoments, {kind}, {q} columns, K = {k}, n = {n}: {rate:.3f}")
    assert 0.03 <= rate <= (0.1 if kind == "lattice" and q == 1 else 0.075)


@pytest.mark.parametrize(
    ("draw", "n"),
    [
        (through_a_line, 200),
        (through_a_wave, 200),
        (through_a_wave, 1000),
        (through_classes, 200),
    ],
)
def test_local_permutation_keeps_its_level(draw: Draw, n: int) -> None:
    rate = rejections(draw, n)
    print(f"\nlocal_permutation, {draw.__name__}, n = {n}: {rate:.4f}")
    assert 0.04 <= rate <= 0.06


def sum_of_five(rng: np.random.Generator, n: int) -> Sample:
    """Y and z are nearly functions of five columns, and independent given them."""
    x, e, f = rng.normal(size=(n, 5)), rng.normal(size=n), rng.normal(size=n)
    s = x.sum(axis=1) / np.sqrt(5)
    return s + 0.2 * e, s + 0.2 * f, x


def wave_of_five(rng: np.random.Generator, n: int) -> Sample:
    """Two of the five columns have no effect."""
    x, e, f = rng.normal(size=(n, 5)), rng.normal(size=n), rng.normal(size=n)
    s = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2]
    return s + 0.2 * e, s + 0.2 * f, x


def sum_of_two(rng: np.random.Generator, n: int) -> Sample:
    x, e, f = rng.normal(size=(n, 2)), rng.normal(size=n), rng.normal(size=n)
    return x.sum(axis=1) + 0.5 * e, x.sum(axis=1) + 0.5 * f, x


@pytest.mark.parametrize("draw", [sum_of_five, wave_of_five])
def test_adjusting_keeps_the_level(draw: Draw) -> None:
    """Without `adjust` 60 % and all of these are rejected; a warning here would be an error."""
    rate = rejections(draw, 500, 150, adjust="kernel")
    print(f"\nadjust='kernel', {draw.__name__}, n = 500: {rate:.3f}")
    assert rate <= 0.08


@pytest.mark.parametrize(
    ("draw", "least", "most"),
    [(sum_of_five, 0.95, 1.0), (wave_of_five, 0.95, 1.0), (sum_of_two, 0.0, 0.05)],
)
def test_the_warning_comes_where_the_level_is_lost(draw: Draw, least: float, most: float) -> None:
    warned = 0
    for number in range(100):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            codec_test(*draw(np.random.default_rng(number), 500), n_resamples=20, seed=number)
        warned += len(caught)
    print(f"\nwarned, {draw.__name__}, n = 500: {warned} of 100")
    assert least <= warned / 100 <= most


@pytest.mark.parametrize(("n", "documented"), [(30, 0.034), (100, 0.038), (1000, 0.048)])
def test_asymptotic_is_conservative_as_documented(n: int, documented: float) -> None:
    """T has mean -1/(n - 1) under independence, where the normal limit has 0."""
    rate = rejections(independent, n, 5 * DATA_SETS, method="asymptotic")
    print(f"\nasymptotic, n = {n}: {rate:.4f}")
    assert abs(rate - documented) < 4 * np.sqrt(documented / (5 * DATA_SETS))


def strong_wave(rng: np.random.Generator, n: int) -> Sample:
    z, e = rng.normal(size=(2, n))
    return np.sin(4 * z) + 0.5 * e, z


def parabola(rng: np.random.Generator, n: int) -> Sample:
    z, e = rng.normal(size=(2, n))
    return z * z + e, z


def weak_line(rng: np.random.Generator, n: int) -> Sample:
    """Correlation 0.2: a correlation test rejects 81 % of these at n = 200."""
    z, e = rng.normal(size=(2, n))
    return 0.2 * z + np.sqrt(0.96) * e, z


def sum_modulo_one(rng: np.random.Generator, n: int) -> Sample:
    x, z, e = rng.random((3, n))
    return (x + z + 0.3 * e) % 1, z, x


def product(rng: np.random.Generator, n: int) -> Sample:
    x, z, e = rng.normal(size=(3, n))
    return x * z + e, z, x


def weak_sum(rng: np.random.Generator, n: int) -> Sample:
    x, z, e = rng.normal(size=(3, n))
    return x + 0.3 * z + e, z, x


@pytest.mark.parametrize(
    ("draw", "least", "most"),
    [
        (strong_wave, 0.9, 1.0),
        (parabola, 0.9, 1.0),
        (weak_line, 0.0, 0.4),
        (sum_modulo_one, 0.9, 1.0),
        (product, 0.2, 1.0),
        (weak_sum, 0.0, 0.4),
    ],
)
def test_power(draw: Draw, least: float, most: float) -> None:
    """High for strong relations of any shape, low for weak monotone ones."""
    rate = rejections(draw, 200, 400)
    print(f"\npower, {draw.__name__}, n = 200: {rate:.3f}")
    assert least <= rate <= most
