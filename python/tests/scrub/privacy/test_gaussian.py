"""Sekhari's error bound and its noise."""

import doctest
import importlib
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from lcodec import LcodecError
from lcodec.scrub.privacy import (
    Sekhari,
    analytic_scale,
    classical_scale,
    compose,
    noise,
)


@pytest.mark.parametrize("name", ["budget", "certificate", "gaussian", "logistic"])
def test_examples(name) -> None:
    assert doctest.testmod(importlib.import_module(f"lcodec.scrub.privacy.{name}")).failed == 0


# --- Sekhari: the error bound and the noise -------------------------------------------------------


# gamma = 2 * .25 * 1 * 1 / (lambda^3 * 2.5e9) = 2e-10 / lambda^3, and
# sqrt(2 ln(1.25 / .01)) = sqrt(2 ln 125) = sqrt(2 * 4.8283137373) = 3.1075114620, so
# sigma = 10 gamma * 3.1075114620: 6.215022924 at lambda = 1e-3 and a thousandth for each 10 more.
@pytest.mark.parametrize(("decay", "sigma"), [(1e-3, 6.215), (1e-2, 6.215e-3), (1e-1, 6.215e-6)])
def test_sigma_by_hand(decay, sigma) -> None:
    privacy = Sekhari(0.1, 0.01, decay, lipschitz=1.0, hessian_lipschitz=0.25)
    assert privacy.error_bound(50_000, 1) == pytest.approx(2e-10 / decay**3, rel=1e-12)
    assert privacy.sigma(50_000, 1) == pytest.approx(sigma, rel=1e-5)
    assert privacy.sigma(50_000, 1) == pytest.approx(2e-9 / decay**3 * 3.1075114620, rel=1e-9)


@given(st.integers(1, 50), st.integers(200, 10**6), st.floats(0.01, 5), st.floats(1e-9, 0.4))
def test_sigma_grows_with_the_square_of_the_batch_and_falls_with_that_of_n(
    m, n, epsilon, delta
) -> None:
    privacy = Sekhari(epsilon, delta, 0.1, 2.0, 0.3)
    one = privacy.sigma(n, 1)
    assert privacy.sigma(n, m) == pytest.approx(m**2 * one, rel=1e-12)
    assert privacy.sigma(3 * n, 1) == pytest.approx(one / 9, rel=1e-12)


def leak(epsilon, scale):
    """The delta of a Gaussian mechanism, computed the plain way (Balle & Wang, theorem 8)."""
    first, second = 0.5 / scale - epsilon * scale, -0.5 / scale - epsilon * scale
    return ndtr(first) - math.exp(epsilon) * ndtr(second)


@given(st.floats(0.01, 20), st.floats(1e-9, 0.5))
def test_the_analytic_noise_is_private_and_no_smaller_noise_is(epsilon, delta) -> None:
    scale = analytic_scale(epsilon, delta)
    assert leak(epsilon, scale) <= delta * (1 + 1e-6)
    assert leak(epsilon, scale * 0.999) > delta


@given(st.floats(0.01, 0.999), st.floats(1e-9, 0.4))
def test_the_classical_noise_is_larger_than_the_analytic(epsilon, delta) -> None:
    assert classical_scale(epsilon, delta) >= analytic_scale(epsilon, delta)


def test_a_pure_shift_gives_the_analytic_scale_in_closed_form() -> None:
    # As epsilon -> 0 the condition becomes 2 Phi(1 / (2s)) - 1 <= delta.
    delta = 2 * float(ndtr(0.5 / 3.0)) - 1
    assert analytic_scale(1e-12, delta) == pytest.approx(3.0, rel=1e-9)


def test_which_mechanism_is_used() -> None:
    below, above = Sekhari(0.99, 1e-5, 1.0, 1.0, 1.0), Sekhari(1.0, 1e-5, 1.0, 1.0, 1.0)
    assert (below.mechanism, above.mechanism) == ("classical", "analytic")
    assert above.sigma(10, 1) == above.error_bound(10, 1) * analytic_scale(1.0, 1e-5)
    with pytest.raises(LcodecError, match="below 1 for the classical Gaussian mechanism, got 1"):
        classical_scale(1.0, 1e-5)


def test_composition_sums() -> None:
    assert compose([]) == (0.0, 0.0)
    epsilon, delta = compose([(0.1, 1e-5)] * 7)
    assert (epsilon, delta) == (pytest.approx(0.7, abs=1e-15), pytest.approx(7e-5, abs=1e-18))


def test_noise_is_reproducible_has_its_scale_and_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(0)
    state = torch.get_rng_state()
    first = noise(200_000, 2.5, seed=3)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, noise(200_000, 2.5, seed=3))
    assert not torch.equal(first, noise(200_000, 2.5, seed=4))
    assert first.dtype == torch.float64
    # No bit of the seed is lost, as the upper ones of a torch generator's are.
    seeds = [3, 3 + 2**32, 3 + 2**64, 3 + 2**127]
    assert len({float(noise(1, 1.0, seed)[0]) for seed in seeds}) == 4
    assert abs(float(first.std()) / 2.5 - 1) < 0.01  # six standard errors
    assert abs(float(first.mean())) < 0.04


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"epsilon": 0}, "`epsilon` must be above 0, got 0"),
        ({"delta": 1.0}, "`delta` must be below 1, got 1"),
        ({"strong_convexity": -1}, "`strong_convexity` must be finite and at least 0, got -1"),
        ({"lipschitz": 0.0}, "`lipschitz` must be above 0"),
        ({"scope": "some"}, "`scope` must be one of 'none', 'selected', 'all', got 'some'"),
    ],
)
def test_bad_constants_are_refused(changed, message) -> None:
    good = {
        "epsilon": 0.5,
        "delta": 0.1,
        "strong_convexity": 1.0,
        "lipschitz": 1.0,
        "hessian_lipschitz": 1.0,
    }
    Sekhari(**good)
    with pytest.raises(LcodecError, match=message):
        Sekhari(**{**good, **changed})
    with pytest.raises(LcodecError, match="`m` must be at most 9, got 10"):
        Sekhari(**good).error_bound(10, 10)
