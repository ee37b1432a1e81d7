"""Devices for the tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from types import ModuleType

import pytest

from python.tests.neighbors.device.emulation import EmulatedDevice
from python.tests.neighbors.device.places import cupy_on_cpu


@pytest.fixture(scope="session")
def compiler() -> None:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed ('make test' installs it)")


@pytest.fixture(scope="session", params=["crowded", "roomy"])
def emulated(
    compiler: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> EmulatedDevice:
    """The kernels on the CPU: with shared memory and lists too short for the data, or not."""
    capacity, memory = {"crowded": (32, 1), "roomy": (2048, 2**24)}[request.param]
    return EmulatedDevice(tmp_path_factory.mktemp(request.param), capacity, memory)


@pytest.fixture(scope="module")
def cupy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Something like CuPy in its place, whose device is the CPU."""
    with cupy_on_cpu(tmp_path_factory.mktemp("cupy")) as module:
        yield module
