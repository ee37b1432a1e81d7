"""The release: noise, where it was asked for."""

from __future__ import annotations

import secrets
from itertools import chain

import torch

from lcodec.scrub.objective.objective import norm
from lcodec.scrub.plan import RemovalPlan
from lcodec.scrub.privacy.release import account, with_noise
from lcodec.scrub.report import NoiseReport
from lcodec.scrub.request import Request, Start, Tensors
from lcodec.scrub.slices.slices import FlatParameters


def release(
    request: Request,
    start: Start,
    plan: RemovalPlan,
    flat: FlatParameters,
    vector: torch.Tensor,
    spent: tuple[float, float],
) -> tuple[Tensors, NoiseReport] | None:
    """Return the new parameters with the noise that was asked for, and its worth; None for none.

    `vector` (p,) holds the new values of the selected parameters, `spent` epsilon and delta of
    the removals before.
    """
    privacy = request.options.privacy
    if privacy is None or privacy.scope == "none":
        return None
    sigma = privacy.sigma(n=request.trained, m=request.count)
    seed = secrets.randbits(128)  # whoever knew it could take the noise off again
    moved = with_noise(request.model, flat, vector, privacy.scope, sigma, seed)
    gradient = over_all(request, start)
    everything = chain(request.retained, [request.forgotten])
    return moved, account(
        request.model,
        request.loss.given,
        everything,
        privacy,
        plan,
        sigma=sigma,
        spent=spent,
        weight_decay=request.options.weight_decay,
        gradient_norm=norm(gradient),
    )


def over_all(request: Request, start: Start) -> Tensors:
    """Return the gradient over all the data, by those of its two parts."""
    own, total = request.forgotten_gradient(), request.trained
    rest = total - request.count
    return {
        name: (rest * (part + start.tilt.get(name, 0.0)) + request.count * own[name]) / total
        for name, part in start.slope.items()
    }
