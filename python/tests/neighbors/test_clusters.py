"""Many columns, and rows so near to each other that squares of their differences underflow."""

from __future__ import annotations

import numpy as np
import pytest

from lcodec.neighbors import nearest_values
from python.tests.neighbors.test_engine import exhaustive


@pytest.mark.parametrize(("far", "near"), [(1e-150, 1e-161), (1e150, 1e-12), (1e-150, 1e-163)])
def test_a_cluster_between_two_rows_far_away(far: float, near: float) -> None:
    """The centre is in the cluster, so that only the bound for underflow keeps its rows."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        half = rng.integers(1, 20, (9, 10)) * near
        columns = np.concatenate((half, -half, np.full((9, 1), far), np.full((9, 1), -far)), axis=1)
        labels = rng.permutation(22) + 1
        for weights in (np.ones(9), np.full(9, 1 / (2 * far) ** 2)):
            if weights[0] == 1 and far > 1:
                continue
            expected = exhaustive(columns, weights, labels, "average", 0, 0)
            np.testing.assert_array_equal(nearest_values(columns, weights, labels), expected)
