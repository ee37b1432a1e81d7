"""Clauses of a label removed one by one, with the noise of each epsilon, until F1 falls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from bench.paper.journal import Record
from bench.paper.ledgar.clauses import SPECIAL, Clauses
from bench.paper.ledgar.network import (
    Training,
    balanced,
    network,
    probabilities,
    scores,
    thresholds,
)
from bench.paper.removal.measures import finite
from bench.paper.removal.sequence import Case, Removals
from bench.paper.removal.task import Pair, Task
from bench.paper.runs import Run
from bench.paper.settings import Config
from lcodec.scrub import TokenReplacement, gradient_norm, mean_loss
from lcodec.scrub.samples.inputs import apply

START = "start"


def measure(config: Config, clauses: Clauses, run: Run) -> None:
    """Measure what the journal lacks: every label, method and epsilon, for every training seed."""
    task = text_task(config, clauses, run.device)
    (run.folder / "vocab.txt").parent.mkdir(parents=True, exist_ok=True)
    (run.folder / "vocab.txt").write_text("\n".join(clauses.vocabulary), encoding="utf-8")
    ways = [way for method in config["methods"] for way in variants(config, method)]
    seeds, labels = config["run"]["seeds"], removed_labels(config, clauses)
    plan = {(seed, label): case(config, task, label, seed) for seed in seeds for label in labels}
    run.expect(sum(1 + one.records(len(ways)) for one in plan.values()))
    for (seed, label), steps in plan.items():
        scored = _scored(config, clauses, task, label)
        first = run.model(f"seed {seed}", partial(task.trained, seed), task.model(seed))
        place = {"seed": seed, "case": label, "method": START, "step": 0}
        if run.missing(**place):
            run.write(place, {**scored(first, []), "dev_f1": _dev(clauses, first, run.device)})
        start = run.journal.find(**place)[0]["micro_f1"]
        least = start - config["run"]["stop_drop"]
        own = replace(task, watch=scored, compared=False, enough=partial(_fell, least))
        Removals(run, config, own, steps, seed).references()
        for way, settings in ways:
            Removals(run, settings, own, steps, seed).method(way)


def _fell(least: float, record: Record) -> bool:
    return bool(record["micro_f1"] < least)


def variants(config: Config, method: Mapping[str, Any]) -> list[tuple[Record, Config]]:
    """Return a method with the configuration it runs by: a noisy one for each epsilon."""
    if not method.get("noisy"):
        return [(dict(method), config)]
    found = []
    for epsilon in config["run"]["epsilons"]:
        own = {**method, "name": at_epsilon(method["name"], epsilon)}
        if "budget" in own:
            own["budget"] = at_epsilon(own["budget"], epsilon)
        found.append((own, config | {"privacy": config["privacy"] | {"epsilon": epsilon}}))
    return found


def at_epsilon(name: str, epsilon: float) -> str:
    """Return the name of a noisy method at one epsilon."""
    return f"{name}, ε = {epsilon:g}"


def text_task(config: Config, clauses: Clauses, device: torch.device) -> Task:
    """Return the task of a text classifier; groups are the clauses with one label alone, by it."""
    training = Training(**config["training"])
    ids, targets = clauses.train[0]["input_ids"], clauses.train[1]
    loss = balanced(targets).to(device)
    known = {token: at for at, token in enumerate(clauses.vocabulary)}
    words = [at for token, at in known.items() if not token.startswith("[")]
    special = [known[token] for token in SPECIAL if token in known]
    alone = targets.sum(1) == 1

    def model(seed: int) -> nn.Module:
        sizes = len(clauses.vocabulary), ids.shape[1], len(clauses.labels)
        return network(config["model"], config["weights"], *sizes, seed).to(device)

    return Task(
        train=_moved(clauses.train, device),
        test=_moved(clauses.test, device),
        model=model,
        fit=lambda net, pair, seed: training.fit(net, pair, loss, seed),
        loss=loss,
        weight_decay=config["scrub"]["weight_decay"],
        groups={
            label: torch.nonzero(alone & (targets[:, at] == 1))[:, 0].tolist()
            for at, label in enumerate(clauses.labels)
        },
        perturb=TokenReplacement(1, words, special=special),
    )


def removed_labels(config: Config, clauses: Clauses) -> list[str]:
    """Return the labels whose clauses are removed, or the two with the most where they are not."""
    wanted: list[str] = config["run"]["labels"]
    if set(wanted) <= set(clauses.labels):
        return wanted
    order = clauses.train[1].sum(0).argsort(descending=True, stable=True)[:2]
    return [clauses.labels[int(at)] for at in order]


def case(config: Config, task: Task, label: str, seed: int) -> Case:
    """Return which clauses of a label are removed one after another: the same for every method."""
    run, clauses = config["run"], task.groups[label]
    if len(clauses) < run["removals"]:
        raise ValueError(
            f"--removals must be at most {len(clauses)}, the training clauses with the label "
            f"{label!r} alone, got {run['removals']}"
        )
    drawn = np.random.default_rng([seed, 0]).permutation(clauses)[: run["removals"]]
    return Case(label, [[int(at)] for at in drawn], run["checkpoints"])


def _moved(pair: Any, device: torch.device) -> Pair:
    return apply(pair[0], lambda part: part.to(device)), pair[1].to(device)


def _scored(config: Config, clauses: Clauses, task: Task, label: str) -> Any:
    """Return what measures a model after clauses of a label are removed."""
    dev = _moved(clauses.dev, task.train[1].device)[0]
    own, size = clauses.labels.index(label), {"batch_size": config["scrub"]["batch_size"]}

    def scored(model: nn.Module, gone: Sequence[int]) -> Record:
        limits = thresholds(probabilities(model, dev), clauses.dev[1])
        micro, macro, each = scores(probabilities(model, task.test[0]), clauses.test[1], limits)
        found = {"micro_f1": micro, "macro_f1": macro, "class_f1": each[own]}
        found["residual"] = gradient_norm(
            model, task.loss, task.without(gone), weight_decay=task.weight_decay, **size
        )
        if gone:
            found["removed_loss"] = mean_loss(model, task.loss, task.rows(gone), **size)
        return {name: finite(value) for name, value in found.items()}

    return scored


def _dev(clauses: Clauses, model: nn.Module, device: torch.device) -> float | None:
    chances = probabilities(model, _moved(clauses.dev, device)[0])
    limits = thresholds(chances, clauses.dev[1])
    return finite(scores(chances, clauses.dev[1], limits)[0])
