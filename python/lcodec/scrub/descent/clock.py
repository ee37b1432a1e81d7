"""What the stages cost, and who is told of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lcodec.scrub.callbacks import Events
from lcodec.scrub.objective.work import counted
from lcodec.scrub.request import Outcome
from lcodec.scrub.step.newton import Step


@dataclass(frozen=True)
class Clock:
    """Seconds of wall-clock time and samples' worth of work by stage, of all the times it ran.

    `events` tells of every time.
    """

    events: Events = field(default_factory=Events)
    seconds: dict[str, float] = field(default_factory=dict)
    samples: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        start = time.perf_counter()
        with counted() as work:
            yield
        self.samples[stage] = self.samples.get(stage, 0.0) + work.samples
        took = time.perf_counter() - start
        self.seconds[stage] = self.seconds.get(stage, 0.0) + took
        self.events(stage, {"seconds": took})

    def reached(self, steps: int, outcome: Outcome, step: Step | None = None) -> None:
        """Tell what the model does after so many steps, which are `step` together."""
        self.events.step = steps
        own = {} if step is None else {"damping": step.damping, "step_norm": step.norm}
        self.events("step", outcome.to_dict() | own)
