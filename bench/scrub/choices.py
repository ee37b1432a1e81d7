"""What damping, budget and curvature do to a removal: one of them varied at a time.

    python -m bench.scrub.choices [--small] [--output FILE]

Digits, a perceptron with 1,210 parameters trained to a minimum; removals of 1 sample, 1 % and 10 %
of them. Each number is a median over seeds: the retained gradient after / before, and the KL
divergence of the refit to the model on the forgotten samples, after / before. The refit starts
from the trained network, so that it ends in the same valley.
"""

from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from bench.machine import describe
from bench.scrub.tasks import WEIGHT_DECAY, Task, count, draw, table, train
from lcodec import LcodecError
from lcodec.scrub import Scrubber, kl_divergence
from lcodec.scrub.samples.inputs import take

SIZES = {"1 sample": 1, "1 %": 0.01, "10 %": 0.1}
BASE: dict[str, Any] = {
    "select": "top_gradient",
    "curvature": "ggn",
    "damping": 1e-3,
    "steps": 1,
}
BUDGET = 0.2
VARIED: dict[str, list[dict[str, Any]]] = {
    "damping": [{"damping": 10.0**power} for power in (-6, -4, -3, -2, -1)],
    "damping, all slices": [
        {"select": "all", "damping": 10.0**power} for power in (-6, -4, -3, -2, -1)
    ],
    "budget": [{"budget": share} for share in (0.02, 0.05, 0.1, 0.2, 0.4, 1.0)],
    "curvature": [{"curvature": name} for name in ("ggn", "exact", "fisher", "secant", "identity")],
    "curvature samples": [{"curvature_samples": some} for some in (50, 200, 800)],
}


def removal(data: Task, size: float, seed: int) -> tuple[list[int], list[int]]:
    """Return the samples to forget and those to keep."""
    total = count(data)
    some = 1 if size == 1 else round(size * total)
    order = np.random.default_rng(seed).permutation(total).tolist()
    return order[:some], sorted(order[some:])


def judge(
    original: torch.nn.Module, refit: torch.nn.Module, data: Task, forget: list[int], **given: Any
) -> dict[str, float] | None:
    """Remove the samples with one setting; None where it was refused."""
    settings = {**BASE, **given}
    parameters = sum(tensor.numel() for tensor in original.parameters())
    budget = settings.pop("budget", BUDGET)
    if settings["select"] != "all":
        settings["max_parameters"] = round(budget * parameters)
    model = copy.deepcopy(original)
    scrubber = Scrubber(
        model,
        torch.nn.functional.cross_entropy,
        (data.inputs, data.targets),
        weight_decay=WEIGHT_DECAY,
        **settings,
    )
    try:
        report = scrubber.remove(forget)
    except LcodecError:
        return None
    gone = take(data.inputs, torch.tensor(forget))
    return {
        "residual_ratio": report.residual_ratio,
        "kl_ratio": kl_divergence(refit, model, gone) / kl_divergence(refit, original, gone),
        "damping_used": report.damping or 0.0,
    }


def run(seeds: int) -> list[dict[str, Any]]:
    """Return one row per setting and size."""
    found: dict[tuple[str, str, str], list[dict[str, float] | None]] = {}
    for seed in range(seeds):
        data = table("digits", seed)
        original = draw(data, seed)
        everything = torch.arange(count(data))
        train(original, data, everything, tolerance=1e-6, steps=4000)
        for size, share in SIZES.items():
            forget, keep = removal(data, share, seed)
            refit = copy.deepcopy(original)
            train(refit, data, torch.tensor(keep), tolerance=1e-6, steps=4000)
            settings = [(name, one) for name, all_of in VARIED.items() for one in all_of]
            for name, one in tqdm(settings, desc=f"seed {seed}, {size}", leave=False):
                key = name, size, json.dumps(one)
                found.setdefault(key, []).append(judge(original, refit, data, forget, **one))
    return [summary(*key, rows) for key, rows in found.items()]


def summary(
    name: str, size: str, setting: str, rows: list[dict[str, float] | None]
) -> dict[str, Any]:
    """Return the medians over the seeds, and how many were refused."""
    done = [row for row in rows if row is not None]
    medians = {key: float(np.median([row[key] for row in done])) for key in (done or [{}])[0]}
    return {
        "varied": name,
        "size": size,
        "setting": json.loads(setting),
        "refused": len(rows) - len(done),
        **medians,
    }


def text(rows: list[dict[str, Any]]) -> str:
    """Return the tables as markdown: residual ratio / KL ratio."""
    lines = []
    for name, all_of in VARIED.items():
        lines += ["", f"| {name} | " + " | ".join(SIZES) + " |", "|---|" + "---|" * len(SIZES)]
        for one in all_of:
            cells = [
                cell(row)
                for size in SIZES
                for row in rows
                if (row["varied"], row["size"], row["setting"]) == (name, size, one)
            ]
            label = next(iter({k: v for k, v in one.items() if k != "select"}.values()))
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(row: dict[str, Any]) -> str:
    """Return one cell."""
    if "residual_ratio" not in row:
        return "refused"
    refused = f" ({row['refused']} refused)" if row["refused"] else ""
    return f"{row['residual_ratio']:.2f} / {row['kl_ratio']:.2f}{refused}"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--small", action="store_true", help="one seed instead of five")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows = run(1 if options.small else 5)
    print(text(rows))
    if options.output:
        account = {"schema": "lcodec-bench-scrub-choices-1", "machine": describe(), "rows": rows}
        options.output.write_text(json.dumps(account, indent=1) + "\n")


if __name__ == "__main__":
    main()
