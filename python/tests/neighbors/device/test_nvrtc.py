"""The CUDA sources compile for real devices, without a fused multiply-add; needs no GPU."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lcodec.neighbors.cuda.device import OPTIONS, source

nvrtc_package = pytest.importorskip(
    "nvidia.cuda_nvrtc", reason="the package nvidia-cuda-nvrtc-cu12 exists for Linux and Windows"
)


BY_CUPY = ("-ftz=true", "--device-as-default-execution-space")  # it adds these; ftz is for float32


def ptx(code: str, options: tuple[str, ...]) -> str:
    """Compile CUDA C by NVRTC; what the compiler says is the error message."""
    (library,) = Path(nvrtc_package.__path__[0]).rglob("libnvrtc.so.12")
    nvrtc = ctypes.CDLL(str(library))
    program = ctypes.c_void_p()
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), code.encode(), b"lcodec.cu", 0, None, None)
    try:
        given = (ctypes.c_char_p * len(options))(*(one.encode() for one in options))
        status = nvrtc.nvrtcCompileProgram(program, len(options), given)
        log = _text(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program)
        assert status == 0, log
        said = [line for line in log.splitlines() if "are deprecated" not in line]
        assert "warning" not in "".join(said), log
        return _text(nvrtc.nvrtcGetPTXSize, nvrtc.nvrtcGetPTX, program)
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


def _text(size_of: Callable[..., int], get: Callable[..., int], program: ctypes.c_void_p) -> str:
    size = ctypes.c_size_t()
    assert size_of(program, ctypes.byref(size)) == 0
    text = ctypes.create_string_buffer(size.value)
    assert get(program, text) == 0
    return text.value.decode()


@pytest.mark.parametrize("architecture", ["sm_70", "sm_90"])
def test_no_fused_multiply_add(architecture: str) -> None:
    made = ptx(source(), (*OPTIONS, *BY_CUPY, f"--gpu-architecture={architecture}"))
    operations = re.findall(r"\b(?:fma|mad|mul|add|sub|div|sqrt)\.[a-z0-9.]*f64", made)
    assert set(operations) == {f"{one}.rn.f64" for one in ("add", "sub", "mul", "div", "sqrt")}


def test_the_check_can_fail() -> None:
    fused = tuple(one for one in OPTIONS if "fmad" not in one)
    assert "fma.rn.f64" in ptx(source(), (*fused, "--gpu-architecture=compute_90"))
