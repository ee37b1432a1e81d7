"""Kernels: compiled by Numba when they are first called, kept on disk, and run on threads."""

from lcodec.compiling.kernels import Kernel, ThreadedKernel, intrinsic, kernel, overloaded

__all__ = ["Kernel", "ThreadedKernel", "intrinsic", "kernel", "overloaded"]
