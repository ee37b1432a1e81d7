"""What the stages cost, and who is told of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from lcodec.scrub.callbacks import Events
from lcodec.scrub.objective.ranks import ranks
from lcodec.scrub.objective.work import Spent, counted
from lcodec.scrub.request import Outcome
from lcodec.scrub.step.newton import Step


@dataclass(frozen=True)
class Clock:
    """Seconds of wall-clock time and samples' worth of work by stage, of all the times it ran.

    `events` tells of every time. `left` says how many samples' worth of work may follow on those of
    the stages, all ranks together.
    """

    events: Events = field(default_factory=Events)
    seconds: dict[str, float] = field(default_factory=dict)
    samples: dict[str, float] = field(default_factory=dict)
    left: Callable[[Mapping[str, float]], float] = lambda samples: float("inf")
    last: dict[str, float] = field(default_factory=dict)  # samples of the last time

    @contextmanager
    def __call__(
        self, stage: str, *, needs: float = 0.0, again: bool = False, keep: float | None = None
    ) -> Iterator[None]:
        """Add the time and the work of a block to a stage.

        With `keep`, `Spent` is raised where less than that would be left: at once where the stage
        `needs` so much at least, or, if it comes `again`, as much as the last time; else as soon as
        it shows. Not in the midst of it where there are several ranks, which wait for one another.
        """
        room, done = float("inf"), self.samples.get(stage, 0.0)
        if keep is not None:
            twice = {stage: done + self.last.get(stage, 0.0)} if again else {}
            if self.left(self.samples | twice) - keep < needs:
                raise Spent(stage, needs)
            room = self.left(self.samples) - keep
        start = time.perf_counter()
        try:
            with counted(room if ranks().world == 1 else float("inf")) as work:
                yield
        except Spent:
            raise Spent(stage, needs) from None
        finally:
            self.last[stage] = work.samples
            self.samples[stage] = done + work.samples
            took = time.perf_counter() - start
            self.seconds[stage] = self.seconds.get(stage, 0.0) + took
        self.events(stage, {"seconds": took})

    def reached(self, steps: int, outcome: Outcome, step: Step | None = None) -> None:
        """Tell what the model does after so many steps, which are `step` together."""
        self.events.step = steps
        own = {} if step is None else {"damping": step.damping, "step_norm": step.norm}
        self.events("step", outcome.to_dict() | own)
