"""What a removal would do, for people (`str`) and for programs (`to_dict`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lcodec.scrub import wording
from lcodec.scrub.samples.ids import listed
from lcodec.scrub.slices.slices import Slice, Uncovered
from lcodec.scrub.wording import percent

MOST_UNITS = 24  # that are listed for a layer
DERIVED = ("gradient_share", "coverage", "cost", "refits", "warnings")


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


@dataclass(frozen=True, kw_only=True)
class RemovalPlan:
    """What `remove` would change, known before anything is.

    Attributes
    ----------
    forgotten, retained : int
        Number of samples removed, and kept.
    ids : tuple of int or str, or None
        The ids of the removed samples, where they were given by id.
    training_size : int
        Number of samples that the model was trained on and has not forgotten yet, those to remove
        included.
    retained_digest, forgotten_digest : str
        16 hexadecimal digits made of the bits of all their samples, inputs and targets, as the
        model takes them and in any order. They tell mix-ups, and are no safeguard against forgery.
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
    capped : bool
        Whether `max_passes` ended the search for a better step, or for a further one.
    gradient : str
        What the step goes down: "contrast", "retain" or "forget".
    random_layers : tuple of str
        Layers that act at random in the mode that the model is in, such as Dropout in training.
    gradient_before : float
        Norm of the gradient of the retained objective over all trainable parameters.
    residual_before : float
        Norm of what the step goes down: what the removal changes in that gradient. For "retain" it
        is the whole of it.
    forgotten_slope, retained_slope : float
        Norm of the gradient of the mean loss on the samples to remove, and on the retained ones,
        in the selected slices and without weight decay.
    loss_before : float
        Mean loss on the samples to remove.
    accuracy_before : float or None
        Share of them whose class is predicted; None where targets are not classes.
    predicted_loss_change : float
        Change of that loss to first order: its gradient times the step. Its sign says what is
        expected; a long step may lead elsewhere.
    predicted_change : float or None
        Of the objective whose gradient the step goes down, by the quadratic model; None without a
        curvature.
    seconds : dict of str to float
        Wall-clock time of each stage.
    passes : dict of str to float
        Work of the network in each stage, in passes over the retained data: one is every sample
        forward and backward once, as in an epoch of training, of which the way forward counts a
        third. What a `remove` of the same samples takes, "noise" included.
    epochs : float or None
        As given.
    date : str
        UTC, ISO 8601.
    versions : dict of str to str
        Of lcodec, torch and Python.
    options : dict
        All options of the scrubber, those at their defaults too.
    """

    forgotten: int
    retained: int
    ids: tuple[int | str, ...] | None
    training_size: int
    retained_digest: str
    forgotten_digest: str
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
    capped: bool = False
    gradient: str
    random_layers: tuple[str, ...] = ()
    gradient_before: float
    residual_before: float
    forgotten_slope: float
    retained_slope: float
    loss_before: float
    accuracy_before: float | None
    predicted_loss_change: float
    predicted_change: float | None
    seconds: dict[str, float]
    passes: dict[str, float]
    epochs: float | None
    date: str
    versions: dict[str, str]
    options: dict[str, Any]

    @property
    def coverage(self) -> float:
        """Share of the model's parameters that could change: that belong to slices."""
        return 1 - sum(one.parameters for one in self.uncovered) / self.parameters_total

    @property
    def gradient_share(self) -> float | None:
        """What the removal changes in the retained gradient, by length, beside all of it.

        None for "retain", which does not tell the two apart, and where there is no gradient.
        """
        if self.gradient == "retain" or self.gradient_before == 0:
            return None
        return self.residual_before / self.gradient_before

    @property
    def cost(self) -> float:
        """Work of the network in passes over the retained data; see `passes`."""
        return sum(self.passes.values())

    @property
    def refits(self) -> float | None:
        """That work beside the one of training again; None where `epochs` was not given."""
        if self.epochs is None:
            return None
        again = self.epochs * (self.training_size - self.forgotten)
        return self.cost * self.retained / again

    @property
    def remarks(self) -> dict[str, str]:
        """What speaks against the removal, by the id of the warning."""
        return wording.of_plan(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What speaks against the removal, in sentences; none where nothing does."""
        return tuple(self.remarks.values())

    def by_layer(self) -> dict[str, list[int]]:
        """Return the selected units of each layer, both in the order of selection."""
        units: dict[str, list[int]] = {}
        for one in self.slices:
            units.setdefault(one.layer, []).append(one.unit)
        return units

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, and what follows from them, as JSON-ready values."""
        values = {name: getattr(self, name) for name in DERIVED} | asdict(self)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
        }

    def first(self) -> list[tuple[str, str]]:
        """Return what matters most, names and texts; what is known only afterwards is missing."""
        lines = [("samples", f"{self.forgotten} to remove, {self.retained} to keep")]
        if self.gradient_share is not None:
            lines.append(("removal's share", wording.share(self.gradient_share)))
        lines.append(("coverage", f"{percent(self.coverage)} of the parameters could change"))
        lines += [
            ("", f"{percent(part)} could not: {why}")
            for why, part in wording.left_out(self).items()
        ]
        return lines

    def lines(self) -> list[tuple[str, str]]:
        """Return how it is done, names and texts."""
        chosen = self.select if self.response is None else f"{self.select} on the {self.response}"
        clipped = " (shortened by max_step)" if self.step_clipped else ""
        ids = [("ids", listed(self.ids, 8))] if self.ids else []
        names = f": {listed(self.copy_ids, 8, self.copies)}" if self.copy_ids else ""
        kept = [("copies", f"{self.copies} equal samples stay{names}")] if self.copies else []
        return [
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

    def tail(self) -> list[tuple[str, str]]:
        """Return what is said last."""
        lines = [("seconds", ", ".join(f"{k} {v:.2f}" for k, v in self.seconds.items()))]
        lines += [
            (f"layer {layer}", f"units {listed(units, MOST_UNITS)}")
            for layer, units in self.by_layer().items()
        ]
        lines += [
            ("data", f"retained {self.retained_digest}, removed {self.forgotten_digest}"),
            ("run", ", ".join([self.date, *(f"{k} {v}" for k, v in self.versions.items())])),
        ]
        lines += [
            ("not covered", f"{one.layer} ({one.kind}, {one.parameters} parameters): {one.reason}")
            for one in self.uncovered
        ]
        return lines

    def __str__(self) -> str:
        lines = [
            *self.first(),
            (
                "loss on removed",
                f"{self.loss_before:.4g}, {wording.expected(self.predicted_loss_change)}",
            ),
        ]
        if self.accuracy_before is not None:
            lines.append(("accuracy on removed", f"{self.accuracy_before:.3f}"))
        lines += [
            ("residual", f"{self.residual_before:.4g}, by {self.gradient}"),
            ("retained gradient", f"{self.gradient_before:.4g}"),
        ]
        if self.predicted_change is not None:
            lines.append(("objective", f"predicted {self.predicted_change:+.3g}"))
        lines += [
            ("cost of `remove`", wording.cost(self.cost, self.refits, self.capped)),
            ("", wording.by_stage(self.passes)),
        ]
        lines += [("warning", text) for text in self.warnings]
        return wording.aligned([*lines, *self.lines(), *self.tail()])
