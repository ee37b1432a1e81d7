"""Nearest neighbours on CUDA devices."""

from lcodec.neighbors.cuda.backend import CudaBackend
from lcodec.neighbors.cuda.device import CupyDevice
from lcodec.neighbors.cuda.search import CudaSearch

__all__ = ["CudaBackend", "CudaSearch", "CupyDevice"]
