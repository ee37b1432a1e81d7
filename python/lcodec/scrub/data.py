"""Samples in batches, and, where rows can be addressed, without those that were removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset

from . import checks
from .inputs import Inputs, apply, join, take

Batch: TypeAlias = tuple[Inputs, torch.Tensor]
Data: TypeAlias = "Batch | Iterable[Batch] | Dataset[Any]"


class Source(Protocol):
    """Where batches come from."""

    def __len__(self) -> int:
        """Return the number of samples; TypeError where rows cannot be addressed."""

    def batches(self, index: torch.Tensor | None) -> Iterable[Any]:
        """Return batches of all rows, or of some."""


class PairSource:
    """Inputs and targets in memory."""

    def __init__(self, inputs: Inputs, targets: torch.Tensor, size: int) -> None:
        self._inputs, self._targets, self._size = inputs, targets, size

    def __len__(self) -> int:
        return len(self._targets)

    def batches(self, index: torch.Tensor | None) -> Iterator[Batch]:
        """Yield batches; without an index they are views."""
        for start in range(0, len(self) if index is None else len(index), self._size):
            part = slice(start, start + self._size)
            where = part if index is None else index[part]
            yield take(self._inputs, where), cast("torch.Tensor", take(self._targets, where))


class RowSource:
    """A map-style data set, alone or in a DataLoader."""

    def __init__(self, data: Any, size: int) -> None:
        loader = data if isinstance(data, DataLoader) else None
        self._rows: Any = loader.dataset if loader is not None else data
        self._loader = loader
        self._size = size if loader is None else loader.batch_size
        self._collate = None if loader is None else loader.collate_fn

    def __len__(self) -> int:
        return len(self._rows)

    def batches(self, index: torch.Tensor | None) -> Iterable[Any]:
        """Return a loader over all rows (the user's own, if it was one) or over some."""
        if index is None and self._loader is not None:
            return self._loader
        rows = self._rows if index is None else Subset(self._rows, index.tolist())
        return DataLoader(rows, batch_size=self._size, collate_fn=self._collate)


class StreamSource:
    """Any container of batches; its rows have no numbers."""

    def __init__(self, data: Iterable[Any]) -> None:
        self._data = data

    def __len__(self) -> int:
        raise TypeError("rows of a container of batches have no numbers")

    def batches(self, index: torch.Tensor | None) -> Iterable[Any]:
        """Return the container, up to as many samples as an index asks for."""
        return self._data if index is None else _first(self._data, len(index))


def _first(data: Iterable[Any], count: int) -> Iterator[Any]:
    for inputs, targets in data:
        yield take(inputs, slice(count)), targets[:count]
        count -= len(targets)
        if count <= 0:
            return


class Batches:
    """Samples in batches, on the device and in the dtype of a model.

    Parameters
    ----------
    data : pair (inputs, targets), map-style Dataset, DataLoader, or iterable of batches
        An iterable is gone through several times, so it must be a container and not a
        generator.
    model : torch.nn.Module
        Floating-point inputs and targets are cast to its dtype.
    batch_size : int
        For a pair and for a Dataset.
    name : str
        Argument name for messages.
    """

    def __init__(self, data: Data, model: nn.Module, batch_size: int, name: str) -> None:
        self._name = name
        self._like = next(model.parameters())
        self._index: torch.Tensor | None = None
        self._source: Source
        if isinstance(data, (tuple, list)) and any(isinstance(x, torch.Tensor) for x in data):
            self._source = PairSource(*checks.pair(data, name), batch_size)
        elif _addressable(data):
            self._source = RowSource(data, batch_size)
        else:
            checks.reiterable(data, name)
            self._source = StreamSource(cast("Iterable[Any]", data))

    def __iter__(self) -> Iterator[Batch]:
        empty = True
        for batch in self._source.batches(self._index):
            # A pair in memory was checked as a whole.
            checked = isinstance(self._source, PairSource)
            inputs, targets = batch if checked else checks.pair(batch, self._name)
            yield apply(inputs, self._fit), self._fit(targets)
            empty = False
        if empty:
            checks.fail("emptyInput", f"`{self._name}` must hold at least one batch, got none")

    def _fit(self, tensor: torch.Tensor) -> torch.Tensor:
        return fit(tensor, self._like)

    @property
    def samples(self) -> int | None:
        """Number of samples, None where rows cannot be addressed."""
        try:
            return len(self._source) if self._index is None else len(self._index)
        except TypeError:
            return None

    def count(self) -> int | None:
        """Return the number of batches, None where it is not known in advance."""
        try:
            return len(cast("Sequence[Any]", self._source.batches(self._index)))
        except TypeError:
            return None

    def size(self) -> int:
        """Return the number of samples, counting them where it is not known."""
        known = self.samples
        return sum(len(targets) for _, targets in self) if known is None else known

    def only(self, positions: Iterable[int]) -> Batches:
        """Return the batches of these rows of the data, counted from 0.

        Parameters
        ----------
        positions : iterable of int
            Rows of the data as they were given, in the order wanted.
        """
        chosen = object.__new__(Batches)
        chosen.__dict__.update(self.__dict__)
        chosen._index = torch.as_tensor(list(positions), dtype=torch.int64)
        return chosen

    def sample(self, count: int, seed: int) -> Batches:
        """Return `count` of the samples, drawn without replacement, or all if there are fewer.

        Of a container of batches the first ones are taken.
        """
        total = self.samples
        if total is None:
            return self.only(range(count))
        if count >= total:
            return self
        drawn = np.sort(np.random.default_rng(seed).permutation(total)[:count])
        return self.only(drawn if self._index is None else self._index[drawn].tolist())

    def together(self) -> Batch:
        """Return all the samples as one batch, on the device of the model."""
        parts = list(self)
        if len(parts) == 1:
            return parts[0]
        return join([inputs for inputs, _ in parts]), torch.cat([part[1] for part in parts])


def _addressable(data: object) -> bool:
    rows = data.dataset if isinstance(data, DataLoader) else data
    if isinstance(data, DataLoader) and data.batch_size is None:
        return False  # the data set makes its own batches
    return isinstance(rows, Dataset) and not isinstance(rows, IterableDataset)


def fit(tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Return a tensor on the device of `like`, and in its dtype if it is floating point."""
    return tensor.to(like) if tensor.is_floating_point() else tensor.to(like.device)
