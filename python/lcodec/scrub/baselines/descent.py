"""Baselines that continue training by stochastic gradient descent, with torch's own SGD.

The network stays in evaluation mode, so that batch statistics and dropout add nothing of their
own; weight decay is that of the training objective.
"""

from __future__ import annotations

from itertools import chain, repeat

import torch
from torch import nn

from lcodec.checks import nonnegative, whole_number
from lcodec.scrub import checks
from lcodec.scrub.baselines.task import Task
from lcodec.scrub.evaluation.logits import is_classifier, is_single
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.batches import Batch


def fine_tune(
    task: Task, *, epochs: int = 5, learning_rate: float = 0.01, momentum: float = 0.9
) -> None:
    """Continue training on the retained data alone.

    References
    ----------
    Golatkar, Achille, Soatto: Eternal Sunshine of the Spotless Net, CVPR 2020 ("Finetune").
    """
    descent = Descent(task, learning_rate, momentum, task.weight_decay)
    for batch in task.epochs(whole_number(epochs, "epochs", 1)):
        descent.step(descent.mean(batch))


def ascent(
    task: Task, *, epochs: int = 5, learning_rate: float = 0.01, max_norm: float = 1.0
) -> None:
    """Climb the loss of the forgotten samples, the gradient of each batch clipped to a norm.

    References
    ----------
    Golatkar, Achille, Soatto: Eternal Sunshine of the Spotless Net, CVPR 2020 ("Negative
    gradient").
    """
    descent = Descent(task, learning_rate, 0.0, 0.0, checks.positive(max_norm, "max_norm"))
    for _ in range(whole_number(epochs, "epochs", 1)):
        for batch in task.forget:
            descent.step(-descent.mean(batch))


def neg_grad_plus(
    task: Task,
    *,
    epochs: int = 5,
    learning_rate: float = 0.01,
    momentum: float = 0.9,
    beta: float = 0.95,
) -> None:
    """Descend beta times the retained minus (1 - beta) times the forgotten samples' loss.

    References
    ----------
    Kurmanji, Triantafillou, Hayes, Triantafillou: Towards Unbounded Machine Unlearning, NeurIPS
    2023 ("NegGrad+").
    """
    descent = Descent(task, learning_rate, momentum, task.weight_decay)
    descend_difference(task, descent, epochs, beta)


def random_labels(
    task: Task, *, epochs: int = 5, learning_rate: float = 0.01, momentum: float = 0.9
) -> None:
    """Continue training with a wrong label, drawn once, for each forgotten sample.

    Each epoch begins with the relabelled samples.

    References
    ----------
    Graves, Nagisetty, Ganesh: Amnesiac Machine Learning, AAAI 2021 ("Unlearning").
    """
    descent = Descent(task, learning_rate, momentum, task.weight_decay)
    descend_relabelled(task, descent, epochs, "random_labels")


def descend_difference(task: Task, descent: Descent, epochs: int, beta: float) -> None:
    """Descend beta times the retained minus (1 - beta) times the forgotten samples' loss."""
    beta = at_most_1(nonnegative(beta, "beta"), "beta")
    again = chain.from_iterable(repeat(task.forget))
    for batch in task.epochs(whole_number(epochs, "epochs", 1)):
        kept = beta * descent.mean(batch)
        descent.step(kept - (1 - beta) * descent.mean(next(again)) if beta < 1 else kept)


def descend_relabelled(task: Task, descent: Descent, epochs: int, method: str) -> None:
    """Descend the loss of the forgotten samples with wrong labels, then of the retained ones."""
    generator = torch.Generator().manual_seed(task.seed)
    relabelled = [_relabelled(task, batch, generator, method) for batch in task.forget]
    for epoch in range(whole_number(epochs, "epochs", 1)):
        for batch in chain(relabelled, task.epoch(epoch)):
            descent.step(descent.mean(batch))


def at_most_1(value: float, name: str) -> float:
    """Return a number that is at most 1."""
    if value > 1:
        checks.fail("optionRange", f"`{name}` must be at most 1, got {value:g}")
    return value


def classifier(outputs: torch.Tensor, targets: torch.Tensor, method: str) -> None:
    """Refuse outputs and targets that are not those of a classifier."""
    if not is_classifier(outputs, targets):
        checks.fail(
            "noClasses",
            f"`model` must be a classifier for '{method}', got outputs {tuple(outputs.shape)} and "
            f"{targets.dtype} targets {tuple(targets.shape)}; 'fine_tune', 'neg_grad_plus' and "
            "'grin' take any loss",
        )


class Descent:
    """Gradient descent on the parameters of a task's model.

    With a mask `only`, (p,), weights outside it stay bitwise as they are at the start: neither
    weight decay nor momentum moves them.
    """

    def __init__(
        self,
        task: Task,
        learning_rate: float,
        momentum: float,
        weight_decay: float,
        max_norm: float | None = None,
        only: torch.Tensor | None = None,
    ) -> None:
        self._task = task
        self._only, self._flat = only, task.whole()
        self._start = None if only is None else self._flat.read()
        self._parameters = list(task.trainable().values())
        self._max_norm = max_norm
        self._optimizer = torch.optim.SGD(
            self._parameters,
            lr=checks.positive(learning_rate, "learning_rate"),
            momentum=nonnegative(momentum, "momentum"),
            weight_decay=weight_decay,
        )

    def mean(self, batch: Batch) -> torch.Tensor:
        """Return the mean loss of a batch, with its graph."""
        with torch.enable_grad():
            return self._task.loss(run(self._task.model, batch[0]), batch[1]).mean()

    def step(self, value: torch.Tensor) -> None:
        """Take a step down `value`."""
        self._optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        if self._max_norm is not None:
            nn.utils.clip_grad_norm_(self._parameters, self._max_norm)
        self._optimizer.step()
        if self._only is not None and self._start is not None:
            self._flat.write(torch.where(self._only, self._flat.read(), self._start))
        self._optimizer.zero_grad()


@torch.no_grad()
def _relabelled(task: Task, batch: Batch, generator: torch.Generator, method: str) -> Batch:
    inputs, targets = batch
    outputs = run(task.model, inputs)
    classifier(outputs, targets, method)
    if is_single(outputs):
        return inputs, 1 - targets
    classes = outputs.shape[1]
    shift = torch.randint(1, classes, targets.shape, generator=generator).to(targets.device)
    return inputs, (targets + shift) % classes
