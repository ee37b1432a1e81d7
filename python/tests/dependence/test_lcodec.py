"""LCODEC: what the noise does, what it loses, and how it is averaged."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

import lcodec
from lcodec.random import normal


def test_is_codec_of_noisy_data() -> None:
    rng = np.random.default_rng(0)
    y, z, x = rng.integers(0, 3, (3, 80)).astype(float)
    noise = {
        purpose: normal.gaussian(80, np.array([0]), draw=1, purpose=purpose, seed=5)[0]
        for purpose in (2, 3, 4)
    }
    second = lcodec.codec(y + 0.1 * noise[2], z + 0.1 * noise[3], x + 0.1 * noise[4])
    one, two = (lcodec.lcodec(y, z, x, sigma=0.1, seed=5, draws=d) for d in (1, 2))
    assert 2 * two - one == pytest.approx(second, abs=1e-14)


def test_without_noise_it_is_codec() -> None:
    rng = np.random.default_rng(1)
    y, z, x = rng.integers(0, 3, (3, 80)).astype(float)
    assert lcodec.lcodec(y, z, x, sigma=0) == lcodec.codec(y, z, x)


@pytest.mark.parametrize("p", [0.5, 0.2])
def test_a_discrete_response_loses_one(p: float) -> None:
    """T_L(Y, Y) tends to 1 - sum p_k^2 for small noise: 0.5 for a balanced bit."""
    y = (np.random.default_rng(2).random(4000) < p).astype(float)
    share = y.mean()
    assert lcodec.codec(y, y) == 1
    value = lcodec.lcodec(y, y, sigma=1e-3, draws=5)
    assert value == pytest.approx(1 - share**2 - (1 - share) ** 2, abs=0.02)


def test_noise_on_the_conditioner_breaks_conditional_independence() -> None:
    """X ~ N(0,1), Y = X + .3e, Z = X + .3e': independent given X, until noise hides X."""
    values = np.zeros(4)
    for seed in range(8):
        x, e, f = np.random.default_rng(seed).normal(size=(3, 3000))
        for k, sigma in enumerate((0.01, 0.1, 0.3, 0.5)):
            values[k] += lcodec.lcodec(x + 0.3 * e, x + 0.3 * f, x, sigma=sigma) / 8
    np.testing.assert_allclose(values, [-0.003, 0.007, 0.042, 0.070], atol=0.02)
    assert values[0] < values[2] < values[3]


def test_sigma_is_absolute_or_in_standard_deviations() -> None:
    rng = np.random.default_rng(4)
    y, z = rng.normal(size=(2, 300))
    assert lcodec.lcodec(1e6 * y, 1e6 * z, sigma=0.5) == pytest.approx(lcodec.codec(y, z), abs=1e-3)
    scaled = lcodec.lcodec(2.0**20 * y, 2.0**20 * z, sigma=0.5, standardize="std")
    assert scaled == lcodec.lcodec(y, z, sigma=0.5, standardize="std")


def test_constants_stay_constant() -> None:
    z = np.arange(20.0)
    with pytest.warns(lcodec.LcodecWarning, match="`y` is constant"):
        assert np.isnan(lcodec.lcodec(np.ones(20), z))
    assert lcodec.lcodec(z, np.ones(20)) == lcodec.lcodec(z, np.zeros(20), seed=0)


def test_noise_is_normal_in_every_purpose() -> None:
    for purpose in (2, 3, 4):
        sample = normal.gaussian(20_000, np.array([0]), draw=0, purpose=purpose, seed=1)[0]
        np.testing.assert_allclose(
            np.quantile(sample, [0.1, 0.5, 0.9]), norm.ppf([0.1, 0.5, 0.9]), atol=0.04
        )
