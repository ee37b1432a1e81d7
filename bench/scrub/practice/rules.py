"""The rules for dampings and further steps that were compared, and the one that was taken.

`python -m bench.scrub.practice --rules` runs them, with the slices of the default. Each takes the
place of the two functions of `lcodec.scrub.descent` that say how far a removal goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from unittest.mock import patch

from torch import Tensor

from bench.scrub.practice.alternatives import Alternative
from lcodec.scrub.descent import Solution, Way, sample, steps
from lcodec.scrub.descent.way import agreement
from lcodec.scrub.request import Curve
from lcodec.scrub.step import Curvature, newton

TENTH = 0.9  # of the residual is left, at most, by the rule that was in use before
FACTOR = 4.0  # by which the weight of the cube changes
LARGEST = 1e7  # damping


def cautious(first: float) -> Callable[..., Solution]:
    """Return a first step with a damping, or with tenfold ones until it keeps its promise."""

    def rule(way: Way, gradient: Tensor, curve: Curve) -> Solution:
        damping = first
        while True:
            found = way.attempt(gradient, damping, curve)
            kept = agreement(found.step, gradient, found.gradient)
            enough = kept >= steps.POOR and found.outcome.residual_after < way.residual
            if enough or damping > LARGEST:
                return found
            damping *= 10

    return rule


def tenth(way: Way, best: Solution) -> Solution:
    """Go on with the first damping, while the residual falls by a tenth."""
    while best.steps < way.options.most_steps:
        with way.flat.holding(best.vector):
            step = way.solve(best.gradient, way.curve().form, best.step.damping or 0.0)
        found = way.ahead(best, step)
        risen = found.outcome.actual_change - best.outcome.actual_change
        left = found.outcome.residual_after
        if risen > way.tolerated or left >= TENTH * best.outcome.residual_after:
            break
        best = replace(found, steps=best.steps + 1)
    return best


class Cubic:
    """Newton steps on a model with weight / 3 * |step|^3, which is damping by weight * |step|."""

    def __init__(self, first: float) -> None:
        self.first, self.weight = first, 0.0

    def descend(self, way: Way, gradient: Tensor, curve: Curve) -> Solution:
        """Take the first step, with a weight that makes its damping the one given."""
        found = way.attempt(gradient, self.first, curve)
        self.weight = self.first / max(found.step.norm, 1e-12)
        while (
            self._kept(found.step, gradient, found) < steps.POOR
            or found.outcome.residual_after >= way.residual
        ) and self.weight * found.step.norm < LARGEST:
            self.weight *= 10
            found = way.attempt(gradient, self._damping(way, gradient, curve.form), curve)
        return found

    def further(self, way: Way, best: Solution) -> Solution:
        """Go on, ended as the rule that was taken."""
        form, refused = None, 0
        while best.steps < way.options.most_steps and refused < steps.REFUSALS:
            with way.flat.holding(best.vector):
                form = form or way.curve().form
                damping = self._damping(way, best.gradient, form)
                step = way.solve(best.gradient, form, damping)
            found = way.ahead(best, step)
            most = max(steps.WELL * way.residual, best.outcome.residual_after)
            if found.outcome.residual_after >= most:
                break
            kept = self._kept(step, best.gradient, found)
            if kept < steps.POOR:
                refused, self.weight = refused + 1, self.weight * 10
                continue
            best, form, refused = replace(found, steps=best.steps + 1), None, 0
            if not steps.FAIR <= kept <= steps.GOOD:
                self.weight *= FACTOR if kept < steps.FAIR else 1 / FACTOR
        return best

    def _kept(self, step: newton.Step, before: Tensor, found: Solution) -> float:
        assert step.predicted_change is not None
        cube = self.weight / 3 * step.norm**3
        promised = replace(step, predicted_change=step.predicted_change + cube)
        return agreement(promised, before, found.gradient)

    def _damping(self, way: Way, gradient: Tensor, form: Curvature | None) -> float:
        """Find the damping that is weight * |step|, to a few per cent."""
        low, high = 1e-6, 1e6
        for _ in range(14):
            middle = (low * high) ** 0.5
            longer = self.weight * way.solve(gradient, form, middle).norm > middle
            low, high = (middle, high) if longer else (low, middle)
        return high


@contextmanager
def rule(
    first: Callable[..., Solution] = steps.descend,
    then: Callable[..., Solution] = steps.further,
    well: float = steps.WELL,
) -> Iterator[None]:
    """Put a rule in the place of the one that was taken."""
    with (
        patch.object(sample, "descend", first),
        patch.object(sample, "further", then),
        patch.object(steps, "WELL", well),
    ):
        yield


_cubic = Cubic(0.1)
RULES = {
    f"rule: {name}": one
    for name, one in {
        "taken": Alternative("grid, then Levenberg-Marquardt (taken)"),
        "one": Alternative("grid, one step", options={"steps": 1}),
        "tenth": Alternative(
            "grid, then the same, while the residual falls by a tenth", partial(rule, then=tenth)
        ),
        "from 1": Alternative("Levenberg-Marquardt from 1", partial(rule, cautious(1.0))),
        "from .1": Alternative("Levenberg-Marquardt from .1", partial(rule, cautious(0.1))),
        "cubic": Alternative(
            "cubic regularisation from .1", partial(rule, _cubic.descend, _cubic.further)
        ),
        "anywhere": Alternative("as taken, at any residual", partial(rule, well=float("inf"))),
    }.items()
}
