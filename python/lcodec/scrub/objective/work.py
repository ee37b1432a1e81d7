"""How much of a network's work a computation takes: samples that go through it, and back.

A forward pass of one sample counts 1, a backward pass 2, as both halves of it cost about a forward
pass; one through the graph of a backward pass counts as two. A backward pass that ends half-way,
at the selected layers, counts as a whole one. Work outside the network, such as LFOCI or the
solution of the step, is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SAMPLE = 3  # forward and backward: what one sample costs in an epoch of training


class Spent(BaseException):
    """Work that would pass a limit, and was not done; no error of the model, whoever catches those.

    It does not leave `lcodec.scrub.removal`. `stage` would have done it, which takes at least as
    much work as `needs` samples.
    """

    def __init__(self, stage: str = "", needs: float = 0.0) -> None:
        self.stage = stage
        self.needs = needs


@dataclass
class Work:
    """Samples that went through the network, and back through it; `limit` is for `samples`."""

    forward: int = 0
    backward: int = 0
    limit: float = float("inf")

    @property
    def samples(self) -> float:
        """Of how many samples training would do as much work, forward and backward."""
        return (self.forward + (SAMPLE - 1) * self.backward) / SAMPLE


_counting: ContextVar[tuple[Work, ...]] = ContextVar("_counting", default=())


@contextmanager
def counted(limit: float = float("inf")) -> Iterator[Work]:
    """Count the work of a block, also where it is inside of another such block.

    Before work that would pass the limit, `Spent` is raised.
    """
    work = Work(limit=limit)
    token = _counting.set((*_counting.get(), work))
    try:
        yield work
    finally:
        _counting.reset(token)


def forward(samples: int) -> None:
    """Note that so many samples go through the network."""
    _note(Work(forward=samples))


def backward(samples: int, times: int = 1) -> None:
    """Note that the losses or outputs of so many samples are differentiated."""
    _note(Work(backward=samples * times))


def _note(more: Work) -> None:
    counting = _counting.get()
    if any(work.samples + more.samples > work.limit for work in counting):
        raise Spent
    for work in counting:
        work.forward += more.forward
        work.backward += more.backward
