"""How much of some images a classifier names rightly, and how sure it is of them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from bench.paper.journal import Record
from bench.paper.removal.measures import finite
from bench.paper.removal.task import Pair
from lcodec.scrub.samples.inputs import split


@torch.no_grad()
def shares(model: nn.Module, parts: Mapping[str, Pair], batch: int) -> Record:
    """Return `<part>_accuracy` and `<part>_probability` of each part that has images.

    Parameters
    ----------
    model : torch.nn.Module
        Gives logits, shape (n, classes).
    parts : mapping of str to (inputs, targets)
        Images and their classes.
    batch : int
        Rows of a pass.

    Returns
    -------
    dict
        Shares in [0, 1]; the probability is the mean of that of the true class, and None where an
        output is not finite.
    """
    found: Record = {}
    model.eval()
    for name, (inputs, targets) in parts.items():
        if not len(targets):
            continue
        logits = torch.cat([model(rows) for rows in split(inputs, batch)]).double()
        right = (logits.argmax(1) == targets).double().mean()
        sure = logits.softmax(1).gather(1, targets[:, None]).mean()
        found[f"{name}_accuracy"] = finite(float(right))
        found[f"{name}_probability"] = finite(float(sure))
    return found
