"""What a removal did, for people (`str`) and for programs (`to_dict`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .slices import Slice, Uncovered


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
class RemovalReport:
    """Account of one removal.

    Attributes
    ----------
    forgotten : int
        Number of samples removed.
    select : str
        How the slices were selected.
    response : str or None
        What LFOCI explained: "loss" or "margin"; the margin also where a saturated loss was
        asked for. None for the other methods.
    slices : tuple of SelectedSlice
        In the order of selection.
    dropped : tuple of SelectedSlice
        Selected, but beyond `max_parameters`.
    uncovered : tuple of Uncovered
        Parameters of the model that belong to no slice.
    parameters_touched, parameters_total : int
        Parameters changed, and in the model.
    curvature : str
        "ggn" or "exact".
    damping : float
        The damping used, at least the one asked for.
    step_norm : float
        Euclidean norm of the change of the weights.
    step_clipped : bool
        Whether `max_step` shortened it.
    gradient_before, gradient_after : float
        Norm of the gradient of the retained objective over all trainable parameters.
    loss_before, loss_after : float
        Mean loss on the removed samples.
    predicted_change, actual_change : float
        Of the retained objective: by the quadratic model, and measured.
    seconds : dict of str to float
        Wall-clock time of each stage.
    """

    forgotten: int
    select: str
    response: str | None
    slices: tuple[SelectedSlice, ...]
    dropped: tuple[SelectedSlice, ...]
    uncovered: tuple[Uncovered, ...]
    parameters_touched: int
    parameters_total: int
    curvature: str
    damping: float
    step_norm: float
    step_clipped: bool
    gradient_before: float
    gradient_after: float
    loss_before: float
    loss_after: float
    predicted_change: float
    actual_change: float
    seconds: dict[str, float]

    @property
    def residual_ratio(self) -> float:
        """Norm of the retained gradient, after / before; below 1 is closer to a refit."""
        if self.gradient_before == 0:
            return 1.0 if self.gradient_after == 0 else float("inf")
        return self.gradient_after / self.gradient_before

    def by_layer(self) -> dict[str, list[int]]:
        """Return the selected units of each layer, both in the order of selection."""
        units: dict[str, list[int]] = {}
        for one in self.slices:
            units.setdefault(one.layer, []).append(one.unit)
        return units

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, and `residual_ratio`, as JSON-ready values."""
        fields = asdict(self)
        for name in ("slices", "dropped", "uncovered"):
            fields[name] = list(fields[name])
        return {**fields, "residual_ratio": self.residual_ratio}

    def __str__(self) -> str:
        chosen = self.select if self.response is None else f"{self.select} on the {self.response}"
        clipped = " (shortened by max_step)" if self.step_clipped else ""
        lines = [
            ("removed", f"{self.forgotten} samples"),
            ("selected by", chosen),
            ("slices", f"{len(self.slices)}, beyond the budget {len(self.dropped)}"),
            ("parameters", f"{self.parameters_touched} of {self.parameters_total} touched"),
            ("curvature", f"{self.curvature}, damping {self.damping:.3g}"),
            ("step norm", f"{self.step_norm:.4g}{clipped}"),
            ("retained gradient", self._change(self.gradient_before, self.gradient_after)),
            ("residual ratio", f"{self.residual_ratio:.3f}"),
            ("loss on removed", self._change(self.loss_before, self.loss_after)),
            (
                "retained objective",
                f"predicted {self.predicted_change:+.3g}, actual {self.actual_change:+.3g}",
            ),
            ("seconds", ", ".join(f"{k} {v:.2f}" for k, v in self.seconds.items())),
        ]
        lines += [
            (f"layer {layer}", f"units {', '.join(map(str, units))}")
            for layer, units in self.by_layer().items()
        ]
        lines += [
            ("not covered", f"{one.layer} ({one.kind}, {one.parameters} parameters): {one.reason}")
            for one in self.uncovered
        ]
        width = max(len(name) for name, _ in lines)
        return "\n".join(f"{name:<{width}}  {text}" for name, text in lines)

    @staticmethod
    def _change(before: float, after: float) -> str:
        return f"{before:.4g} -> {after:.4g}"
