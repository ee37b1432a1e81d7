"""The lines of a ledger, each sealed with a hash and tied to the line before by another.

A line is a JSON object whose last member is `sha256`, the SHA-256 of the line's bytes without
it; `previous` is the SHA-256 of all bytes of the line before, without its line feed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from lcodec import LcodecError, __version__
from lcodec.scrub import checks
from lcodec.scrub.ledger.entry import Entry
from lcodec.scrub.samples.retained import Id

FORMAT = {"format": "lcodec-ledger", "version": 1}
SEAL = b',"sha256":"'


@dataclass
class Standing:
    """Where the entries so far lead: the removals that stand, and what they have spent.

    The removals that were not taken back are there by their numbers, in order, and the ids and
    the hashes of samples are theirs; those that were taken back still count in `composed`.
    """

    removals: dict[int, Entry] = field(default_factory=dict)
    ids: set[Id] = field(default_factory=set)
    samples: set[str] = field(default_factory=set)
    composed: Mapping[str, float] = field(default_factory=lambda: {"epsilon": 0.0, "delta": 0.0})
    last: Entry | None = None

    def add(self, entry: Entry) -> None:
        """Go one entry further."""
        if entry.undoes is None:
            self.removals[entry.sequence] = entry
            self.ids.update(entry.ids)
            self.samples.update(entry.samples)
        else:
            back = self.removals.pop(entry.undoes)
            self.ids.difference_update(back.ids)
            self.samples.difference_update(back.samples)
        self.composed, self.last = entry.composed, entry

    def with_entry(self, entry: Entry) -> Standing:
        """Return where one more entry leads, and stay as it is."""
        after = Standing(
            dict(self.removals), set(self.ids), set(self.samples), self.composed, self.last
        )
        after.add(entry)
        return after

    def compose(self, noise: Mapping[str, Any]) -> dict[str, float]:
        """Return epsilon and delta after one more removal with this noise, if any."""
        return {name: total + noise.get(name, 0.0) for name, total in self.composed.items()}

    def check(self, entry: Entry) -> None:
        """Refuse an entry that cannot come next: see `Ledger.append`."""
        last = self.last
        if last is not None and entry.before != last.after:
            checks.fail(
                "ledgerWeights",
                f"weights must be those after entry {last.sequence} of the ledger (SHA-256 "
                f"{last.after}), got {entry.before}",
            )
        if entry.kind == "undo":
            top = next(reversed(self.removals), None)
            if entry.undoes is None or entry.undoes != top:
                checks.fail(
                    "ledgerUndo",
                    f"an undo must be of the last removal that stands (entry {top}), "
                    f"got entry {entry.undoes}",
                )
        else:
            again: list[Id] = [id for id in entry.ids if id in self.ids]
            again += [sample for sample in entry.samples if sample in self.samples]
            if again:
                checks.fail(
                    "alreadyRemoved", f"samples must not be removed already, got {again[0]!r} again"
                )


@dataclass(frozen=True)
class Chain:
    """A ledger's entries so far, where they lead, and where its file ends."""

    entries: tuple[Entry, ...]
    standing: Standing
    last: str  # SHA-256 of the last line
    size: int  # bytes of the file that are whole lines
    unterminated: bool = False  # whether the last line is whole but lacks its line feed

    def extended(self, entry: Entry, line: bytes) -> Chain:
        """Return the chain with one more entry, `line` with its line feed."""
        digest = sha256(line.rstrip(b"\n")).hexdigest()
        standing = self.standing.with_entry(entry)
        return Chain((*self.entries, entry), standing, digest, self.size + len(line))


def header() -> bytes:
    """Return the first line."""
    return _sealed({**FORMAT, "time": now(), "library": __version__})


def now() -> str:
    """Return the time as entries hold it."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def to_line(entry: Entry, previous: str) -> bytes:
    """Return the line for an entry, with its line feed; `previous` is the hash of the last one."""
    return _sealed({**asdict(entry), "previous": previous})


def _sealed(fields: Mapping[str, Any]) -> bytes:
    body = json.dumps(fields, allow_nan=False, separators=(",", ":")).encode("ascii")[:-1]
    return body + SEAL + sha256(body).hexdigest().encode("ascii") + b'"}\n'


def _unsealed(line: bytes) -> dict[str, Any] | None:
    """Return what a line holds, None where it is not as it was written."""
    body, seal, rest = line.rpartition(SEAL)
    if not seal or rest != sha256(body).hexdigest().encode("ascii") + b'"}':
        return None
    fields: dict[str, Any] = json.loads(body + b"}")
    return fields


def load(path: str | os.PathLike[str]) -> Chain:
    """Read a ledger, as `parse` does; `lcodec:ledgerFile` where there is no readable file."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        checks.fail("ledgerFile", f"ledger must be a readable file, got `{path}`: {reason}")
    return parse(data, os.fspath(path))


def parse(data: bytes, name: str) -> Chain:
    """Read the bytes of a ledger and check them; `name` is its file's, for messages.

    A last line that is torn, not whole and not ended by a line feed, is left out.
    `lcodec:ledgerFormat` where the first line is not a ledger's, `lcodec:ledgerChain` where
    another is not as it was written or does not follow the one before.
    """
    first, *lines, tail = data.split(b"\n") if b"\n" in data else (b"", b"")
    fields = _unsealed(first) or {}
    if {key: fields.get(key) for key in FORMAT} != FORMAT:
        checks.fail(
            "ledgerFormat", f"`{name}` must be a ledger of lcodec, version 1, got another file"
        )
    unterminated = _unsealed(tail) is not None
    if unterminated:
        lines.append(tail)
    entries: list[Entry] = []
    previous, standing = sha256(first).hexdigest(), Standing()
    for number, line in enumerate(lines, start=2):
        entry = _entry(line, number, previous, name)
        try:
            standing.check(entry)
        except LcodecError as error:
            _damaged(name, number, "an entry that can come here", str(error))
        standing.add(entry)
        entries.append(entry)
        previous = sha256(line).hexdigest()
    size = len(data) - (0 if unterminated else len(tail))
    return Chain(tuple(entries), standing, previous, size, unterminated)


def _entry(line: bytes, number: int, previous: str, name: str) -> Entry:
    fields = _unsealed(line)
    if fields is None:
        _damaged(name, number, "as it was written", "one that was changed")
    if fields.pop("previous", None) != previous:
        _damaged(name, number, "the one after the line before", "one from elsewhere")
    try:
        entry = Entry(**fields)
    except TypeError:
        _damaged(name, number, "an entry of version 1", "other fields")
    if entry.sequence != number - 1:
        _damaged(name, number, f"entry {number - 1}", f"entry {entry.sequence}")
    return replace(entry, ids=tuple(entry.ids), samples=tuple(entry.samples))


def _damaged(name: str, number: int, rule: str, got: str) -> NoReturn:
    checks.fail("ledgerChain", f"line {number} of `{name}` must be {rule}, got {got}")
