"""Parts of the default removal that others took the place of, to compare them with it.

They are no options of the package: each is put into its place while a removal runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from bench.scrub.practice.methods import Result, apply_method, scrubbed
from bench.scrub.practice.networks import Setting
from bench.scrub.practice.removals import Case


@dataclass(frozen=True)
class Alternative:
    """A removal by default but for one part."""

    title: str
    put: Callable[[], AbstractContextManager[object]] = nullcontext
    """Return a context in which that part is another."""
    options: dict[str, Any] = field(default_factory=dict)  # of the scrubber; budgets as shares


def applying(alternatives: Mapping[str, Alternative]) -> Callable[..., Result]:
    """Return a function like `apply_method` that knows these by name, too."""

    def apply(name: str, setting: Setting, model: nn.Module, case: Case, seed: int) -> Result:
        if name not in alternatives:
            return apply_method(name, setting, model, case, seed)
        with alternatives[name].put():
            return scrubbed(alternatives[name].options, setting, model, case, seed)

    return apply
