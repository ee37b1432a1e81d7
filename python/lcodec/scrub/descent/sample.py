"""The way down on a sample of the data, where there are many."""

from __future__ import annotations

from dataclasses import replace

import torch

from lcodec import LcodecError
from lcodec.scrub import stages
from lcodec.scrub.descent.steps import descend, further, no_gain
from lcodec.scrub.descent.way import Solution, Way
from lcodec.scrub.measures import check_work
from lcodec.scrub.objective.work import Spent
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
    Where `max_passes` ends that, the best so far is taken, by all the data.
    """
    tried: list[tuple[Solution, Curve]] = []
    try:
        found = _search(way, gradient, tried)
        if not found[0].capped or not tried:
            return found
        tried.append(found)
    except Spent:
        if not tried:
            raise
    best, curve = min(tried, key=lambda one: (_rises(way, one[0]), one[0].outcome.residual_after))
    best = replace(best, moved=way.flat.merge(best.vector), capped=True)
    if _rises(way, best) or best.outcome.residual_after >= way.residual:
        no_gain(way, best)
    way.clock.reached(best.steps, best.outcome, best.step)
    return best, curve


def _search(
    way: Way, gradient: torch.Tensor, tried: list[tuple[Solution, Curve]]
) -> tuple[Solution, Curve]:
    """Return what all the data agree with; add to `tried` what they do not."""
    size = first_rows(way.request)
    while may_show(way.request, size):
        part = _on_sample(way, size)
        try:
            found, curve = _down(part, gradient)
        except LcodecError as error:
            if error.id not in ("lcodec:noGain", "lcodec:noDescent"):
                raise
        else:
            moved = way.checked(found.step, found.vector)
            whole = replace(moved, steps=found.steps, capped=found.capped)
            missed = whole.outcome.residual_after - found.outcome.residual_after
            if not _rises(way, whole) and missed <= AGREES * way.residual:
                way.clock.reached(whole.steps, whole.outcome, whole.step)
                return whole, curve
            if way.options.max_passes is not None:  # without what can be large
                tried.append((replace(whole, moved={}), replace(curve, form=None)))
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


def _on_sample(way: Way, size: int) -> Way:
    """Return the way on a sample, at whose end there is work left to check it on all the data."""
    reserve = check_work(way.request)
    with way.clock("gradient", needs=size, keep=check_work(way.request, size) + reserve):
        part, begun = stages.on_sample(way.request, way.start, size)
    return replace(way, request=part, start=begun, reserve=reserve)


def _rises(way: Way, found: Solution) -> bool:
    return found.outcome.actual_change > way.tolerated


def _down(way: Way, gradient: torch.Tensor) -> tuple[Solution, Curve]:
    curve = way.curve()
    return further(way, descend(way, gradient, curve)), curve
