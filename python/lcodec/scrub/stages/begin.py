"""The beginning: slices of the model, and the objective as it is."""

from __future__ import annotations

from dataclasses import replace

from lcodec.checks import warn
from lcodec.scrub import checks
from lcodec.scrub.objective import ranks
from lcodec.scrub.objective.objective import norm
from lcodec.scrub.objective.repeats import check_repeats
from lcodec.scrub.objective.trial import check_batch, check_outputs, check_uses
from lcodec.scrub.request import Request, Start, Tensors
from lcodec.scrub.samples.ids import listed
from lcodec.scrub.samples.prints import Pass
from lcodec.scrub.samples.retained import Id
from lcodec.scrub.slices.slices import Slice, Uncovered, find_slices
from lcodec.scrub.step import newton


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


def on_sample(request: Request, start: Start, size: int) -> tuple[Request, Start]:
    """Return the request on `size` of the retained rows, and its tilted objective at the start.

    It is tilted so that its gradient there is that of all the data.
    """
    part = request.retained.sample(size, request.options.seed)
    seen = Pass(request.forgotten)
    value, tilt = request.objective(part.watched(seen)).value_and_gradient()
    length = norm(tilt)
    for name, slope in start.slope.items():
        tilt[name] -= slope
    return replace(request, retained=part), Start(value, length, {}, tilt, seen)


def copies_of(request: Request, seen: Pass) -> tuple[Id, ...]:
    """Return the ids of the first copies that were seen, none where samples have no ids."""
    where = request.retained.rows_at(seen.positions)
    return () if where is None else request.names(where)
