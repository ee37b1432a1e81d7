"""Removals by the scrubber beside other ways to forget, in one table.

    python -m bench.scrub.baselines [--small] [--output FILE]

Digits, a perceptron with 1,210 parameters trained to a minimum, 1 % of its samples removed. The
baselines run with the settings of their papers. Medians over seeds.
"""

from __future__ import annotations

import argparse
import copy
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from tqdm import tqdm

from bench.machine import describe
from bench.scrub.choices import removal
from bench.scrub.tasks import WEIGHT_DECAY, Task, count, draw, table, train
from lcodec.scrub import Scrubber, baselines
from lcodec.scrub.samples.inputs import take

LOSS = torch.nn.functional.cross_entropy
BUDGET = 0.2
ONE_STEP = {"damping": 1e-3, "steps": 1}  # as the baselines, which take one
SCRUBS: dict[str, dict[str, Any]] = {
    "LFOCI": {},
    "LFOCI, the paper's": {"features": "activation", "response": "loss"},
    "top gradient": {"select": "top_gradient"},
    "random slices": {"select": "random"},
    "last layer": {"select": "last_layer"},
    "all slices": {"select": "all"},
}


def fit(data: Task, start: torch.nn.Module, keep: torch.Tensor) -> torch.nn.Module:
    """Return the network trained on some of the samples, from where it is."""
    model = copy.deepcopy(start)
    train(model, data, keep, tolerance=1e-6, steps=4000)
    return model


def fit_rows(refit: torch.nn.Module, retained: object) -> torch.nn.Module:
    """Return the refit, which is trained before: the table's first column is then not its time."""
    return refit


def scrubbed(
    original: torch.nn.Module, data: Task, forget: list[int], **given: Any
) -> torch.nn.Module:
    """Return the network after a removal within the budget; whole layers are whole."""
    model = copy.deepcopy(original)
    limit = round(BUDGET * sum(tensor.numel() for tensor in model.parameters()))
    if given.get("select") not in ("all", "last_layer"):
        given["max_parameters"] = limit
    scrubber = Scrubber(
        model, LOSS, (data.inputs, data.targets), weight_decay=WEIGHT_DECAY, **ONE_STEP, **given
    )
    scrubber.remove(forget)
    return model


def test_set(data: Task) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the digits that the task did not take."""
    digits = load_digits()
    known = {row.tobytes() for row in data.inputs.numpy()}  # type: ignore[union-attr]
    x = digits.data / 16
    rest = [at for at, row in enumerate(x) if row.tobytes() not in known]
    return torch.as_tensor(x[rest]), torch.as_tensor(digits.target[rest]).long()


def run(seeds: int) -> list[dict[str, Any]]:
    """Return one row per method: medians."""
    found: dict[str, list[dict[str, Any]]] = {}
    for seed in tqdm(range(seeds), leave=False, disable=None):
        data = table("digits", seed)
        original = fit(data, draw(data, seed), torch.arange(count(data)))
        forget, keep = (torch.tensor(part) for part in removal(data, 0.01, seed))
        refit = fit(data, original, keep)
        other = fit(data, draw(data, 100 + seed), keep)
        methods: dict[str, dict[str, Any]] = {name: {} for name in baselines.METHODS}
        methods["retrain"] = {"train": partial(fit_rows, refit)}
        rows = baselines.compare(
            methods,
            original,
            LOSS,
            (take(data.inputs, keep), data.targets[keep]),
            (take(data.inputs, forget), data.targets[forget]),
            test=test_set(data),
            refits=[refit, other],
            weight_decay=WEIGHT_DECAY,
            seed=seed,
            models={
                name: scrubbed(original, data, forget.tolist(), **given)
                for name, given in SCRUBS.items()
            },
        )
        for row in rows:
            found.setdefault(row["method"], []).append(row)
    return [{**middle(rows), "method": name} for name, rows in found.items()]


def middle(values: list[Any]) -> Any:
    """Return the median of numbers, key by key inside mappings; the first of anything else."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    if isinstance(known[0], dict):
        return {key: middle([value.get(key) for value in known]) for key in known[0]}
    if isinstance(known[0], (int, float)):
        return float(np.median(known))
    return known[0]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--small", action="store_true", help="one seed instead of five")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows = run(1 if options.small else 5)
    print(baselines.as_text(rows))
    if options.output:
        account = {"schema": "lcodec-bench-scrub-baselines-1", "machine": describe(), "rows": rows}
        options.output.write_text(json.dumps(account, indent=1) + "\n")


if __name__ == "__main__":
    main()
