"""One removal from the samples to the new weights, which are not written here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import NoReturn

from lcodec.scrub import checks, measures, stages, wording
from lcodec.scrub.callbacks import Events
from lcodec.scrub.descent import Clock, Way, go_down, sampled
from lcodec.scrub.ledger.chain import now
from lcodec.scrub.objective.objective import norm
from lcodec.scrub.objective.work import Spent
from lcodec.scrub.plan import RemovalPlan, describe
from lcodec.scrub.report import NoiseReport
from lcodec.scrub.request import Outcome, Request, Tensors
from lcodec.scrub.samples.prints import digest
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step import memory


@dataclass(frozen=True, eq=False)
class Removal:
    """A removal that is ready to be written."""

    plan: RemovalPlan
    moved: Tensors  # new values of whole parameters, by name, with noise where it was asked for
    outcome: Outcome
    noise: NoiseReport | None


def prepare(request: Request, spent: tuple[float, float] | None = None) -> Removal:
    """Run the stages; the release only where it is said what was spent before, so not for a plan.

    `spent` are epsilon and delta of the removals before.
    """
    left = partial(measures.work_left, request)
    clock = Clock(Events(request.options.listeners), left=left)
    try:
        return _prepared(request, clock, spent)
    except Spent as error:
        last = error
    _refuse(request, clock, last)


def _refuse(request: Request, clock: Clock, last: Spent) -> NoReturn:
    """Say that `max_passes` leaves no first step, and what takes how much."""
    passes = measures.passes(request, clock.samples)
    end = measures.check_work(request) / request.kept + passes.pop("noise", 0.0)
    least = f", {last.needs / request.kept:.3g} at least" if last.needs else ""
    checks.fail(
        "maxPasses",
        "`max_passes` must suffice for all stages up to the check of a first step that does no "
        f"harm, got {request.options.max_passes:g}: spent are {wording.by_stage(passes) or 0}, "
        f"checking the result takes {end:.3g}, and there is no room for {last.stage}{least}; give "
        "a larger `max_passes`, or fewer `perturbations` or `curvature_samples`",
    )


def _prepared(request: Request, clock: Clock, spent: tuple[float, float] | None) -> Removal:
    within = partial(clock, keep=measures.check_work(request))
    with within("try"):
        slices, uncovered = stages.find(request)
    with within("gradient", needs=request.kept):  # first, as the influences are taken along it
        start = stages.begin(request)
        residual = norm(start.slope)
        loss, accuracy = measures.on_forgotten(request)
    clock.reached(0, Outcome(start.gradient_norm, residual, loss, accuracy, 0.0))
    with within("record", needs=stages.copied_work(request)):
        recording = stages.record(request, slices, start)
    with within("select"):
        selection = stages.select(request, slices, recording, start)
    flat = FlatParameters(request.model, [slices[position] for position in selection.chosen])
    with within("curvature"):
        gradient = stages.differentiate(request, flat, start)
        retained_slope = measures.retained_slope(request, flat, start)
        if request.options.privacy is None and not sampled(request):
            start = replace(start, slope={})  # as large as two models, and of no more use
        pull = measures.forgotten_slope(request, flat)
    solution, curve = go_down(Way(request, flat, start, residual, clock), gradient)
    plan = RemovalPlan(
        forgotten=request.count,
        retained=request.kept,
        ids=request.ids,
        training_size=request.trained,
        retained_digest=f"{start.seen.digest:016x}",
        forgotten_digest=f"{digest(request.forgotten):016x}",
        copies=start.seen.copies,
        copy_ids=stages.copies_of(request, start.seen),
        select=request.options.select,
        response=selection.response,
        slices=describe(slices, selection.chosen),
        dropped=describe(slices, selection.dropped),
        uncovered=(*uncovered, *stages.left_out(request, slices, recording)),
        parameters_touched=len(flat),
        parameters_total=sum(tensor.numel() for tensor in request.model.parameters()),
        step=request.options.step,
        curvature=None if curve.scheme is None else request.options.curvature,
        solver=None if curve.scheme is None else curve.scheme.solver,
        curvature_samples=curve.samples,
        curvature_bytes=None if curve.scheme is None else curve.scheme.bytes,
        model_bytes=memory.beside(
            request.model,
            influence=request.options.influences,
            tilted=request.options.gradient != "retain",
            sampled=sampled(request),
        ),
        damping=solution.step.damping,
        step_norm=solution.step.norm,
        step_clipped=solution.step.clipped,
        steps=solution.steps,
        capped=solution.capped,
        gradient=request.options.gradient,
        gradient_before=start.gradient_norm,
        residual_before=residual,
        random_layers=request.random,
        forgotten_slope=float(pull.norm()),
        retained_slope=retained_slope,
        loss_before=loss,
        accuracy_before=accuracy,
        predicted_loss_change=float(pull @ solution.step.step),
        predicted_change=solution.step.predicted_change,
        seconds=clock.seconds,
        passes=measures.passes(request, clock.samples),
        epochs=request.options.epochs,
        date=now(),
        versions=measures.versions(),
        options=request.options.to_dict(),
    )
    removal = Removal(plan, solution.moved, solution.outcome, None)
    if spent is None:
        return removal
    released = stages.release(request, start, plan, flat, solution.vector, spent)
    if released is None:
        return removal
    moved, noise = released
    with clock("check"):
        outcome, _ = stages.check(request, start, moved)
    clock.events("noise", outcome.to_dict())
    return Removal(plan, moved, outcome, noise)
