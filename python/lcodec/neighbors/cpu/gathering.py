"""Columns and labels in the order of places, as the searches of a step look at them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel
from lcodec.neighbors.cpu import runs
from lcodec.neighbors.gains import Labels


def placed_columns(
    columns: FloatArray, numbers: IntArray, rows: NDArray[np.int32], size: int, before: int = 0
) -> FloatArray:
    """Return some columns (k, size) in the order of `rows`, zeros before and behind."""
    placed = np.zeros((len(numbers), size))
    _place(len(numbers), columns, numbers, rows, before, placed)
    return placed


def placed_labels(labels: Labels, rows: NDArray[np.int32], size: int, before: int = 0) -> Labels:
    """Return the labels (size,) in the order of `rows`, zeros before and behind."""
    placed = np.zeros(size, labels.dtype)
    placed[before : before + len(rows)] = labels[rows]
    return placed


@ThreadedKernel
def _place(start, stop, columns, numbers, rows, before, placed):
    for c in range(start, stop):
        for r in range(rows.shape[0]):
            placed[c, before + r] = columns[numbers[c], rows[r]]


class Members(NamedTuple):
    """The rows of all large groups in the order of candidates, and their runs of equal values."""

    values: FloatArray  # (k, m)
    rows: NDArray[np.int32]  # (k, m)
    begin: NDArray[np.int32]  # (k, m) where the run of each place starts, and where it ends
    end: NDArray[np.int32]
    labels: Labels  # (k, m)
    before: IntArray  # (k, m + 1) sums of the labels at the places before


def sort_members(
    labels: Labels, kind: type, columns: FloatArray, numbers: IntArray, of_row: IntArray,
    starts: IntArray, orders: NDArray[np.int32], rule: int,
) -> Members:  # fmt: skip
    """Return the members of large groups for some candidates, with labels of one kind.

    `of_row` and `starts` are those of `lcodec.neighbors.cpu.groups.Places`.
    """
    shape = len(numbers), int(starts[-1])
    members = Members(
        np.empty(shape), np.empty(shape, np.int32), np.empty(shape, np.int32),
        np.empty(shape, np.int32), np.empty(shape, kind), np.zeros((shape[0], shape[1] + 1), int),
    )  # fmt: skip
    _sort_members(len(numbers), labels, columns, numbers, of_row, starts, orders, rule, members)
    return members


@ThreadedKernel
def _sort_members(start, stop, labels, columns, numbers, of_row, starts, orders, rule, members):
    for c in range(start, stop):
        column, rows, values = columns[numbers[c]], members.rows[c], members.values[c]
        runs.by_group(orders[c], of_row, starts, rows)
        for at in range(rows.shape[0]):
            values[at] = column[rows[at]]
        runs.sort_runs(values, rows, labels, rule, starts, members.begin[c], members.end[c])
        for at in range(rows.shape[0]):
            members.labels[c, at] = labels[rows[at]]
            members.before[c, at + 1] = members.before[c, at] + members.labels[c, at]
