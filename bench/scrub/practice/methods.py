"""The ways to remove that are compared: of the scrubber, of its baselines, and to do nothing.

The noise floor is none of them: it is a refit from another seed, to compare the others with.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from bench.scrub.practice.networks import Setting
from bench.scrub.practice.removals import Case
from lcodec import LcodecError
from lcodec.scrub import Scrubber, baselines
from lcodec.scrub.report import RemovalReport

BUDGET = 0.2  # of the parameters
NOTHING = "nothing"
LFOCI, FILLED, ONE_STEP, TOP = "lfoci", "lfoci-filled", "lfoci-one-step", "top"
SCRUBS: dict[str, dict[str, Any]] = {
    LFOCI: {},
    FILLED: {"fill": True, "max_parameters": BUDGET},
    ONE_STEP: {"steps": 1},
    "paper": {"preset": "paper"},
    TOP: {"select": "top_gradient", "max_parameters": BUDGET},
    "random": {"select": "random", "max_parameters": BUDGET},
    "last-layer": {"select": "last_layer"},
    "all": {"select": "all", "solver": "cg"},  # a dense matrix takes a minute
    "old-default": {"gradient": "retain", "damping": 1e-3, "steps": 1},
}
"""Options of the scrubber; budgets as shares."""
BASELINES = ("fine_tune", "neg_grad_plus", "ssd", "salun", "grin", "scrub")
FLOOR, ANOTHER = "floor", 1000  # added to the seed of training
TITLES = {
    NOTHING: "do nothing",
    LFOCI: "LFOCI (default)",
    FILLED: "LFOCI, filled to 20 %",
    ONE_STEP: "LFOCI, one step",
    "paper": "paper's form",
    TOP: "top gradient, 20 %",
    "random": "random slices, 20 %",
    "last-layer": "last layer",
    "all": "all slices",
    "old-default": "LFOCI, old default",
    "fine_tune": "fine-tuning",
    "neg_grad_plus": "NegGrad+",
    "ssd": "SSD",
    "salun": "SalUn",
    "grin": "gradient ratio (GRIN)",
    "scrub": "SCRUB",
    FLOOR: "noise floor: another refit",
}
METHODS = tuple(TITLES)


@dataclass(frozen=True)
class Result:
    """What a method made of a model; the model as it was where it failed."""

    model: nn.Module
    seconds: float  # of CPU
    report: RemovalReport | None = None
    error: str | None = None
    message: str | None = None


def apply_method(name: str, setting: Setting, model: nn.Module, case: Case, seed: int) -> Result:
    """Return the result of a method; a refusal is a result, too."""
    if name in SCRUBS:
        return scrubbed(SCRUBS[name], setting, model, case, seed)

    def changed(model: nn.Module) -> tuple[nn.Module, None]:
        if name in BASELINES:
            model = _baseline(name, setting, model, case, seed)
        elif name == FLOOR:
            model = setting.trained(case.data, case.keep, seed + ANOTHER)
        return model, None

    return _timed(changed, model)


def scrubbed(
    given: Mapping[str, Any], setting: Setting, model: nn.Module, case: Case, seed: int
) -> Result:
    """Return the result of the scrubber with these options, budgets as shares."""

    def changed(model: nn.Module) -> tuple[nn.Module, RemovalReport]:
        return model, scrubber(given, setting, model, case, seed).remove(case.forget.tolist())

    return _timed(changed, model)


def _timed(
    change: Callable[[nn.Module], tuple[nn.Module, RemovalReport | None]], model: nn.Module
) -> Result:
    """Return the result of a change to a copy of a model."""
    changed = copy.deepcopy(model)
    start = time.process_time()
    try:
        changed, report = change(changed)
    except LcodecError as error:
        spent = time.process_time() - start
        return Result(copy.deepcopy(model), spent, None, error.id, str(error))
    return Result(changed, time.process_time() - start, report)


def scrubber(
    given: Mapping[str, Any], setting: Setting, model: nn.Module, case: Case, seed: int
) -> Scrubber:
    """Return a scrubber of a model, with these options over those of its network."""
    options = {"seed": seed, "weight_decay": setting.recipe.penalty, **setting.options, **given}
    if "max_parameters" in options:
        total = sum(tensor.numel() for tensor in model.parameters())
        options["max_parameters"] = round(options["max_parameters"] * total)
    data = case.data.inputs, case.data.targets
    return Scrubber(model, setting.loss, data, progress=False, **options)


def _baseline(name: str, setting: Setting, model: nn.Module, case: Case, seed: int) -> nn.Module:
    """Run a baseline with its default settings."""
    kept, lost = (case.data.rows(index) for index in (torch.nonzero(case.keep)[:, 0], case.forget))
    changed, _ = baselines.run(
        name, model, setting.loss, kept, lost, weight_decay=setting.recipe.penalty, seed=seed
    )
    return changed
