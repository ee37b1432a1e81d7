"""What the statistics ask of columns on a CUDA device besides their neighbours."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.neighbors.cuda.device import Device
from lcodec.random.philox import split_seed

_BLOCKS = 2**13


class Moments(NamedTuple):
    """Smallest and largest value and sample variance of every column, (p,) on the host."""

    smallest: NDArray[np.float64]
    largest: NDArray[np.float64]
    variance: NDArray[np.float64]


def moments(columns: Any, device: Device) -> Moments:
    """Return the moments of `columns` (p, n); sums are in row order, as everywhere."""
    p, n = columns.shape
    with device.active():
        table = device.arrays.ascontiguousarray(columns.T)
        out = [device.arrays.empty(p) for _ in Moments._fields]
        device.launch(
            "column_moments", (-(-p // device.threads), 1), (device.threads, 1),
            table, np.int64(p), np.int32(n), *out,
        )  # fmt: skip
        return Moments(*(device.host(one) for one in out))


def jitter(
    columns: Any,
    scale: NDArray[np.float64],
    *,
    device: Device,
    draw: int,
    purpose: int,
    seed: int,
) -> Any:
    """Return `columns` (p, n) plus the noise of `lcodec.random.jitter`, as a transposed (n, p)."""
    p, n = columns.shape
    with device.active():
        table, out = device.arrays.ascontiguousarray(columns.T), device.arrays.empty((n, p))
        device.launch(
            "add_noise", (min(_BLOCKS, -(-n * p // device.threads)), 1), (device.threads, 1),
            table, np.int64(p), np.int32(n), device.arrays.asarray(scale), np.uint32(draw),
            np.uint32(purpose), *(np.uint32(word) for word in split_seed(seed)), out,
        )  # fmt: skip
    return out.T
