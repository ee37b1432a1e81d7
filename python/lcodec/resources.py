"""What a search may use: threads and memory; and how it says how far it has come.

A report is ``report(step, scored, candidates)``: the step counted from 1, how many of its
candidates are scored, and how many there are.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

from lcodec import threads

Report = Callable[[int, int, int], object]

_SMALL = 2**18  # operations below which waking threads costs more than they save
_UNKNOWN = 2**32  # bytes of a machine that does not say what it has


def jobs(n_jobs: int | None) -> AbstractContextManager[None]:
    """Run the kernels inside on `n_jobs` threads, counted as joblib does; results are the same.

    None leaves the number as it is; -1 is every processor, -2 all but one.
    """
    if n_jobs is not None and n_jobs < 0:
        n_jobs = max(1, threads.most() + 1 + n_jobs)
    return threads.limited(n_jobs)


def threads_for(operations: int) -> AbstractContextManager[None]:
    """Run the kernels inside on one thread if `operations` are few; results never depend on it."""
    return threads.limited(1 if operations < _SMALL else None)


@cache
def default_limit() -> int:
    """Return a quarter of the machine's memory, or of the container's share of it, in bytes."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        total = _UNKNOWN
    with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total // 4


@contextmanager
def reporting(
    progress: bool | Report, unit: str = "column", name: str = "step"
) -> Iterator[Report | None]:
    """Yield what a search calls after each block of candidates: a bar, the user's function or None.

    The bar is gone afterwards, however the search ended.
    """
    if progress is False:
        yield None
    elif progress is True:
        from tqdm import tqdm

        with tqdm(unit=unit, leave=False) as bar:

            def draw(step: int, scored: int, candidates: int) -> None:
                if bar.total != candidates or scored < bar.n:
                    bar.reset(candidates)
                bar.update(scored - bar.n)
                bar.set_description(f"{name} {step}")

            yield draw
    else:
        yield progress
