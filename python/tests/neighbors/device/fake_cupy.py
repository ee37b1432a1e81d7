"""The part of CuPy that lcodec uses, on the CPU: kernels run by the emulation of this folder.

As with CuPy, an array is neither turned into a NumPy array nor mixed with one unless one asks for
it, so that a hidden copy to the host is an error here too.
"""

from __future__ import annotations

import types
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from python.tests.neighbors.device.emulation import EmulatedDevice

_FUNCTIONS = (
    "ascontiguousarray", "empty", "zeros", "isfinite", "isinf", "isnan", "count_nonzero",
    "sort", "searchsorted", "concatenate", "floor", "where", "zeros_like", "ones_like", "unique",
)  # fmt: skip


class Device(nullcontext[None]):
    """A device by its number."""

    def __init__(self, id: int) -> None:
        super().__init__()
        self.id = id


class Array(np.lib.mixins.NDArrayOperatorsMixin):
    """An array on a pretended device."""

    def __init__(self, host: np.ndarray, device: int = 0) -> None:
        self._host, self.device = host, Device(device)

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return _apply(getattr(ufunc, method), inputs, options)

    def __array_function__(self, function: Any, _: Any, inputs: Any, options: Any) -> Any:
        return _apply(function, inputs, options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, self.device.id

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._host, name)
        if not callable(found):
            return Array(found) if isinstance(found, np.ndarray) else found
        return lambda *inputs, **options: _apply(found, inputs, options)

    def __getitem__(self, key: Any) -> Any:
        return _apply(self._host.__getitem__, (key,), {})

    def __len__(self) -> int:
        return len(self._host)

    def __bool__(self) -> bool:
        return bool(self._host)

    def __int__(self) -> int:
        return int(self._host)

    def __float__(self) -> float:
        return float(self._host)

    def get(self) -> np.ndarray:
        """Copy to the host."""
        return self._host.copy()


Array.__module__ = "cupy"


def _apply(function: Any, inputs: Any, options: Any) -> Any:
    for one in inputs:
        if isinstance(one, np.ndarray) and one.ndim:
            raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    unwrapped = [_unwrap(one) for one in inputs]
    result = function(*unwrapped, **{key: _unwrap(one) for key, one in options.items()})
    return Array(np.asarray(result)) if isinstance(result, (np.ndarray, np.generic)) else result


def _unwrap(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(_unwrap(one) for one in value)
    return value._host if isinstance(value, Array) else value


def module(folder: Path) -> types.ModuleType:
    """Return something to put into ``sys.modules["cupy"]``."""
    cupy: Any = types.ModuleType("cupy")
    cupy.ndarray = Array
    for name in _FUNCTIONS:
        setattr(cupy, name, _wrapped(getattr(np, name)))
    cupy.asarray = lambda value, **options: Array(np.asarray(_unwrap(value), **options))
    cupy.from_dlpack = lambda tensor: Array(tensor.numpy())
    cupy.get_default_memory_pool = lambda: types.SimpleNamespace(free_bytes=lambda: 0)
    runtime = types.SimpleNamespace(memGetInfo=lambda: (2**26, 2**26))
    stream = types.SimpleNamespace(synchronize=lambda: None)
    cupy.cuda = types.SimpleNamespace(runtime=runtime, get_current_stream=lambda: stream)

    class RawModule:
        def __init__(self, code: str, options: tuple[str, ...]) -> None:
            assert "--fmad=false" in options
            (capacity,) = (int(one[11:]) for one in options if one.startswith("-DCAPACITY="))
            self._device = EmulatedDevice(folder, capacity, 0, code)

        def get_function(self, name: str) -> Any:
            def launch(grid: Any, block: Any, arguments: Any) -> None:
                self._device.launch(name, grid, block, *(_unwrap(one) for one in arguments))

            return launch

    cupy.RawModule = RawModule
    return cupy


def _wrapped(function: Any) -> Any:
    return lambda *inputs, **options: _apply(function, inputs, options)
