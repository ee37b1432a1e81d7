"""The CUDA sources compiled by g++, behind the interface of `lcodec.neighbors.cuda.device`."""

from __future__ import annotations

import ctypes
import re
import subprocess
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from lcodec.neighbors.cuda import device

HEADER = Path(__file__).with_name("cuda_on_cpu.h")
FLAGS = (
    "-std=c++14 -O2 -ffp-contract=off -shared -fPIC "
    "-Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-sign-compare -Wno-unused-function"
)
TYPES = {
    "double*": "float64", "Entry*": "float64", "int*": "int32", "unsigned*": "uint32",
    "long long*": "int64", "int": "int32", "unsigned": "uint32", "long long": "int64",
}  # fmt: skip


def parameters(source: str) -> dict[str, list[str]]:
    """Return the C types of every kernel's parameters."""
    kernels = re.findall(r'extern "C" __global__ void (\w+)\(([^)]*)\)', source)
    found = {}
    for name, declared in kernels:
        plain = [re.sub(r"const |__restrict__ ", "", one).strip() for one in declared.split(",")]
        found[name] = [re.sub(r" ?\w+$", "", one) for one in plain]
    return found


def build(folder: Path, capacity: int, source: str) -> ctypes.CDLL:
    """Compile every kernel, with a launcher each, into a shared library."""
    file, library = folder / "kernels.cpp", folder / "kernels.so"
    launchers = "\n".join(f"EXPORT({name})" for name in parameters(source))
    file.write_text(f'#include "{HEADER}"\n{source}\n{launchers}\n')
    command = ["g++", f"-DCAPACITY={capacity}", *FLAGS.split(), "-o", str(library), str(file)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return ctypes.CDLL(str(library))


class EmulatedDevice:
    """Runs the kernels on NumPy arrays; few threads per block, so that blocks have several turns.

    Arguments must have the C types of the parameters: a GPU would not notice.
    """

    threads = 8
    tile = (4, 2)
    arrays = np

    def __init__(self, folder: Path, capacity: int, memory: int, source: str = "") -> None:
        source = source or device.source()
        self._library, self._types = build(folder, capacity, source), parameters(source)
        self.capacity, self.memory = capacity, memory

    def active(self) -> AbstractContextManager[object]:
        return nullcontext()

    def host(self, array: np.ndarray) -> np.ndarray:
        return array.copy()

    def launch(
        self, kernel: str, grid: tuple[int, int], block: tuple[int, int], *arguments: Any
    ) -> None:
        types = self._types[kernel]
        assert len(types) == len(arguments), kernel
        cells = (ctypes.c_uint64 * len(arguments))()
        for at, (type_, argument) in enumerate(zip(types, arguments, strict=True)):
            if isinstance(argument, np.ndarray):
                assert argument.flags.c_contiguous
                assert type_[-1] == "*", (kernel, at)
                assert str(argument.dtype) == TYPES[type_], (kernel, at)
                cells[at] = argument.ctypes.data
            else:
                is_null = type_[-1] == "*" and argument == 0 and argument.dtype.itemsize == 8
                assert is_null or str(argument.dtype) == TYPES[type_], (kernel, at)
                cells[at] = int(argument) & 0xFFFFFFFFFFFFFFFF  # little-endian: low bytes first
        pointers = (ctypes.c_void_p * len(cells))(
            *(ctypes.addressof(cells) + 8 * at for at in range(len(cells)))
        )
        shape = (ctypes.c_uint * 4)(*grid, *block)
        status = getattr(self._library, f"launch_{kernel}")(pointers, shape)
        assert status == 0, f"{kernel}: threads of a block did not reach the same barrier"
