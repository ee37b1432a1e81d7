"""How many threads a Numba kernel may use: all that are set, or one when the work is small."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numba

_SMALL = 2**18  # operations below which waking threads costs more than they save


@contextmanager
def threads_for(operations: int) -> Iterator[None]:
    """Run the kernels inside on one thread if `operations` are few; results never depend on it.

    Numba's OpenMP layer sets the thread count of the whole process, torch's included; where torch
    is loaded, its own setting is put back.
    """
    torch = sys.modules.get("torch")
    torch_before = torch.get_num_threads() if torch else 0
    before = numba.get_num_threads()  # the first time, this starts the layer
    if operations < _SMALL:
        numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)
        if torch and torch.get_num_threads() != torch_before:
            torch.set_num_threads(torch_before)
