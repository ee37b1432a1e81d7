"""Differences between the predictions of two models, in nats unless said otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.evaluation.logits import log_probabilities
from lcodec.scrub.samples.inputs import Inputs


def kl_divergence(
    reference: nn.Module, model: nn.Module, inputs: Inputs, *, batch_size: int = 256
) -> float:
    """Return KL(reference || model) of the predicted classes, in nats, mean over samples.

        1/n * sum_i sum_c p_c(x_i) * (log p_c(x_i) - log q_c(x_i))

    with p the softmax of the reference's outputs and q that of the model's, in float64.

    Parameters
    ----------
    reference : torch.nn.Module
        The refit: a classifier with outputs (b, C), or (b,) for the logit of class 1.
    model : torch.nn.Module
        The model to judge.
    inputs : tensor, tuple or mapping of tensors, shape (n, ...)
        Samples.
    batch_size : int, default 256
        Samples per pass.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    LcodecError
        `lcodec:sizeMismatch` where the two models' outputs differ in shape.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import kl_divergence
    >>> even, sure, x = torch.nn.Linear(1, 2), torch.nn.Linear(1, 2), torch.zeros(5, 1)
    >>> _ = even.bias.data.zero_(), sure.bias.data.copy_(torch.tensor([99.0, 0.0]))
    >>> round(kl_divergence(sure, even, x), 6), round(kl_divergence(even, sure, x), 1)
    (0.693147, 48.8)
    """
    return _kl(*_both(reference, model, inputs, batch_size))


def js_divergence(
    first: nn.Module, second: nn.Module, inputs: Inputs, *, batch_size: int = 256
) -> float:
    """Return the Jensen-Shannon divergence of the predicted classes, in nats, mean over samples.

        1/n * sum_i (KL(p_i || m_i) + KL(q_i || m_i)) / 2,   m_i = (p_i + q_i) / 2

    It is symmetric and at most ln 2. (`torch.nn.functional.kl_div(log p, m)` is KL(m || p), and
    averages over tensor elements by default: neither is meant here.)

    Parameters
    ----------
    first, second : torch.nn.Module
        The classifiers.
    inputs, batch_size
        As in `kl_divergence`, whose errors are raised here too.

    Returns
    -------
    float
        In [0, ln 2].

    References
    ----------
    Lin: Divergence Measures Based on the Shannon Entropy, IEEE Trans. Inf. Theory 37, 1991.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import js_divergence
    >>> even, sure, x = torch.nn.Linear(1, 2), torch.nn.Linear(1, 2), torch.zeros(5, 1)
    >>> _ = even.bias.data.zero_(), sure.bias.data.copy_(torch.tensor([99.0, 0.0]))
    >>> round(js_divergence(even, sure, x), 6), round(js_divergence(sure, even, x), 6)
    (0.215762, 0.215762)
    """
    return _js(*_both(first, second, inputs, batch_size))


def zrf_score(
    model: nn.Module, teacher: nn.Module, inputs: Inputs, *, batch_size: int = 256
) -> float:
    """Return the zero-retrain-forgetting score: 1 minus the JS divergence to random predictions.

    The divergence is in bits, so that the score lies in [0, 1]; 1 says that the model predicts
    the forgotten samples as a network with random weights does.

    Parameters
    ----------
    model : torch.nn.Module
        The model to judge.
    teacher : torch.nn.Module
        The same architecture, randomly initialised.
    inputs, batch_size
        As in `kl_divergence`, whose errors are raised here too; the forgotten samples.

    Returns
    -------
    float
        In [0, 1].

    References
    ----------
    Chundawat, Tarun, Mandal, Kankanhalli: Can Bad Teaching Induce Forgetting?, AAAI 2023.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import zrf_score
    >>> even, sure, x = torch.nn.Linear(1, 2), torch.nn.Linear(1, 2), torch.zeros(5, 1)
    >>> _ = even.bias.data.zero_(), sure.bias.data.copy_(torch.tensor([99.0, 0.0]))
    >>> zrf_score(even, even, x), round(zrf_score(sure, even, x), 4)
    (1.0, 0.6887)
    """
    return 1 - js_divergence(model, teacher, inputs, batch_size=batch_size) / math.log(2)


@dataclass(frozen=True)
class NoiseFloor:
    """How much refits that differ only in their seed differ from each other.

    Attributes
    ----------
    kl : tuple of float
        KL divergence of each ordered pair of refits.
    js : tuple of float
        JS divergence of each pair.
    """

    kl: tuple[float, ...]
    js: tuple[float, ...]

    @property
    def mean_kl(self) -> float:
        """Mean KL divergence: a model this close to a refit is as close as another refit."""
        return math.fsum(self.kl) / len(self.kl)

    @property
    def mean_js(self) -> float:
        """Mean JS divergence."""
        return math.fsum(self.js) / len(self.js)


def noise_floor(
    refits: Sequence[nn.Module], inputs: Inputs, *, batch_size: int = 256
) -> NoiseFloor:
    """Measure how much refits of different seeds differ on some samples.

    Parameters
    ----------
    refits : sequence of torch.nn.Module
        At least two classifiers, trained in the same way from different seeds.
    inputs, batch_size
        As in `kl_divergence`.

    Returns
    -------
    NoiseFloor
        Divergences of all pairs, and their means.

    Raises
    ------
    LcodecError
        `lcodec:tooFew` for fewer than two refits.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import noise_floor
    >>> even, sure, x = torch.nn.Linear(1, 2), torch.nn.Linear(1, 2), torch.zeros(5, 1)
    >>> _ = even.bias.data.zero_(), sure.bias.data.copy_(torch.tensor([99.0, 0.0]))
    >>> floor = noise_floor([even, even, sure], x)
    >>> len(floor.kl), len(floor.js), round(floor.mean_js, 6)
    (6, 3, 0.143841)
    """
    if len(refits) < 2:
        checks.fail("tooFew", f"`refits` must hold at least 2 models, got {len(refits)}")
    logs = [log_probabilities(refit, inputs, batch_size) for refit in refits]
    return NoiseFloor(
        tuple(_kl(first, second) for first, second in permutations(logs, 2)),
        tuple(_js(first, second) for first, second in combinations(logs, 2)),
    )


def _both(
    reference: nn.Module, model: nn.Module, inputs: Inputs, batch_size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    wanted = log_probabilities(reference, inputs, batch_size)
    given = log_probabilities(model, inputs, batch_size)
    if wanted.shape != given.shape:
        checks.fail(
            "sizeMismatch",
            f"outputs of `model` must have shape {tuple(wanted.shape)} like those of "
            f"`reference`, got {tuple(given.shape)}",
        )
    return wanted, given


def _kl(log_p: torch.Tensor, log_q: torch.Tensor) -> float:
    # A class of probability 0 adds nothing, although its logarithm is not finite.
    terms = torch.where(log_p > -math.inf, log_p.exp() * (log_p - log_q), 0.0)
    return float(terms.sum()) / len(log_p)


def _js(log_p: torch.Tensor, log_q: torch.Tensor) -> float:
    log_m = torch.logaddexp(log_p, log_q) - math.log(2)
    return (_kl(log_p, log_m) + _kl(log_q, log_m)) / 2
