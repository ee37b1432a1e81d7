"""What a removal would do and what it did, for people (`str`) and for programs (`to_dict`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from lcodec.scrub.samples.ids import listed
from lcodec.scrub.slices.slices import Slice, Uncovered

MOST_UNITS = 24  # that are listed for a layer


@dataclass(frozen=True)
class SelectedSlice:
    """A slice that was changed.

    Attributes
    ----------
    layer : str
        Qualified name of the module.
    kind : str
        Type of the module.
    unit : int
        Output unit, 0-based.
    parameters : int
        Number of parameters in the slice.
    """

    layer: str
    kind: str
    unit: int
    parameters: int


def describe(slices: Sequence[Slice], positions: Iterable[int]) -> tuple[SelectedSlice, ...]:
    """Return the slices at these positions as the report shows them."""
    return tuple(
        SelectedSlice(one.layer, one.kind, one.unit, one.parameters)
        for one in (slices[position] for position in positions)
    )


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
class RemovalPlan:
    """What `remove` would change, known before anything is.

    Attributes
    ----------
    forgotten, retained : int
        Number of samples removed, and kept.
    ids : tuple of int or str, or None
        The ids of the removed samples, where they were given by id.
    copies : int
        Retained samples that equal a removed one, bit by bit, target included.
    copy_ids : tuple of int or str
        Their ids, of the first 1000; none where samples have no ids.
    select : str
        How the slices were selected.
    response : str or None
        What LFOCI explained. None for the other methods.
    slices : tuple of SelectedSlice
        In the order of selection.
    dropped : tuple of SelectedSlice
        Selected, but beyond `max_parameters`.
    uncovered : tuple of Uncovered
        Parameters of the model that belong to no slice.
    parameters_touched, parameters_total : int
        Parameters changed, and in the model.
    step : str
        "newton", "cr" or "ascent".
    curvature : str or None
        The curvature of the step; None for "ascent".
    solver : str or None
        How it was solved: "dense", "woodbury" or "cg".
    curvature_samples : int or None
        Number of samples the curvature was evaluated on.
    curvature_bytes : int or None
        Memory it was estimated to need, in bytes.
    model_bytes : int
        Memory estimated for gradients and copies of the whole model, which come on top.
    damping : float or None
        The damping used, at least the one asked for.
    step_norm : float
        Euclidean norm of the change of the weights, without noise.
    step_clipped : bool
        Whether `max_step` shortened it, or one of several.
    steps : int
        How many were taken.
    gradient : str
        What the step goes down: "contrast", "retain" or "forget".
    gradient_before : float
        Norm of the gradient of the retained objective over all trainable parameters.
    residual_before : float
        Norm of what the step goes down: what the removal changes in that gradient. For "retain" it
        is the whole of it.
    loss_before : float
        Mean loss on the samples to remove.
    predicted_change : float or None
        Of the objective whose gradient the step goes down, by the quadratic model; None without a
        curvature.
    seconds : dict of str to float
        Wall-clock time of each stage.
    """

    forgotten: int
    retained: int
    ids: tuple[int | str, ...] | None
    copies: int = 0
    copy_ids: tuple[int | str, ...] = ()
    select: str
    response: str | None
    slices: tuple[SelectedSlice, ...]
    dropped: tuple[SelectedSlice, ...]
    uncovered: tuple[Uncovered, ...]
    parameters_touched: int
    parameters_total: int
    step: str
    curvature: str | None
    solver: str | None
    curvature_samples: int | None
    curvature_bytes: int | None
    model_bytes: int = 0
    damping: float | None
    step_norm: float
    step_clipped: bool
    steps: int = 1
    gradient: str
    gradient_before: float
    residual_before: float
    loss_before: float
    predicted_change: float | None
    seconds: dict[str, float]

    def by_layer(self) -> dict[str, list[int]]:
        """Return the selected units of each layer, both in the order of selection."""
        units: dict[str, list[int]] = {}
        for one in self.slices:
            units.setdefault(one.layer, []).append(one.unit)
        return units

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON-ready values."""
        values = asdict(self)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
        }

    def _lines(self) -> list[tuple[str, str]]:
        chosen = self.select if self.response is None else f"{self.select} on the {self.response}"
        clipped = " (shortened by max_step)" if self.step_clipped else ""
        ids = [("ids", listed(self.ids, 8))] if self.ids else []
        names = f": {listed(self.copy_ids, 8, self.copies)}" if self.copy_ids else ""
        kept = [("copies", f"{self.copies} equal samples stay{names}")] if self.copies else []
        return [
            ("samples", f"{self.forgotten} to remove, {self.retained} to keep"),
            *ids,
            *kept,
            ("selected by", chosen),
            ("slices", f"{len(self.slices)}, beyond the budget {len(self.dropped)}"),
            ("parameters", f"{self.parameters_touched} of {self.parameters_total} touched"),
            ("step", self._step_text()),
            ("step norm", f"{self.step_norm:.4g}{clipped}"),
            ("memory", f"{self.model_bytes / 2**20:.1f} MiB for gradients and copies of weights"),
        ]

    def _step_text(self) -> str:
        if self.curvature is None:
            return self.step
        size = "" if self.curvature_bytes is None else f", {self.curvature_bytes / 2**20:.1f} MiB"
        times = f" x {self.steps}" if self.steps > 1 else ""
        return (
            f"{self.step}{times}, {self.curvature} curvature on {self.curvature_samples} samples "
            f"({self.solver}{size}), damping {self.damping:.3g}"
        )

    def _tail(self) -> list[tuple[str, str]]:
        lines = [("seconds", ", ".join(f"{k} {v:.2f}" for k, v in self.seconds.items()))]
        lines += [
            (f"layer {layer}", f"units {listed(units, MOST_UNITS)}")
            for layer, units in self.by_layer().items()
        ]
        lines += [
            ("not covered", f"{one.layer} ({one.kind}, {one.parameters} parameters): {one.reason}")
            for one in self.uncovered
        ]
        return lines

    def __str__(self) -> str:
        lines = [
            *self._lines(),
            ("retained gradient", f"{self.gradient_before:.4g}"),
            ("residual", f"{self.residual_before:.4g}, by {self.gradient}"),
            ("loss on removed", f"{self.loss_before:.4g}"),
        ]
        if self.predicted_change is not None:
            lines.append(("objective", f"predicted {self.predicted_change:+.3g}"))
        return _aligned([*lines, *self._tail()])


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
    def warnings(self) -> tuple[str, ...]:
        """What speaks against the result, in sentences; none where nothing does."""
        found = []
        if self.loss_after < self.loss_before:
            found.append(
                "the model fits the removed samples better than before: it may have been trained "
                "on, and not made to forget"
            )
        if self.residual_ratio > 1:
            found.append(
                "the residual grew: the model may be no closer to one without the samples; use "
                "more slices, a larger `damping` or a `max_step`"
            )
        return tuple(found)

    @property
    def plan(self) -> RemovalPlan:
        """The part that was known before the weights changed."""
        names = [one.name for one in fields(RemovalPlan)]
        return RemovalPlan(**{name: getattr(self, name) for name in names})

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, `residual_ratio` and `warnings` as JSON-ready values."""
        ratio = self.residual_ratio
        more = {
            "residual_ratio": ratio if ratio < float("inf") else None,
            "warnings": list(self.warnings),
        }
        return {**super().to_dict(), **more}

    def __str__(self) -> str:
        predicted = "" if self.predicted_change is None else f"{self.predicted_change:+.3g}, "
        lines = [
            *self._lines(),
            ("retained gradient", f"{self.gradient_before:.4g} -> {self.gradient_after:.4g}"),
            (
                "residual",
                f"{self.residual_before:.4g} -> {self.residual_after:.4g}, by {self.gradient}",
            ),
            ("residual ratio", f"{self.residual_ratio:.3f}"),
            ("loss on removed", f"{self.loss_before:.4g} -> {self.loss_after:.4g}"),
            (
                "objective",
                f"{'predicted ' if predicted else ''}{predicted}actual {self.actual_change:+.3g}",
            ),
        ]
        if self.noise is not None:
            lines.append(("noise", self._noise_text(self.noise)))
        if self.entry is not None:
            lines.append(("ledger", f"entry {self.entry}, weights {self.sha256_after}"))
        lines += [("warning", text) for text in self.warnings]
        return _aligned([*lines, *self._tail()])

    @staticmethod
    def _noise_text(noise: NoiseReport) -> str:
        text = (
            f"{noise.wording}: sd {noise.sigma:.3g} on {noise.scope} parameters, "
            f"epsilon {noise.composed_epsilon:.3g}, delta {noise.composed_delta:.3g} so far"
        )
        return "; ".join([text, *noise.reasons])


def _aligned(lines: Sequence[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in lines)
