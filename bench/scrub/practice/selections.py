"""The selections that were compared with that of the default.

`python -m bench.scrub.practice --selections` runs them. All record the same perturbed copies of the
samples to forget, and go down in the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, pairwise
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch.autograd.functional import jvp

from bench.scrub.practice.alternatives import Alternative
from bench.scrub.practice.methods import BUDGET
from lcodec import SelectionResult, lfoci
from lcodec.scrub import stages
from lcodec.scrub.objective.objective import run
from lcodec.scrub.request import Request, Start
from lcodec.scrub.samples.inputs import Inputs
from lcodec.scrub.selection import recording as recordings
from lcodec.scrub.selection import selection as selections
from lcodec.scrub.selection.recording import Recording, has_margin
from lcodec.scrub.selection.selection import Selection, by_gradient, by_random, within_budget
from lcodec.scrub.slices.slices import Slice
from lcodec.scrub.stages.choose import select as by_default

Order = Callable[[Request, Sequence[Slice], Recording, Start], list[int]]
Label = Callable[[Sequence[Slice]], list[str]]
Search = Callable[..., SelectionResult]


def neighbours(count: int) -> Search:
    """Return LFOCI by the coefficient of K nearest neighbours."""
    return partial(lfoci, n_neighbors=count)


def searching(search: Search) -> AbstractContextManager[object]:
    """Put a search in the place of LFOCI."""
    return patch.object(selections, "lfoci", search)


def by_layer(slices: Sequence[Slice]) -> list[str]:
    """Return for each slice the layer that it is of."""
    return [one.layer for one in slices]


def by_channel(slices: Sequence[Slice]) -> list[str]:
    """Return for each slice its unit; of a normalisation, that of the layer before it."""
    layers = list(dict.fromkeys(by_layer(slices)))
    kinds = {one.layer: one.kind for one in slices}
    before = {layer: above for above, layer in pairwise(layers) if "Norm" in kinds[layer]}
    return [f"{before.get(one.layer, one.layer)} {one.unit}" for one in slices]


def grouped(label: Label, search: Search = lfoci) -> AbstractContextManager[object]:
    """Search among groups of slices; the largest contrast is first in each."""

    def select(
        request: Request, slices: list[Slice], recording: Recording, start: Start
    ) -> Selection:
        def by_groups(features: Any, y: Any, **options: Any) -> SelectionResult:
            found = search(features, y, groups=label(slices), **options)
            groups = [
                by_gradient(columns.tolist(), slices, start.slope) for columns in found.columns
            ]
            return replace(found, selected=np.array([*chain(*groups)], dtype=np.int64))

        with searching(by_groups):
            return by_default(request, slices, recording, start)

    return patch.object(stages, "select", select)


@contextmanager
def classes(search: Search = lfoci) -> Iterator[None]:
    """Explain the derivatives of all classes; that of the loss where there are no classes."""
    vectors: list[torch.Tensor] = []
    original = recordings.record

    def record(
        model: torch.nn.Module,
        loss: Any,
        slices: Sequence[Slice],
        targets: torch.Tensor,
        batches: Iterable[tuple[torch.Tensor, torch.Tensor, Inputs]],
        copies: int,
        *,
        direction: Mapping[str, torch.Tensor],
    ) -> Recording:
        kept = list(batches)
        _, sample, inputs = kept[0]
        if has_margin(run(model, inputs), targets[sample]):
            vectors.append(derivatives(model, direction, kept, copies))
        return original(model, loss, slices, targets, kept, copies, direction=direction)

    def of_all(features: Any, y: Any, **options: Any) -> SelectionResult:
        whole = selections.in_range(vectors[-1]) if vectors else y
        return search(features, whole, **options)

    with patch.object(recordings, "record", record), searching(of_all):
        yield


def derivatives(
    model: torch.nn.Module,
    direction: Mapping[str, torch.Tensor],
    batches: Iterable[tuple[torch.Tensor, torch.Tensor, Inputs]],
    copies: int,
) -> torch.Tensor:
    """Return how fast log-probabilities change along a direction, mean over each copy's samples.

    Parameters
    ----------
    model : torch.nn.Module
        A classifier.
    direction : mapping of str to torch.Tensor
        By parameter name; 0 for those that it does not name.
    batches : iterable of (copy, sample, batch)
        Perturbed copies.
    copies : int
        How many.

    Returns
    -------
    torch.Tensor of float64, shape (copies, classes)
    """
    own = dict(model.named_parameters())
    weights = tuple(own[name].detach() for name in direction)
    along = tuple(part.to(own[name]) for name, part in direction.items())
    which, found = [], []
    for copy, _, inputs in batches:

        def logarithms(*values: torch.Tensor, inputs: Inputs = inputs) -> torch.Tensor:
            outputs = run(model, inputs, dict(zip(direction, values, strict=True)))
            return outputs.double().log_softmax(dim=1)

        which.append(copy)
        found.append(jvp(logarithms, weights, along)[1])  # type: ignore[no-untyped-call]
    rows, values = torch.cat(which), torch.cat(found)
    total = torch.zeros(copies, values.shape[1], dtype=torch.float64).index_add_(0, rows, values)
    return total / (len(rows) // copies)


def instead(order: Order, like: Search | None = None) -> AbstractContextManager[object]:
    """Take slices in another order, within the parameters that a search like this takes."""

    def select(
        request: Request, slices: list[Slice], recording: Recording, start: Start
    ) -> Selection:
        size = None
        if like is not None:
            with searching(like):
                taken = by_default(request, slices, recording, start).chosen
            size = sum(slices[one].parameters for one in taken)
        return within_budget(order(request, slices, recording, start), slices, size)

    return patch.object(stages, "select", select)


def contrast(
    request: Request, slices: Sequence[Slice], recording: Recording, start: Start
) -> list[int]:
    """Return the slices by falling norm of what the removal changes in their gradient."""
    return by_gradient(recording.used, slices, start.slope)


def at_random(
    request: Request, slices: Sequence[Slice], recording: Recording, start: Start
) -> list[int]:
    """Return the slices in random order."""
    return by_random(recording.used, seed=request.options.seed)


def largest_of_layers(
    request: Request, slices: Sequence[Slice], recording: Recording, start: Start
) -> list[int]:
    """Return the slice with the largest contrast of each layer."""
    order = contrast(request, slices, recording, start)
    return list({slices[one].layer: one for one in reversed(order)}.values())


FULL = {"fill": True, "max_parameters": BUDGET}
OWN_SIZE = {
    f"selection: {name}": one
    for name, one in {
        "taken": Alternative("LFOCI, one neighbour"),
        "K=3": Alternative("LFOCI, 3 neighbours", partial(searching, neighbours(3))),
        "K=5": Alternative("LFOCI, 5 neighbours", partial(searching, neighbours(5))),
        "K=10": Alternative("LFOCI, 10 neighbours", partial(searching, neighbours(10))),
        "layers": Alternative(
            "LFOCI, groups: layers", partial(grouped, by_layer), {"solver": "cg"}
        ),  # a dense matrix takes a minute
        "layers, 20 %": Alternative(
            "LFOCI, groups: layers, within 20 %",
            partial(grouped, by_layer),
            {"max_parameters": BUDGET},
        ),
        "channels": Alternative("LFOCI, groups: channels", partial(grouped, by_channel)),
        "channels, K=5": Alternative(
            "LFOCI, groups: channels, 5 neighbours", partial(grouped, by_channel, neighbours(5))
        ),
        "classes": Alternative("LFOCI, all classes", classes),
        "classes, K=5": Alternative(
            "LFOCI, all classes, 5 neighbours", partial(classes, neighbours(5))
        ),
        "activations": Alternative("LFOCI, activations", options={"features": "activation"}),
        "contrast": Alternative(
            "top contrast, as large as the first", partial(instead, contrast, lfoci)
        ),
        "contrast like K=5": Alternative(
            "top contrast, as large as with 5 neighbours", partial(instead, contrast, neighbours(5))
        ),
        "random": Alternative(
            "random slices, as large as the first", partial(instead, at_random, lfoci)
        ),
        "largest": Alternative(
            "largest contrast of each layer", partial(instead, largest_of_layers)
        ),
    }.items()
}
AT_BUDGET = {
    f"selection: filled, {name}": replace(
        one, title=f"20 %: {one.title}", options=one.options | FULL
    )
    for name, one in {
        "taken": Alternative("LFOCI, one neighbour"),
        "K=5": Alternative("LFOCI, 5 neighbours", partial(searching, neighbours(5))),
        "layers": Alternative("LFOCI, groups: layers", partial(grouped, by_layer)),
        "channels": Alternative("LFOCI, groups: channels", partial(grouped, by_channel)),
        "classes": Alternative("LFOCI, all classes", classes),
        "activations": Alternative("LFOCI, activations", options={"features": "activation"}),
        "contrast": Alternative("top contrast", options={"select": "top_gradient"}),
        "random": Alternative("random slices", options={"select": "random"}),
    }.items()
}
SELECTIONS = OWN_SIZE | AT_BUDGET
