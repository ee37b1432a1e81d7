"""What a removal did, for people (`str`) and for programs (`to_dict`)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from lcodec.scrub import wording
from lcodec.scrub.plan import RemovalPlan


@dataclass(frozen=True)
class NoiseReport:
    """The noise that was added to the weights, and what may be said about it.

    Attributes
    ----------
    scope : str
        "selected" or "all" parameters.
    sigma : float
        Standard deviation.
    epsilon, delta : float
        Of this removal.
    composed_epsilon, composed_delta : float
        Of all removals so far, added up.
    certified : bool
        Whether every assumption of the theorem was checked and holds.
    reasons : tuple of str
        The assumptions that do not hold, or could not be checked.
    """

    scope: str
    sigma: float
    epsilon: float
    delta: float
    composed_epsilon: float
    composed_delta: float
    certified: bool
    reasons: tuple[str, ...]

    @property
    def wording(self) -> str:
        """The honest name of it: "certified" or "heuristic noise"."""
        return "certified" if self.certified else "heuristic noise"


@dataclass(frozen=True, kw_only=True)
class RemovalReport(RemovalPlan):
    """Account of one removal: the plan that was carried out, and what came of it.

    Attributes
    ----------
    gradient_after : float
        Norm of the gradient of the retained objective, after the removal.
    residual_after : float
        Norm of what is left of `residual_before`: of the gradient of the objective that the step
        goes down.
    loss_after : float
        Mean loss on the removed samples, after.
    accuracy_after : float or None
        Share of them whose class is predicted, after.
    actual_change : float
        Of that objective, measured.
    noise : NoiseReport or None
        The noise added, if any.
    entry : int or None
        Number of the ledger's entry, counted from 1.
    sha256_before, sha256_after : str or None
        Of the weights, where there is a ledger.
    """

    gradient_after: float
    residual_after: float
    loss_after: float
    accuracy_after: float | None
    actual_change: float
    noise: NoiseReport | None = None
    entry: int | None = None
    sha256_before: str | None = None
    sha256_after: str | None = None

    @property
    def residual_ratio(self) -> float:
        """How much of what the removal changes in the gradient is left: after / before."""
        if self.residual_before == 0:
            return 1.0 if self.residual_after == 0 else float("inf")
        return self.residual_after / self.residual_before

    @property
    def remarks(self) -> dict[str, str]:
        """What speaks against the result, by the id of the warning."""
        return wording.of_report(self)

    @property
    def plan(self) -> RemovalPlan:
        """The part that was known before the weights changed."""
        names = [one.name for one in fields(RemovalPlan)]
        return RemovalPlan(**{name: getattr(self, name) for name in names})

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, and what follows from them, as JSON-ready values."""
        ratio = self.residual_ratio
        return {**super().to_dict(), "residual_ratio": ratio if ratio < float("inf") else None}

    def __str__(self) -> str:
        predicted = "" if self.predicted_change is None else f"{self.predicted_change:+.3g}, "
        expected = wording.expected(self.predicted_loss_change)
        residual = f"{self.residual_before:.4g} -> {self.residual_after:.4g}"
        lines = [
            *self.first(),
            ("loss on removed", f"{self.loss_before:.4g} -> {self.loss_after:.4g}, {expected}"),
        ]
        if self.accuracy_before is not None and self.accuracy_after is not None:
            text = f"{self.accuracy_before:.3f} -> {self.accuracy_after:.3f}"
            lines.append(("accuracy on removed", text))
        lines += [
            ("residual", f"{residual}, ratio {self.residual_ratio:.3f}, by {self.gradient}"),
            ("retained gradient", f"{self.gradient_before:.4g} -> {self.gradient_after:.4g}"),
            (
                "objective",
                f"{'predicted ' if predicted else ''}{predicted}actual {self.actual_change:+.3g}",
            ),
            ("cost", wording.cost(self.cost, self.refits, self.capped)),
            ("", wording.by_stage(self.passes)),
        ]
        lines += [("warning", text) for text in self.warnings]
        lines += self.lines()
        if self.noise is not None:
            lines.append(("noise", self._noise_text(self.noise)))
        if self.entry is not None:
            lines.append(("ledger", f"entry {self.entry}, weights {self.sha256_after}"))
        return wording.aligned([*lines, *self.tail()])

    @staticmethod
    def _noise_text(noise: NoiseReport) -> str:
        text = (
            f"{noise.wording}: sd {noise.sigma:.3g} on {noise.scope} parameters, "
            f"epsilon {noise.composed_epsilon:.3g}, delta {noise.composed_delta:.3g} so far"
        )
        return "; ".join([text, *noise.reasons])
