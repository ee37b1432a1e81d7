"""All the measures of a removal in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.evaluation.divergence import js_divergence, kl_divergence, noise_floor, zrf_score
from lcodec.scrub.evaluation.logits import is_classifier
from lcodec.scrub.evaluation.margins import MarginDivergence, klom
from lcodec.scrub.evaluation.membership import ATTACKS, Membership, membership_inference
from lcodec.scrub.evaluation.metrics import accuracy, gradient_norm, mean_loss, ratio
from lcodec.scrub.evaluation.relearn import relearn_time
from lcodec.scrub.objective.loss import Loss
from lcodec.scrub.objective.modes import eval_mode
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.batches import Batch, Batches, Data, in_one
from lcodec.scrub.samples.inputs import pair


@dataclass(frozen=True)
class Evaluation:
    """How close a model is to one that never saw the forgotten samples.

    What could not be measured, for example without a refit, is None or missing.

    Attributes
    ----------
    loss : dict of str to float
        Mean loss on "retained", "forgotten" and, if given, "test".
    accuracy : dict of str to float
        The same for the accuracy; empty if the model is not a classifier.
    gradient_norm : float
        Norm of the retained gradient; 0 at a refit.
    residual_ratio : float or None
        The same norm, divided by its value before the removal.
    kl, js : dict of str to float
        Divergence to the refit on "forgotten" and "test", in nats; KL(refit || model).
    kl_floor, js_floor : dict of str to float
        Mean divergence between refits of different seeds.
    klom : dict of str to MarginDivergence
        Divergence of the margins of refits to those of scrubbed models, as `kl`.
    zrf : float or None
        Zero-retrain-forgetting score on the forgotten samples.
    membership : dict of str to Membership
        Attacks that tell the forgotten from the test samples, by name.
    relearn_steps : int or None
        Steps until the forgotten samples have the loss they had before the removal.
    """

    loss: dict[str, float]
    accuracy: dict[str, float]
    gradient_norm: float
    residual_ratio: float | None
    kl: dict[str, float]
    js: dict[str, float]
    kl_floor: dict[str, float]
    js_floor: dict[str, float]
    klom: dict[str, MarginDivergence]
    zrf: float | None
    membership: dict[str, Membership]
    relearn_steps: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON-ready values."""
        attacks = {name: attack.to_dict() for name, attack in self.membership.items()}
        return {**asdict(self), "membership": attacks}

    def __str__(self) -> str:
        lines = [("retained gradient", f"{self.gradient_norm:.4g}")]
        if self.residual_ratio is not None:
            lines.append(("residual ratio", f"{self.residual_ratio:.3f}"))
        for title, values, floor in (
            ("loss", self.loss, {}),
            ("accuracy", self.accuracy, {}),
            ("KL to refit", self.kl, self.kl_floor),
            ("JS to refit", self.js, self.js_floor),
        ):
            for where, value in values.items():
                beside = f" (between refits {floor[where]:.3g})" if where in floor else ""
                lines.append((f"{title}, {where}", f"{value:.4g}{beside}"))
        for where, margins in self.klom.items():
            told = f"{margins.mean:.4g}, 95 % below {margins.upper:.3g}"
            lines.append((f"KLoM, {where}", f"{told} (by chance {margins.floor:.3g})"))
        if self.zrf is not None:
            lines.append(("ZRF score", f"{self.zrf:.3f}"))
        lines += [("membership", str(attack)) for attack in self.membership.values()]
        if self.relearn_steps is not None:
            lines.append(("relearn steps", str(self.relearn_steps)))
        width = max(len(name) for name, _ in lines)
        return "\n".join(f"{name:<{width}}  {text}" for name, text in lines)


def evaluate(
    model: nn.Module,
    *,
    loss: Loss,
    retained: Data,
    forgotten: Data,
    test: Data | None = None,
    weight_decay: float = 0.0,
    before: nn.Module | None = None,
    refits: Sequence[nn.Module] = (),
    scrubbed: Sequence[nn.Module] = (),
    teacher: nn.Module | None = None,
    learning_rate: float = 0.01,
    max_steps: int = 1000,
    seed: int = 0,
    batch_size: int = 256,
) -> Evaluation:
    """Measure how close a model is to one that never saw the forgotten samples.

    Parameters
    ----------
    model : torch.nn.Module
        The model to judge; it is left as it is.
    loss, retained, batch_size
        As `loss`, `data` and `batch_size` of `mean_loss`; the data are the retained ones.
    forgotten : (inputs, targets), Dataset, DataLoader or list of batches
        The forgotten samples.
    test : the same, optional
        Samples never trained on; membership inference needs them.
    weight_decay : float, default 0
        As in training.
    before : torch.nn.Module, optional
        The model before the removal, for the residual ratio and the relearn time.
    refits : sequence of torch.nn.Module, optional
        Models trained on the retained data alone. The first is the one to compare with; several,
        of different seeds, give the noise floor.
    scrubbed : sequence of torch.nn.Module, optional
        Models of different seeds that the samples were removed from, `model` among them, at least
        4: with as many refits, for KLoM.
    teacher : torch.nn.Module, optional
        The architecture with random weights, for the ZRF score.
    learning_rate, max_steps
        As in `relearn_time`.
    seed : int, default 0
        Of the membership attacks' balancing.

    Returns
    -------
    Evaluation
        All the measures.

    Raises
    ------
    LcodecError
        If data and models do not fit together.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.evaluation import evaluate
    >>> X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    >>> y = (X[:, 0] > 0).long()
    >>> model = torch.nn.Linear(4, 2)
    >>> result = evaluate(
    ...     model,
    ...     loss=torch.nn.CrossEntropyLoss(),
    ...     retained=(X[20:], y[20:]),
    ...     forgotten=(X[:10], y[:10]),
    ...     test=(X[10:20], y[10:20]),
    ...     refits=[model],
    ... )
    >>> result.kl
    {'forgotten': 0.0, 'test': 0.0}
    >>> sorted(result.membership)
    ['confidence', 'loss', 'modified_entropy']
    """
    size = {"batch_size": batch_size}
    forgotten = pair(in_one(forgotten, batch_size, "forgotten"), "forgotten")
    unseen = {"forgotten": forgotten}
    if test is not None:
        unseen["test"] = test = pair(in_one(test, batch_size, "test"), "test")
    named: dict[str, Data] = {"retained": retained, **unseen}
    classes = classifies(model, forgotten)
    slope = gradient_norm(model, loss, retained, weight_decay=weight_decay, **size)
    residual = steps = None
    if before is not None:
        first = gradient_norm(before, loss, retained, weight_decay=weight_decay, **size)
        residual = ratio(slope, first)
        steps = relearn_time(
            model,
            loss,
            forgotten,
            threshold=mean_loss(before, loss, forgotten, **size),
            learning_rate=learning_rate,
            max_steps=max_steps,
            batch_size=batch_size,
        )
    compared = unseen if classes and refits else {}
    pairs = compared.items() if len(refits) > 1 else ()
    floors = {name: noise_floor(refits, samples[0], **size) for name, samples in pairs}
    return Evaluation(
        loss={name: mean_loss(model, loss, data, **size) for name, data in named.items()},
        accuracy={n: accuracy(model, data, **size) for n, data in named.items() if classes},
        gradient_norm=slope,
        residual_ratio=residual,
        kl={n: kl_divergence(refits[0], model, x, **size) for n, (x, _) in compared.items()},
        js={n: js_divergence(refits[0], model, x, **size) for n, (x, _) in compared.items()},
        kl_floor={name: floor.mean_kl for name, floor in floors.items()},
        js_floor={name: floor.mean_js for name, floor in floors.items()},
        klom={n: klom(scrubbed, refits, xy, **size) for n, xy in compared.items() if scrubbed},
        zrf=zrf_score(model, teacher, forgotten[0], **size)
        if classes and teacher is not None
        else None,
        membership=_attacks(model, loss, forgotten, test, classes, seed=seed, **size),
        relearn_steps=steps,
    )


@torch.no_grad()
def classifies(model: nn.Module, forgotten: Batch) -> bool:
    """Return whether a model and its targets are of classes, by the first of some samples."""
    with eval_mode(model):
        inputs, targets = next(iter(Batches(forgotten, model, 256, "forgotten")))
        return is_classifier(run(model, inputs), targets)


def _attacks(
    model: nn.Module,
    loss: Loss,
    forgotten: Batch,
    test: Batch | None,
    classes: bool,
    **settings: int,
) -> dict[str, Membership]:
    """Run the attacks that data and model allow."""
    if test is None:
        return {}
    attacks: dict[str, Membership] = {}
    for name in ATTACKS if classes else ATTACKS[:1]:
        try:
            attacks[name] = membership_inference(
                model, loss, forgotten, test, attack=name, **settings
            )
        except LcodecError as error:
            if error.id != "lcodec:tooFew":
                raise
    return attacks
