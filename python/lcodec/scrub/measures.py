"""What is measured of a removal for its report, besides what the stages need themselves."""

from __future__ import annotations

import platform
from collections.abc import Mapping

import torch

from lcodec import __version__
from lcodec.scrub.evaluation.logits import is_classifier, right
from lcodec.scrub.objective import ranks
from lcodec.scrub.objective.objective import run
from lcodec.scrub.objective.work import SAMPLE
from lcodec.scrub.request import Request, Start, Tensors
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step.products import Point

ROUNDING = 1e-9  # of passes, by which their sum may miss `max_passes`


def versions() -> dict[str, str]:
    """Return the versions of what a removal was computed by."""
    found = {"lcodec": __version__, "torch": str(torch.__version__)}
    return found | {"Python": platform.python_version()}


@torch.no_grad()
def on_forgotten(request: Request, moved: Tensors | None = None) -> tuple[float, float | None]:
    """Return mean loss and accuracy on the samples to forget; None where there are no classes."""
    total, found, classes = 0.0, 0, True
    for inputs, targets in request.forgotten_batches():
        outputs = run(request.model, inputs, moved)
        total += float(request.loss.total(outputs, targets))
        classes = classes and is_classifier(outputs, targets)
        found += right(outputs, targets) if classes else 0
    return total / request.count, found / request.count if classes else None


def forgotten_slope(request: Request, flat: FlatParameters) -> torch.Tensor:
    """Return the gradient (p,) of the mean loss to forget in the selected slices."""
    batches = request.forgotten_batches()
    total = Point(request.objective(batches), flat).gradient(batches, flat.read())
    return total / request.count


def retained_slope(request: Request, flat: FlatParameters, start: Start) -> float:
    """Return the norm of the gradient of the mean loss to retain in the selected slices."""
    found = flat.gather(start.slope) - request.options.weight_decay * flat.read().double()
    return float((found + flat.gather(start.tilt) if start.tilt else found).norm())


def check_work(request: Request, rows: int | None = None) -> float:
    """Return how many samples' worth of work a check is, of all ranks: of all rows or so many."""
    return (request.kept if rows is None else rows) + request.count * ranks.ranks().world / SAMPLE


def passes(request: Request, samples: Mapping[str, float]) -> dict[str, float]:
    """Return the work of all ranks in passes over the retained data; that of `release` is known."""
    worked = torch.tensor(list(samples.values()), dtype=torch.float64)
    device = next(request.model.parameters()).device
    worked = ranks.ranks().total(worked.to(device)) / request.kept
    found = {stage: part for stage, part in zip(samples, worked.tolist(), strict=True) if part}
    privacy = request.options.privacy
    if privacy is not None and privacy.scope != "none":
        found["noise"] = (request.count + check_work(request)) / request.kept
    return found


def work_left(request: Request, samples: Mapping[str, float]) -> float:
    """Return how many samples' worth of work `max_passes` leaves, that of `release` taken off."""
    most = request.options.max_passes
    if most is None:
        return float("inf")
    return (most + ROUNDING - sum(passes(request, samples).values())) * request.kept
