"""The noise stage: draw it, add it to the new weights, say what it is worth."""

from __future__ import annotations

from itertools import chain

import torch

from lcodec.scrub.objective.objective import norm
from lcodec.scrub.privacy import Sekhari, certificate, noise
from lcodec.scrub.removal import Pipeline, Removal
from lcodec.scrub.report import NoiseReport, RemovalPlan
from lcodec.scrub.slices.slices import FlatParameters


class Noise:
    """Noise for one removal.

    Parameters
    ----------
    privacy : Sekhari or None
        Its size and scope; None for none.
    pipeline : Pipeline
        Model, loss and options.
    loss : callable
        The loss as the user gave it.
    seed : int
        Of the draw; to be kept secret.
    """

    def __init__(
        self, privacy: Sekhari | None, pipeline: Pipeline, loss: object, seed: int
    ) -> None:
        self._privacy = None if privacy is None or privacy.scope == "none" else privacy
        self._pipeline, self._loss, self._seed = pipeline, loss, seed

    @property
    def heard(self) -> bool:
        """Whether there is any."""
        return self._privacy is not None

    def add(
        self, flat: FlatParameters, vector: torch.Tensor, removal: Removal
    ) -> dict[str, torch.Tensor]:
        """Return the new parameters by name, with noise on those in its scope.

        Parameters
        ----------
        flat : FlatParameters
            The selected parameters.
        vector : torch.Tensor of float64, shape (p,)
            Their values after the step.
        removal : Removal
            After `prepare`.
        """
        if self._privacy is None:
            return flat.merge(vector)
        sigma = self._privacy.sigma(n=removal.kept + removal.count, m=removal.count)
        if self._privacy.scope == "selected":
            return flat.merge(vector + noise(len(vector), sigma, self._seed).to(vector))
        moved = flat.merge(vector)
        parameters = [
            (name, tensor.detach())
            for name, tensor in self._pipeline.model.named_parameters()
            if tensor.requires_grad
        ]
        drawn = noise(sum(tensor.numel() for _, tensor in parameters), sigma, self._seed)
        parts = torch.split(drawn, [tensor.numel() for _, tensor in parameters])
        return {
            name: (
                moved.get(name, tensor).double() + part.reshape(tensor.shape).to(tensor.device)
            ).to(tensor.dtype)
            for (name, tensor), part in zip(parameters, parts, strict=True)
        }

    def report(
        self, removal: Removal, plan: RemovalPlan, spent: tuple[float, float]
    ) -> NoiseReport | None:
        """Return the account of the noise, None without any.

        Parameters
        ----------
        removal : Removal
            After `prepare`.
        plan : RemovalPlan
            What changed.
        spent : (float, float)
            Epsilon and delta of the removals before.
        """
        if self._privacy is None:
            return None
        trainable = sum(
            tensor.numel() for tensor in self._pipeline.model.parameters() if tensor.requires_grad
        )
        settings = self._pipeline.settings
        verdict = certificate(
            self._pipeline.model,
            self._loss,
            chain(removal.retained, [removal.forgotten]),
            self._privacy,
            forgotten=removal.count,
            weight_decay=settings.weight_decay,
            selected_all=plan.parameters_touched == trainable,
            curvature=plan.curvature or "none",
            step=plan.step,
            damping=plan.damping or 0.0,
            clipped=plan.step_clipped,
            gradient_norm=self._gradient_before(removal),
        )
        reasons = verdict.reasons
        if plan.curvature_samples != removal.kept:
            reasons += (f"curvature is of {plan.curvature_samples} of {removal.kept} samples",)
        return NoiseReport(
            scope=self._privacy.scope,
            sigma=self._privacy.sigma(n=removal.kept + removal.count, m=removal.count),
            epsilon=self._privacy.epsilon,
            delta=self._privacy.delta,
            composed_epsilon=spent[0] + self._privacy.epsilon,
            composed_delta=spent[1] + self._privacy.delta,
            certified=not reasons,
            reasons=reasons,
        )

    def _gradient_before(self, removal: Removal) -> float:
        """Norm of the gradient over all the data, by those of its two parts."""
        forgotten = self._pipeline.gradient_of(removal.forgotten)
        total = removal.kept + removal.count
        return norm(
            {
                name: (removal.kept * part + removal.count * forgotten[name]) / total
                for name, part in removal.gradient.items()
            }
        )
