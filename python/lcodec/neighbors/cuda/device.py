"""A CUDA device through CuPy: arrays, and the kernels of this folder.

The searches reach a device only through this class, so that the tests can replace it by one that
runs the same kernels on a CPU.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

CAPACITY = 2048  # numbers that a block sorts in shared memory (24 kB with their rows)
# No fused multiply-add: it changes bits.
OPTIONS = ("--fmad=false", "--std=c++14", f"-DCAPACITY={CAPACITY}")


def source() -> str:
    """Return the CUDA source of all kernels."""
    files = sorted(Path(__file__).parent.joinpath("kernels").glob("*.cu"))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


class CupyDevice:
    """The device on which a CuPy array lies."""

    capacity = CAPACITY  # numbers that a block sorts in shared memory
    threads = 256  # of a block, at most half of that
    tile = (32, 8)  # threads of a block along candidates and along rows

    def __init__(self, array: Any) -> None:
        self._device = array.device

    @property
    def arrays(self) -> Any:
        """The module `cupy`."""
        return _cupy()

    @property
    def memory(self) -> int:
        """A quarter of the memory that is free, counting what CuPy keeps for itself."""
        with self._device:
            free, _ = _cupy().cuda.runtime.memGetInfo()
            kept = _cupy().get_default_memory_pool().free_bytes()
        return int(free + kept) // 4

    def active(self) -> AbstractContextManager[object]:
        """Make this device the current one inside."""
        device: AbstractContextManager[object] = self._device
        return device

    def host(self, array: Any) -> NDArray[Any]:
        """Copy an array to the host."""
        copy: NDArray[Any] = array.get()
        return copy

    def launch(
        self, kernel: str, grid: tuple[int, int], block: tuple[int, int], *arguments: object
    ) -> None:
        """Run a kernel on arrays and on NumPy scalars of the C types of its parameters.

        CuPy compiles the module once per device and keeps it on disk.
        """
        _module().get_function(kernel)(grid, block, arguments)


def _cupy() -> Any:
    import cupy

    return cupy


@lru_cache(maxsize=1)
def _module() -> Any:
    return _cupy().RawModule(code=source(), options=OPTIONS)
