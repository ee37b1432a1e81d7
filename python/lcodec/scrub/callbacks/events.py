"""What callbacks are told, while a plan or a removal runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Event:
    """What a plan or a removal has just done. Nothing is written yet.

    Attributes
    ----------
    name : str
        A stage, as in `seconds` of a report, each time that it has run; "step", for the model as
        it was, at the start, and after each step that is kept; or "noise", after noise was added.
    step : int
        How many steps were kept so far. Where a sample of the data shows the way, the numbers of a
        step are those on the sample, and the last "step" tells of all the data once more.
    numbers : dict of str to float
        Of a stage, its `seconds`. Else what the model does with the weights so far, as in a report:
        `gradient`, `residual`, `loss` and `accuracy` (where targets are classes), with `change` of
        the objective since the start; after a step its `damping`, where it has one, and
        `step_norm` of all steps so far.
    """

    name: str
    step: int
    numbers: Mapping[str, float]


Callback: TypeAlias = Callable[[Event], object]


@dataclass
class Events:
    """Tells every callback of every event, in order; what one raises ends the removal."""

    callbacks: tuple[Callback, ...] = ()
    step: int = field(default=0, init=False)

    def __call__(self, name: str, numbers: Mapping[str, float | None]) -> None:
        """Tell of an event; numbers that are None are left out."""
        for callback in self.callbacks:
            known = {key: number for key, number in numbers.items() if number is not None}
            callback(Event(name, self.step, known))
