"""What a removal owes to its parts: the same step with one of them taken away."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn

from lcodec.scrub.objective.loss import Loss, PerSampleLoss
from lcodec.scrub.objective.modes import eval_mode
from lcodec.scrub.objective.objective import Objective, norm
from lcodec.scrub.options import Options
from lcodec.scrub.privacy import noise
from lcodec.scrub.samples.batches import Batch, Batches, Data
from lcodec.scrub.samples.inputs import rows
from lcodec.scrub.scrubber import Scrubber
from lcodec.scrub.step.newton import slope


def ablations(
    model: nn.Module,
    loss: Loss,
    retained: Data,
    samples: Batch,
    *,
    weight_decay: float = 0.0,
    batch_size: int = 256,
    seed: int = 0,
    **settings: Any,
) -> dict[str, nn.Module]:
    """Return changed copies of a model: the removal, and three that lack a part of it.

    All but the last change the same parameters, and the first three by the same distance.

    Parameters
    ----------
    model : torch.nn.Module
        The model before the removal; it is left as it is.
    loss, retained, samples, weight_decay, batch_size
        As in `baselines.run`; `samples` are those to forget.
    seed : int, default 0
        Seed of the removal, of the noise and of the random slices.
    **settings
        Other options of `Scrubber`.

    Returns
    -------
    dict of str to torch.nn.Module
        "scrub": the removal itself. "noise only": the step replaced by Gaussian noise.
        "gradient only": by minus the gradient that the step goes down. "random slices": a removal
        from random slices with as many parameters.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub import ablations, gradient_norm
    >>> X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    >>> y = X[:, :1] - X[:, 1:2]
    >>> model, loss, keep = torch.nn.Linear(4, 1), torch.nn.MSELoss(), (X[5:], y[5:])
    >>> full = {"gradient": "retain", "steps": 1}
    >>> rows = ablations(model, loss, keep, (X[:5], y[:5]), select="all", damping=0.0, **full)
    >>> list(rows)
    ['scrub', 'noise only', 'gradient only', 'random slices']
    >>> gradient_norm(rows["scrub"], loss, keep) < gradient_norm(rows["gradient only"], loss, keep)
    True
    """
    options = {"weight_decay": weight_decay, "batch_size": batch_size, "seed": seed, **settings}
    scrubbed = copy.deepcopy(model)
    report = Scrubber(scrubbed, loss, retained, **options).remove(samples)
    random = copy.deepcopy(model)
    budget = {"select": "random", "max_parameters": report.parameters_touched}
    Scrubber(random, loss, retained, **{**options, **budget}).remove(samples)

    step = {
        name: after.detach().double() - before.detach().double()
        for (name, before), after in zip(
            model.named_parameters(), scrubbed.parameters(), strict=True
        )
    }
    batches = Batches(retained, model, batch_size, "retained")
    with eval_mode(model):
        objective = Objective(model, PerSampleLoss(loss), batches, weight_decay)
        gradient = objective.value_and_gradient()[1]
        kind = settings.get("gradient", Options().gradient)
        if kind != "retain":
            own = Objective(
                model, objective.loss, Batches(samples, model, batch_size, "samples"), weight_decay
            ).value_and_gradient()[1]
            gradient = slope(kind, gradient, own, rows(samples[0]), batches.size())
    sizes = [change.numel() for change in step.values()]
    drawn = torch.split(noise(sum(sizes), 1.0, seed), sizes)
    directions = {
        "noise only": {
            name: values.reshape(change.shape).to(change)
            for (name, change), values in zip(step.items(), drawn, strict=True)
        },
        "gradient only": {name: -part for name, part in gradient.items()},
    }
    models: dict[str, nn.Module] = {"scrub": scrubbed}
    for title, direction in directions.items():
        masked = {name: along * (step[name] != 0) for name, along in direction.items()}
        models[title] = _moved(model, masked, norm(step))
    models["random slices"] = random
    return models


@torch.no_grad()
def _moved(model: nn.Module, direction: dict[str, torch.Tensor], distance: float) -> nn.Module:
    """Return a copy of the model, moved by `distance` in a direction."""
    moved = copy.deepcopy(model)
    share = distance / max(norm(direction), torch.finfo(torch.float64).tiny)
    for name, tensor in moved.named_parameters():
        if name in direction:
            tensor.copy_(tensor.double() + share * direction[name])
    return moved
