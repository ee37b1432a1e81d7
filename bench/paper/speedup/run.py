"""Time FOCI, LFOCI and k-d trees on each attribute of a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import lcodec
from bench.paper.journal import Record
from bench.paper.runs import Run
from bench.paper.settings import Config
from bench.paper.speedup.octave import octave_foci
from bench.paper.speedup.table import Table
from bench.speed.tools import naive

Array = NDArray[np.float64]


def measure(config: Config, table: Table, run: Run) -> None:
    """Measure what the journal lacks: every method on every attribute, and the growth."""
    names = table.names[: config["run"]["attributes"]]
    sizes = config.get("growth", [])
    run.expect(len(names) * len(config["methods"]) + len(sizes))
    warm_up(config, table, run.device)
    for name in names:
        X, y, others = table.split(name)
        for method in config["methods"]:
            place = {"attribute": name, "method": method["name"]}
            if run.missing(**place):
                run.write(place, timed(method, X, y, others, run.device))
    for rows, columns in sizes:
        place = {"method": "growth", "rows": rows, "columns": columns}
        if run.missing(**place):
            rng = np.random.default_rng(0)
            X = rng.standard_normal((rows, columns))
            y = X[:, 0] * X[:, 1] + 0.5 * rng.standard_normal(rows)
            call = partial(_foci, X, y, run.device, max_features=3)
            seconds, _ = _clocked(call, run.device)
            run.write(place, {"seconds": seconds})


def warm_up(config: Config, table: Table, device: torch.device) -> None:
    """Run once on the first attribute, so that no record counts what is compiled."""
    X, y, names = table.split(table.names[0])
    for method in config["methods"]:
        if method["kind"] in ("foci", "lfoci"):
            timed(method, X, y, names, device)


def timed(
    method: Mapping[str, Any], X: Array, y: Array, names: list[str], device: torch.device
) -> Record:
    """Return seconds, greedy steps and what was selected by a method, in this order."""
    kind = method["kind"]
    if kind == "octave":
        found = octave_foci(X, y)
        if "absent" in found:
            return found
        seconds, selected = found["seconds"], found["selected"]
    else:
        ways: dict[str, Callable[[], list[int]]] = {
            "foci": lambda: _foci(X, y, device),
            "lfoci": lambda: _lfoci(X, y, method["sigma"], device),
            "kdtree": lambda: naive.foci(
                *_noisy(X[: method["rows"]], y[: method["rows"]], method["sigma"]), lean=True
            ),
        }
        seconds, selected = _clocked(ways[kind], device)
    steps = min(len(selected) + 1, X.shape[1])  # the last one finds no gain
    return {
        "seconds": seconds,
        "steps": steps,
        "rows": min(method.get("rows", len(X)), len(X)),
        "selected": [names[at] for at in selected],
    }


def _clocked(call: Callable[[], Any], device: torch.device) -> tuple[float, Any]:
    """Return the seconds of all threads of the processor, or of the clock on another device."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    start = clock()
    result = call()
    return clock() - start, result


def _foci(X: Array, y: Array, device: torch.device, **options: Any) -> list[int]:
    found = lcodec.foci(_placed(X, device), _placed(y, device), standardize="none", **options)
    return found.selected.tolist()


def _lfoci(X: Array, y: Array, sigma: float, device: torch.device) -> list[int]:
    found = lcodec.lfoci(_placed(X, device), _placed(y, device), sigma=sigma, standardize="none")
    return found.selected.tolist()


def _placed(values: Array, device: torch.device) -> Any:
    return values if device.type == "cpu" else torch.from_numpy(values).to(device)


def _noisy(X: Array, y: Array, sigma: float) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    return X + sigma * rng.standard_normal(X.shape), y + sigma * rng.standard_normal(y.shape)
