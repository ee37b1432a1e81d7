"""Which slices to change: LFOCI on the activations, and the rules to compare it with."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from lcodec import LcodecWarning, lfoci
from lcodec.scrub import checks
from lcodec.scrub.selection.recording import Recording
from lcodec.scrub.slices.slices import Slice

Select = Literal["all", "last_layer", "lfoci", "one", "random", "top_gradient"]
Response = Literal["influence", "loss", "margin"]
Features = Literal["activation", "influence"]


@dataclass(frozen=True)
class Selection:
    """Positions of slices in the model's list, in the order of their choice.

    Attributes
    ----------
    chosen : tuple of int
        Slices to change.
    dropped : tuple of int
        Slices the method chose but the parameter budget had no room for.
    response : str or None
        What LFOCI explained; None for the other methods.
    """

    chosen: tuple[int, ...]
    dropped: tuple[int, ...] = ()
    response: str | None = None


def select(
    method: str,
    recording: Recording,
    slices: Sequence[Slice],
    gradient: Mapping[str, torch.Tensor],
    *,
    features: str = "activation",
    response: str = "loss",
    max_features: int | None = None,
    max_parameters: int | None = None,
    fill: bool = False,
    sigma: float = 0.01,
    seed: int = 0,
) -> Selection:
    """Choose slices by one of the methods, within the budget.

    Parameters
    ----------
    method : {"lfoci", "random", "one", "top_gradient", "last_layer", "all"}
        How.
    recording : Recording
        What the perturbed passes gave; it says which slices are used at all.
    slices : sequence of Slice
        Slices of the model.
    gradient : mapping of str to torch.Tensor
        Gradient of the retained objective, by parameter name.
    features : {"activation", "influence"}, default "activation"
        What LFOCI picks from: the activations of the slices that have some, or the influences.
    response : {"loss", "margin", "influence"}, default "loss"
        What LFOCI explains: the loss, the logit margin, or the sum of all influences.
    max_features : int, optional
        Most columns LFOCI picks; 1 is the paper's cheap form.
    max_parameters : int, optional
        Budget of parameters; none by default.
    fill : bool, default False
        Whether LFOCI goes on past its own stop until the budget, which must be given, is full.
    sigma : float, default 0.01
        Noise of LFOCI, in standard deviations of a column.
    seed : int, default 0
        Of LFOCI's noise and of the random choices.

    Raises
    ------
    LcodecError
        Where nothing can be selected, or not even one slice is within the budget.
    """
    candidates = recording.used
    used = None
    if method == "lfoci":
        used, values = pick_response(recording, response)
        table, owners = pick_features(recording, features)
        if fill and max_parameters is not None:
            max_features = most_within([slices[one].parameters for one in owners], max_parameters)
        order = by_lfoci(
            table, owners, values, sigma=sigma, seed=seed, max_features=max_features, stop=not fill
        )
    elif method == "top_gradient":
        order = by_gradient(candidates, slices, gradient)
    elif method == "last_layer":
        last = slices[(recording.columns[-1].slice if recording.columns else candidates[-1])].layer
        order = [one for one in candidates if slices[one].layer == last]
    elif method == "all":
        order = candidates
    else:
        order = by_random(candidates, seed=seed)
        order = order[:1] if method == "one" else order
    return replace(within_budget(order, slices, max_parameters), response=used)


def pick_features(recording: Recording, wanted: str) -> tuple[torch.Tensor, list[int]]:
    """Return the features of LFOCI, and the slice of each column.

    Parameters
    ----------
    recording : Recording
        Result of the perturbed passes.
    wanted : {"activation", "influence"}
        The features asked for.

    Returns
    -------
    features : torch.Tensor, shape (R, columns)
        One column per activation, or one per slice.
    owners : list of int
        Position of each column's slice.
    """
    if wanted == "activation":
        return recording.activations, [column.slice for column in recording.columns]
    influence = recorded_influence(recording)
    return influence, list(range(influence.shape[1]))


def recorded_influence(recording: Recording) -> torch.Tensor:
    """Return the influences of a recording, which must have been made with a direction."""
    if recording.influence is None:
        checks.fail(
            "noInfluence", "`recording` must have influences: give `record` a `direction`, got None"
        )
    return recording.influence


def pick_response(recording: Recording, wanted: str) -> tuple[str, torch.Tensor]:
    """Return the response for LFOCI, and its name.

    A loss that hardly varies over the perturbations (fewer than R/10 distinct values, the mark
    of a loss that is saturated) carries no ranks; the logit margin then takes its place.

    Parameters
    ----------
    recording : Recording
        Result of the perturbed passes.
    wanted : {"loss", "margin", "influence"}
        The response asked for.

    Returns
    -------
    name : str
        The response used.
    values : torch.Tensor, shape (R,)
        Its values.

    Raises
    ------
    LcodecError
        `lcodec:noMargin` where a margin is asked for and the model is no classifier;
        `lcodec:constantResponse` where no response varies.
    """
    if wanted == "margin" and recording.margin is None:
        checks.fail(
            "noMargin",
            "`response` 'margin' needs outputs of shape (b, C) with C >= 2 and integer targets "
            "of shape (b,); use 'loss'",
        )
    values = recording.loss
    if wanted == "influence":
        values = recorded_influence(recording).sum(dim=1)
    if wanted != "margin" and _varies(values):
        return wanted, values
    if wanted != "influence" and recording.margin is not None and _varies(recording.margin):
        return "margin", recording.margin
    checks.fail(
        "constantResponse",
        f"`response` '{wanted}' must vary over the perturbations, got "
        f"{len(torch.unique(values))} distinct values in {len(values)}; raise `noise`",
    )


def _varies(values: torch.Tensor) -> bool:
    return len(torch.unique(values)) >= max(2, len(values) // 10)


def most_within(costs: Iterable[int], budget: int) -> int:
    """Return how many of the cheapest fit into a budget, at least 1."""
    return max(1, int((np.cumsum(np.sort(list(costs))) <= budget).sum()))


def by_lfoci(
    features: torch.Tensor,
    owners: Sequence[int],
    response: torch.Tensor,
    *,
    sigma: float,
    seed: int,
    max_features: int | None = None,
    stop: bool = True,
) -> list[int]:
    """Return slices in the order in which LFOCI picks them, each once.

    Parameters
    ----------
    features : torch.Tensor of float64, shape (R, columns)
        Activations or influences in R perturbations.
    owners : sequence of int, length columns
        Position of each column's slice.
    response : torch.Tensor of float64, shape (R,)
        Response of each perturbation.
    sigma : float
        Noise of LFOCI, in standard deviations of a column.
    seed : int
        Seed of that noise.
    max_features : int, optional
        Most columns to pick; 1 is the paper's cheap form.
    stop : bool, default True
        Whether to stop where no further column explains more.

    Raises
    ------
    LcodecError
        `lcodec:emptySelection` where no column explains the response.
    """
    with warnings.catch_warnings():
        # A unit that never moves is a dead unit: normal, and never a candidate. Nor are the
        # influences a table of the caller.
        warnings.filterwarnings("ignore", "`X` has", category=LcodecWarning)
        result = lfoci(
            in_range(features),
            response,
            sigma=sigma,
            seed=seed,
            max_features=max_features,
            stop=stop,
            response="ordered",
        )
    if not len(result.selected):
        checks.fail(
            "emptySelection",
            f"LFOCI must select at least one slice, got none of {len(owners)}: no column "
            "explains the response; raise `perturbations` or `noise`, or use "
            "`select` 'top_gradient'",
        )
    return list(dict.fromkeys(owners[column] for column in result.selected))


def in_range(features: torch.Tensor) -> torch.Tensor:
    """Return columns of magnitude 1/2 to 1, by powers of two, which LFOCI does not see.

    The influences of a sample that the model is sure of can be so small that their squares vanish.
    """
    _, exponents = torch.frexp(features.abs().amax(dim=0))
    whole = -exponents.double()  # of integers torch would make powers in float32
    half = (whole / 2).floor()  # as no power of two is as large as some number is small
    return torch.ldexp(torch.ldexp(features, half), whole - half)


def by_random(candidates: Sequence[int], *, seed: int) -> list[int]:
    """Return the candidate slices in random order."""
    return [int(one) for one in np.random.default_rng(seed).permutation(candidates)]


def by_gradient(
    candidates: Sequence[int], slices: Sequence[Slice], gradient: Mapping[str, torch.Tensor]
) -> list[int]:
    """Return the candidate slices by falling norm of their part of the gradient."""
    norms = {
        one: sum(
            float(gradient[name].reshape(-1)[where.to(gradient[name].device)].square().sum())
            for name, where in slices[one].entries
        )
        for one in candidates
    }
    return sorted(candidates, key=lambda one: -norms[one])


def within_budget(
    order: Iterable[int], slices: Sequence[Slice], max_parameters: int | None
) -> Selection:
    """Take slices in order, passing over each one that the budget has no room for.

    Parameters
    ----------
    order : iterable of int
        Positions in `slices`, best first.
    slices : sequence of Slice
        Slices of the model.
    max_parameters : int or None
        Most parameters to take; None for no limit.

    Raises
    ------
    LcodecError
        `lcodec:budgetTooSmall` where not even one slice fits.
    """
    chosen, dropped = [], []
    left = float("inf") if max_parameters is None else max_parameters
    for one in order:
        if slices[one].parameters <= left:
            chosen.append(one)
            left -= slices[one].parameters
        else:
            dropped.append(one)
    if not chosen:
        smallest = min(slices[one].parameters for one in dropped)
        checks.fail(
            "budgetTooSmall",
            f"`max_parameters` must be at least {smallest}, the smallest slice chosen, "
            f"got {max_parameters}",
        )
    return Selection(tuple(chosen), tuple(dropped))
