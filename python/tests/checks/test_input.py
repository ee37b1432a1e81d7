"""What is accepted and converted, and what Python alone refuses; the rest is in parity_tests."""

from __future__ import annotations

import pickle
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import torch

import lcodec

Y = np.array([3.0, 1, 2, 5, 4, 9, 7])
Z = np.array([1.0, 2, 2, 4, 8, 3, 0])
VALUE = lcodec.codec(Y, Z)


@pytest.mark.parametrize(
    "z",
    [
        list(Z),
        tuple(Z),
        Z.astype(np.int16),
        Z.astype(np.float32),
        Z.astype(np.longdouble),
        Z[:, np.newaxis],
        np.asfortranarray(np.column_stack((Z, Z)))[:, :1],
        np.column_stack((Z, Z)).ravel()[::2],
        [Decimal(int(v)) for v in Z],
        np.ma.masked_array(Z, mask=False),
        pd.Series(Z),
        pd.Series(Z).astype("Int64"),
        pd.DataFrame({"z": Z.astype(int)}),
        torch.tensor(Z, requires_grad=True),
        torch.tensor(Z, dtype=torch.bfloat16),
        torch.tensor(Z, dtype=torch.int32),
    ],
    ids=lambda z: f"{type(z).__module__.split('.')[0]}.{type(z).__name__}",
)
def test_converted(z: object) -> None:
    assert lcodec.codec(Y, z) == VALUE


def test_booleans_are_numbers() -> None:
    assert lcodec.codec(Y > 3, Z) == lcodec.codec((Y > 3) * 1.0, Z)


def test_input_is_never_changed() -> None:
    table, y = np.column_stack((Z, Y)), Y.copy()
    lcodec.lfoci(table, y)
    np.testing.assert_array_equal(table, np.column_stack((Z, Y)))
    np.testing.assert_array_equal(y, Y)
    read_only = table.copy()
    read_only.flags.writeable = False
    lcodec.foci(read_only, y)


@pytest.mark.parametrize(
    ("z", "id_"),
    [
        (pd.Series([1, 2, None, 3, 4, 5, 6]), "nonFinite"),
        (pd.Series([1, 2, None, 3, 4, 5, 6], dtype="Int64"), "nonFinite"),
        (np.ma.masked_array(Z, mask=[True] + [False] * 6), "nonFinite"),
        ([1, 2, 3, 4, 5, 6, 10**400], "nonFinite"),
        (pd.Series(list("abcdefg")), "notNumeric"),
        (pd.Series(list("abcdefg"), dtype="category"), "notNumeric"),
        (pd.date_range("2020-01-01", periods=7), "notNumeric"),
        (["1", "2", "3", "4", "5", "6", "7"], "notNumeric"),
        (pd.Series(["1", "2", "3", "4", "5", "6", "7"], dtype=object), "notNumeric"),
        ([1, 2, 3, 4, 5, 6, b"7"], "notNumeric"),
        (np.array(3.0), "notMatrix"),
        (None, "emptyInput"),
        (torch.eye(7).to_sparse(), "sparseInput"),
        (torch.empty(7, device="meta"), "device"),
    ],
)
def test_refused(z: object, id_: str) -> None:
    with pytest.raises(lcodec.LcodecError) as caught:
        lcodec.codec(Y, z)
    assert caught.value.id == f"lcodec:{id_}"
    assert str(caught.value).startswith("`z` must")


def test_one_missing_value_leaves_out_its_row() -> None:
    """Also where the row has other values, in the first table as in the others."""
    table = np.column_stack((Z, Y[::-1], Z**2))
    table[2, 1] = table[4, 0] = np.nan
    keep = [0, 1, 3, 5, 6]
    with pytest.warns(lcodec.LcodecWarning, match="dropped 2 of 7 rows"):
        found = lcodec.codec(Y, table, missing="drop")
    assert found == lcodec.codec(Y[keep], table[keep])
    with pytest.warns(lcodec.LcodecWarning, match="dropped 2 of 7 rows"):
        scores = lcodec.codec_scores(table, Y, missing="drop")
    assert scores.tolist() == lcodec.codec_scores(table[keep], Y[keep]).tolist()


def test_errors_survive_pickling() -> None:
    with pytest.raises(lcodec.LcodecError) as caught:
        lcodec.codec(Y, Z[:3])
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.id, str(copy)) == (caught.value.id, str(caught.value))
    warning = pickle.loads(pickle.dumps(lcodec.LcodecWarning("lcodec:a", "text")))
    assert (warning.id, str(warning)) == ("lcodec:a", "text")


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(lcodec.LcodecError, match="at most 2097151 rows, got 2097152"):
        lcodec.codec(np.zeros(2**21, np.int8), Z)
