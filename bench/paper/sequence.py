"""Removals one after another: what each leaves of the model, beside the refit."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from bench.paper.data import Images, Pair, rows, without
from bench.paper.network import LOSS, distance
from lcodec.scrub import Scrubber, accuracy, gradient_norm, kl_divergence

Record = dict[str, Any]


def scrub(
    model: nn.Module,
    images: Images,
    order: Sequence[int],
    options: Mapping[str, Any],
    *,
    budgets: Sequence[int] | None = None,
    seed: int = 0,
) -> Iterable[tuple[nn.Module, Record]]:
    """Remove samples one after another and yield the model after each, with its record.

    Parameters
    ----------
    model : torch.nn.Module
        The trained model; a copy is changed.
    images : Images
        Its data.
    order : sequence of int
        The samples to remove, positions in the training set.
    options : mapping
        Of `lcodec.scrub.Scrubber`.
    budgets : sequence of int, optional
        `max_parameters` of each removal.
    seed : int, default 0
        Each removal gets a seed of its own, which starts from this.
    """
    model, options = copy.deepcopy(model), dict(options)
    cap = options.pop("max_parameters", None)
    for number, sample in enumerate(order):
        retained = without(images.train, list(order[: number + 1]))
        scrubber = Scrubber(
            model,
            LOSS,
            retained,
            seed=1000 * seed + number,
            max_parameters=budgets[number] if budgets else cap,
            progress=False,
            **options,
        )
        report = scrubber.remove(rows(images.train, [sample]))
        yield (
            model,
            {
                "removed": number + 1,
                "parameters": report.parameters_touched,
                "step_norm": report.step_norm,
                "seconds": sum(report.seconds.values()),
            },
        )


def measure(
    model: nn.Module, images: Images, order: Sequence[int], removed: int, weight_decay: float
) -> Record:
    """Return accuracies and gradient norms after so many removals.

    Parameters
    ----------
    model : torch.nn.Module
        The model to judge.
    images : Images
        All data.
    order : sequence of int
        The samples to remove.
    removed : int
        How many of them are.
    weight_decay : float
        Part of the retained objective.

    Returns
    -------
    dict
        Accuracy on the retained, the forgotten and the test samples; the norm of the mean loss
        gradient of the sample removed last, and of the retained objective (the residual).
    """
    gone = list(order[:removed])
    retained, forgotten = without(images.train, gone), rows(images.train, gone)
    last = rows(images.train, gone[-1:])
    return {
        "retained_accuracy": accuracy(model, retained),
        "forgotten_accuracy": accuracy(model, forgotten),
        "test_accuracy": accuracy(model, images.test),
        "sample_gradient": gradient_norm(model, LOSS, last),
        "residual_gradient": gradient_norm(model, LOSS, retained, weight_decay=weight_decay),
    }


def gap(refit: nn.Module, model: nn.Module, images: Images, forgotten: Pair) -> Record:
    """Return how far a model is from the refit: weights, and KL(refit || model) in nats.

    Parameters
    ----------
    refit : torch.nn.Module
        Trained without the forgotten samples.
    model : torch.nn.Module
        The model to judge.
    images : Images
        For its test set.
    forgotten : (inputs, targets)
        The forgotten samples.
    """
    return {
        "distance": distance(refit, model),
        "kl_forgotten": kl_divergence(refit, model, forgotten[0]),
        "kl_test": kl_divergence(refit, model, images.test[0]),
    }


def choose(count: int, removals: int, seed: int) -> list[int]:
    """Return which samples are removed, in which order: at random, the same for every method."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(count, generator=generator)[:removals].tolist()
