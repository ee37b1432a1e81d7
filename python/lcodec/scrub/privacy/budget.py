"""The budget of certified removal, and the constant its bounds rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lcodec.scrub import checks

# With s the sigmoid, softplus''' = s (1 - s) (1 - 2s). Its derivative in s, 1 - 6s + 6s^2, is 0
# at s = (1 - 1/sqrt 3) / 2, where s (1 - s) = (1 - 1/3) / 4 = 1/6 and 1 - 2s = 1/sqrt 3.
THIRD_DERIVATIVE = 1 / (6 * math.sqrt(3))
"""Largest third derivative of the logistic loss, 0.0962; Guo et al. use 1/4."""


def probability(value: object, name: str) -> None:
    """Refuse what is not a number between 0 and 1."""
    number = checks.positive(value, name)
    if number >= 1:
        checks.fail("optionRange", f"`{name}` must be below 1, got {number:g}")


@dataclass(frozen=True)
class GuoBudget:
    """How much gradient a perturbed model may be left with.

    Parameters
    ----------
    epsilon, delta : float
        Privacy of all removals together: epsilon > 0, delta in (0, 1).
    perturbation_sd : float
        Standard deviation of b, in units of the summed gradient.

    References
    ----------
    Guo, Goldstein, Hannun, van der Maaten: Certified Data Removal from Machine Learning Models,
    ICML 2020, theorem 3.

    Examples
    --------
    >>> from lcodec.scrub.privacy import GuoBudget
    >>> budget = GuoBudget(epsilon=1.0, delta=1e-4, perturbation_sd=1.0)
    >>> round(budget.c, 4), round(budget.total, 4)
    (4.3854, 0.228)
    """

    epsilon: float
    delta: float
    perturbation_sd: float

    def __post_init__(self) -> None:
        checks.positive(self.epsilon, "epsilon")
        checks.positive(self.perturbation_sd, "perturbation_sd")
        probability(self.delta, "delta")

    @property
    def c(self) -> float:
        """The c with delta = 1.5 exp(-c^2 / 2)."""
        return math.sqrt(2 * math.log(1.5 / self.delta))

    @property
    def total(self) -> float:
        """Largest norm of the accumulated residual, sd * epsilon / c."""
        return self.perturbation_sd * self.epsilon / self.c
