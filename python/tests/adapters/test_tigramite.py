"""PCMCI of tigramite by `ci_test`."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

pytest.importorskip("tigramite")

import lcodec
from lcodec.adapters import tigramite

pytestmark = pytest.mark.filterwarnings(
    "ignore::scipy.optimize.OptimizeWarning", "ignore:rows near in `Z`:lcodec.LcodecWarning"
)


def test_pcmci_finds_a_collider_a_chain_and_a_fork() -> None:
    """0 drives 1 and 2, 1 drives 3; 2 and 3 meet in 4; each at lag 1."""
    from tigramite.data_processing import DataFrame
    from tigramite.pcmci import PCMCI

    X = np.random.default_rng(0).normal(size=(400, 5))
    X *= [1, 0.3, 0.3, 0.3, 0.3]
    for t in range(1, 400):
        X[t, 1] += X[t - 1, 0] ** 2 - 1
        X[t, 2] += np.sin(2 * X[t - 1, 0])
        X[t, 3] += X[t - 1, 1]
        X[t, 4] += X[t - 1, 2] ** 2 + np.sin(2 * X[t - 1, 3])
    search = PCMCI(DataFrame(X), tigramite.CodecTest(), verbosity=0)
    graph = search.run_pcmci(tau_min=1, tau_max=1, pc_alpha=0.05, alpha_level=0.01)["graph"]
    links = {(i, j) for i, j in np.argwhere(graph[:, :, 1] == "-->").tolist()}
    assert {(0, 1), (0, 2), (1, 3), (2, 4), (3, 4)} <= links
    assert len(links) <= 6  # one false link, of 20 that are tested


def test_values_and_p_values_are_those_of_lcodec() -> None:
    x, y, z = np.random.default_rng(1).normal(size=(3, 80))
    test = tigramite.CodecTest(n_neighbors=2)
    value, pvalue = test.run_test_raw(x[:, None], y[:, None], z[:, None])
    options = {"n_neighbors": 2, "standardize": "std"}
    assert value == max(lcodec.codec(y, x, z, **options), lcodec.codec(x, y, z, **options))
    assert pvalue == lcodec.ci_test(x, y, z, seed=42, **options)


def test_without_conditions_blocks_are_shuffled() -> None:
    """Two slow series: 60 of 100 pairs would be 'dependent' if single rows were shuffled."""
    rejected = 0
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=(2, 200, 1))
        x, y = (np.convolve(one[:, 0], np.ones(12), "same")[:, None] for one in noise)
        test = tigramite.CodecTest(n_neighbors=5)
        rejected += test.run_test_raw(x, y)[1] <= 0.05
    assert rejected <= 5
    x = noise[0]
    assert tigramite.CodecTest().run_test_raw(x, x**2)[1] == 1 / 200
    shuffled = tigramite.CodecTest(sig_blocklength=1)
    value = shuffled.run_test_raw(x, noise[1])[0]
    pvalue, values = shuffled.get_shuffle_significance(
        np.column_stack((x, noise[1])).T, np.array([0, 1]), value, return_null_dist=True
    )
    assert (np.diff(values) >= 0).all()
    assert pvalue >= 10 / (1 + len(values)) or len(values) == 199


def test_what_it_refuses() -> None:
    X = np.random.default_rng(2).normal(size=(50, 2))
    with pytest.raises(lcodec.LcodecError, match="`X` or `Y` must be one variable, got 2 and 2"):
        tigramite.CodecTest().run_test_raw(X, X)
    with pytest.raises(lcodec.LcodecError, match="`data_type` must be 0"):
        tigramite.CodecTest().run_test_raw(X, X[:, :1], x_type=np.ones((50, 2), dtype=int))


def test_the_example_of_its_class() -> None:
    assert doctest.testmod(tigramite).failed == 0
