"""How far the margins of scrubbed models are spread as those of refits are (KLoM)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.evaluation.logits import log_probabilities
from lcodec.scrub.samples.batches import Batch, Data, in_one
from lcodec.scrub.samples.inputs import pair

LEAST = 4  # models: of fewer, the divergence that chance makes has no mean


@dataclass(frozen=True)
class MarginDivergence:
    """KL divergence of the margins of refits to those of scrubbed models (KLoM).

    Attributes
    ----------
    values : tuple of float
        Divergence of each sample, in nats; infinite where all of one side have one margin.
    floor : float
        Mean that chance makes of so many models whose margins are spread alike.
    """

    values: tuple[float, ...]
    floor: float

    @property
    def mean(self) -> float:
        """Mean over the samples."""
        return math.fsum(self.values) / len(self.values)

    @property
    def upper(self) -> float:
        """95 % of the samples have at most this divergence."""
        return float(np.quantile(self.values, 0.95, method="inverted_cdf"))


def klom(
    models: Sequence[nn.Module], refits: Sequence[nn.Module], data: Data, *, batch_size: int = 256
) -> MarginDivergence:
    """Return for each sample how its margin is spread over models, beside over refits (KLoM).

    The margin of a sample is the log-odds log p_y / (1 - p_y) of its class y. Over refits of
    different seeds it has mean a and standard deviation s, over scrubbed models b and t:

        KL(N(a, s^2) || N(b, t^2)) = log(t / s) + (s^2 + (a - b)^2) / (2 t^2) - 1/2

    A single refit says how near one model is to another; this says whether a scrubbed model could
    be one of the refits. Georgiev et al. count the margins of 100 models in 20 bins; normal
    distributions need fewer models. The variances are unbiased; chance alone makes `floor`.

    Parameters
    ----------
    models : sequence of torch.nn.Module
        At least 4 models of different seeds, from each of which the samples were removed.
    refits : sequence of torch.nn.Module
        At least 4 models of different seeds, trained without the samples.
    data : (inputs, targets), Dataset, DataLoader or list of batches
        Samples, such as the forgotten ones, with their classes.
    batch_size : int, default 256
        Samples per pass.

    Returns
    -------
    MarginDivergence
        Of each sample, with the floor.

    Raises
    ------
    LcodecError
        `lcodec:tooFew` for fewer than 4 models or refits; `lcodec:noClasses` where a model is no
        classifier of the targets.

    References
    ----------
    Georgiev, Rinberg, Park, Garg, Ilyas, Madry, Neel: Attribute-to-Delete: Machine Unlearning via
    Datamodel Matching, 2024. Carlini et al.: Membership Inference Attacks From First Principles,
    IEEE S&P 2022 (that margins are close to normal).

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import klom
    >>> def constant(margin):
    ...     model = torch.nn.Linear(1, 2)
    ...     _ = model.weight.data.zero_(), model.bias.data.copy_(torch.tensor([margin, 0.0]))
    ...     return model
    >>> refits = [constant(margin) for margin in (-1.0, 0.0, 1.0, 2.0)]
    >>> moved = [constant(margin + 2.0) for margin in (-1.0, 0.0, 1.0, 2.0)]
    >>> data = torch.zeros(1, 1), torch.tensor([0])
    >>> round(klom(refits, refits, data).mean, 6), round(klom(moved, refits, data).mean, 6)
    (0.0, 1.2)
    """
    for some, name in ((models, "models"), (refits, "refits")):
        if len(some) < LEAST:
            checks.fail("tooFew", f"`{name}` must hold at least {LEAST} models, got {len(some)}")
    inputs, targets = pair(in_one(data, batch_size, "data"), "data")
    spread = []
    for some in (refits, models):
        margins = np.stack([_margins(model, (inputs, targets), batch_size) for model in some])
        spread.append((margins.mean(axis=0), margins.var(axis=0, ddof=1)))
    values = gaussian_kl(*spread[0], *spread[1])
    return MarginDivergence(tuple(values.tolist()), chance(len(refits), len(models)))


Array = NDArray[np.float64]


def _margins(model: nn.Module, data: Batch, batch_size: int) -> Array:
    """Return the log-odds (n,) of the classes of some samples."""
    inputs, targets = data
    log_p = log_probabilities(model, inputs, batch_size).cpu()
    targets, classes = targets.cpu(), log_p.shape[1]
    whole = targets.numel() == len(log_p) and bool((targets == targets.floor()).all())
    if not whole or not 0 <= float(targets.min()) <= float(targets.max()) < classes:
        checks.fail(
            "noClasses",
            f"targets of `data` must be a class, 0 to {classes - 1}, for each sample, got "
            f"{targets.dtype} of shape {tuple(targets.shape)}, {targets.min():g} to "
            f"{targets.max():g}",
        )
    label = targets.reshape(-1, 1).long()
    others = log_p.scatter(1, label, -math.inf).logsumexp(dim=1)
    margins = log_p.gather(1, label)[:, 0] - others
    checks.finite(margins, "margins of `data`")
    return np.asarray(margins.numpy(), dtype=np.float64)


def gaussian_kl(mean: Array, variance: Array, other: Array, other_variance: Array) -> Array:
    """Return KL(N(mean, variance) || N(other, other_variance)) in nats, elementwise.

    Where both variances are 0 it is 0 for equal means; where one is, it is infinite.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = (variance + (mean - other) ** 2) / other_variance
        found = (np.log(other_variance) - np.log(variance) + shares - 1) / 2
    point = (variance == 0) | (other_variance == 0)
    same = (variance == other_variance) & (mean == other)
    return np.where(point, np.where(same, 0.0, math.inf), np.maximum(found, 0.0))


def chance(first: int, second: int) -> float:
    """Return the mean KL of normal fits to two samples of these sizes of one distribution, in nats.

    With f = second - 1 degrees of freedom, the mean of the ratio of variances is f / (f - 2), and
    that of the logarithm of a variance is the digamma function of f / 2 minus log(f / 2).
    """
    one, two = first - 1, second - 1
    logs = digamma(two / 2) - math.log(two / 2) - digamma(one / 2) + math.log(one / 2)
    shares = two / (two - 2) * (1 + 1 / first + 1 / second)
    return float((logs + shares - 1) / 2)
