"""One removal from the samples to the new weights, which are not written here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch

from lcodec.scrub import checks, stages
from lcodec.scrub.objective.objective import mean_over, norm
from lcodec.scrub.plan import RemovalPlan, describe
from lcodec.scrub.report import NoiseReport
from lcodec.scrub.request import Curve, Outcome, Request, Start, Tensors
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step import memory
from lcodec.scrub.step.newton import Step

# Dampings where none is asked for: the first, then larger ones if that leaves more than there was,
# else smaller ones, until one leaves more than the one before.
DAMPING, LARGER, SMALLER = 1.0, (10.0, 1e2, 1e3, 1e4, 1e5, 1e6), (0.1, 1e-2, 1e-3, 0.0)
ATTEMPTS = 8  # further ones, each tenfold the one before
ENOUGH = 0.9  # of the residual must be left, at most, for a further step to be worth its cost


@dataclass(frozen=True)
class Clock:
    """Seconds of wall-clock time by stage, of all the times that it ran."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        start = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start


@dataclass(frozen=True, eq=False)
class Solution:
    """A step, or several, and where they lead."""

    step: Step  # all steps in one
    vector: torch.Tensor  # new values of the selected parameters, (p,) float64
    moved: Tensors  # new values of whole parameters, by name
    outcome: Outcome
    gradient: torch.Tensor  # of what the steps go down, there, (p,) float64
    steps: int = 1


@dataclass(frozen=True, eq=False)
class Removal:
    """A removal that is ready to be written."""

    plan: RemovalPlan
    moved: Tensors  # new values of whole parameters, by name, with noise where it was asked for
    outcome: Outcome
    noise: NoiseReport | None


def prepare(request: Request, spent: tuple[float, float] | None = None) -> Removal:
    """Run the stages; the release only where it is said what was spent before, so not for a plan.

    `spent` are epsilon and delta of the removals before.
    """
    clock = Clock()
    slices, uncovered = stages.find(request)
    with clock("gradient"):  # first of all, as the influences are taken along it
        start = stages.begin(request)
    with clock("record"):
        recording = stages.record(request, slices, start)
    with clock("select"):
        selection = stages.select(request, slices, recording, start)
    flat = FlatParameters(request.model, [slices[position] for position in selection.chosen])
    with clock("curvature"):
        gradient, residual = stages.differentiate(request, flat, start), norm(start.slope)
        if request.options.privacy is None:  # as large as two models: it is of no more use
            start = replace(start, slope={})
        curve = stages.curve(request, flat)
    solution = descend(request, flat, start, gradient, residual, curve, clock)
    solution = further(request, flat, start, solution, clock)
    scheme = None if curve.form is None else curve.form.scheme
    plan = RemovalPlan(
        forgotten=request.count,
        retained=request.kept,
        ids=request.ids,
        copies=start.seen.copies,
        copy_ids=stages.copies_of(request, start.seen),
        select=request.options.select,
        response=selection.response,
        slices=describe(slices, selection.chosen),
        dropped=describe(slices, selection.dropped),
        uncovered=(*uncovered, *stages.left_out(request, slices, recording)),
        parameters_touched=len(flat),
        parameters_total=sum(tensor.numel() for tensor in request.model.parameters()),
        step=request.options.step,
        curvature=None if scheme is None else request.options.curvature,
        solver=None if scheme is None else scheme.solver,
        curvature_samples=curve.samples,
        curvature_bytes=None if scheme is None else scheme.bytes,
        model_bytes=memory.beside(
            request.model,
            influence=request.options.influences,
            tilted=request.options.gradient != "retain",
        ),
        damping=solution.step.damping,
        step_norm=solution.step.norm,
        step_clipped=solution.step.clipped,
        steps=solution.steps,
        gradient=request.options.gradient,
        gradient_before=start.gradient_norm,
        residual_before=residual,
        loss_before=mean_over(request.model, request.loss, request.forgotten_batches()),
        predicted_change=solution.step.predicted_change,
        seconds=clock.seconds,
    )
    removal = Removal(plan, solution.moved, solution.outcome, None)
    if spent is None:
        return removal
    released = stages.release(request, start, plan, flat, solution.vector, spent)
    if released is None:
        return removal
    moved, noise = released
    with clock("check"):
        outcome, _ = stages.check(request, start, moved)
    return Removal(plan, moved, outcome, noise)


def descend(
    request: Request,
    flat: FlatParameters,
    start: Start,
    gradient: torch.Tensor,
    residual: float,
    curve: Curve,
    clock: Clock,
) -> Solution:
    """Solve and check, with the damping that was asked for, or the one that leaves least.

    With more where the step would do harm. Each damping that is tried is a pass over the data.
    """
    asked = request.options.damping
    if asked is not None or curve.form is None:
        return harmless(request, flat, start, gradient, asked or 0.0, curve, clock)
    allowed = stages.tolerated(request, start)
    found = attempt(request, flat, start, gradient, DAMPING, curve, clock)
    harm = found.outcome.actual_change > allowed
    best = None if harm else found
    for damping in LARGER if harm or found.outcome.residual_after >= residual else SMALLER:
        found = attempt(request, flat, start, gradient, damping, curve, clock)
        harm = found.outcome.actual_change > allowed
        if best is not None:
            if harm or found.outcome.residual_after >= best.outcome.residual_after:
                break
        elif harm:
            continue
        best = found
    if best is None:
        best = harmless(request, flat, start, gradient, 10 * LARGER[-1], curve, clock)
    fell = best.outcome.actual_change < -allowed
    if request.options.step == "newton" and not fell and best.outcome.residual_after >= residual:
        checks.fail(
            "noGain",
            "the removal must bring the model closer to one without the samples, got an objective "
            f"that does not fall and a residual of {best.outcome.residual_after:.3g}, "
            f"{residual:.3g} before, at best; choose other slices, or give `damping` to have the "
            "step all the same",
        )
    return best


def attempt(
    request: Request,
    flat: FlatParameters,
    start: Start,
    gradient: torch.Tensor,
    damping: float,
    curve: Curve,
    clock: Clock,
) -> Solution:
    """Solve with a damping, and check."""
    with clock("solve"):
        step = stages.solve(request.options, gradient, curve.form, damping)
        vector = flat.read().double() + step.step
    return checked(request, flat, start, step, vector, clock)


def checked(
    request: Request,
    flat: FlatParameters,
    start: Start,
    step: Step,
    vector: torch.Tensor,
    clock: Clock,
) -> Solution:
    """Return where a step leads that gives the selected parameters new values."""
    moved = flat.merge(vector)
    with clock("check"):
        outcome, slope = stages.check(request, start, moved)
    return Solution(step, vector, moved, outcome, flat.gather(slope))


def further(
    request: Request, flat: FlatParameters, start: Start, best: Solution, clock: Clock
) -> Solution:
    """Go on by Newton steps with the damping of the first, while the residual falls by a tenth.

    The curvature is taken anew where each starts.
    """
    for _ in range(request.options.most_steps - 1):
        damping = best.step.damping or 0.0
        with flat.holding(best.vector):
            with clock("curvature"):
                curve = stages.curve(request, flat)
            with clock("solve"):
                step = stages.solve(request.options, best.gradient, curve.form, damping)
        vector = best.vector + step.step
        whole = joined(best.step, step, float((vector - flat.read().double()).norm()))
        found = checked(request, flat, start, whole, vector, clock)
        risen = found.outcome.actual_change - best.outcome.actual_change
        most = ENOUGH * best.outcome.residual_after
        if risen > stages.tolerated(request, start) or found.outcome.residual_after >= most:
            break
        best = replace(found, steps=best.steps + 1)
    return best


def joined(first: Step, then: Step, length: float) -> Step:
    """Return two steps as one."""
    predicted = None
    if first.predicted_change is not None and then.predicted_change is not None:
        predicted = first.predicted_change + then.predicted_change
    clipped = first.clipped or then.clipped
    return Step(first.step + then.step, then.damping, length, clipped, predicted)


def harmless(
    request: Request,
    flat: FlatParameters,
    start: Start,
    gradient: torch.Tensor,
    damping: float,
    curve: Curve,
    clock: Clock,
) -> Solution:
    """Solve and check, with more damping until the step does no harm."""
    floor = 0.0 if curve.form is None else 1e-2 * curve.form.scale(gradient)
    for _ in range(ATTEMPTS):
        found = attempt(request, flat, start, gradient, damping, curve, clock)
        if found.outcome.actual_change <= stages.tolerated(request, start):
            return found
        damping = max(10 * (found.step.damping or 0.0), floor)
    checks.fail(
        "noDescent",
        "the step must not raise the objective that it goes down, got "
        f"{found.outcome.actual_change:+.3g} with damping {damping:.3g}; "
        "raise `damping`, or `curvature_samples` if it is given",
    )
