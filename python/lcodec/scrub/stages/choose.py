"""The choice of the slices, by what perturbed copies of the samples do."""

from __future__ import annotations

from lcodec.scrub import checks
from lcodec.scrub.objective import ranks
from lcodec.scrub.objective.work import SAMPLE
from lcodec.scrub.request import Request, Start
from lcodec.scrub.selection import recording as recordings
from lcodec.scrub.selection import selection as selections
from lcodec.scrub.selection.copies import copies_for
from lcodec.scrub.selection.recording import Recording
from lcodec.scrub.selection.selection import Selection
from lcodec.scrub.slices.activations import not_called, without
from lcodec.scrub.slices.slices import Slice, Uncovered

# Perturbed copies where no number is given, at most and at least, and their rows times parameters.
MOST, FEWEST, COPIED = 1000, 250, 2**31


def record(request: Request, slices: list[Slice], start: Start) -> Recording:
    """Run perturbed copies of the samples, and record what the slices do.

    Methods other than LFOCI only need to know which layers a forward pass calls: one pass over
    the samples as they are.
    """
    options = request.options
    inputs, targets = request.forgotten
    perturbed = options.select == "lfoci"
    count, each = _copies(request) if perturbed else (1, None)
    copies = copies_for(
        request.model,
        inputs,
        options.perturb if perturbed else None,
        copies=count,
        each=each,
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


def copied_work(request: Request) -> float:
    """Return how many samples' worth of work the perturbed copies are at least, of all ranks."""
    if request.options.select != "lfoci":
        return 0.0
    copies, each = _copies(request)
    rows = copies * min(each, request.count) * ranks.ranks().world
    return rows if request.options.influences else rows / SAMPLE


def _copies(request: Request) -> tuple[int, int]:
    """Return how many perturbed copies there are, and of how many samples each is, at most."""
    rows = request.rows_within(COPIED, 1)
    copies = request.options.perturbations or min(MOST, max(FEWEST, rows))
    return copies, max(1, rows // copies)


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
