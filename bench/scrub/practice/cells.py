"""The cells of the benchmark: a network, a removal and a training seed, with every method."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from bench.scrub.practice.measures import measured, residual_of, short
from bench.scrub.practice.methods import Result, apply_method
from bench.scrub.practice.networks import Setting
from bench.scrub.practice.removals import Case, case
from lcodec import LcodecWarning


def cells(
    setting: Setting,
    seed: int,
    wanted: Mapping[str, tuple[str, ...]],
    folder: Path | None,
    apply: Callable[..., Result] = apply_method,
) -> Iterator[dict[str, Any]]:
    """Yield the record of each kind of removal from one network, with the methods wanted of it."""
    data = setting.data(seed, folder)
    trained: dict[int, nn.Module] = {}  # by the data they saw: most removals share one
    for kind, methods in wanted.items():
        removal = case(data, kind, seed)
        known = id(removal.data)
        model = trained.get(known)
        if model is None:
            model, _ = timed(setting, removal, torch.ones(data.count, dtype=torch.bool), seed)
        if removal.data is data:
            trained[known] = model
        refit, seconds = timed(setting, removal, removal.keep, seed)
        residual = residual_of(setting, model, removal)
        rows = {}
        for name in methods:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LcodecWarning)  # of copies, in the data as given
                result = apply(name, setting, model, removal, seed)
            rows[name] = row(result, setting)
            rows[name] |= measured(result.model, refit, setting, removal, data, residual)
        yield {
            "network": setting.name,
            "seed": seed,
            "kind": kind,
            "half": setting.half,
            "rows": data.count,
            "removed": len(removal.forget),
            "parameters": sum(tensor.numel() for tensor in model.parameters()),
            "refit_seconds": short(seconds),
            "refit": measured(refit, refit, setting, removal, data, residual),
            "methods": rows,
        }


def timed(
    setting: Setting, removal: Case, keep: torch.Tensor, seed: int
) -> tuple[nn.Module, float]:
    """Return a network trained on the rows kept, and the seconds of CPU that it took."""
    start = time.process_time()
    model = setting.trained(removal.data, keep, seed)
    return model, time.process_time() - start


def row(result: Result, setting: Setting) -> dict[str, Any]:
    """Return what a method says of itself."""
    found: dict[str, Any] = {"seconds": short(result.seconds)}
    if result.error is not None:
        found |= {"error": result.error, "message": result.message}
    report = result.report
    if report is not None:
        found |= {
            "touched": report.parameters_touched,
            "slices": len(report.slices),
            "steps": report.steps,
            "damping": report.damping,
            "step_norm": short(report.step_norm),
            "own_residual": short(report.residual_ratio),
            "warnings": list(report.warnings),
        }
    return found
