"""The words of plans and reports, for those who answer for a removal.

What speaks against a removal is said; nothing is said for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lcodec.checks import warn

if TYPE_CHECKING:
    from lcodec.scrub.plan import RemovalPlan
    from lcodec.scrub.report import RemovalReport

COVERED = 0.5  # of the parameters: below it, most of the model cannot change
FELT = 0.1  # of the retained samples' gradient: below it, the removed ones hardly pull at the model


def of_plan(plan: RemovalPlan) -> dict[str, str]:
    """Return what speaks against a plan, by the id of the warning."""
    found = {}
    if plan.coverage < COVERED:
        found["lowCoverage"] = (
            f"only {percent(plan.coverage)} of the model's parameters can change at all: what the "
            "others hold of the samples stays; the report lists them"
        )
    if plan.forgotten_slope <= FELT * plan.retained_slope:
        found["vanishingGradient"] = (
            "the removed samples hardly pull at the model where it would change (their mean loss "
            f"has a gradient of {plan.forgotten_slope:.3g}, that of the retained ones of "
            f"{plan.retained_slope:.3g}): the step follows the retained samples, and cannot know "
            "what the model learnt from these"
        )
    if plan.predicted_loss_change < 0:
        found["lossFalls"] = (
            "the step is expected to lower the loss on the removed samples: the model would fit "
            "them better than before, as if it was trained on"
        )
    if plan.random_layers:
        first, more = plan.random_layers[0], len(plan.random_layers) - 1
        found["trainingMode"] = (
            f"the model is in training mode, in which layer `{first}`"
            f"{f' and {more} more act' if more else ' acts'} at random; it was measured in "
            "evaluation mode, so call `model.eval()` before it is used"
        )
    return found


def of_report(report: RemovalReport) -> dict[str, str]:
    """Return what speaks against a removal, by the id of the warning, the worst first."""
    found = {}
    if report.loss_after < report.loss_before:
        expected = "although it was expected to rise" if report.predicted_loss_change > 0 else ""
        found["lossFell"] = (
            f"the loss on the removed samples fell{f', {expected}' if expected else ''}: the "
            "model fits them better than before; it may have been trained on, and not made to "
            "forget"
        )
    if report.residual_ratio > 1:
        found["residualGrew"] = (
            "the residual grew: the model may be no closer to one without the samples; use more "
            "slices, a larger `damping` or a `max_step`"
        )
    before = of_plan(report)
    before.pop("lossFalls", None)  # it did, or it did not
    return found | before


def said(remarks: Mapping[str, str]) -> None:
    """Warn of what speaks against a removal."""
    for id, text in remarks.items():
        warn(id, text)


def aligned(lines: Sequence[tuple[str, str]]) -> str:
    """Return names and texts in two columns."""
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in lines)


def percent(share: float) -> str:
    """Return a share in per cent, with three digits."""
    return f"{100 * share:.3g} %"


def left_out(plan: RemovalPlan) -> dict[str, float]:
    """Return shares of the parameters that belong to no slice, by kind of layer and reason."""
    shares: dict[str, float] = {}
    for one in plan.uncovered:
        why = f"{one.kind}, {one.reason}"
        shares[why] = shares.get(why, 0.0) + one.parameters / plan.parameters_total
    return shares


def expected(change: float) -> str:
    """Return where the loss on the removed samples should go, by its predicted change."""
    verb = "stay" if change == 0 else "rise" if change > 0 else "fall"
    return f"expected to {verb} (to first order {change:+.3g})"


def cost(passes: float, refits: float | None, capped: bool) -> str:
    """Return what a removal costs, and whether the search for steps was ended by that."""
    again = "" if refits is None else f", {refits:.3g} times the work of training again"
    ended = "; `max_passes` ended the search for a better step" if capped else ""
    return f"{passes:.3g} passes over the retained data{again}{ended}"


def by_stage(passes: Mapping[str, float]) -> str:
    """Return the passes of each stage."""
    return ", ".join(f"{name} {value:.3g}" for name, value in passes.items())


def share(of_gradient: float) -> str:
    """Return what a removal changes in the gradient."""
    return f"changes the gradient on the retained data by {percent(of_gradient)} of its length"
