"""What the statistics ask of columns in torch tensors besides their neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lcodec.neighbors.torch_tiles import sum_in_order
from lcodec.random.normal import gaussian

if TYPE_CHECKING:
    from torch import Tensor


def moments(
    columns: Tensor,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return smallest and largest value and sample variance of `columns` (p, n), on the host."""
    n = columns.shape[1]
    mean = sum_in_order(columns) / n
    deviation = columns - mean[:, None]
    variance = sum_in_order(deviation.mul_(deviation)) / (n - 1)
    low, high = columns.amin(dim=1), columns.amax(dim=1)
    return low.cpu().numpy(), high.cpu().numpy(), variance.cpu().numpy()


def jitter(
    columns: Tensor, scale: NDArray[np.float64], *, draw: int, purpose: int, seed: int
) -> Tensor:
    """Return `columns` (p, n) plus the noise of `lcodec.random.jitter`, which the host makes."""
    numbers = np.arange(len(columns))
    noise = gaussian(columns.shape[1], numbers, draw=draw, purpose=purpose, seed=seed)
    return columns + columns.new_tensor(scale[:, np.newaxis] * noise)
