"""How many threads there may be, and a pool of them that works through a range of tasks.

A caller works on its own tasks and never waits for an idle helper, so that callers that share the
pool cannot block each other. It returns when no helper is at its tasks any more.
"""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Any

Run = Callable[[int, int], object]

_PARTS = 4  # for each thread, so that none is left with much at the end
_UNLIMITED = 2**16
_QUOTA = Path("/sys/fs/cgroup/cpu.max")

_wanted: ContextVar[int | None] = ContextVar("threads", default=None)


def most() -> int:
    """Return how many threads there may be.

    They are NUMBA_NUM_THREADS, by default the processors that this process may run on, and no more
    than the container's share of processors, rounded up.
    """
    return min(int(_numba().NUMBA_NUM_THREADS), _share())


@cache
def _numba() -> Any:
    """Return Numba's settings, which it reads when it is imported."""
    from numba.core import config

    return config


@cache
def _share() -> int:
    with suppress(OSError, ValueError):  # no such file, or "max"
        quota, period = map(int, _QUOTA.read_text().split())
        return max(1, math.ceil(quota / period))
    return _UNLIMITED


def count() -> int:
    """Return on how many threads the kernels that are called here run."""
    return min(most(), _wanted.get() or most())


class limited:  # noqa: N801 - it is used as a function
    """Use no more than so many threads inside; None changes nothing. Small calls make many."""

    __slots__ = ("_threads", "_token")

    def __init__(self, threads: int | None) -> None:
        self._threads = threads

    def __enter__(self) -> None:
        self._token = _wanted.set(self._threads or _wanted.get())

    def __exit__(self, *_: object) -> None:
        _wanted.reset(self._token)


def share(run: Run, tasks: int, least: int = 1) -> None:
    """Call ``run(start, stop)`` for parts of range(tasks), on several threads.

    A part has at least `least` tasks. After the first error, or an interrupt of the caller, no part
    begins any more.
    """
    threads = min(count(), tasks // least)
    if threads <= 1:
        run(0, tasks)
        return
    parts = min(_PARTS * threads, tasks // least)
    edges = [tasks * at // parts for at in range(parts + 1)]
    work = _Work(run, pairwise(edges))
    try:
        _pool.help(work, threads - 1)
        work.take_all()
    finally:
        work.end()
    work.check()


class _Work:
    """Parts of a range of tasks, which any thread may take.

    Lists and queues are enough: to other threads, each of their methods is one step, and an
    interrupt of the caller cannot leave one half done, as it could a lock or a count.
    """

    def __init__(self, run: Run, parts: Iterable[tuple[int, int]]) -> None:
        self._run, self._left = run, deque(parts)
        self._begun: list[None] = []  # an item for each helper
        self._ended: list[None] = []
        self._end: SimpleQueue[None] = SimpleQueue()
        self._errors: list[BaseException] = []

    def take_all(self) -> None:
        """Take parts until none is left."""
        while True:
            try:
                start, stop = self._left.popleft()
            except IndexError:
                return
            self._run(start, stop)

    def help(self) -> None:
        """Do the same in another thread than the caller's."""
        self._begun.append(None)
        try:
            self.take_all()
        except BaseException as error:
            self._left.clear()
            self._errors.append(error)
        self._ended.append(None)
        self._end.put(None)

    def end(self) -> None:
        """Let no part begin, and wait for the helpers that are at one."""
        self._left.clear()  # whoever comes to help from now on finds nothing
        interrupt = None
        while len(self._ended) < len(self._begun):
            try:
                self._end.get()
            except BaseException as error:  # they write into arrays of the caller
                interrupt = error
        if interrupt is not None:
            raise interrupt

    def check(self) -> None:
        """Raise the error of a helper."""
        if self._errors:
            raise self._errors.pop()


class _Pool:
    """Threads that wait for work; they end with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: SimpleQueue[_Work] = SimpleQueue()
        self._threads = 0

    def help(self, work: _Work, helpers: int) -> None:
        """Offer work to so many helpers."""
        if self._threads < helpers:
            self._start(helpers)
        for _ in range(helpers):
            self._works.put(work)

    def _start(self, helpers: int) -> None:
        # none can be started while Python ends, or where their number is limited
        with self._lock, suppress(RuntimeError):
            while self._threads < helpers:
                threading.Thread(target=self._help, name="lcodec", daemon=True).start()
                self._threads += 1

    def _help(self) -> None:
        while True:
            self._works.get().help()


_pool = _Pool()


def _in_child() -> None:
    """Forget threads that only the parent has."""
    global _pool
    _pool = _Pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
