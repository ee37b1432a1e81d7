"""A baseline in which the model, as it was, teaches the one that forgets."""

from __future__ import annotations

import torch
from torch.nn.functional import kl_div, log_softmax

from lcodec.checks import nonnegative, whole_number
from lcodec.scrub import checks
from lcodec.scrub.baselines.descent import Descent, classifier
from lcodec.scrub.baselines.task import Task
from lcodec.scrub.evaluation.logits import class_logits
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.batches import Batch


def scrub(
    task: Task,
    *,
    epochs: int = 3,
    max_epochs: int = 2,
    learning_rate: float = 5e-4,
    momentum: float = 0.9,
    alpha: float = 0.001,
    gamma: float = 0.99,
    temperature: float = 4.0,
) -> None:
    """Leave the teacher on the forgotten samples, follow it on the retained ones: SCRUB.

    The teacher is the model before. With d the divergence KL(teacher || student) of predicted
    classes at a temperature T, times T^2, each of the first `max_epochs` epochs begins with a pass
    over the forgotten samples that climbs d. Each epoch then descends alpha d + gamma times the
    loss of the retained samples. Of a student that is its teacher, d has no gradient: the first
    steps up come to something only after steps down. Classifiers alone have d: `lcodec:noClasses`.

    Defaults are those of the published code for whole data sets; weight decay is as in training.
    It ends after a fixed number of epochs: there is no rewinding to an earlier one (SCRUB+R).

    References
    ----------
    Kurmanji, Triantafillou, Hayes, Triantafillou: Towards Unbounded Machine Unlearning, NeurIPS
    2023, algorithm 1.
    """
    nonnegative(alpha, "alpha")
    nonnegative(gamma, "gamma")
    checks.positive(temperature, "temperature")
    climbs = whole_number(max_epochs, "max_epochs", 0)
    teacher = {name: tensor.detach().clone() for name, tensor in task.trainable().items()}

    def divergence(batch: Batch) -> torch.Tensor:
        inputs, targets = batch
        with torch.no_grad():
            wanted = run(task.model, inputs, teacher)
        with torch.enable_grad():
            given = run(task.model, inputs)
            classifier(given, targets, "scrub")
            q, p = (log_softmax(class_logits(z) / temperature, dim=1) for z in (given, wanted))
            return temperature**2 * kl_div(q, p, reduction="batchmean", log_target=True)

    descent = Descent(task, learning_rate, momentum, task.weight_decay)
    for epoch in range(whole_number(epochs, "epochs", 1)):
        if epoch < climbs:
            for batch in task.forget:
                descent.step(-divergence(batch))
        for batch in task.epoch(epoch):
            descent.step(alpha * divergence(batch) + gamma * descent.mean(batch))
