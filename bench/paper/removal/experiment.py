"""The experiments on images: removals one after another and of groups, by several methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from bench.paper.journal import Record
from bench.paper.removal.figure import draw
from bench.paper.removal.images import load
from bench.paper.removal.report import report
from bench.paper.removal.sequence import Case, Removals
from bench.paper.removal.task import Task, digits_task, one_by_one
from bench.paper.runs import Experiment, Run
from bench.paper.settings import Config

ONE_BY_ONE, TOGETHER = "one by one", "together"


def of_networks(config: Config) -> dict[str, Config]:
    """Return a configuration for each of `nets`, by its name; where there are none, the one, as "".

    A network of `nets` has the options of `bench.paper.nets.build`, and may have its own learning
    rate.
    """
    found = {}
    for net in config.get("nets", []):
        own = {name: net[name] for name in ("learning_rate",) if name in net}
        built = {name: value for name, value in net.items() if name not in own}
        training = config["training"] | own
        found[net["name"]] = config | {"net": built, "training": training}
    return found or {"": config}


def case_name(net: str, removed: str) -> str:
    """Return the name of a case, with that of its network where there are several."""
    return f"{net}, {removed}" if net else removed


def cases(config: Config, task: Task, seed: int, net: str = "") -> list[Case]:
    """Return what is removed: samples one by one, and the groups of the configuration."""
    run = config["run"]
    steps = one_by_one(task, run["removals"], seed)
    if len(steps) < run["removals"]:
        raise ValueError(
            f"--removals must be at most {len(steps)} of {task.count} samples, the others have a "
            f"wrong label, got {run['removals']}"
        )
    singles = Case(case_name(net, ONE_BY_ONE), steps, run["checkpoints"])
    groups = [Case(case_name(net, name), [task.groups[name]], [1]) for name in run["groups"]]
    return [singles, *groups]


def by_images(config: Config, ids: Sequence[int], net: str = "") -> Case:
    """Return the removal of some samples, `run.images` at a time, under a name that says so.

    There are refits after `run.checkpoints` and after the last of at most `run.removals` removals.
    """
    run = config["run"]
    size = run["images"]
    steps = [[*ids[at : at + size]] for at in range(0, len(ids), size)][: run["removals"]]
    last = len(steps)
    refits = sorted({*(step for step in run["checkpoints"] if step < last), last})
    name = TOGETHER if size >= len(ids) else ONE_BY_ONE if size == 1 else f"{size} at a time"
    return Case(case_name(net, name), steps, refits)


MakeTask = Callable[[Config, Any, int, torch.device], Task]
MakeCases = Callable[[Config, Task, int, str], list[Case]]
Plan = list[tuple[Config, Task, int, Case]]
"""Of each case: its configuration, its task, the seed of training, and itself."""


def measure(
    config: Config,
    data: Any,
    run: Run,
    *,
    make_task: MakeTask = digits_task,
    make_cases: MakeCases = cases,
) -> None:
    """Measure what the journal lacks: every method in every case, for every training seed."""
    plans: dict[str, Plan] = {}
    for net, own in of_networks(config).items():
        plans[net] = []
        for seed in config["run"]["seeds"]:
            task = make_task(own, data, seed, run.device)
            plans[net] += [(own, task, seed, case) for case in make_cases(own, task, seed, net)]
    follow(plans, config["methods"], run)


def follow(plans: Mapping[str, Plan], methods: Sequence[Record], run: Run) -> None:
    """Measure what the journal lacks of the plans, each in a folder of its own below the run's."""
    plan = [(folder, *one) for folder, plan in plans.items() for one in plan]
    run.expect(sum(case.records(len(methods)) for *_, case in plan))
    for folder, config, task, seed, case in plan:
        removals = Removals(replace(run, folder=run.folder / folder), config, task, case, seed)
        removals.references()
        for method in methods:
            removals.method(method)


def removal_experiment(
    name: str,
    question: str,
    small: str,
    *,
    load: Callable[[Path | None, Config], Any] = load,
    make_task: MakeTask = digits_task,
    make_cases: MakeCases = cases,
    report: Callable[[Record], str] = report,
    draw: Callable[[Record, Path], None] = draw,
) -> Experiment:
    """Return an experiment of this kind, by default on digits.

    Parameters
    ----------
    name, question, small, load, report, draw
        As in `Experiment`.
    make_task : callable
        `make_task(config, data, seed, device)` returns the task of a training seed.
    make_cases : callable
        `make_cases(config, task, seed, net)` returns what is removed from a network of `nets`.
    """
    run = partial(measure, make_task=make_task, make_cases=make_cases)
    return Experiment(name, question, small, load, run, report, draw)
