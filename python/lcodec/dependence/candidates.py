"""What a search chooses among: columns of X, or groups of them that enter the distance together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import Group, IntArray


class Candidates(NamedTuple):
    """Candidates in their order; the axes of the distance are the columns that a search has."""

    axes: tuple[IntArray, ...]  # of each candidate, ascending
    columns: tuple[IntArray, ...]  # of each candidate, as X counts them, ascending
    numbers: IntArray  # what users call each: the column of X, or its place where there are groups
    names: tuple[str, ...]  # of each candidate, or none
    total: int  # of such numbers

    @classmethod
    def of(
        cls, groups: Sequence[Group], places: IntArray, names: Sequence[str], own: IntArray,
        count: int,
    ) -> Candidates:  # fmt: skip
        """Return the groups, then the columns in no group, of the columns `places` of X.

        X has `count` columns. `names` are those of these, or none; `own` (q,) tells whose each axis
        is.
        """
        grouped = {column for group in groups for column in group.columns}
        sets = [*groups, *(Group([k]) for k in places.tolist() if k not in grouped)]
        columns = tuple(np.array(columns, dtype=np.int64) for columns, _ in sets)
        name_of = dict(zip(places.tolist(), names, strict=bool(names)))
        named = bool(names) or all(group.label is not None for group in sets)
        starts = [*np.searchsorted(own, places).tolist(), len(own)]
        axes = {
            place: range(starts[k], starts[k + 1]) for k, place in enumerate(places.tolist())
        }  # fmt: skip
        return cls(
            tuple(
                np.array([axis for column in columns for axis in axes[column]], dtype=np.int64)
                for columns, _ in sets
            ),
            columns,
            np.arange(len(sets)) if groups else places,
            tuple(
                "+".join(name_of[k] for k in columns) if label is None else label
                for columns, label in sets
            )
            if named
            else (),
            len(sets) if groups else count,
        )

    @property
    def order(self) -> IntArray | None:
        """Return the axes in an order where candidate c begins at place c; None where it does."""
        first = [int(axes[0]) for axes in self.axes]
        rest = [int(axis) for axes in self.axes for axis in axes[1:]]
        if not rest and first == list(range(len(first))):
            return None
        return np.array([*first, *rest], dtype=np.int64)

    def among(self, axes: Sequence[int]) -> list[int]:
        """Return the candidates all of whose axes are among these."""
        those = set(axes)
        return [c for c, mine in enumerate(self.axes) if those.issuperset(mine.tolist())]

    def varying(
        self, constant: NDArray[np.bool_], given: Sequence[int]
    ) -> tuple[IntArray, IntArray]:
        """Return which candidates have axes that vary, and which have not, without given ones."""
        left = np.arange(len(self.axes))
        if given:
            left = np.setdiff1d(left, self.among(given))
        flags = constant.tolist()
        fixed = np.array(
            [all(flags[axis] for axis in self.axes[c].tolist()) for c in left.tolist()], dtype=bool
        )
        return left[~fixed], left[fixed]
