"""Whether the data are the same in every pass: sums of two passes must be of the same samples."""

from __future__ import annotations

from typing import NoReturn

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import total_over
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.samples.prints import prints


@torch.no_grad()
def check_repeats(
    model: nn.Module, loss: PerSampleLoss, batches: Batches, *, ordered: bool
) -> None:
    """Refuse data that are others in the next pass; the first batch of two passes tells.

    Where rows have no numbers and the first batch is another one, the data may only come in
    another order. Then the sums of losses over two whole passes are compared.

    Parameters
    ----------
    model : torch.nn.Module
        The model, in evaluation mode.
    loss : PerSampleLoss
        Loss of one sample.
    batches : Batches
        The data.
    ordered : bool
        Whether the batches must come in the same order, too.

    Raises
    ------
    LcodecError
        `lcodec:changingData`.
    """
    if batches.in_memory:
        return
    first, second = (prints(next(iter(batches))) for _ in range(2))
    if torch.equal(first, second):
        return
    if batches.samples is not None:
        refuse("other first samples")
    if ordered:
        refuse("another order, which neither `curvature_samples` nor several processes can have")
    (one, count), (other, counted) = (total_over(model, loss, batches) for _ in range(2))
    close = torch.finfo(next(model.parameters()).dtype).eps ** 0.5
    if count != counted or abs(one - other) > close * max(abs(one), abs(other)):
        refuse(f"a mean loss of {one / count:.6g} and then of {other / counted:.6g}")


def refuse(what: str) -> NoReturn:
    """Refuse data that change from pass to pass, and say how."""
    checks.fail(
        "changingData",
        f"`retained` must hold the same samples in every pass, got {what}; leave out random "
        "augmentation and samplers with replacement, or give what one pass of them drew",
    )
