"""How many threads a Numba kernel may use: all that are set, or one when the work is small."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numba

_SMALL = 2**18  # operations below which waking threads costs more than they save


@contextmanager
def jobs(n_jobs: int | None) -> Iterator[None]:
    """Run the kernels inside on `n_jobs` threads, counted as joblib does; results are the same.

    None leaves the number as Numba has it; -1 is every processor, -2 all but one.
    """
    most = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    if n_jobs is not None:
        n_jobs = min(most, n_jobs if n_jobs > 0 else max(1, most + 1 + n_jobs))
    with _threads(n_jobs):
        yield


@contextmanager
def threads_for(operations: int) -> Iterator[None]:
    """Run the kernels inside on one thread if `operations` are few; results never depend on it."""
    with _threads(1 if operations < _SMALL else None):
        yield


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """Set the number of threads; None leaves it.

    Numba's OpenMP layer sets the thread count of the whole process, torch's included; where torch
    is loaded, its own setting is put back.
    """
    torch = sys.modules.get("torch")
    torch_before = torch.get_num_threads() if torch else 0
    before = numba.get_num_threads()  # the first time, this starts the layer
    try:
        numba.set_num_threads(before if count is None else count)
        yield
    finally:
        numba.set_num_threads(before)
        if torch and torch.get_num_threads() != torch_before:
            torch.set_num_threads(torch_before)
