"""The way down on a sample of the data, where there are many."""

from __future__ import annotations

from dataclasses import replace

import torch

from lcodec import LcodecError
from lcodec.scrub import stages
from lcodec.scrub.descent.steps import descend, further
from lcodec.scrub.descent.way import Solution, Way
from lcodec.scrub.request import Curve, Request

WORK = 2**28  # rows of the first sample times parameters of the model
FEWEST = 1024  # rows of it, at least
MORE = 4  # times as many in the next one, where all the data do not agree
AGREES = 0.1  # of the residual at the start may be left over all the data beside the sample's


def go_down(way: Way, gradient: torch.Tensor) -> tuple[Solution, Curve]:
    """Return where the removal leads, and the curvature of the first step.

    Where there are many data a sample of them shows the way: its tilted objective has the gradient
    of all the data at the start, so that only what changes from there is estimated. All the data
    say what that came to; if they leave more than the sample did, the way begins again on more.
    """
    size = first_rows(way.request)
    while may_show(way.request, size):
        with way.clock("gradient"):
            part, begun = stages.on_sample(way.request, way.start, size)
        try:
            found, curve = _down(replace(way, request=part, start=begun), gradient)
        except LcodecError as error:
            if error.id not in ("lcodec:noGain", "lcodec:noDescent"):
                raise
        else:
            whole = replace(way.checked(found.step, found.vector), steps=found.steps)
            rises = whole.outcome.actual_change > way.tolerated
            missed = whole.outcome.residual_after - found.outcome.residual_after
            if not rises and missed <= AGREES * way.residual:
                way.clock.reached(whole.steps, whole.outcome, whole.step)
                return whole, curve
        size *= MORE
    return _down(way, gradient)


def sampled(request: Request) -> bool:
    """Return whether a sample of the data shows the way first."""
    return may_show(request, first_rows(request))


def first_rows(request: Request) -> int:
    """Return how many rows the first sample has."""
    return request.rows_within(WORK, FEWEST)


def may_show(request: Request, rows: int) -> bool:
    """Return whether a sample of so many rows may show the way."""
    return request.free and 2 * rows <= request.kept


def _down(way: Way, gradient: torch.Tensor) -> tuple[Solution, Curve]:
    curve = way.curve()
    return further(way, descend(way, gradient, curve)), curve
