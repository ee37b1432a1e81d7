"""The release of new weights: noise on them, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from lcodec.scrub.plan import RemovalPlan
from lcodec.scrub.privacy.certificate import certificate
from lcodec.scrub.privacy.gaussian import Sekhari, noise
from lcodec.scrub.report import NoiseReport
from lcodec.scrub.slices.slices import FlatParameters


def with_noise(
    model: nn.Module,
    flat: FlatParameters,
    vector: torch.Tensor,
    scope: str,
    sigma: float,
    seed: int,
) -> dict[str, torch.Tensor]:
    """Return the new parameters by name, with noise on the selected ones or on all trainable ones.

    `vector` (p,) holds the new values of the selected ones. The seed is to be kept secret.
    """
    if scope == "selected":
        return flat.merge(vector + noise(len(vector), sigma, seed).to(vector))
    moved = flat.merge(vector)
    tensors = {
        name: moved.get(name, tensor.detach())
        for name, tensor in model.named_parameters()
        if tensor.requires_grad
    }
    sizes = [tensor.numel() for tensor in tensors.values()]
    draws = torch.split(noise(sum(sizes), sigma, seed), sizes)
    return {
        name: (tensor.double() + draw.reshape(tensor.shape).to(tensor.device)).to(tensor.dtype)
        for (name, tensor), draw in zip(tensors.items(), draws, strict=True)
    }


def account(
    model: nn.Module,
    loss: object,
    batches: Iterable[tuple[Any, torch.Tensor]],
    privacy: Sekhari,
    plan: RemovalPlan,
    *,
    sigma: float,
    spent: tuple[float, float],
    weight_decay: float,
    gradient_norm: float,
) -> NoiseReport:
    """Return what the noise of a removal is worth; see `certificate` for what is checked.

    `batches` are all the training data, retained and forgotten, `gradient_norm` that of the
    objective over them before the removal, `spent` epsilon and delta of the removals before.
    """
    trainable = sum(tensor.numel() for tensor in model.parameters() if tensor.requires_grad)
    verdict = certificate(
        model,
        loss,
        batches,
        privacy,
        forgotten=plan.forgotten,
        weight_decay=weight_decay,
        selected_all=plan.parameters_touched == trainable,
        curvature=plan.curvature or "none",
        step=plan.step,
        damping=plan.damping or 0.0,
        clipped=plan.step_clipped,
        gradient_norm=gradient_norm,
    )
    reasons = verdict.reasons
    if plan.curvature_samples != plan.retained:
        reasons += (f"curvature is of {plan.curvature_samples} of {plan.retained} samples",)
    if plan.training_size != plan.retained + plan.forgotten:
        reasons += (f"the data are only a part of the {plan.training_size} samples trained on",)
    return NoiseReport(
        scope=privacy.scope,
        sigma=sigma,
        epsilon=privacy.epsilon,
        delta=privacy.delta,
        composed_epsilon=spent[0] + privacy.epsilon,
        composed_delta=spent[1] + privacy.delta,
        certified=not reasons,
        reasons=reasons,
    )
