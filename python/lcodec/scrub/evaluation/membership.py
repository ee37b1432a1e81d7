"""Membership inference: telling the forgotten samples from samples never seen.

An attack gives every sample a score and calls those above a threshold members. It is run on
balanced sets, with the same number of samples of each class; otherwise it would only recognise the
classes. If a model has forgotten, the attack succeeds no better than on a refit. 0.5 is the ideal
only if the two sets come from one distribution.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import nn
from torch.nn.functional import log_softmax

from lcodec.checks import choice, whole_number
from lcodec.scrub import checks
from lcodec.scrub.evaluation.logits import class_logits
from lcodec.scrub.objective.loss import Loss, PerSampleLoss
from lcodec.scrub.objective.modes import eval_mode
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.batches import Batches, Data

ATTACKS = ("loss", "confidence", "modified_entropy")
LEAST = 2  # pairs of samples: one to choose the threshold, one to try it

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Membership:
    """Outcome of a membership-inference attack.

    Attributes
    ----------
    attack : str
        "loss", "confidence" or "modified_entropy".
    samples : int
        Number of members after balancing; there are as many others.
    auc : float
        Probability that a member's score is above another's, ties counted half.
    accuracy : float
        Share of samples told apart by thresholds chosen on the other half of the samples.
    interval : tuple of float
        95 % Wilson interval of the accuracy.
    advantage : float
        True minus false positive rate, 2 * accuracy - 1.
    """

    attack: str
    samples: int
    auc: float
    accuracy: float
    interval: tuple[float, float]
    advantage: float

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON-ready values."""
        return {**asdict(self), "interval": list(self.interval)}

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.attack}: AUC {self.auc:.3f}, accuracy {self.accuracy:.3f} "
            f"[{low:.3f}, {high:.3f}] on {self.samples} + {self.samples}"
        )


def membership_inference(
    model: nn.Module,
    loss: Loss,
    members: Data,
    others: Data,
    *,
    attack: str = "loss",
    seed: int = 0,
    batch_size: int = 256,
) -> Membership:
    """Attack a model: tell members from samples it never saw.

    Parameters
    ----------
    model : torch.nn.Module
        The model to judge.
    loss : callable
        `loss(outputs, targets)`; its reduction does not matter.
    members : pair of tensors, or re-iterable of such pairs
        Samples the model was trained on, such as the forgotten ones.
    others : pair of tensors, or re-iterable of such pairs
        Samples of the same distribution that it never saw.
    attack : {"loss", "confidence", "modified_entropy"}, default "loss"
        What marks a member: a small loss; a large probability of the predicted class, whatever
        the label (with the label it would be the loss again); a small modified entropy.
    seed : int, default 0
        Seed of the balancing, which draws equally many samples of each class from both sets, and
        of the split into halves. If targets are not classes, only the numbers are balanced.
    batch_size : int, default 256
        Samples per pass, for pairs of tensors.

    Returns
    -------
    Membership
        AUC, accuracy with its interval, and advantage.

    Raises
    ------
    LcodecError
        `lcodec:tooFew` where fewer than 2 pairs of samples remain.

    References
    ----------
    Yeom, Giacomelli, Fredrikson, Jha, CSF 2018 (loss; advantage). Salem et al., NDSS 2019
    (confidence). Song, Mittal, USENIX Security 2021 (modified entropy).

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation.membership import membership_inference
    >>> X = torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
    >>> y = (X[:, 0] > 0).long()
    >>> model, loss = torch.nn.Linear(3, 2), torch.nn.CrossEntropyLoss()
    >>> attack = membership_inference(model, loss, (X[:200], y[:200]), (X[200:], y[200:]))
    >>> attack.interval[0] < 0.5 < attack.interval[1]  # an untrained model gives nothing away
    True
    """
    choice(attack, "attack", ATTACKS)
    whole_number(seed, "seed", 0)
    first, labels = _scores(model, loss, members, attack, batch_size, "members")
    second, other_labels = _scores(model, loss, others, attack, batch_size, "others")
    generator = np.random.default_rng(seed)
    keep, other_keep = _balanced(labels, other_labels, generator)
    if len(keep) < LEAST:
        checks.fail(
            "tooFew",
            f"`members` and `others` must share at least {LEAST} samples of equal classes, "
            f"got {len(keep)}",
        )
    return _attack(attack, first[keep], second[other_keep])


def modified_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return -(1 - p_y) log p_y - sum over other classes of p_c log(1 - p_c), for each sample.

    It is 0 for a sure and right prediction and grows without bound for a sure and wrong one.

    From logits (b, C), C >= 2, and true classes (b,), in float64.

    References
    ----------
    Song, Mittal: Systematic Evaluation of Privacy Risks of Machine Learning Models, USENIX
    Security 2021, equation 8.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation.membership import modified_entropy
    >>> logits = torch.tensor([[0.0, 0.0], [9.0, 0.0], [9.0, 0.0]])
    >>> modified_entropy(logits, torch.tensor([0, 0, 1])).round(decimals=3).tolist()
    [0.693, 0.0, 17.998]
    """
    logits = logits.double()
    log_p = log_softmax(logits, dim=1)
    # 1 - p cancels for the likeliest class only: there, it is the sum over the others.
    largest = logits.argmax(dim=1, keepdim=True)
    others = logits.scatter(1, largest, -math.inf).logsumexp(dim=1) - logits.logsumexp(dim=1)
    log_rest = torch.log1p(-log_p.exp()).scatter(1, largest, others[:, None])
    label = targets.reshape(-1, 1)
    wrong = (log_p.exp() * log_rest).scatter(1, label, 0.0).sum(dim=1)
    right = (log_rest.exp() * log_p).gather(1, label)[:, 0]
    return -(right + wrong)


@torch.no_grad()
def _scores(
    model: nn.Module, loss: Loss, data: Data, attack: str, batch_size: int, name: str
) -> tuple[Array, NDArray[Any]]:
    """Return the score of each sample, larger for members, and its class (0 if it has none)."""
    per_sample = PerSampleLoss(loss)
    scores, labels = [], []
    with eval_mode(model):
        for inputs, targets in Batches(data, model, batch_size, name):
            outputs = run(model, inputs)
            classes = targets.numel() == len(targets) and bool((targets == targets.floor()).all())
            labels.append(targets.reshape(-1) if classes else targets.new_zeros(len(targets)))
            if attack == "loss":
                scores.append(-per_sample(outputs, targets))
            elif attack == "confidence":
                scores.append(log_softmax(class_logits(outputs), dim=1).amax(dim=1))
            else:
                scores.append(-modified_entropy(class_logits(outputs), targets.reshape(-1).long()))
    joined = torch.cat(scores)
    checks.finite(joined, f"scores of `{name}`")
    return joined.double().cpu().numpy(), torch.cat(labels).cpu().numpy()


def _balanced(
    labels: NDArray[Any], others: NDArray[Any], generator: np.random.Generator
) -> NDArray[np.intp]:
    """Return positions in both sets, (2, k): in random order, pairwise of equal class."""
    pairs = np.empty((2, 0), dtype=np.intp)
    for label in np.intersect1d(labels, others):
        own = [generator.permutation(np.flatnonzero(each == label)) for each in (labels, others)]
        count = min(map(len, own))
        pairs = np.hstack([pairs, [positions[:count] for positions in own]])
    return pairs[:, generator.permutation(pairs.shape[1])]


def _attack(attack: str, members: Array, others: Array) -> Membership:
    count = len(members)
    ranks = rankdata(np.concatenate([members, others]))[:count]
    auc = (ranks.sum() - count * (count + 1) / 2) / count**2
    even = np.arange(count) % 2 == 0
    right = 0
    for half in (even, ~even):
        threshold = best_threshold(members[half], others[half])
        right += int((members[~half] >= threshold).sum() + (others[~half] < threshold).sum())
    accuracy = right / (2 * count)
    return Membership(
        attack, count, float(auc), accuracy, wilson(right, 2 * count), 2 * accuracy - 1
    )


def best_threshold(members: Array, others: Array) -> float:
    """Return the threshold that tells most samples apart, members being at or above it.

    Candidates lie half-way between the scores; of equally good ones the smallest is taken.
    """
    scores = np.unique(np.concatenate([members, others]))
    candidates = np.concatenate([[-np.inf], (scores[1:] + scores[:-1]) / 2, [np.inf]])
    hits = len(members) - np.searchsorted(np.sort(members), candidates, side="left")
    misses = np.searchsorted(np.sort(others), candidates, side="left")
    return float(candidates[np.argmax(hits + misses)])


def wilson(right: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's confidence interval of a share, `right` successes in `total` trials.

    References
    ----------
    Wilson: Probable Inference, the Law of Succession, and Statistical Inference, JASA 22, 1927.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, widen = right / total, z**2 / total
    centre = (share + widen / 2) / (1 + widen)
    half = z / (1 + widen) * math.sqrt(share * (1 - share) / total + widen / (4 * total))
    return max(0.0, centre - half), min(1.0, centre + half)
