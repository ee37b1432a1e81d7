"""Which samples are retained, by id: positions in the data, or labels given by the user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias, cast

import numpy as np
import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.samples.batches import Batches, outside
from lcodec.scrub.samples.ids import check_ids

Id: TypeAlias = int | str


def plain_ids(samples: object, name: str) -> list[Id] | None:
    """Return ids as Python's own, None where `samples` are none, such as (inputs, targets).

    Parameters
    ----------
    samples : object
        A sequence, or an array of one axis: of NumPy, torch or pandas.
    name : str
        Argument name for messages.

    Raises
    ------
    LcodecError
        `lcodec:idType` for truth values, and for ids that an output could not hold.
    """
    if hasattr(samples, "to_numpy"):  # of pandas
        samples = samples.to_numpy()
    if isinstance(samples, (torch.Tensor, np.ndarray)):
        samples = samples.tolist() if samples.ndim == 1 else None
    if not isinstance(samples, Sequence) or isinstance(samples, str):
        return None
    if not all(isinstance(one, (int, str, np.integer, np.bool_)) for one in samples):
        return None
    if any(isinstance(one, (bool, np.bool_)) for one in samples):
        checks.fail(
            "idType",
            f"`{name}` must be whole numbers or strings, got truth values; a mask's positions "
            "are `mask.nonzero()[0]` in NumPy and `mask.nonzero()[:, 0]` in torch",
        )
    plain = [str(one) if isinstance(one, str) else int(one) for one in samples]
    check_ids(plain, name)
    return plain


class Retained:
    """Positions of the retained samples, and their ids.

    Parameters
    ----------
    data : Batches
        All the data, as they were given.
    ids : sequence of int or str, optional
        One label per sample; by default its position.
    """

    def __init__(self, data: Batches, ids: object = None) -> None:
        self._data = data
        self._removed: set[int] = set()
        self._names: list[Id] | None = None
        self._positions: dict[Id, int] = {}
        if ids is not None:
            self._names = plain_ids(ids, "ids")
            if self._names is None:
                checks.fail(
                    "optionType",
                    f"`ids` must be a sequence of whole numbers or strings, got "
                    f"{type(ids).__name__}",
                )
            self._positions = {name: at for at, name in enumerate(self._names)}
            self._check_names(self._names)

    def _check_names(self, names: list[Id]) -> None:
        total = self._total()
        if len(names) != total:
            checks.fail(
                "sizeMismatch",
                f"`ids` must have {total} entries like `retained`, got {len(names)}",
            )
        if len(self._positions) != len(names):
            checks.fail("duplicateIds", f"`ids` must be distinct, got {_twice(names)!r} twice")

    def _total(self) -> int:
        total = self._data.samples
        if total is None:
            checks.fail(
                "noIds",
                "`retained` must be a pair (inputs, targets), a Dataset or a DataLoader over one "
                "without a sampler of its own for samples to have ids, got a container of batches",
            )
        return total

    def find(self, wanted: Sequence[Id]) -> list[int]:
        """Return the positions of samples, given by id, that are to be removed.

        Raises
        ------
        LcodecError
            `lcodec:emptyInput`, `lcodec:duplicateIds`, `lcodec:unknownIds`,
            `lcodec:alreadyRemoved`, `lcodec:nothingRetained`.
        """
        total = self._total()
        if not wanted:
            checks.fail("emptyInput", "`samples` must hold at least one id, got none")
        if len(set(wanted)) != len(wanted):
            checks.fail("duplicateIds", f"`samples` must be distinct, got {_twice(wanted)!r} twice")
        unknown = [one for one in wanted if self.position(one) is None]
        if unknown:
            known = f"positions 0 to {total - 1}" if self._names is None else "the given `ids`"
            checks.fail(
                "unknownIds", f"`samples` must be ids of `retained`, {known}, got {unknown[0]!r}"
            )
        found = [cast("int", self.position(one)) for one in wanted]
        gone = [one for one, at in zip(wanted, found, strict=True) if at in self._removed]
        if gone:
            checks.fail(
                "alreadyRemoved",
                f"`samples` must not have been removed already, got {gone[0]!r}, which was",
            )
        if len(self._removed) + len(found) >= total:
            checks.fail(
                "nothingRetained",
                f"`samples` must leave at least one sample, got all {len(found)} that are left",
            )
        return found

    def asked(
        self, samples: object, model: nn.Module, batch_size: int
    ) -> tuple[list[int], tuple[Id, ...] | None, Batches]:
        """Return the positions, the ids and the batches of samples that are to be removed.

        Samples that are given themselves, (inputs, targets), have neither positions nor ids.
        """
        wanted = plain_ids(samples, "samples")
        if wanted is None:
            return [], None, outside(samples, model, batch_size, "samples")
        positions = self.find(wanted)
        return positions, self.names(positions), self.samples(positions)

    def position(self, one: Id) -> int | None:
        """Return the position of an id, None where there is no such sample."""
        if self._names is not None:
            return self._positions.get(one)
        total = self._data.samples or 0
        return one if isinstance(one, int) and 0 <= one < total else None

    def names(self, positions: Iterable[int]) -> tuple[Id, ...]:
        """Return the ids at these positions."""
        return tuple(at if self._names is None else self._names[at] for at in positions)

    def take(self, positions: Iterable[int]) -> None:
        """Take samples out of the retained set."""
        self._removed.update(positions)

    def put_back(self, positions: Iterable[int]) -> None:
        """Put samples back into the retained set."""
        self._removed.difference_update(positions)

    def follow(self, removed: Iterable[Id]) -> None:
        """Have these samples removed, and no others; ids of other data play no part."""
        found = (self.position(one) for one in removed)
        self._removed = {at for at in found if at is not None}

    def without(self, positions: Iterable[int] = ()) -> Batches:
        """Return the retained data, without some more samples.

        Parameters
        ----------
        positions : iterable of int
            Those to leave out besides those that were removed.
        """
        gone = self._removed.union(positions)
        if not gone:
            return self._data
        return self._data.only(at for at in range(self._total()) if at not in gone)

    def samples(self, positions: Iterable[int]) -> Batches:
        """Return the samples at these positions, in this order."""
        return self._data.only(positions)


def _twice(names: Iterable[Id]) -> Id:
    seen: set[Id] = set()
    for one in names:
        if one in seen:
            return one
        seen.add(one)
    raise AssertionError("every id is there once")
