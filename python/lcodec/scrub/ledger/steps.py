"""The new values of a removal on disk, so that it can be completed to the same bits."""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import torch

from lcodec.scrub import checks
from lcodec.scrub.ledger.entry import Entry
from lcodec.scrub.ledger.files import cannot_write, sweep, sync_directory, write_atomically
from lcodec.scrub.ledger.places import kind, steps_of
from lcodec.scrub.ledger.rights import Rights
from lcodec.scrub.ledger.weights import State, deserialise, serialise

Values: TypeAlias = tuple[torch.Tensor | None, torch.Tensor]
Step: TypeAlias = Mapping[str, Values]
"""By parameter: positions in the flattened tensor, None for all of it, and the values there."""

UNFINISHED_STEP = re.compile(r"\.[0-9]+\.pt\.[a-z0-9_]+\.partial")
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


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
    """The files `<ledger>.steps/<number>.pt` of a ledger's file.

    They hold values of the weights, so only the owner of the ledger may read them. The folder
    may hold files of something else: those are left alone.
    """

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._folder = steps_of(ledger)
        self._ours = 0  # the last number whose file nobody else has

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.pt"

    def check(self) -> None:
        """Refuse a place that is no folder; a link to one may lead to somebody's files."""
        found = self._found(self._folder)
        if found is not None and not stat.S_ISDIR(found.st_mode):
            checks.fail(
                "writeFailed",
                f"`{self._folder}` must be free for a folder of the ledger, got {kind(found)}; "
                "move it away",
            )

    def _found(self, path: Path) -> os.stat_result | None:
        with contextlib.suppress(FileNotFoundError):
            return os.lstat(path)
        return None

    def write(self, number: int, step: Step) -> str:
        """Store a step, on the disk when this returns, and return the SHA-256 of the file."""
        path, owner = self._path(number), Rights.like(self._ledger).owner
        try:
            self.check()
            self._make_folder(owner)
            if self._found(path) is not None and not _is_step(path):
                checks.fail(
                    "writeFailed", f"`{path}` must be free for a step, got another file; move it"
                )
        except OSError as error:
            cannot_write(self._folder, error)
        data = serialise(dict(step))
        self._ours = number
        write_atomically(path, data, Rights(0o600, owner))
        return sha256(data).hexdigest()

    def _make_folder(self, owner: tuple[int, int] | None) -> None:
        self._folder.mkdir(0o700, exist_ok=True)
        handle = os.open(self._folder, FOLDER)
        try:
            found = os.fstat(handle)
            if stat.S_IMODE(found.st_mode) & 0o077:  # of an earlier version
                os.fchmod(handle, 0o700)
            if os.geteuid() == 0 and owner not in (None, (found.st_uid, found.st_gid)):
                with contextlib.suppress(OSError):
                    os.fchown(handle, *owner)
        finally:
            os.close(handle)
        sync_directory(self._folder.parent)

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
        except OSError as error:
            checks.fail("ledgerStep", f"`{path}` must be readable, got: {error.strerror}")
        if sha256(data).hexdigest() != entry.step:
            checks.fail("ledgerStep", f"`{path}` must be as it was written, got a changed file")
        step: Step = deserialise(io.BytesIO(data), str(path))
        return step

    def clean(self, entries: int) -> None:
        """Delete what a killed process has left: unfinished writes, and a step without entry."""
        with self._files() as (folder, names):
            for name in names:
                if UNFINISHED_STEP.fullmatch(name):
                    sweep(self._folder / name)
            if f"{entries + 1}.pt" in names and _is_step(self._path(entries + 1)):
                os.unlink(f"{entries + 1}.pt", dir_fd=folder)

    def take_back(self, number: int) -> None:
        """Delete the step that `write` has stored, if it came so far."""
        if self._ours != number:
            return
        with contextlib.suppress(OSError):
            self._path(number).unlink()
        with contextlib.suppress(OSError):  # not empty
            os.rmdir(self._folder)

    def settle(self, entries: Sequence[Entry]) -> None:
        """Delete the steps of entries, where the files are as they were written."""
        with self._files() as (folder, names):
            for name in names:
                found = re.fullmatch(r"([1-9][0-9]{0,17})\.pt", name)
                if found is None or int(found[1]) > len(entries):
                    continue
                if _sha256(self._folder / name) == entries[int(found[1]) - 1].step:
                    os.unlink(name, dir_fd=folder)

    @contextlib.contextmanager
    def _files(self) -> Iterator[tuple[int, frozenset[str]]]:
        """Open the folder, without following a link, and delete it in the end if it is empty."""
        if self._found(self._folder) is None:
            yield -1, frozenset()
            return
        try:
            handle = os.open(self._folder, FOLDER)
            try:
                with os.scandir(handle) as found:
                    yield handle, frozenset(each.name for each in found if _is_plain(each))
            finally:
                os.close(handle)
        except OSError as error:
            cannot_write(self._folder, error)
        with contextlib.suppress(OSError):  # not empty
            os.rmdir(self._folder)


def _is_plain(found: os.DirEntry[str]) -> bool:
    return found.is_file(follow_symlinks=False)


def _sha256(path: Path) -> str:
    digest = sha256()
    with open(path, "rb") as file:
        while piece := file.read(2**20):
            digest.update(piece)
    return digest.hexdigest()


def _is_step(path: Path) -> bool:
    """Return whether a file may be a step, and not what somebody else has put there."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return False
    if path.stat().st_size == 0:
        return True
    try:
        with open(path, "rb") as file:
            held = deserialise(file, str(path))
    except Exception:  # of many types
        return False
    return isinstance(held, dict) and all(_is_values(values) for values in held.values())


def _is_values(values: object) -> bool:
    return (
        isinstance(values, tuple)
        and len(values) == 2
        and (values[0] is None or isinstance(values[0], torch.Tensor))
        and isinstance(values[1], torch.Tensor)
    )
