"""What the command measures of a model for its report, beside what the scrubber does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from lcodec import LcodecError
from lcodec.scrub.evaluation import accuracy, kl_divergence, mean_loss
from lcodec.scrub.evaluation.membership import membership_inference
from lcodec.scrub.evaluation.summary import classifies
from lcodec.scrub.samples.batches import Batch, Batches
from lcodec.scrub.samples.retained import Id, Retained

SIZE = 256  # samples of a pass


def samples(data: Any, labels: Sequence[Id] | None, model: nn.Module, ids: Sequence[Id]) -> Batch:
    """Return the samples of these ids as one batch."""
    known = Retained(Batches(data, model, SIZE, "--data"), labels)
    return known.samples(known.find(ids)).together()


def measured(
    model: nn.Module, loss: Any, removed: Batch, test: Any, refit: nn.Module | None
) -> dict[str, float]:
    """Return the measures of a model by their names in the report.

    Those of a membership attack and of accuracy only for classes, and those against a refit only
    where there is one.
    """
    found: dict[str, float] = {}
    classes = classifies(model, removed)
    if test is not None:
        found["Mean loss on the test data"] = mean_loss(model, loss, test)
        if classes:
            found["Accuracy on the test data"] = accuracy(model, test)
        auc = _attack(model, loss, removed, test)
        if auc is not None:
            found["Membership attack, removed against test data (AUC, .5 is none)"] = auc
    if refit is not None and classes:
        apart = "Divergence of the refit's predictions from these (KL), {}".format
        found[apart("removed samples")] = kl_divergence(refit, model, removed[0])
        if isinstance(test, tuple):
            found[apart("test data")] = kl_divergence(refit, model, test[0])
    return found


def on_removed(model: nn.Module, loss: Any, removed: Batch) -> dict[str, float]:
    """Return loss and, for classes, accuracy on the removed samples."""
    found = {"loss": mean_loss(model, loss, removed)}
    return found | ({"accuracy": accuracy(model, removed)} if classifies(model, removed) else {})


def _attack(model: nn.Module, loss: Any, removed: Batch, test: Any) -> float | None:
    """Return the area under the curve of the attack by the loss; None for too few samples."""
    try:
        return membership_inference(model, loss, removed, test).auc
    except LcodecError as error:
        if error.id != "lcodec:tooFew":
            raise
        return None
