"""A step: its gradient and curvature, its solution, and what all that comes to."""

from __future__ import annotations

import torch

from lcodec.scrub import checks
from lcodec.scrub.measures import on_forgotten
from lcodec.scrub.objective.objective import norm
from lcodec.scrub.objective.repeats import refuse
from lcodec.scrub.options import Options
from lcodec.scrub.request import Curve, Outcome, Request, Start, Tensors
from lcodec.scrub.samples.prints import Pass
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step import Curvature, build, newton
from lcodec.scrub.step.forms import CG_RESIDUAL
from lcodec.scrub.step.newton import Step
from lcodec.scrub.step.roots import ALL

# Where the next step makes up for what one leaves: rows times parameters of the model that curve,
# rows at least, directions in the outputs of each where these are not all, and the relative
# residual of a solution.
BENT, FEWEST, DIRECTIONS, ENOUGH = 2**23, 128, 2, 1e-3


def differentiate(request: Request, flat: FlatParameters, start: Start) -> torch.Tensor:
    """Return the gradient that the step goes down, or "ascent" up: (p,) float64."""
    if request.options.step != "newton":
        gradient = flat.gather(request.forgotten_gradient(weight_decay=0.0))
        return -gradient if request.options.step == "cr" else gradient
    return flat.gather(start.slope)


def curve(request: Request, flat: FlatParameters) -> Curve:
    """Build the curvature in the selected slices, where the step needs one."""
    options, batches = request.options, request.retained
    directions = options.curvature_directions if options.privacy is None else ALL
    if options.step == "ascent":
        return Curve(None, None, None)
    if options.step == "cr":
        batches = request.forgotten_batches()
    elif options.curvature_samples is not None:
        batches = batches.sample(options.curvature_samples, options.seed)
    elif request.free and (few := request.rows_within(BENT, FEWEST)) < batches.size():
        batches = batches.sample(few, options.seed)
        directions = directions or DIRECTIONS
    samples = batches.size()
    form = build(
        options.curvature,
        request.objective(batches),
        flat,
        batches,
        solver=options.solver,
        memory_limit=options.memory_limit,
        samples=samples,
        directions=directions,
        accuracy=ENOUGH if request.free else CG_RESIDUAL,
        seed=options.seed,
    )
    return Curve(form, samples, form.scheme)


def solve(
    options: Options, gradient: torch.Tensor, curvature: Curvature | None, damping: float
) -> Step:
    """Return the step that was asked for."""
    if curvature is None:
        return newton.ascent_step(gradient, options.learning_rate, options.max_step)
    return newton.newton_step(curvature, gradient, damping=damping, max_step=options.max_step)


def tolerated(request: Request, start: Start) -> float:
    """Return by how much a step may raise the tilted objective: by rounding alone.

    Steps that do not go down its gradient may raise it as they like.
    """
    if request.options.step != "newton":
        return float("inf")
    return request.precision * max(1.0, abs(start.value))


def check(request: Request, start: Start, moved: Tensors) -> tuple[Outcome, Tensors]:
    """Measure the model with its new parameters, before they are written; return the slope there.

    Samples that come from a Dataset must have been the same as at the start.
    """
    retained, again = request.retained, Pass(request.forgotten)
    fixed = retained.in_memory or retained.samples is None
    retained = retained if fixed else retained.watched(again)
    value, gradient = request.objective(retained).value_and_gradient(moved)
    if not fixed and again.digest != start.seen.digest:
        refuse("others at the end than at the start")
    loss, accuracy = on_forgotten(request, moved)
    length, change = norm(gradient), value - start.value
    if start.tilt:
        own = dict(request.model.named_parameters())
        for name, tilt in start.tilt.items():
            gradient[name] -= tilt
            if name in moved:
                step = moved[name].double() - own[name].detach().double()
                change -= float((tilt * step).sum())
    outcome = Outcome(length, norm(gradient), loss, accuracy, change)
    for name, number in vars(outcome).items():
        checks.finite(torch.tensor(0.0 if number is None else number), f"`{name}`")
    return outcome, gradient
