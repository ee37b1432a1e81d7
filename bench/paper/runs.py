"""What an experiment is, and one run of it: its journal, its folder and how far it is."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from tqdm import tqdm

from bench.paper.journal import Journal, Record
from bench.paper.settings import Config
from lcodec.scrub import load_weights, save_weights


@dataclass
class Run:
    """One run of an experiment.

    Attributes
    ----------
    journal : Journal
        The records so far; `write` adds to it.
    folder : path
        Of this run alone: weights and ledgers, by which it is gone on with.
    device : torch.device
        Where tensors are.
    """

    journal: Journal
    folder: Path
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    _bar: Any = None

    def expect(self, count: int) -> None:
        """Say how many records there will be in all; from here on the time left is shown."""
        done = len(self.journal.records)
        pause = 0.5 if sys.stderr.isatty() else 30.0
        self._bar = tqdm(
            total=count, initial=done, mininterval=pause, unit="record", dynamic_ncols=True
        )

    def write(self, place: Mapping[str, Any], measured: Mapping[str, Any]) -> None:
        """Add a record."""
        self.journal.write({**place, **measured})
        if self._bar is not None:
            self._bar.set_postfix_str(", ".join(map(str, place.values())), refresh=False)
            self._bar.update()

    def missing(self, **place: Any) -> bool:
        """Return whether there is no record at a place yet."""
        return not self.journal.find(**place)

    def model(self, name: str, make: Callable[[], nn.Module], empty: nn.Module) -> nn.Module:
        """Return a model that is made once in a run, and read from its folder from then on.

        Parameters
        ----------
        name : str
            Of its file.
        make : callable
            Trains it.
        empty : torch.nn.Module
            One of the same kind, which takes the weights where there are some.
        """
        file = self.folder / f"{name}.pt"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            save_weights(make().state_dict(), file)
        empty.load_state_dict(load_weights(file))
        return empty.eval()

    def close(self) -> None:
        """End the line that shows how far the run is."""
        if self._bar is not None:
            self._bar.close()


@dataclass(frozen=True)
class Experiment:
    """One experiment of the paper.

    Attributes
    ----------
    name : str
        As on the command line, and of its folder.
    question : str
        What it answers.
    small : str
        Time and memory of --small.
    load : callable
        `load(folder or None, config)` returns the data, which have `source` and `sha256`.
    run : callable
        `run(config, data, run)` measures what the journal lacks.
    report : callable
        `report(account)` returns tables and verdict as Markdown.
    draw : callable
        `draw(account, file)` draws the figure.
    generated : bool, default False
        Whether the data are generated, so that the full size needs no folder either.
    """

    name: str
    question: str
    small: str
    load: Callable[[Path | None, Config], Any]
    run: Callable[[Config, Any, Run], None]
    report: Callable[[Record], str]
    draw: Callable[[Record, Path], None]
    generated: bool = False


def checksum(arrays: Iterable[Any]) -> str:
    """Return the SHA-256 of arrays or tensors: their types, shapes and bytes, in this order."""
    digest = hashlib.sha256()
    for array in arrays:
        values = array.numpy() if isinstance(array, torch.Tensor) else array
        digest.update(f"{values.dtype.str} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
