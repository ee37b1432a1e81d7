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


def pulls(request: Request, flat: FlatParameters, start: Start) -> tuple[torch.Tensor, float]:
    """Return the gradient (p,) of the mean loss to forget, and the norm of that to retain.

    Both in the selected slices, and without weight decay.
    """
    batches, at = request.forgotten_batches(), flat.read()
    own = Point(request.objective(batches), flat).gradient(batches, at) / request.count
    whole = flat.gather(start.slope) - request.options.weight_decay * at.double()
    if start.tilt:
        whole += flat.gather(start.tilt)
    return own, float(whole.norm())


def passes(request: Request, samples: Mapping[str, float]) -> dict[str, float]:
    """Return the work of all ranks in passes over the retained data; that of `release` is known."""
    worked = torch.tensor(list(samples.values()), dtype=torch.float64)
    device = next(request.model.parameters()).device
    worked = ranks.ranks().total(worked.to(device)) / request.kept
    found = {stage: part for stage, part in zip(samples, worked.tolist(), strict=True) if part}
    privacy = request.options.privacy
    if privacy is not None and privacy.scope != "none":
        again = request.kept + request.count * (1 + ranks.ranks().world / SAMPLE)
        found["noise"] = again / request.kept
    return found
