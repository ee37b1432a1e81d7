"""The protocol of Guo et al. on MNIST's 3 against 8: removals within a budget, and accuracy.

    python -m bench.scrub.protocols.certified [--data DIR] [--removals N] [--output FILE]

Logistic regression with a perturbed objective, epsilon 1 and delta 1e-4 for all removals together.
A few samples are removed one by one; what is left of the budget, divided by the mean of their
bounds, says how many more it allows. The bound rests on the third derivative of the logistic loss,
at most 0.0962; Guo et al. take 1/4. Without --data it is scikit-learn's digits.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.machine import commit, describe
from bench.paper.formats import idx
from bench.paper.removal.images import digits
from lcodec.scrub import CertifiedLogistic
from lcodec.scrub.privacy.budget import THIRD_DERIVATIVE

EPSILON, DELTA = 1.0, 1e-4
DECAYS = (1e-3, 1e-2)
SPREADS = (1.0, 10.0)
GUO = 0.25
Data = tuple[NDArray[np.float64], NDArray[np.bool_]]


def pairs(folder: Path | None) -> tuple[Data, Data]:
    """Return rows of at most unit length to train on and to test, and whether each is an 8."""
    images = digits() if folder is None else idx.read_images(folder)
    parts = (
        (images.train_images, images.train_labels),
        (images.test_images, images.test_labels),
    )
    rows = []
    for pixels, labels in parts:
        kept = np.isin(labels, (3, 8))
        flat = pixels[kept].reshape(int(kept.sum()), -1) / 255.0
        rows.append((flat / np.linalg.norm(flat, axis=1, keepdims=True), labels[kept] == 8))
    return rows[0], rows[1]


def records(folder: Path | None, removals: int) -> list[dict[str, Any]]:
    """Return what each weight decay and perturbation allows, by the removal of a few samples."""
    (X, y), (test, wanted) = pairs(folder)
    drawn = np.random.default_rng(0).permutation(len(y))[:removals].tolist()
    found = []
    for decay, spread in itertools.product(DECAYS, SPREADS):
        model = CertifiedLogistic(
            weight_decay=decay, epsilon=EPSILON, delta=DELTA, perturbation_sd=spread, seed=0
        ).fit(X, y)
        budget, start = model.remaining, time.perf_counter()
        done = [model.remove([row]) for row in drawn]
        seconds = (time.perf_counter() - start) / removals
        bound = float(np.mean([one.bound for one in done]))
        record = {
            "weight_decay": decay, "perturbation_sd": spread, "training": len(y), "budget": budget,
            "bound": bound, "largest_bound": max(one.bound for one in done),
            "residual": done[-1].residual, "allowed": budget // bound,
            "allowed_by_a_quarter": budget // (bound * GUO / THIRD_DERIVATIVE),
            "test_accuracy": float(np.mean(model.predict(test) == wanted)), "seconds": seconds,
        }  # fmt: skip
        found.append({name: float(f"{value:.5g}") for name, value in record.items()})
    return found


COLUMNS = {
    "λ": "weight_decay",
    "sd of b": "perturbation_sd",
    "test, %": "test_accuracy",
    "budget": "budget",
    "bound of a removal": "bound",
    "removals": "allowed",
    "with 1/4": "allowed_by_a_quarter",
    "seconds each": "seconds",
}


def report(account: dict[str, Any]) -> str:
    """Return a table with a row for each weight decay and perturbation, as Markdown."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "| --- |" + " --- |" * (len(COLUMNS) - 1)]
    for one in account["records"]:
        shown = one | {"test_accuracy": 100 * one["test_accuracy"]}
        lines.append("| " + " | ".join(f"{shown[name]:.3g}" for name in COLUMNS.values()) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="The protocol of Guo et al., 3 against 8.")
    parser.add_argument("--data", type=Path, help="folder of MNIST's four files")
    parser.add_argument("--removals", type=int, default=2, help="that are made (%(default)s)")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(arguments)
    account = {
        "commit": commit(), "machine": describe(),
        "data": "scikit-learn's digits" if options.data is None else "MNIST (IDX files)",
        "records": records(options.data, options.removals),
    }  # fmt: skip
    if options.output is not None:
        options.output.write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")
    print(report(account))


if __name__ == "__main__":
    main()
