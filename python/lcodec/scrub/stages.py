"""The stages of a removal. Each is a function from values to a value or a small frozen result.

    begin           the objective as it is, and copies of the samples in the retained data
    record          activations and influences of perturbed copies of the samples
    select          the slices that carry the samples
    differentiate   the gradient that the step goes down, in those slices
    curve           the curvature in them
    solve           the step
    check           what the objective and the samples say to it; `curve`, `solve` and `check` come
                    again for every further step
    release         noise, where it was asked for, and what it is worth

`removal` runs them in this order. None of them writes anything: `writing` does, last of all.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from itertools import chain

import torch

from lcodec.checks import warn
from lcodec.scrub import checks
from lcodec.scrub.measures import on_forgotten
from lcodec.scrub.objective import ranks
from lcodec.scrub.objective.objective import norm
from lcodec.scrub.objective.repeats import check_repeats, refuse
from lcodec.scrub.objective.trial import check_batch, check_outputs, check_uses
from lcodec.scrub.options import Options
from lcodec.scrub.plan import RemovalPlan
from lcodec.scrub.privacy.release import account, with_noise
from lcodec.scrub.report import NoiseReport
from lcodec.scrub.request import Curve, Outcome, Request, Start, Tensors
from lcodec.scrub.samples.ids import listed
from lcodec.scrub.samples.prints import Pass
from lcodec.scrub.samples.retained import Id
from lcodec.scrub.selection import recording as recordings
from lcodec.scrub.selection import selection as selections
from lcodec.scrub.selection.copies import copies_for
from lcodec.scrub.selection.recording import Recording
from lcodec.scrub.selection.selection import Selection
from lcodec.scrub.slices.activations import not_called, without
from lcodec.scrub.slices.slices import FlatParameters, Slice, Uncovered, find_slices
from lcodec.scrub.step import Curvature, build, newton
from lcodec.scrub.step.forms import CG_RESIDUAL
from lcodec.scrub.step.newton import Step
from lcodec.scrub.step.roots import ALL

ENOUGH = 1e-3  # relative residual of a solution where the next step takes what it leaves
EACH, PASSES = 4, 4  # samples in a perturbed copy: at least, or a PASSES-th of a pass in all


def find(request: Request) -> tuple[list[Slice], list[Uncovered]]:
    """Return the slices of the model; refuse data and loss that do not fit it."""
    options = request.options
    slices, uncovered = find_slices(
        request.model, layers=options.layers, embeddings=options.embeddings
    )
    if not slices:
        why = ", ".join(dict.fromkeys(rest.reason for rest in uncovered)) or "no parameters"
        checks.fail("noSlices", f"`model` must use a trainable layer with slices, got none: {why}")
    model, loss, first = request.model, request.loss, next(iter(request.retained))
    check_batch(model, loss, first, "retained")
    check_batch(model, loss, request.forgotten, "samples")
    check_uses(model, loss, first)
    check_outputs(model, first)
    ordered = options.curvature_samples is not None or ranks.ranks().world > 1
    check_repeats(model, loss, request.retained, ordered=ordered)
    return slices, uncovered


def begin(request: Request) -> Start:
    """Differentiate the retained objective; look for the samples in its data by the way.

    Copies of samples that go by their ids are left there, with a warning. Samples that were given
    themselves must not be there: if all of them are, they were not taken out.
    """
    seen = Pass(request.forgotten)
    value, gradient = request.objective(request.retained.watched(seen)).value_and_gradient()
    start = Start(value, norm(gradient), *tilted(request, gradient), seen)
    if not seen.copies:
        return start
    names = copies_of(request, seen)
    which = f": {listed(names, 8, seen.copies)}" if names else ""
    if request.ids is None and len(seen.found) == request.count:
        checks.fail(
            "stillRetained",
            f"`samples` must not be in `retained`, got {seen.copies} rows there that equal them"
            f"{which}; name them by their ids, or leave them out of `retained`",
        )
    warn(
        "copies",
        f"`retained` keeps {seen.copies} copies of the samples to remove, so that the model goes "
        f"on being fitted to them{which}; remove them, too, if they are the same data",
    )
    return start


def tilted(request: Request, gradient: Tensors) -> tuple[Tensors, Tensors]:
    """Return the slope that a removal goes down, and what it takes off the retained gradient.

    The latter takes the place of `gradient`.
    """
    kind = request.options.gradient
    if kind == "retain":
        return gradient, {}
    slope = request.forgotten_gradient()
    for name, whole in gradient.items():  # in place, as each gradient is as large as two models
        for part, own in zip(checks.blocks(whole), checks.blocks(slope[name]), strict=True):
            sides = {name: part}, {name: own}
            rest = request.trained - request.count
            own.copy_(newton.slope(kind, *sides, request.count, rest)[name])
            part.sub_(own)
    return slope, gradient


def on_sample(request: Request, start: Start, size: int, curved: int) -> tuple[Request, Start]:
    """Return the request on `size` of the retained rows, and its tilted objective at the start.

    It is tilted so that its gradient there is that of all the data. `curved` of the rows are for
    the curvature.
    """
    options = replace(request.options, curvature_samples=curved)
    part = request.retained.sample(size, options.seed)
    seen = Pass(request.forgotten)
    value, tilt = request.objective(part.watched(seen)).value_and_gradient()
    length = norm(tilt)
    for name, slope in start.slope.items():
        tilt[name] -= slope
    some = replace(request, retained=part, options=options)
    return some, Start(value, length, {}, tilt, seen)


def copies_of(request: Request, seen: Pass) -> tuple[Id, ...]:
    """Return the ids of the first copies that were seen, none where samples have no ids."""
    where = request.retained.rows_at(seen.positions)
    return () if where is None else request.names(where)


def record(request: Request, slices: list[Slice], start: Start) -> Recording:
    """Run perturbed copies of the samples, and record what the slices do.

    Methods other than LFOCI only need to know which layers a forward pass calls: one pass over
    the samples as they are.
    """
    options = request.options
    inputs, targets = request.forgotten
    perturbed = options.select == "lfoci"
    count = options.perturbations if perturbed else 1
    copies = copies_for(
        request.model,
        inputs,
        options.perturb if perturbed else None,
        copies=count,
        each=max(EACH, request.kept // (PASSES * count)) if perturbed else None,
        noise=options.noise,
        seed=options.seed,
        batch_size=options.batch_size,
        progress=options.progress,
    )
    recording = recordings.record(
        request.model,
        request.loss,
        slices,
        targets,
        copies,
        count,
        direction=start.slope if options.influences else None,
    )
    if not recording.used:
        checks.fail("noSlices", "`model` must use a trainable layer with slices, got none")
    if perturbed and options.features == "activation" and not recording.columns:
        checks.fail(
            "noSlices",
            "`features` 'activation' needs layers whose outputs show their units, got none; "
            "use 'influence'",
        )
    return recording


def select(request: Request, slices: list[Slice], recording: Recording, start: Start) -> Selection:
    """Choose the slices to change."""
    options = request.options
    return selections.select(
        options.select,
        recording,
        slices,
        start.slope,
        features=options.features,
        response=options.response,
        max_features=options.max_features,
        max_parameters=options.max_parameters,
        fill=options.fill,
        sigma=options.sigma,
        seed=options.seed,
    )


def left_out(request: Request, slices: list[Slice], recording: Recording) -> list[Uncovered]:
    """Return the layers whose slices could not be chosen."""
    left = not_called(slices, recording.columns, recording.unseen)
    options = request.options
    if options.select != "lfoci" or options.features != "activation":
        return left
    reached = {name for one in recording.columns for name, _ in slices[one.slice].blocks}
    unseen = [slices[position] for position in recording.unseen]
    return left + without(unseen, reached, "no activations that `features` 'activation' could use")


def differentiate(request: Request, flat: FlatParameters, start: Start) -> torch.Tensor:
    """Return the gradient that the step goes down, or "ascent" up: (p,) float64."""
    if request.options.step != "newton":
        gradient = flat.gather(request.forgotten_gradient(weight_decay=0.0))
        return -gradient if request.options.step == "cr" else gradient
    return flat.gather(start.slope)


def curve(request: Request, flat: FlatParameters) -> Curve:
    """Build the curvature in the selected slices, where the step needs one."""
    options, batches = request.options, request.retained
    if options.step == "ascent":
        return Curve(None, None)
    if options.step == "cr":
        batches = request.forgotten_batches()
    elif options.curvature_samples is not None:
        batches = batches.sample(options.curvature_samples, options.seed)
    samples = batches.size()
    form = build(
        options.curvature,
        request.objective(batches),
        flat,
        batches,
        solver=options.solver,
        memory_limit=options.memory_limit,
        samples=samples,
        directions=options.curvature_directions if options.privacy is None else ALL,
        accuracy=CG_RESIDUAL if options.damping is not None else ENOUGH,
        seed=options.seed,
    )
    return Curve(form, samples)


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
    precision = torch.finfo(next(request.model.parameters()).dtype).eps
    return float(precision * max(1.0, abs(start.value)))


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


def release(
    request: Request,
    start: Start,
    plan: RemovalPlan,
    flat: FlatParameters,
    vector: torch.Tensor,
    spent: tuple[float, float],
) -> tuple[Tensors, NoiseReport] | None:
    """Return the new parameters with the noise that was asked for, and its worth; None for none.

    `vector` (p,) holds the new values of the selected parameters, `spent` epsilon and delta of
    the removals before.
    """
    privacy = request.options.privacy
    if privacy is None or privacy.scope == "none":
        return None
    sigma = privacy.sigma(n=request.trained, m=request.count)
    seed = secrets.randbits(128)  # whoever knew it could take the noise off again
    moved = with_noise(request.model, flat, vector, privacy.scope, sigma, seed)
    gradient = over_all(request, start)
    everything = chain(request.retained, [request.forgotten])
    return moved, account(
        request.model,
        request.loss.given,
        everything,
        privacy,
        plan,
        sigma=sigma,
        spent=spent,
        weight_decay=request.options.weight_decay,
        gradient_norm=norm(gradient),
    )


def over_all(request: Request, start: Start) -> Tensors:
    """Return the gradient over all the data, by those of its two parts."""
    own, total = request.forgotten_gradient(), request.trained
    rest = total - request.count
    return {
        name: (rest * (part + start.tilt.get(name, 0.0)) + request.count * own[name]) / total
        for name, part in start.slope.items()
    }
