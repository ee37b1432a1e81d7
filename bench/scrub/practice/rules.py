"""The rules for dampings and further steps that were compared, and the one that was taken.

`python -m bench.scrub.practice --rules` runs them, with the slices of the default. Each takes the
place of the two functions of `lcodec.scrub.descent` that say how far a removal goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from torch import nn

from bench.scrub.practice.methods import LFOCI, ONE_STEP, Result, apply_method
from bench.scrub.practice.networks import Setting
from bench.scrub.practice.removals import Case
from lcodec.scrub import descent, removal, stages
from lcodec.scrub.descent import Solution, agreement, ahead, attempt, descend, further
from lcodec.scrub.step import newton

TENTH = 0.9  # of the residual is left, at most, by the rule that was in use before
FACTOR = 4.0  # by which the weight of the cube changes
LARGEST = 1e7  # damping
RULES = {
    "rule: taken": "grid, then Levenberg-Marquardt (taken)",
    "rule: one": "grid, one step",
    "rule: tenth": "grid, then the same, while the residual falls by a tenth",
    "rule: from 1": "Levenberg-Marquardt from 1",
    "rule: from .1": "Levenberg-Marquardt from .1",
    "rule: cubic": "cubic regularisation from .1",
    "rule: anywhere": "as taken, at any residual",
}


def cautious(first: float) -> Callable[..., Solution]:
    """Return a first step with a damping, or with tenfold ones until it keeps its promise."""

    def rule(request, flat, start, gradient, residual, curve, clock):
        damping = first
        while True:
            found = attempt(request, flat, start, gradient, damping, curve, clock)
            kept = agreement(found.step, gradient, found.gradient)
            if (kept >= descent.POOR and found.outcome.residual_after < residual) or (
                damping > LARGEST
            ):
                return found
            damping *= 10

    return rule


def tenth(request, flat, start, best, residual, clock):
    """Go on with the first damping, while the residual falls by a tenth."""
    while best.steps < request.options.most_steps:
        with flat.holding(best.vector):
            form = stages.curve(request, flat).form
            step = stages.solve(request.options, best.gradient, form, best.step.damping or 0.0)
        found = ahead(request, flat, start, best, step, clock)
        risen = found.outcome.actual_change - best.outcome.actual_change
        if risen > stages.tolerated(request, start):
            break
        if found.outcome.residual_after >= TENTH * best.outcome.residual_after:
            break
        best = replace(found, steps=best.steps + 1)
    return best


class Cubic:
    """Newton steps on a model with weight / 3 * |step|^3, which is damping by weight * |step|."""

    def __init__(self, first: float) -> None:
        self.first, self.weight = first, 0.0

    def descend(self, request, flat, start, gradient, residual, curve, clock):
        """Take the first step, with a weight that makes its damping the one given."""
        found = attempt(request, flat, start, gradient, self.first, curve, clock)
        self.weight = self.first / max(found.step.norm, 1e-12)
        while (
            self._kept(found.step, gradient, found) < descent.POOR
            or found.outcome.residual_after >= residual
        ) and self.weight * found.step.norm < LARGEST:
            self.weight *= 10
            damping = self._damping(request.options, gradient, curve.form)
            found = attempt(request, flat, start, gradient, damping, curve, clock)
        return found

    def further(self, request, flat, start, best, residual, clock):
        """Go on, ended as the rule that was taken."""
        form, refused = None, 0
        while best.steps < request.options.most_steps and refused < descent.REFUSALS:
            with flat.holding(best.vector):
                form = form or stages.curve(request, flat).form
                damping = self._damping(request.options, best.gradient, form)
                step = stages.solve(request.options, best.gradient, form, damping)
            found = ahead(request, flat, start, best, step, clock)
            most = max(descent.WELL * residual, best.outcome.residual_after)
            if found.outcome.residual_after >= most:
                break
            kept = self._kept(step, best.gradient, found)
            if kept < descent.POOR:
                refused, self.weight = refused + 1, self.weight * 10
                continue
            best, form, refused = replace(found, steps=best.steps + 1), None, 0
            if not descent.FAIR <= kept <= descent.GOOD:
                self.weight *= FACTOR if kept < descent.FAIR else 1 / FACTOR
        return best

    def _kept(self, step: newton.Step, before, found: Solution) -> float:
        assert step.predicted_change is not None
        cube = self.weight / 3 * step.norm**3
        promised = replace(step, predicted_change=step.predicted_change + cube)
        return agreement(promised, before, found.gradient)

    def _damping(self, options, gradient, form) -> float:
        """Find the damping that is weight * |step|, to a few per cent."""
        low, high = 1e-6, 1e6
        for _ in range(14):
            middle = (low * high) ** 0.5
            longer = self.weight * stages.solve(options, gradient, form, middle).norm > middle
            low, high = (middle, high) if longer else (low, middle)
        return high


@contextmanager
def rule(name: str) -> Iterator[None]:
    """Put a rule in the place of the one that was taken."""
    first, then, well = descend, further, descent.WELL
    if name == "rule: tenth":
        then = tenth
    elif name == "rule: from 1":
        first = cautious(1.0)
    elif name == "rule: from .1":
        first = cautious(0.1)
    elif name == "rule: cubic":
        cubic = Cubic(0.1)
        first, then = cubic.descend, cubic.further
    elif name == "rule: anywhere":
        well = float("inf")
    with (
        patch.object(removal, "descend", first),
        patch.object(removal, "further", then),
        patch.object(descent, "WELL", well),
    ):
        yield


def apply_rule(name: str, setting: Setting, model: nn.Module, case: Case, seed: int) -> Result:
    """Return what a rule makes of a model; all but these are methods of the benchmark."""
    if name not in RULES:
        return apply_method(name, setting, model, case, seed)
    with rule(name):
        method = ONE_STEP if name == "rule: one" else LFOCI
        return apply_method(method, setting, model, case, seed)
