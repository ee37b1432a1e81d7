"""Devices for the tests of this folder."""

from __future__ import annotations

import shutil

import pytest

from python.tests.device.emulation import EmulatedDevice


@pytest.fixture(scope="session", params=["crowded", "roomy"])
def emulated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> EmulatedDevice:
    """The kernels on the CPU: with shared memory and lists too short for the data, or not."""
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed ('make test' installs it)")
    capacity, memory = {"crowded": (32, 1), "roomy": (2048, 2**24)}[request.param]
    return EmulatedDevice(tmp_path_factory.mktemp(request.param), capacity, memory)
