"""What `checks` does with arrays on devices: they stay there, and the messages are the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import array_api_strict as strict
import numpy as np
import polars
import pytest
import torch

import lcodec
from lcodec import checks
from lcodec.checks import arrays
from python.tests.neighbors.device.fake_cupy import Array
from python.tests.neighbors.device.places import torch_on_cpu

TABLE = np.array([[3.0, 1], [1, 0], [2, 5], [0, 4], [9, 8]])
BAD = [
    (np.ones((2, 2)), "tooFewRows"),
    (np.ones((5, 0)), "emptyInput"),
    (np.ones((5, 1, 1)), "notMatrix"),
    (np.where(TABLE == 9, np.nan, TABLE), "nonFinite"),
    (TABLE + 0j, "complexInput"),
]


@pytest.fixture
def torch_stays() -> Iterator[None]:
    with torch_on_cpu():
        yield


@pytest.mark.parametrize("dtype", ["float64", "float32", "int8", "bool"])
def test_cupy_stays(cupy: ModuleType, dtype: str) -> None:
    matrix = checks.matrix(Array(TABLE.astype(dtype)), "X", device=True)
    assert isinstance(matrix, Array)
    assert matrix.dtype == np.float64
    np.testing.assert_array_equal(matrix.get(), TABLE.astype(dtype))
    vector = checks.vector(Array(TABLE[:, :1]), "y", rows=5, like="X", device=True)
    assert isinstance(vector, Array)
    assert vector.shape == (5,)


def test_cupy_of_the_right_type_is_not_copied(cupy: ModuleType) -> None:
    given = Array(TABLE)
    assert np.shares_memory(checks.matrix(given, "X", device=True)._host, given._host)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.int8])
def test_torch_stays(torch_stays: None, dtype: torch.dtype) -> None:
    tensor = torch.tensor(TABLE, dtype=dtype)
    found = checks.matrix(tensor, "X", device=True)
    assert isinstance(found, torch.Tensor)
    assert torch.equal(found, tensor.double())


def test_torch_goes_to_cupy_where_that_is_installed(
    cupy: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "place", lambda _: "cuda")
    tensor = torch.tensor(TABLE, requires_grad=True)
    found = checks.matrix(tensor, "X", device=True)
    assert isinstance(found, Array)
    assert np.shares_memory(found._host, tensor.detach().numpy())


@pytest.mark.parametrize(("bad", "id_"), BAD, ids=[id_ for _, id_ in BAD])
@pytest.mark.parametrize("library", ["cupy", "torch"])
def test_the_same_messages(
    request: pytest.FixtureRequest, library: str, bad: np.ndarray, id_: str
) -> None:
    request.getfixturevalue("cupy" if library == "cupy" else "torch_stays")
    value: Any = Array(bad) if library == "cupy" else torch.from_numpy(bad)
    with pytest.raises(lcodec.LcodecError) as on_host:
        checks.matrix(bad, "X")
    with pytest.raises(lcodec.LcodecError) as on_device:
        checks.matrix(value, "X", device=True)
    assert (on_device.value.id, str(on_device.value)) == (on_host.value.id, str(on_host.value))
    assert on_device.value.id == f"lcodec:{id_}"


@pytest.mark.parametrize("library", ["cupy", "torch"])
def test_rows_with_missing_values_are_dropped(request: pytest.FixtureRequest, library: str) -> None:
    request.getfixturevalue("cupy" if library == "cupy" else "torch_stays")
    make: Any = Array if library == "cupy" else torch.from_numpy
    parts = [np.where(TABLE == 9, np.nan, TABLE), TABLE[:, 0].copy()]
    given = [checks.matrix(make(one), "X", missing="drop", device=True) for one in parts]
    with pytest.warns(lcodec.LcodecWarning, match="dropped 1 of 5 rows"):
        found = checks.complete(given, "X", "drop")
    assert [type(one) for one in found] == [type(one) for one in given]
    assert found[0].tolist() == TABLE[:4].tolist()


def test_functions_for_the_host_refuse(cupy: ModuleType) -> None:
    with pytest.raises(lcodec.LcodecError, match="in host memory, got an array on cuda"):
        checks.matrix(Array(TABLE), "z")


def test_cuda_arrays_of_other_libraries_need_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(lcodec.LcodecError, match="install CuPy") as caught:
        checks.matrix(Array(TABLE), "z", device=True)
    assert caught.value.id == "lcodec:device"


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (TABLE, Array(TABLE), "(host memory), got cuda:0"),
        (Array(TABLE), Array(TABLE, 1), "(cuda:0), got cuda:1"),
        (torch.eye(3), TABLE, "(cpu), got host memory"),
    ],
)
def test_mixed_devices_are_refused(first: Any, second: Any, told: str) -> None:
    checks.same_device({"X": first, "y": first})
    with pytest.raises(lcodec.LcodecError) as caught:
        checks.same_device({"X": first, "y": second})
    assert (caught.value.id, str(caught.value)) == (
        "lcodec:device",
        f"`y` must be on the same device as `X` {told}",
    )


@pytest.mark.parametrize("make", [strict.asarray, polars.DataFrame, torch.from_numpy])
def test_other_libraries_on_the_host(make: Any) -> None:
    table = make(TABLE)
    assert checks.matrix(table, "X").tolist() == TABLE.tolist()
    expected = lcodec.foci(TABLE, TABLE[:, 0], stop=False)
    found = lcodec.foci(table, make(TABLE)[:, 0], stop=False)
    assert found.selected.tolist() == expected.selected.tolist()
    assert found.scores.tolist() == expected.scores.tolist()


def test_standard_arrays() -> None:
    complex_ = strict.asarray(TABLE + 0j)
    elsewhere = strict.asarray(TABLE, device=strict.Device("device1"))
    for value, id_ in ((complex_, "complexInput"), (elsewhere, "device")):
        with pytest.raises(lcodec.LcodecError) as caught:
            checks.matrix(value, "X")
        assert caught.value.id == f"lcodec:{id_}"


def test_float64_on_the_host_is_not_copied() -> None:
    for value in (torch.from_numpy(TABLE), strict.asarray(TABLE, copy=False)):
        assert np.shares_memory(checks.matrix(value, "X"), TABLE)


def test_importing_lcodec_imports_no_array_library() -> None:
    others = {"torch", "cupy", "dask", "pandas", "polars", "array_api_strict"}
    code = f"import sys, lcodec; print(sorted({others} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
