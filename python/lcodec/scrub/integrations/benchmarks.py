"""A removal as benchmarks of unlearning call one: a model and data in, a model out."""

from __future__ import annotations

import copy
from typing import Any

from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.objective.loss import Loss
from lcodec.scrub.options import Options
from lcodec.scrub.samples.batches import Data, in_one
from lcodec.scrub.samples.inputs import pair
from lcodec.scrub.scrubber import Scrubber


def unlearn(
    model: nn.Module, retained: Data, forgotten: Data, *, loss: Loss | None = None, **options: Any
) -> nn.Module:
    """Return a copy of a trained model that has forgotten some of its training data.

    It is `remove` of a `Scrubber` of the copy; use that for a plan, a report, or removals by id.

    Parameters
    ----------
    model : torch.nn.Module
        As for `Scrubber`. It stays as it is.
    retained : (inputs, targets), Dataset, DataLoader, or re-iterable of batches
        The training data to keep, without those to forget.
    forgotten : (inputs, targets), mapping with "labels", Dataset, DataLoader or list of batches
        The training data to forget, such as one batch.
    loss : callable, optional
        As for `Scrubber`. By default the cross-entropy; targets must then be numbers of classes.
    **options
        Any other keyword of `Scrubber`. `preset="paper"` selects as Mehta et al. do, and takes
        one step.

    Returns
    -------
    torch.nn.Module
        The copy, in the modes that `model` is in.

    Raises
    ------
    LcodecError
        `lcodec:missingOption` where there is no `loss`, and targets are not numbers of classes;
        else as `Scrubber` and its `remove` do.

    References
    ----------
    Mehta, Pal, Singh, Ravi: Deep Unlearning via Randomized Conditionally Independent Hessians,
    CVPR 2022.

    Examples
    --------
    >>> import torch
    >>> from torch.utils.data import DataLoader, TensorDataset
    >>> from lcodec.scrub import unlearn
    >>> X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    >>> y = (X[:, 0] > 0).long()
    >>> model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    >>> retained = DataLoader(TensorDataset(X[5:], y[5:]), batch_size=20, shuffle=True)
    >>> scrubbed = unlearn(model, retained, (X[:5], y[:5]), preset="paper")
    >>> all(torch.equal(a, b) for a, b in zip(scrubbed.parameters(), model.parameters()))
    False
    """
    classes = loss is None
    loss = nn.functional.cross_entropy if loss is None else loss
    scrubbed = copy.deepcopy(model)
    with Scrubber(scrubbed, loss, retained, **options) as scrubber:
        samples = pair(in_one(forgotten, Options.batch_size, "forgotten"), "forgotten")
        if classes and samples[1].is_floating_point():
            checks.fail(
                "missingOption",
                "`loss` must be given where targets are not numbers of classes, got targets of "
                f"{samples[1].dtype}",
            )
        scrubber.remove(samples)
    return scrubbed
