"""The first step, and the further ones: which dampings are tried, and when it is enough."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import torch

from lcodec.scrub import checks
from lcodec.scrub.descent.way import Solution, Way, agreement
from lcodec.scrub.objective.work import Spent
from lcodec.scrub.request import Curve
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
ROUNDING = 10  # times what the weights are rounded by: shorter steps are none


def descend(way: Way, gradient: torch.Tensor, curve: Curve) -> Solution:
    """Take the first step, with the damping that was asked for, or the one that leaves least.

    With more where the step would do harm. Each damping that is tried is a pass over the data; of
    those that `max_passes` leaves, the best is taken.
    """
    asked = way.options.damping
    if asked is not None or curve.form is None:
        return harmless(way, gradient, asked or 0.0, curve)

    def harms(found: Solution) -> bool:
        return found.outcome.actual_change > way.tolerated or way.runs_away(gradient, found)

    found = way.attempt(gradient, DAMPING, curve)
    harm = harms(found)
    best = None if harm else found
    for damping in LARGER if harm or found.outcome.residual_after >= way.residual else SMALLER:
        try:
            found = way.attempt(gradient, damping, curve)
        except Spent:
            if best is None:
                raise
            best = replace(best, capped=True)
            break
        harm = harms(found)
        if best is not None:
            if harm or found.outcome.residual_after >= best.outcome.residual_after:
                break
        elif harm:
            continue
        best = found
    if best is None:
        best = harmless(way, gradient, 10 * LARGER[-1], curve)
    fell = best.outcome.actual_change < -way.tolerated
    if way.options.step == "newton" and not fell and best.outcome.residual_after >= way.residual:
        no_gain(way, best)
    return best


def no_gain(way: Way, best: Solution) -> NoReturn:
    """Refuse a removal whose best step does not bring the model closer."""
    more = ", or a larger `max_passes`, which ended the search" if best.capped else ""
    checks.fail(
        "noGain",
        "the removal must bring the model closer to one without the samples, got a change of the "
        f"objective of {best.outcome.actual_change:+.3g} and a residual of "
        f"{best.outcome.residual_after:.3g}, {way.residual:.3g} before, at best; choose other "
        f"slices, or give `damping` to have the step all the same{more}",
    )


def further(way: Way, best: Solution) -> Solution:
    """Go on by Newton steps with new curvature, each with the damping that the last one earned.

    As in the method of Levenberg and Marquardt: where the objective does not fall as the quadratic
    model foresaw, there is more damping, and less where it does. A damping that was asked for
    stays. They end where the residual is neither below the last one nor well below the first: so
    far off, the gradient says nothing any more of what the samples have left. Or where the weights
    run away, or `max_passes` leaves no further one.
    """
    options, most = way.options, WELL * way.residual
    damping, form, refused = best.step.damping or 0.0, None, 0
    way.clock.reached(best.steps, best.outcome, best.step)
    while best.steps < options.most_steps and refused < REFUSALS:
        try:
            with way.flat.holding(best.vector):
                form = way.curve(again=True).form if form is None else form
                step = way.solve(best.gradient, form, damping)
            if _is_rounding(way, best, step):
                break
            found = way.ahead(best, step)
        except Spent:
            best = replace(best, capped=True)
            break
        if found.outcome.residual_after >= max(most, best.outcome.residual_after):
            break
        if way.runs_away(best.gradient, found):
            break
        risen = found.outcome.actual_change - best.outcome.actual_change
        kept = agreement(step, best.gradient, found.gradient)
        if kept < POOR or risen > way.tolerated:
            if options.damping is not None:
                break
            refused, damping = refused + 1, max(10 * damping, LEAST)
            continue
        surprise = float((found.gradient + damping * step.step).norm() / best.gradient.norm())
        found = replace(found, steps=best.steps + 1, capped=best.capped)
        best, form, refused = found, None, 0
        way.clock.reached(best.steps, best.outcome, best.step)
        if options.damping is None:
            damping *= 4.0 if kept < FAIR else min(0.25, surprise) if kept > GOOD else 1.0
    return best


def _is_rounding(way: Way, best: Solution, step: Step) -> bool:
    """Return whether a further step is not longer than what rounds the weights."""
    length = float((best.vector + step.step).norm())
    return step.norm <= ROUNDING * way.request.precision * length


def harmless(way: Way, gradient: torch.Tensor, damping: float, curve: Curve) -> Solution:
    """Take the first step, with more damping until it does no harm."""
    floor = None
    for _ in range(ATTEMPTS):
        found = way.attempt(gradient, damping, curve)
        if found.outcome.actual_change <= way.tolerated:
            return found
        floor = 1e-2 * way.scale(gradient, curve) if floor is None else floor
        damping = max(10 * (found.step.damping or 0.0), floor)
    checks.fail(
        "noDescent",
        "the step must not raise the objective that it goes down, got "
        f"{found.outcome.actual_change:+.3g} with damping {damping:.3g}; "
        "raise `damping`, or `curvature_samples` if it is given",
    )
