"""The protocol of Qiao et al. on wine: distance to the refit, and seconds, of each removal.

    python -m bench.scrub.protocols.wine [--seeds N] [--output FILE]

142 wines to train on and 36 to test, 40 epochs of SGD, batches of 64, learning rate .01, weight
decay .005; 7 or 14 samples are forgotten, six seeds. A refit begins with the same weights and has
the same batches without them: with the mean loss of those left or, as Qiao et al. define it, with
their sum divided by the number in the whole batch, which takes shorter steps. Their method and
those that they compare with are written again here.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from bench.machine import commit, describe
from bench.paper.statistics import cell
from bench.scrub.protocols.wine_methods import METHODS, Data, Prepared, Removal, train
from lcodec.scrub import accuracy, kl_divergence

FORGOTTEN = (7, 14)
SEEDS = 6


def wine(seed: int) -> tuple[Data, Data]:
    """Return 142 standardised wines to train on and 36 to test, float64 (n, 13), with classes."""
    X, y = load_wine(return_X_y=True)
    parts = train_test_split(X, y, test_size=36, random_state=seed, stratify=y)
    scaler = StandardScaler().fit(parts[0])
    train, test = (torch.tensor(scaler.transform(part)) for part in parts[:2])
    return (train, torch.tensor(parts[2])), (test, torch.tensor(parts[3]))


def records(seeds: int) -> list[dict[str, Any]]:
    """Return what each method leaves for each seed and number of samples forgotten."""
    found = []
    _warm()
    for seed in range(seeds):
        data, test = wine(seed)
        none = torch.zeros(len(data[1]), dtype=torch.bool)
        trained = train(data, seed, none)
        for count in FORGOTTEN:
            gone = none.clone()
            drawn = torch.randperm(len(none), generator=torch.Generator().manual_seed(seed))
            gone[drawn[:count]] = True
            refits = [train(data, seed, gone, whole=whole).model for whole in (False, True)]
            given = Removal(trained, data, gone, seed)
            for name, method in METHODS.items():
                found.append(
                    {"seed": seed, "forgotten": count, "method": name}
                    | _measured(given, method, refits, test)
                )
    return found


def _warm() -> None:
    """Run every method once, so that no time is that of a compiler."""
    data, _ = wine(0)
    gone = torch.arange(len(data[1])) < 2
    given = Removal(train(data, 0, torch.zeros_like(gone)), data, gone, 0)
    given.trained.path[1:] = []
    for method in METHODS.values():
        method(given)()


def _measured(
    given: Removal, method: Callable[[Removal], Prepared], refits: list[nn.Module], test: Data
) -> dict[str, float]:
    start = time.perf_counter()
    step = method(given)
    ready = time.perf_counter()
    weights = step()
    done = time.perf_counter()
    model = copy.deepcopy(refits[0])
    vector_to_parameters(weights, model.parameters())
    ends = [parameters_to_vector(refit.parameters()).detach() for refit in refits]
    forgotten = given.data[0][given.gone]
    values = {
        "distance": float((weights - ends[0]).norm()),
        "distance_whole": float((weights - ends[1]).norm()),
        "kl_forgotten": kl_divergence(refits[0], model, forgotten),
        "test_accuracy": accuracy(model, test),
        "seconds_before": ready - start,
        "seconds": done - ready,
    }
    return {name: float(f"{value:.4g}") for name, value in values.items()}


COLUMNS = {
    "distance to the refit": ("distance", False),
    "to the refit of Qiao et al.": ("distance_whole", False),
    "KL to the refit, forgotten": ("kl_forgotten", False),
    "test, %": ("test_accuracy", True),
    "seconds before": ("seconds_before", False),
    "seconds": ("seconds", False),
}


def report(account: dict[str, Any]) -> str:
    """Return a table of means with half of their 95 % intervals over the seeds, as Markdown."""
    parts = []
    for count in FORGOTTEN:
        lines = [
            "| " + " | ".join([f"{count} forgotten", *COLUMNS]) + " |",
            "| --- |" + " --- |" * len(COLUMNS),
        ]
        for name in METHODS:
            rows = [
                one
                for one in account["records"]
                if (one["forgotten"], one["method"]) == (count, name)
            ]
            cells = [
                cell([r[key] for r in rows], points=points) for key, points in COLUMNS.values()
            ]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="The protocol of Qiao et al. on wine.")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(arguments)
    account = {"commit": commit(), "machine": describe(), "records": records(options.seeds)}
    if options.output is not None:
        options.output.write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")
    print(report(account))


if __name__ == "__main__":
    main()
