"""The public functions on a device whose kernels the CPU runs, and in torch operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import lcodec
from python.tests.neighbors.device import laws
from python.tests.neighbors.device.fake_cupy import Array
from python.tests.neighbors.device.places import torch_on_cpu

NAMES = ["codec", "lcodec", "codec_scores", "foci", "lfoci", "foci_graph"]


@pytest.fixture(scope="module", params=["cupy", "torch"])
def make(request: pytest.FixtureRequest) -> Iterator[Any]:
    """What brings an array to the device: CuPy's, or torch's where there is no CuPy."""
    if request.param == "cupy":
        request.getfixturevalue("cupy")
        yield Array
        return
    with torch_on_cpu():
        yield torch.from_numpy


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_same_as_on_the_host(make: Any, name: str, data: st.DataObject) -> None:
    laws.check_public(data, name, make)


@pytest.mark.parametrize("name", ["codec", "lcodec", "foci", "lfoci", "codec_scores"])
def test_mixed_devices(make: Any, name: str) -> None:
    X = np.random.default_rng(0).normal(size=(9, 2))
    first, second = (X[:, 0], X) if name.endswith("codec") else (X, X[:, 0])
    with pytest.raises(lcodec.LcodecError, match="must be on the same device as") as caught:
        getattr(lcodec, name)(make(first.copy()), second)
    assert caught.value.id == "lcodec:device"


@pytest.mark.parametrize("name", ["codec_test", "xi"])
def test_functions_of_the_host(make: Any, name: str) -> None:
    y = np.random.default_rng(0).normal(size=9)
    with pytest.raises(lcodec.LcodecError, match="in host memory, got an array on") as caught:
        getattr(lcodec, name)(make(y), make(y))
    assert caught.value.id == "lcodec:device"


def test_any_order_in_memory(make: Any) -> None:
    X = np.random.default_rng(0).normal(size=(60, 8))
    y = X[:, 0] + X[:, 2]
    expected = lcodec.foci(X[:, ::2], y).scores.tolist()
    for same in (np.asfortranarray(X[:, ::2]), X[:, :8:2], np.ascontiguousarray(X.T)[::2].T):
        assert lcodec.foci(make(same), make(y)).scores.tolist() == expected
        assert lcodec.codec(make(y), make(same)) == lcodec.codec(y, X[:, ::2])


def test_progress_and_memory_limit(make: Any) -> None:
    X = np.random.default_rng(0).normal(size=(60, 5))
    y = X[:, 0] + X[:, 1]
    told: list[tuple[int, int, int]] = []
    options: dict[str, Any] = {"memory_limit": 2**20, "max_features": 2}
    found = lcodec.foci(make(X), make(y), progress=lambda *one: told.append(one), **options)
    assert found.scores.tolist() == lcodec.foci(X, y, **options).scores.tolist()
    assert told[-1] == (2, 4, 4)
