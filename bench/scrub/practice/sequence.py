"""Many samples, removed one after another, beside refits without all of them so far."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.scrub.practice.cells import timed
from bench.scrub.practice.measures import divergence, short
from bench.scrub.practice.methods import LFOCI, NOTHING, ONE_STEP, SCRUBS, TITLES, TOP, scrubber
from bench.scrub.practice.networks import Setting
from bench.scrub.practice.removals import Case
from lcodec import LcodecError, LcodecWarning
from lcodec.scrub import Scrubber

METHODS = (LFOCI, ONE_STEP, TOP, "last-layer", "old-default")
AT = (1, 3, 10, 30, 100)  # removals after which the models are measured


def sequence(setting: Setting, seed: int, folder: Path | None) -> Iterator[dict[str, Any]]:
    """Yield the record of each of these numbers of removals."""
    data = setting.data(seed, folder)
    order = torch.as_tensor(np.random.default_rng([seed, 100]).permutation(data.count))[: AT[-1]]
    whole = Case(data, order[:0])
    before, _ = timed(setting, whole, whole.keep, seed)
    models = {name: copy.deepcopy(before) for name in (NOTHING, *METHODS)}
    scrubs = {name: scrubber(SCRUBS[name], setting, models[name], whole, seed) for name in METHODS}
    refused, seconds = dict.fromkeys(METHODS, 0), dict.fromkeys(METHODS, 0.0)
    for done, row in enumerate(order.tolist(), 1):
        for name, scrub in scrubs.items():
            start = time.process_time()
            refused[name] += not _removed(scrub, row)
            seconds[name] += time.process_time() - start
        if done not in AT:
            continue
        case = Case(data, order[:done].sort()[0])
        refit, took = timed(setting, case, case.keep, seed)
        yield {
            "network": setting.name,
            "seed": seed,
            "half": setting.half,
            "sequence": done,
            "refit_seconds": short(took),
            "methods": {
                name: {
                    "forgotten": short(_apart(refit, model, case, lost=True)),
                    "test": short(_apart(refit, model, case, lost=False)),
                    "refused": refused.get(name, 0),
                    "seconds": short(seconds.get(name, 0.0)),
                }
                for name, model in models.items()
            },
        }


def _removed(scrub: Scrubber, row: int) -> bool:
    """Remove a row; return False where that was refused, and the model is as it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LcodecWarning)
        try:
            scrub.remove([row])
        except LcodecError:
            return False
    return True


def _apart(refit: torch.nn.Module, model: torch.nn.Module, case: Case, *, lost: bool) -> float:
    data = case.data
    inputs = data.rows(case.forget)[0] if lost else data.test[0]
    return divergence(refit, model, inputs, classes=data.classes is not None)


def table(records: list[dict[str, Any]]) -> str:
    """Return KL(refit || model) in thousandths by network, seed and number of removals."""
    names = list(records[0]["methods"])
    lines = [f"| network, seed | removals | {' | '.join(TITLES[name] for name in names)} |"]
    lines.append("| --- " * (2 + len(names)) + "|")
    for one in records:
        cells = [_cell(row) for row in one["methods"].values()]
        head = f"| {one['network']}, {one['seed']} | {one['sequence']} | "
        lines.append(head + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(row: dict[str, Any]) -> str:
    refused = f" ({row['refused']} refused)" if row["refused"] else ""
    return f"{1e3 * row['forgotten']:.3g} / {1e3 * row['test']:.3g}{refused}"
