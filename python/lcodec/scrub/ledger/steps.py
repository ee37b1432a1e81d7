"""The new values of a removal on disk, so that it can be completed to the same bits."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import torch

from lcodec.scrub import checks
from lcodec.scrub.ledger.entry import Entry
from lcodec.scrub.ledger.files import cannot_write, sync_directory, write_atomically
from lcodec.scrub.ledger.weights import State, deserialise, serialise

Values: TypeAlias = tuple[torch.Tensor | None, torch.Tensor]
Step: TypeAlias = Mapping[str, Values]
"""By parameter: positions in the flattened tensor, None for all of it, and the values there."""


@dataclass(frozen=True)
class Change:
    """The entries of some parameters whose bits differ: their new values, and their old ones."""

    forward: Step
    back: Step


def difference(old: State, new: State) -> Change:
    """Return the entries of some parameters whose bits differ from the old ones, on the CPU.

    Parameters that do not differ are left out; of those that differ in more than half of their
    entries, the whole is there.
    """
    forward: dict[str, Values] = {}
    back: dict[str, Values] = {}
    for name, tensor in new.items():
        after, before = (each.detach().cpu().reshape(-1) for each in (tensor, old[name]))
        where = (_bits(before) != _bits(after)).any(dim=1).nonzero()[:, 0]
        if 2 * len(where) > len(after):
            forward[name], back[name] = (None, after.clone()), (None, before.clone())
        elif len(where):
            forward[name], back[name] = (where, after[where]), (where, before[where])
    return Change(forward, back)


def _bits(flat: torch.Tensor) -> torch.Tensor:
    return flat.contiguous().view(torch.uint8).reshape(len(flat), flat.element_size())


@torch.no_grad()
def apply_step(tensors: State, step: Step) -> None:
    """Store the new values of a step in the tensors, in place."""
    for name, (where, values) in step.items():
        tensor = tensors[name]
        flat = tensor.detach().reshape(-1).clone()
        flat[slice(None) if where is None else where.to(flat.device)] = values.to(flat.device)
        tensor.copy_(flat.reshape(tensor.shape))


class Steps:
    """The files `<ledger>.steps/<number>.pt` of a ledger's file."""

    def __init__(self, ledger: Path) -> None:
        self._folder = ledger.with_name(f"{ledger.name}.steps")

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.pt"

    def write(self, number: int, step: Step) -> str:
        """Store a step, on the disk when this returns, and return the SHA-256 of the file."""
        try:
            self._folder.mkdir(exist_ok=True)
            sync_directory(self._folder.parent)
        except OSError as error:
            cannot_write(self._folder, error)
        data = serialise(dict(step))
        write_atomically(self._path(number), data)
        return sha256(data).hexdigest()

    def read(self, entry: Entry) -> Step:
        """Return the step of an entry; `lcodec:ledgerStep` where its file is not as written."""
        path = self._path(entry.sequence)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            checks.fail(
                "ledgerStep",
                f"weights must be those after entry {entry.sequence} or later, got earlier ones, "
                f"and the new values in `{path}` are gone, as the new weights were saved",
            )
        if sha256(data).hexdigest() != entry.step:
            checks.fail("ledgerStep", f"`{path}` must be as it was written, got a changed file")
        step: Step = deserialise(io.BytesIO(data), str(path))
        return step

    def drop_after(self, number: int) -> None:
        """Delete the files of later steps than this, and what unfinished writes have left."""
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            written = path.suffix == ".pt" and path.stem.isdecimal()
            if path.suffix == ".partial" or (written and int(path.stem) > number):
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # not empty
            os.rmdir(self._folder)
