"""Gaussian noise calibrated to the error of a Newton step.

For a mean loss plus lambda/2 |w|^2, with a loss that is L-Lipschitz and has an M-Lipschitz
Hessian, let w be the minimiser over all n samples and w' the one over the n - m retained ones.
At w the retained gradient is m/n times the mean retained minus the mean forgotten loss gradient,
so it is at most 2 m L / n, and |w - w'| at most 2 m L / (lambda n). One Newton step from w ends
within

    gamma = M / (2 lambda) * |w - w'|^2 <= 2 M L^2 m^2 / (lambda^3 n^2)

of w'. Noise that hides a shift of gamma hides the difference to the refit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr

from lcodec.checks import choice, nonnegative, whole_number
from lcodec.scrub import checks
from lcodec.scrub.privacy.budget import probability

SCOPES = ("none", "selected", "all")


def classical_scale(epsilon: float, delta: float) -> float:
    """Return the noise of the classical Gaussian mechanism, sqrt(2 ln(1.25 / delta)) / epsilon.

    Parameters
    ----------
    epsilon : float
        In (0, 1): beyond, the classical proof does not hold.
    delta : float
        In (0, 1).

    Returns
    -------
    float
        Standard deviation per unit of sensitivity.

    References
    ----------
    Dwork, Roth: The Algorithmic Foundations of Differential Privacy, 2014, theorem A.1.
    """
    checks.positive(epsilon, "epsilon")
    probability(delta, "delta")
    if epsilon >= 1:
        checks.fail(
            "optionRange",
            f"`epsilon` must be below 1 for the classical Gaussian mechanism, got {epsilon:g}",
        )
    return math.sqrt(2 * math.log(1.25 / delta)) / epsilon


def analytic_scale(epsilon: float, delta: float) -> float:
    """Return the least noise that makes a Gaussian mechanism (epsilon, delta)-private.

    With sensitivity 1 and standard deviation s the mechanism is private exactly when

        Phi(1 / (2s) - epsilon s) - e^epsilon Phi(-1 / (2s) - epsilon s) <= delta.

    Parameters
    ----------
    epsilon : float
        Above 0.
    delta : float
        In (0, 1).

    Returns
    -------
    float
        As in `classical_scale`.

    References
    ----------
    Balle, Wang: Improving the Gaussian Mechanism for Differential Privacy, ICML 2018, theorem 8.
    """
    checks.positive(epsilon, "epsilon")
    probability(delta, "delta")

    def excess(log_scale: float) -> float:  # falls as the scale grows
        scale = math.exp(log_scale)
        first, second = 0.5 / scale - epsilon * scale, -0.5 / scale - epsilon * scale
        return float(ndtr(first)) - math.exp(epsilon + float(log_ndtr(second))) - delta

    low = high = 0.0
    while excess(low) <= 0:
        low -= 1
    while excess(high) > 0:
        high += 1
    root, width = float(brentq(excess, low, high, xtol=1e-13)), 1e-13
    while excess(root) > 0:  # the root is rounded; end on the private side of it
        root, width = root + width, 2 * width
    return math.exp(root)


def compose(spent: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return the (epsilon, delta) of several removals together: the sums (basic composition).

    Parameters
    ----------
    spent : iterable of (float, float)
        (epsilon, delta) of each removal. None gives (0, 0).

    Examples
    --------
    >>> from lcodec.scrub.privacy import compose
    >>> compose([(0.5, 1e-5), (0.25, 1e-5)])
    (0.75, 2e-05)
    """
    pairs = list(spent)
    return math.fsum(pair[0] for pair in pairs), math.fsum(pair[1] for pair in pairs)


def noise(length: int, sigma: float, seed: int) -> torch.Tensor:
    """Draw N(0, sigma^2) noise, the same on every machine and device for one seed.

    Whoever knows the seed can subtract the noise, and whoever can try all the seeds can too:
    to hide anything, draw a seed of 128 bits with `secrets.randbits` and keep it secret.
    (torch's CPU generator uses the lower 32 bits of a seed, which is why numpy's is used.)

    Parameters
    ----------
    length : int
        How many numbers.
    sigma : float
        Standard deviation.
    seed : int
        Seed, of any size, at least 0.

    Returns
    -------
    torch.Tensor of float64, shape (length,)
        On the CPU.
    """
    generator = np.random.Generator(np.random.Philox(whole_number(seed, "seed", 0, 2**1024)))
    scale = nonnegative(sigma, "sigma")
    return scale * torch.from_numpy(generator.standard_normal(length))


@dataclass(frozen=True)
class Sekhari:
    """Noise for one Newton removal, after Sekhari et al. 2021.

    It is a guarantee only under assumptions that `certificate` checks; elsewhere, as for any deep
    network, it is noise of a size that somebody chose.

    Parameters
    ----------
    epsilon, delta : float
        Privacy of each removal: epsilon > 0, delta in (0, 1).
    strong_convexity : float
        lambda: the weight decay, for a convex loss.
    lipschitz : float
        L: bound on the gradient of one sample's loss, without weight decay.
    hessian_lipschitz : float
        M: Lipschitz constant of its Hessian; 0 for least squares.
    scope : {"none", "selected", "all"}, default "none"
        Which parameters receive the noise: none, those of the selected slices (as the code of
        Mehta et al. does), or all (as the theorem needs).

    Raises
    ------
    LcodecError
        Where an argument is out of range.

    References
    ----------
    Sekhari, Acharya, Kamath, Suresh: Remember What You Want to Forget, NeurIPS 2021, algorithm 1.

    Examples
    --------
    >>> from lcodec.scrub.privacy import Sekhari
    >>> privacy = Sekhari(0.1, 0.01, strong_convexity=1e-2, lipschitz=1, hessian_lipschitz=0.25)
    >>> round(privacy.sigma(n=50_000, m=1), 6)
    0.006215
    >>> round(privacy.sigma(n=50_000, m=10), 4)  # grows with the square of the batch
    0.6215
    >>> privacy.mechanism
    'classical'
    """

    epsilon: float
    delta: float
    strong_convexity: float
    lipschitz: float
    hessian_lipschitz: float
    scope: str = "none"

    def __post_init__(self) -> None:
        checks.positive(self.epsilon, "epsilon")
        probability(self.delta, "delta")
        checks.positive(self.strong_convexity, "strong_convexity")
        checks.positive(self.lipschitz, "lipschitz")
        nonnegative(self.hessian_lipschitz, "hessian_lipschitz")
        choice(self.scope, "scope", SCOPES)

    @property
    def mechanism(self) -> str:
        """Which formula turns the error bound into noise: "classical" below epsilon 1."""
        return "classical" if self.epsilon < 1 else "analytic"

    def error_bound(self, n: int, m: int) -> float:
        """Return gamma, the largest distance between the Newton step's end and the refit.

        Parameters
        ----------
        n : int
            Training samples before the removal.
        m : int
            Samples removed, all at once; at least 1 and below n.
        """
        whole_number(n, "n", 2)
        whole_number(m, "m", 1, n - 1)
        ratio = self.lipschitz * m / (self.strong_convexity * n)
        return 2 * self.hessian_lipschitz * ratio**2 / self.strong_convexity

    def sigma(self, n: int, m: int) -> float:
        """Return the standard deviation of the noise for `n` and `m` as in `error_bound`."""
        scale = classical_scale if self.mechanism == "classical" else analytic_scale
        return self.error_bound(n, m) * scale(self.epsilon, self.delta)
