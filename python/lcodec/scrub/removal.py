"""The stages of a removal, in order: record, select, differentiate, step, check."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import torch
from torch import nn
from tqdm import tqdm

from lcodec.scrub import checks
from lcodec.scrub import step as curvature_of
from lcodec.scrub.objective import ranks as distributed
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective, mean_over, norm, run
from lcodec.scrub.options import Settings
from lcodec.scrub.report import RemovalPlan, describe
from lcodec.scrub.samples.batches import Batch, Batches, fit
from lcodec.scrub.samples.inputs import apply, rows, take, tensors
from lcodec.scrub.selection import selection
from lcodec.scrub.selection.copies import automatic, perturbed_batches, unchanged
from lcodec.scrub.selection.recording import Recording, record
from lcodec.scrub.slices.activations import not_called
from lcodec.scrub.slices.slices import FlatParameters, Slice, Uncovered, find_slices
from lcodec.scrub.step import newton as update

T = TypeVar("T")
Gradient = Mapping[str, torch.Tensor]

ATTEMPTS = 8  # dampings, each tenfold the one before


@dataclass
class Removal:
    """One removal on its way: what each stage found, for the next ones."""

    forgotten: Batch
    retained: Batches
    kept: int
    ids: tuple[int | str, ...] | None
    hashes: tuple[str, ...] = ()  # of samples without ids, for a ledger
    slices: list[Slice] = field(default_factory=list)
    uncovered: tuple[Uncovered, ...] = ()
    value: float = 0.0
    gradient: dict[str, torch.Tensor] = field(default_factory=dict)
    chosen: selection.Selection = field(default_factory=lambda: selection.Selection(()))
    curvature: dict[str, Any] = field(default_factory=dict)
    moved: Gradient = field(default_factory=dict)
    outcome: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of samples to forget."""
        return rows(self.forgotten[0])


class Pipeline:
    """The stages, for one model and one set of options.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode whenever a method is called; never changed here.
    loss : PerSampleLoss
        Loss of one sample.
    settings : Settings
        The options.
    """

    def __init__(self, model: nn.Module, loss: PerSampleLoss, settings: Settings) -> None:
        self.model, self.loss, self.settings = model, loss, settings

    def objective(self, batches: Batches) -> Objective:
        """Return the objective over some data."""
        return Objective(
            self.model, self.loss, batches, self.settings.weight_decay, distributed.ranks()
        )

    def prepare(self, removal: Removal) -> tuple[RemovalPlan, FlatParameters, torch.Tensor]:
        """Run all stages up to the step.

        Returns
        -------
        plan : RemovalPlan
            What would change.
        flat : FlatParameters
            The selected parameters.
        step : torch.Tensor of float64, shape (p,)
            To add to them.
        """
        settings, seconds = self.settings, removal.seconds
        removal.slices, uncovered = find_slices(
            self.model, layers=settings.layers, embeddings=settings.embeddings
        )
        if not removal.slices:
            why = ", ".join(dict.fromkeys(one.reason for one in uncovered)) or "no parameters"
            checks.fail(
                "noSlices", f"`model` must use a trainable layer with slices, got none: {why}"
            )
        self._check_loss(next(iter(removal.retained)), "retained")
        self._check_loss(removal.forgotten, "samples")
        with _timed(seconds, "gradient"):
            retained = self.objective(removal.retained)
            removal.value, removal.gradient = retained.value_and_gradient()
        with _timed(seconds, "record"):
            recording = self._record(removal)
        removal.uncovered = (*uncovered, *not_called(removal.slices, recording.columns))
        with _timed(seconds, "select"):
            removal.chosen = self._select(removal, recording)
        flat = FlatParameters(
            self.model, [removal.slices[position] for position in removal.chosen.chosen]
        )
        step = self._step(removal, flat)
        return self._plan(removal, flat, step), flat, step.step

    @torch.no_grad()
    def _check_loss(self, samples: Batch, name: str) -> None:
        """Refuse what model and loss do not take, or do not take sample by sample."""
        inputs, targets = (take(part, slice(4)) for part in samples)
        try:
            outputs = run(self.model, inputs)
        except (RuntimeError, TypeError) as error:
            shapes = ", ".join(f"{part.dtype} {tuple(part.shape)}" for part in tensors(inputs))
            checks.fail(
                "modelInput", f"`model` must take the inputs of `{name}`, {shapes}: {error}"
            )
        few, more = (
            part[:2].double() for part in (run(self.model, take(inputs, slice(2))), outputs)
        )
        precision = torch.finfo(next(self.model.parameters()).dtype).eps
        if (few - more).norm() > 10 * precision**0.5 * more.norm():
            checks.fail(
                "batchDependent",
                "`model` must give a sample the same outputs in any batch, in evaluation mode, "
                "got others beside other samples (BatchNorm needs `track_running_stats`)",
            )
        self.loss.check(outputs, cast("torch.Tensor", targets))

    def _record(self, removal: Removal) -> Recording:
        settings = self.settings
        inputs, targets = removal.forgotten
        # The other methods only need to know which layers a forward pass calls.
        perturbed = settings.select == "lfoci"
        copies = settings.perturbations if perturbed else 1
        perturbation = settings.perturb if perturbed else unchanged
        if perturbation == "auto":
            perturbation = automatic(self.model, inputs, settings.noise)
        batches = perturbed_batches(
            inputs,
            perturbation,
            copies=copies,
            seed=settings.seed,
            batch_size=settings.batch_size,
        )
        like = next(self.model.parameters())
        fitted = (
            (copy, sample, apply(noisy, lambda part: fit(part, like)))
            for copy, sample, noisy in batches
        )
        total = -(-copies * removal.count // settings.batch_size)
        shown = self._bar(fitted, "perturbed passes", total)
        influence = perturbed and "influence" in (settings.features, settings.response)
        direction = removal.gradient if influence else None
        return record(
            self.model, self.loss, removal.slices, targets, shown, copies, direction=direction
        )

    def _select(self, removal: Removal, recording: Recording) -> selection.Selection:
        settings = self.settings
        return selection.select(
            settings.select,
            recording,
            removal.slices,
            removal.gradient,
            features=settings.features,
            response=settings.response,
            max_features=settings.max_features,
            max_parameters=settings.max_parameters,
            fill=settings.fill,
            sigma=settings.sigma,
            seed=settings.seed,
        )

    def _step(self, removal: Removal, flat: FlatParameters) -> update.Step:
        """Take the step that was asked for, with more damping until it does no harm."""
        attempt = self._attempts(removal, flat)
        damping = self.settings.damping
        for _ in range(ATTEMPTS):
            with _timed(removal.seconds, "solve"):
                step, more = attempt(damping)
                removal.moved = flat.merge(flat.read().double() + step.step)
            removal.outcome = self.check(removal, removal.moved)
            if removal.outcome["actual_change"] <= self._tolerated(removal):
                return step
            damping = more
        checks.fail(
            "noDescent",
            "the step must not raise the retained objective, got "
            f"{removal.outcome['actual_change']:+.3g} with damping {damping:.3g}; "
            "raise `damping`, or `curvature_samples` if it is given",
        )

    def _tolerated(self, removal: Removal) -> float:
        """Return by how much a step may raise the retained objective: by rounding alone.

        Steps that do not go down its gradient may raise it as they like.
        """
        if (self.settings.step, self.settings.gradient) != ("newton", "retain"):
            return float("inf")
        precision = torch.finfo(next(self.model.parameters()).dtype).eps
        return float(precision * max(1.0, abs(removal.value)))

    def _attempts(
        self, removal: Removal, flat: FlatParameters
    ) -> Callable[[float], tuple[update.Step, float]]:
        """Return what makes a step from a damping, and the next damping to try."""
        settings = self.settings
        with _timed(removal.seconds, "curvature"):
            gradient = flat.gather(self._gradient(removal))
            if settings.step == "ascent":
                ascent = update.ascent_step(gradient, settings.learning_rate, settings.max_step)
                return lambda damping: (ascent, damping)
            curvature = self._curvature(removal, flat)
        if settings.step == "cr":
            gradient = -gradient
        floor = 1e-2 * curvature.scale(gradient)

        def newton(damping: float) -> tuple[update.Step, float]:
            step = update.newton_step(
                curvature, gradient, damping=damping, max_step=settings.max_step
            )
            return step, max(10 * (step.damping or 0.0), floor)

        return newton

    def _gradient(self, removal: Removal) -> dict[str, torch.Tensor]:
        """Return the gradient that the step goes down, or for the paper's modes up."""
        if self.settings.step != "newton":
            plain = Objective(self.model, self.loss, self._batches(removal.forgotten), 0.0)
            return plain.value_and_gradient()[1]
        if self.settings.gradient == "retain":
            return removal.gradient
        forgotten = self.gradient_of(removal.forgotten)
        return update.forget_gradient(forgotten, removal.count, removal.kept)

    def _curvature(self, removal: Removal, flat: FlatParameters) -> curvature_of.Curvature:
        settings = self.settings
        curved_on = removal.retained
        if settings.step == "cr":
            curved_on = self._batches(removal.forgotten)
        elif settings.curvature_samples is not None:
            curved_on = curved_on.sample(settings.curvature_samples, settings.seed)
        samples = curved_on.size()
        found = curvature_of.build(
            settings.curvature,
            self.objective(curved_on),
            flat,
            curved_on,
            solver=settings.solver,
            memory_limit=settings.memory_limit,
            samples=samples,
        )
        removal.curvature = {
            "curvature": settings.curvature,
            "solver": found.plan.solver,
            "curvature_samples": samples,
            "curvature_bytes": found.plan.bytes,
        }
        return found

    def gradient_of(self, samples: Batch) -> dict[str, torch.Tensor]:
        """Return the gradient of the objective over some samples, weight decay included."""
        return self.objective(self._batches(samples)).value_and_gradient()[1]

    def _batches(self, samples: Batch) -> Batches:
        return Batches(samples, self.model, self.settings.batch_size, "samples")

    def _plan(self, removal: Removal, flat: FlatParameters, step: update.Step) -> RemovalPlan:
        unknown = dict.fromkeys(("curvature", "solver", "curvature_samples", "curvature_bytes"))
        return RemovalPlan(
            forgotten=removal.count,
            retained=removal.kept,
            ids=removal.ids,
            select=self.settings.select,
            response=removal.chosen.response,
            slices=describe(removal.slices, removal.chosen.chosen),
            dropped=describe(removal.slices, removal.chosen.dropped),
            uncovered=removal.uncovered,
            parameters_touched=len(flat),
            parameters_total=sum(tensor.numel() for tensor in self.model.parameters()),
            step=self.settings.step,
            damping=step.damping,
            step_norm=step.norm,
            step_clipped=step.clipped,
            gradient_before=norm(removal.gradient),
            loss_before=self.forgotten_loss(removal),
            predicted_change=step.predicted_change,
            seconds=removal.seconds,
            **{**unknown, **removal.curvature},
        )

    def forgotten_loss(self, removal: Removal, moved: Gradient | None = None) -> float:
        """Return the mean loss on the samples to forget, with some parameters replaced."""
        return mean_over(self.model, self.loss, self._batches(removal.forgotten), moved)

    def check(self, removal: Removal, moved: Gradient) -> dict[str, float]:
        """Measure the model with its new parameters, before they are written.

        Parameters
        ----------
        removal : Removal
            After `prepare`.
        moved : mapping of str to torch.Tensor
            The new parameters, by name.
        """
        with _timed(removal.seconds, "check"):
            value, gradient = self.objective(removal.retained).value_and_gradient(moved)
            outcome = {
                "gradient_after": norm(gradient),
                "loss_after": self.forgotten_loss(removal, moved),
                "actual_change": value - removal.value,
            }
        for name, number in outcome.items():
            checks.finite(torch.tensor(number), f"`{name}`")
        return outcome

    def _bar(self, batches: Iterable[T], what: str, total: int | None) -> Iterable[T]:
        disable = None if self.settings.progress is None else not self.settings.progress
        bar = tqdm(batches, desc=what, total=total, leave=False, disable=disable)
        return cast("Iterable[T]", bar)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start
