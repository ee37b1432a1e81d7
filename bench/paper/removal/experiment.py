"""The experiments on digits: removals one after another and of groups, by several methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

ONE_BY_ONE = "one by one"


def cases(config: Config, task: Task, seed: int) -> list[Case]:
    """Return what is removed: samples one by one, and the groups of the configuration."""
    run = config["run"]
    steps = one_by_one(task, run["removals"], seed)
    if len(steps) < run["removals"]:
        raise ValueError(
            f"--removals must be at most {len(steps)} of {task.count} samples, the others have a "
            f"wrong label, got {run['removals']}"
        )
    singles = Case(ONE_BY_ONE, steps, run["checkpoints"])
    return [singles, *(Case(name, [task.groups[name]], [1]) for name in run["groups"])]


MakeTask = Callable[[Config, Any, int, torch.device], Task]
MakeCases = Callable[[Config, Task, int], list[Case]]
Plan = list[tuple[Task, int, Case]]
"""Of each case: its task, the seed of training, and itself."""


def measure(
    config: Config,
    data: Any,
    run: Run,
    *,
    make_task: MakeTask = digits_task,
    make_cases: MakeCases = cases,
) -> None:
    """Measure what the journal lacks: every method in every case, for every training seed."""
    plan: Plan = []
    for seed in config["run"]["seeds"]:
        task = make_task(config, data, seed, run.device)
        plan += [(task, seed, case) for case in make_cases(config, task, seed)]
    follow(config, {"": plan}, run)


def follow(config: Config, plans: Mapping[str, Plan], run: Run) -> None:
    """Measure what the journal lacks of the plans, each in a folder of its own below the run's."""
    methods = config["methods"]
    plan = [(folder, *one) for folder, plan in plans.items() for one in plan]
    run.expect(sum(case.records(len(methods)) for *_, case in plan))
    for folder, task, seed, case in plan:
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
        `make_cases(config, task, seed)` returns what is removed.
    """
    run = partial(measure, make_task=make_task, make_cases=make_cases)
    return Experiment(name, question, small, load, run, report, draw)
