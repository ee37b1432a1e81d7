"""When there is a further step, and with which damping: on w^2 / 2 and models of its curvature."""

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lcodec.scrub import stages
from lcodec.scrub.descent import Clock, Solution, Way, way
from lcodec.scrub.descent.steps import further
from lcodec.scrub.request import Outcome
from lcodec.scrub.step.newton import Step
from lcodec.scrub.step.roots import ALL


class Walk:
    """Further steps from w = 1, with the dampings that were tried, and the places."""

    def __init__(self, monkeypatch, bend: float, residual=abs) -> None:
        self.dampings: list[float] = []
        self.places: list[float] = []
        self._residual = residual

        def solve(options: Any, gradient: torch.Tensor, form: float, damping: float) -> Step:
            self.dampings.append(damping)
            step = -gradient / (form + damping)
            predicted = float(gradient @ step + form * step @ step / 2)
            return Step(step, damping, float(step.norm()), False, predicted)

        def checked(way: Way, step: Step, vector: torch.Tensor) -> Solution:
            self.places.append(float(vector))
            return self._at(step, vector)

        monkeypatch.setattr(stages, "curve", lambda request, flat: SimpleNamespace(form=bend))
        monkeypatch.setattr(stages, "tolerated", lambda request, start: 1e-12)
        monkeypatch.setattr(stages, "solve", solve)
        monkeypatch.setattr(Way, "checked", checked)
        monkeypatch.setattr(way, "HALF", float("inf"))  # there is a minimum

    def _at(self, step: Step, vector: torch.Tensor) -> Solution:
        w = float(vector)
        found = Outcome(0.0, self._residual(w), 0.0, None, w**2 / 2)
        return Solution(step, vector, {}, found, vector.clone())

    def further(
        self, damping: float, *, asked: float | None = None, steps: int = 8, capped: bool = False
    ) -> Solution:
        here = torch.ones(1, dtype=torch.float64)
        flat = SimpleNamespace(read=lambda: here, holding=lambda vector: nullcontext())
        options = SimpleNamespace(most_steps=steps, damping=asked)
        request = SimpleNamespace(
            options=options,
            precision=torch.finfo(torch.float64).eps,
            retained=SimpleNamespace(samples=1),
            count=1,
        )
        first = replace(self._at(Step(0 * here, damping, 0.0, False, -1.0), here), capped=capped)
        return further(Way(request, flat, None, 1.0, Clock()), first)  # type: ignore[arg-type]


def test_a_true_model_is_at_the_minimum_in_two_steps_and_ends_there(monkeypatch) -> None:
    walk = Walk(monkeypatch, 1.0)
    found = walk.further(0.1)
    assert walk.places == pytest.approx([1 / 11, 0.0], abs=1e-12)
    assert walk.dampings[1] < 1e-12
    assert found.steps == 3  # and no further place was looked at


def test_a_step_that_keeps_a_tenth_of_its_promise_or_less_is_tried_with_more_damping(
    monkeypatch,
) -> None:
    walk = Walk(monkeypatch, 0.51, residual=lambda w: 0.1)
    found = walk.further(0.0, steps=2)
    assert walk.dampings == [0.0, 0.01, 0.1]
    assert abs(walk.places[0]) < 1.0  # though the objective fell
    assert found.steps == 2
    assert float(found.vector) == walk.places[-1]


def test_a_damping_that_was_asked_for_is_not_changed_for_such_a_step(monkeypatch) -> None:
    walk = Walk(monkeypatch, 0.51, residual=lambda w: 0.1)
    assert walk.further(0.0, asked=0.0).steps == 1
    assert walk.dampings == [0.0]


@pytest.mark.parametrize(
    ("bend", "after"), [(0.5, 0.2), (0.7, 0.05), (0.95, 0.0125)], ids=["poor", "fair", "good"]
)
def test_the_damping_follows_what_was_kept_of_the_promise(monkeypatch, bend, after) -> None:
    walk = Walk(monkeypatch, bend, residual=lambda w: 0.1 * abs(w))
    walk.further(0.05, steps=3)
    assert walk.dampings[:2] == pytest.approx([0.05, after], rel=0.9 if after < 0.05 else 1e-12)
    assert (walk.dampings[1] <= 0.0125) == (after == 0.0125)


@pytest.mark.parametrize(("there", "steps"), [(0.59, 2), (0.61, 1)])
def test_the_residual_may_rise_well_below_its_start(monkeypatch, there, steps) -> None:
    walk = Walk(monkeypatch, 1.0, residual=lambda w: 0.3 if w == 1.0 else there)
    assert walk.further(0.5, steps=2).steps == steps


@pytest.mark.parametrize("capped", [False, True])
def test_that_the_first_step_was_not_the_best_is_remembered(monkeypatch, capped) -> None:
    found = Walk(monkeypatch, 1.0).further(0.1, capped=capped)
    assert found.steps == 3
    assert found.capped == capped


def test_with_noise_the_whole_curvature_is_built(monkeypatch) -> None:
    given: list[int | None] = []

    def build(*arguments: object, directions: int | None, **options: object) -> SimpleNamespace:
        given.append(directions)
        return SimpleNamespace(scheme=None)

    monkeypatch.setattr(stages.step, "build", build)
    options = {
        "step": "newton",
        "curvature_samples": None,
        "curvature": "ggn",
        "solver": "auto",
        "memory_limit": 1,
        "curvature_directions": None,
        "seed": 0,
    }
    for privacy in (None, object()):
        request = SimpleNamespace(
            options=SimpleNamespace(**options, privacy=privacy),
            retained=SimpleNamespace(size=lambda: 3),
            objective=lambda batches: None,
            free=False,
        )
        stages.curve(request, None)  # type: ignore[arg-type]
    assert given == [None, ALL]
