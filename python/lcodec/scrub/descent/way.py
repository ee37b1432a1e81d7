"""From one place to the next: where a step leads, and whether it may."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch

from lcodec.scrub import stages
from lcodec.scrub.descent.clock import Clock
from lcodec.scrub.measures import check_work
from lcodec.scrub.options import Options
from lcodec.scrub.request import Curve, Outcome, Request, Start, Tensors
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step import Curvature
from lcodec.scrub.step.newton import Step

HALF, FAR = 0.5, 10  # of the gradient, and times the length of the weights: see `runs_away`


@dataclass(frozen=True, eq=False)
class Solution:
    """A step, or several, and where they lead."""

    step: Step  # all steps in one
    vector: torch.Tensor  # new values of the selected parameters, (p,) float64
    moved: Tensors  # new values of whole parameters, by name
    outcome: Outcome
    gradient: torch.Tensor  # of what the steps go down, there, (p,) float64
    steps: int = 1
    capped: bool = False  # whether `max_passes` ended the search for a better one


@dataclass(frozen=True, eq=False)
class Way:
    """What stays the same from step to step.

    Work that `max_passes` does not leave is not begun, or ends: `Spent`.
    """

    request: Request
    flat: FlatParameters
    start: Start
    residual: float  # at the start
    clock: Clock
    reserve: float = 0.0  # samples' worth of work that is to be left where the way ends

    @property
    def options(self) -> Options:
        """The options that were given."""
        return self.request.options

    @cached_property
    def _check(self) -> float:
        return check_work(self.request, self.request.retained.samples)

    @property
    def _end(self) -> float:
        """Samples' worth of work that is to be left for a check, and after it."""
        return self._check + self.reserve

    @property
    def tolerated(self) -> float:
        """By how much a step may raise the objective."""
        return stages.tolerated(self.request, self.start)

    def curve(self, again: bool = False) -> Curve:
        """Return the curvature where the weights are; `again` if it was taken elsewhere before."""
        with self.clock("curvature", again=again, keep=self._end):
            return stages.curve(self.request, self.flat)

    def solve(self, gradient: torch.Tensor, form: Curvature | None, damping: float) -> Step:
        """Return a step down a gradient."""
        with self.clock("solve", keep=self._end):
            return stages.solve(self.options, gradient, form, damping)

    def scale(self, gradient: torch.Tensor, curve: Curve) -> float:
        """Return the size of the curvature, 0 without one."""
        with self.clock("solve", keep=self._end):
            return 0.0 if curve.form is None else curve.form.scale(gradient)

    def attempt(self, gradient: torch.Tensor, damping: float, curve: Curve) -> Solution:
        """Return where a first step leads."""
        step = self.solve(gradient, curve.form, damping)
        return self.checked(step, self.flat.read().double() + step.step)

    def ahead(self, best: Solution, step: Step) -> Solution:
        """Return where a further step leads from a solution."""
        vector = best.vector + step.step
        length = float((vector - self.flat.read().double()).norm())
        return self.checked(joined(best.step, step, length), vector)

    def checked(self, step: Step, vector: torch.Tensor) -> Solution:
        """Return where a step leads that gives the selected parameters new values."""
        moved = self.flat.merge(vector)
        with self.clock("check", needs=self._check, keep=self.reserve):
            outcome, slope = stages.check(self.request, self.start, moved)
        return Solution(step, vector, moved, outcome, self.flat.gather(slope))

    def runs_away(self, before: torch.Tensor, found: Solution) -> bool:
        """Return whether the weights went much too far, or further than they are long for little.

        Then the objective has no minimum there, and the gradient, which was `before`, stays.
        """
        long = max(1.0, float(self.flat.read().double().norm()))
        stays = float(found.gradient.norm()) > HALF * float(before.norm())
        return found.step.norm > (1 if stays else FAR) * long


def joined(first: Step, then: Step, length: float) -> Step:
    """Return two steps as one."""
    predicted = None
    if first.predicted_change is not None and then.predicted_change is not None:
        predicted = first.predicted_change + then.predicted_change
    clipped = first.clipped or then.clipped
    return Step(first.step + then.step, then.damping, length, clipped, predicted)


def agreement(step: Step, before: torch.Tensor, after: torch.Tensor) -> float:
    """Return the change of the objective over that predicted, by the gradients at both ends.

    Their mean along the step is free of the rounding of a difference of two objectives.
    """
    predicted = step.predicted_change
    if predicted is None or predicted >= 0.0:
        return 0.0
    return float((before + after) @ step.step) / 2 / predicted
