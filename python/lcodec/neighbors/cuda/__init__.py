"""Nearest neighbours on CUDA devices."""

from lcodec.neighbors.cuda.columns import Moments, jitter, moments
from lcodec.neighbors.cuda.device import CupyDevice, Device
from lcodec.neighbors.cuda.search import CudaSearch, nearest_values

__all__ = ["CudaSearch", "CupyDevice", "Device", "Moments", "jitter", "moments", "nearest_values"]
