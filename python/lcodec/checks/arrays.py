"""Where an array lies, and whose it is, decided without importing its library."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from lcodec.checks.errors import fail

_DLPACK_PLACES = {1: "host", 3: "host", 2: "cuda", 13: "cuda"}  # pinned and managed memory too


def library(value: object) -> str:
    """Return the name of the package that defines the type of `value`."""
    return type(value).__module__.split(".")[0]


def namespace(array: object) -> Any:
    """Return the functions for an array that `checks` has returned: NumPy's, CuPy's or torch's."""
    name = library(array)
    return sys.modules[name] if name in ("cupy", "torch") else np


def is_tensor(value: object) -> bool:
    """Whether `value` is a torch tensor."""
    return library(value) == "torch" and hasattr(value, "layout")


def is_dask(value: object) -> bool:
    """Whether `value` is a dask array."""
    return library(value) == "dask" and hasattr(value, "rechunk")


def is_sparse(value: Any) -> bool:
    """Whether `value` is a sparse matrix of SciPy, CuPy or torch."""
    if is_tensor(value):
        return str(value.layout) != "torch.strided"
    return library(value) in ("scipy", "cupyx") and hasattr(value, "nnz")


def place(value: Any) -> str:
    """Return "host", "cuda", or what the library calls another device."""
    if is_tensor(value):
        kind = str(value.device.type)
        return "host" if kind == "cpu" else kind
    if hasattr(value, "__dlpack_device__"):
        number = int(value.__dlpack_device__()[0])
        return _DLPACK_PLACES.get(number, f"device type {number} of DLPack")
    return "host"


def on_cuda(value: Any, name: str) -> Any:
    """Return a CUDA array of real numbers, without leaving the device.

    It becomes a CuPy array that shares its memory, or stays a torch tensor where CuPy is not
    installed.
    """
    if is_tensor(value):
        if value.is_complex():
            fail("complexInput", f"`{name}` must be real, got complex numbers")
        value = value.detach()
        if str(value.dtype) not in ("torch.int64", "torch.uint64"):  # those may be too large
            value = value.double()
    cupy = _cupy()
    if cupy is None:
        if not is_tensor(value):
            fail("device", f"`{name}` is on a CUDA device; install CuPy to work there")
        return value
    array = value if isinstance(value, cupy.ndarray) else cupy.from_dlpack(value)
    if array.dtype.kind == "c":
        fail("complexInput", f"`{name}` must be real, got complex numbers")
    return array


def same_device(arrays: Mapping[str, Any]) -> None:
    """Refuse arrays, by the names of their arguments, that lie on several devices."""
    (first, where), *others = ((name, _device(array)) for name, array in arrays.items())
    for name, device in others:
        if device != where:
            fail(
                "device",
                f"`{name}` must be on the same device as `{first}` ({where}), got {device}",
            )


def _device(array: Any) -> str:
    if library(array) == "cupy":
        return f"cuda:{array.device.id}"
    return str(array.device) if library(array) == "torch" else "host memory"


def _cupy() -> Any:
    """Return CuPy if it is installed; asked for only when data lie on a CUDA device."""
    try:
        import cupy
    except ImportError:
        return None
    return cupy
