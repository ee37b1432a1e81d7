"""The way down: damped Newton steps in the chosen slices, from the gradient to the new weights.

The first tries some dampings from one place, the further ones carry theirs on. What a step is, says
`step`; when there is another, and which damping it has, is said here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch

from lcodec.scrub import checks, stages
from lcodec.scrub.callbacks import Events
from lcodec.scrub.objective.work import counted
from lcodec.scrub.request import Curve, Outcome, Request, Start, Tensors
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step.newton import Step

# Dampings where none is asked for: the first, then larger ones if that leaves more than there was,
# else smaller ones, until one leaves more than the one before.
DAMPING, LARGER, SMALLER = 1.0, (10.0, 1e2, 1e3, 1e4, 1e5, 1e6), (0.1, 1e-2, 1e-3, 0.0)
ATTEMPTS = 8  # further ones, each tenfold the one before

# Further steps: shares of the change that was predicted, and what follows from them.
POOR, FAIR, GOOD = 0.1, 0.25, 0.75  # below: no step; then more damping; above the last: less
LEAST = 0.01  # damping where more is needed and there was less
REFUSALS = 4  # one after another
WELL = 0.6  # of the residual at the start: below it, it may rise from step to step
HALF = 0.5  # of the gradient: a step that leaves more of it does not come to a minimum
ROUNDING = 10  # times what the weights are rounded by: shorter steps are none


@dataclass(frozen=True)
class Clock:
    """Seconds of wall-clock time and samples' worth of work by stage, of all the times it ran.

    `events` tells of every time.
    """

    events: Events = field(default_factory=Events)
    seconds: dict[str, float] = field(default_factory=dict)
    samples: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        start = time.perf_counter()
        with counted() as work:
            yield
        self.samples[stage] = self.samples.get(stage, 0.0) + work.samples
        took = time.perf_counter() - start
        self.seconds[stage] = self.seconds.get(stage, 0.0) + took
        self.events(stage, {"seconds": took})

    def reached(self, steps: int, outcome: Outcome, step: Step | None = None) -> None:
        """Tell what the model does after so many steps, which are `step` together."""
        self.events.step = steps
        own = {} if step is None else {"damping": step.damping, "step_norm": step.norm}
        self.events("step", outcome.to_dict() | own)


@dataclass(frozen=True, eq=False)
class Solution:
    """A step, or several, and where they lead."""

    step: Step  # all steps in one
    vector: torch.Tensor  # new values of the selected parameters, (p,) float64
    moved: Tensors  # new values of whole parameters, by name
    outcome: Outcome
    gradient: torch.Tensor  # of what the steps go down, there, (p,) float64
    steps: int = 1


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
    request: Request,
    flat: FlatParameters,
    start: Start,
    best: Solution,
    residual: float,
    clock: Clock,
) -> Solution:
    """Go on by Newton steps with new curvature, each with the damping that the last one earned.

    As in the method of Levenberg and Marquardt: where the objective does not fall as the quadratic
    model foresaw, there is more damping, and less where it does. A damping that was asked for
    stays. They end where the residual is neither below the last one nor well below the first: so
    far off, the gradient says nothing any more of what the samples have left. Or where the weights
    have gone further than they are long and the gradient stays: the objective has no minimum there.
    """
    options, most = request.options, WELL * residual
    long = float(flat.read().double().norm())
    rounding = ROUNDING * torch.finfo(next(request.model.parameters()).dtype).eps
    damping, form, refused = best.step.damping or 0.0, None, 0
    clock.reached(best.steps, best.outcome, best.step)
    while best.steps < options.most_steps and refused < REFUSALS:
        with flat.holding(best.vector):
            if form is None:
                with clock("curvature"):
                    form = stages.curve(request, flat).form
            with clock("solve"):
                step = stages.solve(options, best.gradient, form, damping)
        if step.norm <= rounding * float((best.vector + step.step).norm()):
            break
        found = ahead(request, flat, start, best, step, clock)
        if found.outcome.residual_after >= max(most, best.outcome.residual_after):
            break
        stays = float(found.gradient.norm()) > HALF * float(best.gradient.norm())
        if stays and found.step.norm > long:
            break
        risen = found.outcome.actual_change - best.outcome.actual_change
        kept = agreement(step, best.gradient, found.gradient)
        if kept < POOR or risen > stages.tolerated(request, start):
            if options.damping is not None:
                break
            refused, damping = refused + 1, max(10 * damping, LEAST)
            continue
        surprise = float((found.gradient + damping * step.step).norm() / best.gradient.norm())
        best, form, refused = replace(found, steps=best.steps + 1), None, 0
        clock.reached(best.steps, best.outcome, best.step)
        if options.damping is None:
            damping *= 4.0 if kept < FAIR else min(0.25, surprise) if kept > GOOD else 1.0
    return best


def ahead(
    request: Request, flat: FlatParameters, start: Start, best: Solution, step: Step, clock: Clock
) -> Solution:
    """Return where a further step leads from a solution."""
    vector = best.vector + step.step
    length = float((vector - flat.read().double()).norm())
    return checked(request, flat, start, joined(best.step, step, length), vector, clock)


def agreement(step: Step, before: torch.Tensor, after: torch.Tensor) -> float:
    """Return the change of the objective over that predicted, by the gradients at both ends.

    Their mean along the step is free of the rounding of a difference of two objectives.
    """
    predicted = step.predicted_change
    if predicted is None or predicted >= 0.0:
        return 0.0
    return float((before + after) @ step.step) / 2 / predicted


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
