"""The first step: no damping may lead away to where the objective has no minimum."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lcodec.scrub import stages
from lcodec.scrub.descent import Clock, Solution, Way
from lcodec.scrub.descent.steps import descend
from lcodec.scrub.request import Curve, Outcome
from lcodec.scrub.step.newton import Step


def first(monkeypatch, left: float) -> float:
    """Return the damping taken down a slope without end, of which every step leaves so much."""
    here = torch.ones(1, dtype=torch.float64)

    def solve(options: Any, gradient: torch.Tensor, form: object, damping: float) -> Step:
        step = -gradient / (1e-9 + damping)
        return Step(step, damping, float(step.norm()), False, -1.0)

    def checked(self: Way, step: Step, vector: torch.Tensor) -> Solution:
        found = Outcome(0.0, 1 / (1 + step.norm), 0.0, None, -step.norm)
        return Solution(step, vector, {}, found, left * here)

    monkeypatch.setattr(stages, "solve", solve)
    monkeypatch.setattr(stages, "tolerated", lambda request, start: 0.0)
    monkeypatch.setattr(Way, "checked", checked)
    options = SimpleNamespace(damping=None, step="newton")
    flat = SimpleNamespace(read=lambda: here)
    request = SimpleNamespace(options=options, retained=SimpleNamespace(samples=1), count=1)
    way = Way(request, flat, None, 1.0, Clock())  # type: ignore[arg-type]
    damping = descend(way, here, Curve(object(), 1, None)).step.damping  # type: ignore[arg-type]
    assert damping is not None
    return damping


@pytest.mark.parametrize(
    ("left", "damping"), [(0.9, 1.0), (0.3, 0.1)], ids=["gradient stays", "gradient falls"]
)
def test_the_first_step_does_not_run_away(monkeypatch, left, damping) -> None:
    assert first(monkeypatch, left) == damping
