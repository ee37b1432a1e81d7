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


@dataclass
class Work:
    """Samples that went through the network, and back through it."""

    forward: int = 0
    backward: int = 0

    @property
    def samples(self) -> float:
        """Of how many samples training would do as much work, forward and backward."""
        return (self.forward + (SAMPLE - 1) * self.backward) / SAMPLE


_counting: ContextVar[tuple[Work, ...]] = ContextVar("_counting", default=())


@contextmanager
def counted() -> Iterator[Work]:
    """Count the work of a block, also where it is inside of another such block."""
    work = Work()
    token = _counting.set((*_counting.get(), work))
    try:
        yield work
    finally:
        _counting.reset(token)


def forward(samples: int) -> None:
    """Note that so many samples go through the network."""
    for work in _counting.get():
        work.forward += samples


def backward(samples: int, times: int = 1) -> None:
    """Note that the losses or outputs of so many samples are differentiated."""
    for work in _counting.get():
        work.backward += samples * times
