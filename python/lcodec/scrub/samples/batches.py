"""Samples in batches, and, where rows can be addressed, without those that were removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
import torch
from torch import nn
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    Subset,
)

from lcodec.scrub import checks
from lcodec.scrub.samples.inputs import Inputs, apply, halves, join, pair, reiterable, take

Batch: TypeAlias = tuple[Inputs, torch.Tensor]
Data: TypeAlias = "Batch | Iterable[Batch] | Dataset[Any]"
SEVERAL = tuple, list, Mapping  # what batches are, and targets are not


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
        """Yield batches; those of rows that follow one another are views."""
        for start in range(0, len(self) if index is None else len(index), self._size):
            part = slice(start, start + self._size)
            where = part if index is None else _stretch(index[part])
            yield take(self._inputs, where), cast("torch.Tensor", take(self._targets, where))


def _stretch(index: torch.Tensor) -> torch.Tensor | slice:
    """Return rows that follow one another as a slice, which takes no copy; others as they are."""
    first = int(index[0])
    follow = int(index[-1]) - first == len(index) - 1 and bool((index.diff() == 1).all())
    if first < 0 or not follow:
        return index
    return slice(first, first + len(index))


class RowSource:
    """All rows of a map-style data set, in order; the data set may come in a DataLoader.

    The loader's own order would change from pass to pass, and lack the rows of a last batch that
    it drops.
    """

    def __init__(self, data: Any, size: int) -> None:
        self._rows: Any = data
        self._how: dict[str, Any] = {"batch_size": size}
        if isinstance(data, DataLoader):
            self._rows = data.dataset
            self._how = {
                "batch_size": data.batch_size,
                "collate_fn": data.collate_fn,
                "num_workers": data.num_workers,
                "worker_init_fn": data.worker_init_fn,
                "multiprocessing_context": data.multiprocessing_context,
            }

    def __len__(self) -> int:
        return len(self._rows)

    def batches(self, index: torch.Tensor | None) -> Iterable[Any]:
        """Return a loader over all rows or over some."""
        rows = self._rows if index is None else Subset(self._rows, index.tolist())
        # A loader without a generator would take a number from torch's global one.
        return DataLoader(rows, generator=torch.Generator(), **self._how)


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
    for batch in data:
        inputs, targets = pair(batch, "retained")
        yield take(inputs, slice(count)), targets[:count]
        count -= len(targets)
        if count <= 0:
            return


class Batches:
    """Samples in batches, on the device and in the dtype of a model.

    Parameters
    ----------
    data : pair (inputs, targets), map-style Dataset, DataLoader, or iterable of batches
        An iterable is read several times, so it must be a container and not a
        generator. A DataLoader gives its data set in order, without regard to `shuffle` and
        `drop_last`; with a sampler or batches of its own it is a container of batches.
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
        self._watch: Callable[[Batch], None] | None = None
        self._source: Source
        data = cast("Data", halves(data))
        if isinstance(data, (tuple, list)) and not all(isinstance(x, SEVERAL) for x in data):
            self._source = PairSource(*pair(data, name), batch_size)
        else:
            self._source = _source(data, batch_size, name)

    def __iter__(self) -> Iterator[Batch]:
        empty = True
        for batch in self._source.batches(self._index):
            # A pair in memory was checked as a whole.
            checked = isinstance(self._source, PairSource)
            inputs, targets = batch if checked else pair(batch, self._name)
            fitted = apply(inputs, self._fit), self._fit(targets)
            if self._watch is not None:
                self._watch(fitted)
            yield fitted
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

    def watched(self, watch: Callable[[Batch], None]) -> Batches:
        """Return the same batches, each of which `watch(batch)` sees before it is used.

        Parameters
        ----------
        watch : callable
            Called with (inputs, targets), which it must not change.
        """
        seen = object.__new__(Batches)
        seen.__dict__.update(self.__dict__)
        seen._watch = watch
        return seen

    def rows_at(self, positions: Iterable[int]) -> list[int] | None:
        """Return which rows of the data stand at positions of a pass, None where they have none."""
        if self.samples is None:
            return None
        index = self._index
        return [at if index is None else int(index[at]) for at in positions]

    @property
    def in_memory(self) -> bool:
        """Whether the data are a pair of tensors, which is the same in every pass."""
        return isinstance(self._source, PairSource)

    def sample(self, count: int, seed: int) -> Batches:
        """Return `count` of the samples, drawn without replacement, or all if there are fewer.

        Of a container of batches the first ones are taken.
        """
        total = self.size()
        if count >= total:
            return self
        if self.samples is None:
            return self.only(range(count))
        drawn = np.sort(np.random.default_rng(seed).permutation(total)[:count])
        return self.only(drawn if self._index is None else self._index[drawn].tolist())

    def together(self) -> Batch:
        """Return all the samples as one batch, on the device of the model."""
        parts = list(self)
        if len(parts) == 1:
            return parts[0]
        return join([inputs for inputs, _ in parts]), torch.cat([part[1] for part in parts])


def in_one(samples: object, batch_size: int, name: str) -> Any:
    """Return samples of a Dataset, a DataLoader or a list of batches as one pair; else as given."""
    samples = halves(samples)
    parts = checks.parts(samples)
    batches = bool(parts) and all(isinstance(part, SEVERAL) for part in parts)
    if not batches and not isinstance(samples, (Dataset, DataLoader)):
        return samples
    found = [pair(batch, name) for batch in _source(samples, batch_size, name).batches(None)]
    if not found:
        checks.fail("emptyInput", f"`{name}` must hold at least one batch, got none")
    return join([inputs for inputs, _ in found]), torch.cat([targets for _, targets in found])


def outside(samples: object, model: nn.Module, batch_size: int, name: str) -> Batches:
    """Return samples that are given themselves, (inputs, targets), in batches."""
    if not any(isinstance(part, torch.Tensor) for part in checks.parts(samples)):
        checks.fail(
            "notPair",
            f"`{name}` must be a pair of tensors (inputs, targets) or a sequence of ids, "
            f"got {checks.kind(samples)}",
        )
    return Batches(pair(samples, name), model, batch_size, name)


def _source(data: object, batch_size: int, name: str) -> Source:
    """Return where the batches of data come from that are not one pair."""
    if _addressable(data):
        return RowSource(data, batch_size)
    reiterable(data, name)
    return StreamSource(cast("Iterable[Any]", data))


def _addressable(data: object) -> bool:
    rows = data
    if isinstance(data, DataLoader):
        if data.batch_size is None or not _takes_each_once(data.sampler):
            return False
        rows = data.dataset
    return isinstance(rows, Dataset) and not isinstance(rows, IterableDataset)


def _takes_each_once(sampler: object) -> bool:
    if type(sampler) is RandomSampler:
        return not sampler.replacement and sampler.num_samples == len(sampler.data_source)
    return type(sampler) is SequentialSampler


def fit(tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Return a tensor on the device of `like`, and in its dtype if it is floating point."""
    return tensor.to(like) if tensor.is_floating_point() else tensor.to(like.device)
