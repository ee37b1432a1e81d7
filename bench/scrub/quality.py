"""Which selection of slices removes samples best, for the parameters it touches.

``python -m bench.scrub.quality`` trains each network with several seeds, removes 1 sample, 1 % and
10 % of the training data, and takes the same Newton step on the slices that each selection
chooses within each budget of parameters. It measures the retained gradient (after / before) and
KL(refit || model) on the forgotten samples. ``--small`` is the same on fewer seeds and removals.
The account is written as JSON; the tables are made from it alone, again by ``--report``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from bench.machine import commit, describe
from bench.scrub.report import contrasts, table, verdicts
from bench.scrub.step import Network, Step
from bench.scrub.tasks import Task, count, draw, flat, load, task, train
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.inputs import take
from lcodec.scrub.selection import selection
from lcodec.scrub.selection.copies import perturbed_batches
from lcodec.scrub.selection.recording import record

TASKS = ("digits", "wine", "breast_cancer", "text")
BUDGETS = (0.02, 0.05, 0.1, 0.2, 0.4)  # shares of the parameters
SIZES = {"1": 3, "1 %": 2, "10 %": 1}  # removals of each size, per seed
FEWER = {"1": 1, "1 %": 1, "10 %": 1}  # with --small, and of the text
SEEDS, FEWER_SEEDS = 5, 2
DRAWS = 4  # of the random selection, per removal
LFOCI = {
    "lfoci": ("influence", "influence"),
    "lfoci_loss": ("activation", "loss"),
    "lfoci_margin": ("activation", "margin"),
}
"""Features and response of each form of LFOCI."""
COPIES = 500, 200  # perturbations of a table, of the text
TRAINING = {"tolerance": 1e-6, "steps": 2500}
TEXT_TRAINING = {"tolerance": 1e-5, "steps": 800}


@dataclass(frozen=True)
class Removal:
    """One removal: which samples, and the models that never saw them."""

    size: str
    forget: torch.Tensor
    keep: torch.Tensor
    refit: torch.Tensor
    """Log-probabilities of the refit on the forgotten samples, trained on from the model."""
    other: torch.Tensor | None
    """The same of a refit from other random weights, for the first removal of a size."""


def removals(
    name: str, data: Task, vector: np.ndarray[Any, Any], seed: int, sizes: dict[str, int]
) -> Iterator[Removal]:
    """Yield removals of random samples, and refit for each."""
    rng = np.random.default_rng(seed)
    n = count(data)
    for size, repetitions in sizes.items():
        m = {"1": 1, "1 %": max(2, n // 100), "10 %": n // 10}[size]
        for repetition in range(repetitions):
            order = torch.as_tensor(rng.permutation(n))
            forget, keep = order[:m].sort()[0], order[m:].sort()[0]
            found = []
            starts = [load(draw(data, seed), vector), draw(data, 1000 + seed)]
            floor = repetition == 0 and (name != "text" or seed < FEWER_SEEDS)
            for model in starts[: 2 if floor else 1]:
                train(model, data, keep, **(TEXT_TRAINING if name == "text" else TRAINING))
                found.append(log_p(model, data, forget))
            yield Removal(size, forget, keep, found[0], found[1] if found[1:] else None)


@torch.no_grad()
def log_p(model: torch.nn.Module, data: Task, index: torch.Tensor) -> torch.Tensor:
    """Return the logarithms of the predicted probabilities of some samples."""
    return run(model, take(data.inputs, index)).log_softmax(dim=1)


def kl(p: torch.Tensor, q: torch.Tensor) -> float:
    """Return KL(p || q) of log-probabilities, mean over rows."""
    return float((p.exp() * (p - q)).sum(dim=1).mean())


def orders(network: Network, step: Step, removal: Removal, seed: int) -> dict[str, list[int]]:
    """Return the slices by falling preference of each selection, LFOCI's up to the budget."""
    data, slices, gradient = network.data, network.slices, step.by_name()
    inputs, targets = take(data.inputs, removal.forget), data.targets[removal.forget]
    loss, copies = PerSampleLoss(nn.CrossEntropyLoss()), COPIES[data.name == "text"]
    batches = perturbed_batches(inputs, data.perturb, copies=copies, seed=seed, batch_size=1024)
    recording = record(network.model, loss, slices, targets, batches, copies, direction=gradient)
    most = int(BUDGETS[-1] * network.cost.sum())

    def by(method: str, **options: Any) -> list[int]:
        found = selection.select(method, recording, slices, gradient, seed=seed, **options)
        return list(found.chosen)

    found = {
        name: by("lfoci", features=features, response=response, max_parameters=most, fill=True)
        for name, (features, response) in LFOCI.items()
    }
    found |= {name: by(name) for name in ("top_gradient", "last_layer")}
    for place in range(DRAWS):
        order = selection.by_random(range(len(slices)), seed=DRAWS * seed + place)
        found[f"random {place}"] = order
    found["last_layer"] = [one for one in found["top_gradient"] if one in set(found["last_layer"])]
    decrease = np.array([step.decrease(one) for one in range(len(slices))])
    found["top_newton"] = np.argsort(-decrease, kind="stable").tolist()
    found["stop"] = by("lfoci", features="influence", response="influence")
    return found


def fill(order: list[int], cost: np.ndarray[Any, Any], budget: float) -> list[int]:
    """Take slices in order, passing over each one that the budget has no room for."""
    chosen, left = [], budget
    for one in order:
        if cost[one] <= left:
            chosen.append(one)
            left -= cost[one]
    return chosen


def judge(network: Network, step: Step, removal: Removal, seed: int) -> dict[str, Any]:
    """Return what each selection leaves at each budget: [parameters, residual ratio, KL]."""
    total = int(network.cost.sum())
    found = orders(network, step, removal, seed)
    own = int(network.cost[found.pop("stop")].sum())

    def measured(chosen: list[int]) -> list[float]:
        if not chosen:
            return [0, 1.0, before]
        moved, ratio = step.take(chosen)
        after = log_p(network.at(moved), network.data, removal.forget)
        return [int(network.cost[chosen].sum()), rounded(ratio), rounded(kl(removal.refit, after))]

    untouched = log_p(network.model, network.data, removal.forget)
    before = rounded(kl(removal.refit, untouched))
    budgets = [*(share * total for share in BUDGETS), own]
    selections = {
        name: [measured(fill(order, network.cost, budget)) for budget in budgets]
        for name, order in found.items()
    }
    draws = [selections.pop(f"random {place}") for place in range(DRAWS)]
    selections["random"] = [typical(list(rows)) for rows in zip(*draws, strict=True)]
    selections["all"] = [measured(list(range(len(network.slices))))]
    return {
        "size": removal.size,
        "samples": len(removal.forget),
        "kl_before": before,
        "kl_floor": None if removal.other is None else rounded(kl(removal.refit, removal.other)),
        "selections": selections,
    }


def typical(rows: list[list[float]]) -> list[float]:
    """Return the geometric means of random draws."""
    parameters, *measured = np.exp(np.log(np.maximum(rows, 1e-16)).mean(axis=0))
    return [round(float(parameters)), *(rounded(value) for value in measured)]


def rounded(value: float) -> float:
    """Return a value with four digits."""
    return float(f"{value:.3e}")


def run_task(name: str, seeds: int, sizes: dict[str, int]) -> Iterator[list[dict[str, Any]]]:
    """Yield the records of the removals from one task, seed by seed."""
    for seed in range(seeds):
        records = []
        start = time.perf_counter()
        data = task(name, seed)
        model = draw(data, seed)
        how = TEXT_TRAINING if name == "text" else TRAINING
        gradient = train(model, data, torch.arange(count(data)), **how)
        network = Network(data, flat(model), seed)
        for removal in removals(name, data, network.vector, seed, sizes):
            step = network.removal(removal.forget, removal.keep)
            record = judge(network, step, removal, seed)
            records.append({"task": name, "seed": seed, "gradient": rounded(gradient), **record})
            seconds = time.perf_counter() - start
            print(f"{name}, seed {seed}, remove {removal.size}: {seconds:.0f} s", flush=True)
        yield records


def main() -> None:
    """Measure, and write the account."""
    parser = argparse.ArgumentParser(prog="python -m bench.scrub.quality", description=__doc__)
    parser.add_argument("--small", action="store_true", help="two seeds, three removals of each")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--output", type=Path, default=Path("bench_output"), metavar="DIR")
    parser.add_argument(
        "--report", nargs="+", type=Path, metavar="FILE", help="only join accounts that exist"
    )
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    if options.report:
        accounts = [json.loads(file.read_text(encoding="utf-8")) for file in options.report]
        records = [record for account in accounts for record in account["records"]]
        account = {**accounts[0], "records": records}
        write(account, options.output)
    else:
        account = measure(options.tasks, options.output, small=options.small)
    print(f"{contrasts(account)}\n\n{table(account)}")


def measure(tasks: Sequence[str], output: Path, *, small: bool) -> dict[str, Any]:
    """Measure the tasks, write the account after each seed, and return it."""
    torch.set_num_threads(1)
    seeds, sizes = (FEWER_SEEDS, FEWER) if small else (SEEDS, SIZES)
    account: dict[str, Any] = {
        "schema": "lcodec-bench-scrub-quality-1",
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": describe(),
        "budgets": BUDGETS,
        "records": [],
    }
    for name in tasks:
        for records in run_task(name, seeds, FEWER if name == "text" else sizes):
            account["records"] += records
            write(account, output)
    return account


def write(account: dict[str, Any], folder: Path) -> None:
    """Write the account as JSON, one record a line."""
    account["verdicts"] = verdicts(account)
    records = ",\n".join(json.dumps(record) for record in account["records"])
    head = json.dumps({**account, "records": []}, indent=1)
    text = head.replace('"records": []', '"records": [\n' + records + "\n]")
    (folder / "quality.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
