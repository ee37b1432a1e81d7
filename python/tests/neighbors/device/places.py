"""Where the laws are held: a real CUDA device, or the CPU in the place of one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest

from lcodec.checks import arrays
from lcodec.neighbors.cuda import CudaBackend, CudaSearch, CupyDevice, device
from lcodec.neighbors.torch.backend import TorchBackend
from lcodec.neighbors.torch.search import TorchSearch
from python.tests.neighbors.device import fake_cupy as fake


class Place(NamedTuple):
    """What brings a NumPy array to a device, and what searches there."""

    make: Callable[[np.ndarray], Any]
    search: Callable[..., Any]
    backend: Any
    wait: Callable[[], object] = lambda: None  # until the device has done what it was told


def on_gpu(library: str) -> Callable[[np.ndarray], Any] | None:
    """Return what brings a NumPy array to the device, or None where there is no device."""
    if library == "torch":
        try:
            import torch
        except ModuleNotFoundError:
            return None
        return (lambda array: torch.tensor(array).cuda()) if torch.cuda.is_available() else None
    try:
        import cupy

        return cupy.asarray if cupy.cuda.runtime.getDeviceCount() else None
    except Exception:  # no CuPy, or no driver: CuPy has several errors for that
        return None


def place(library: str, make: Callable[[np.ndarray], Any]) -> Place:
    """Return the search and the backend that serve the arrays of a library."""
    if library == "torch":
        import torch

        wait = torch.cuda.synchronize if make(np.zeros(1)).is_cuda else lambda: None
        return Place(make, TorchSearch, TorchBackend(), wait)
    import cupy

    one = CupyDevice(make(np.zeros(1)))
    wait = cupy.cuda.get_current_stream().synchronize
    return Place(make, partial(CudaSearch, device=one), CudaBackend(one), wait)


@contextmanager
def cupy_on_cpu(folder: Path) -> Iterator[ModuleType]:
    """Put something like CuPy in its place, whose device is the CPU."""
    with pytest.MonkeyPatch.context() as patch:
        module = fake.module(folder)
        patch.setitem(sys.modules, "cupy", module)
        patch.setattr(device.CupyDevice, "threads", 8)
        patch.setattr(device.CupyDevice, "tile", (4, 2))
        device._module.cache_clear()
        yield module
        device._module.cache_clear()


@contextmanager
def torch_on_cpu() -> Iterator[None]:
    """Take torch tensors on the CPU for ones on a CUDA device where CuPy is not installed."""
    host = arrays.place
    with pytest.MonkeyPatch.context() as patch, without_cupy():
        patch.setattr(arrays, "place", lambda v: "cuda" if arrays.is_tensor(v) else host(v))
        yield


@contextmanager
def without_cupy() -> Iterator[None]:
    """As if CuPy were not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cupy", None)
        yield
