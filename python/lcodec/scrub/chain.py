"""The lines of a ledger, each sealed with a hash and tied to the line before by another.

A line is a JSON object whose last member is `sha256`, the SHA-256 of the line's bytes without
it; `previous` is the SHA-256 of all bytes of the line before, without its line feed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any, NoReturn

from lcodec import LcodecError, __version__

from . import checks
from .entry import Entry

FORMAT = {"format": "lcodec-ledger", "version": 1}
SEAL = b',"sha256":"'


@dataclass(frozen=True)
class Chain:
    """A ledger's entries so far, and where its file ends.

    Attributes
    ----------
    entries : tuple of Entry
        In order.
    last : str
        SHA-256 of the last line.
    size : int
        Bytes of the file that are whole lines.
    unterminated : bool
        Whether the last line is whole but lacks its line feed.
    """

    entries: tuple[Entry, ...]
    last: str
    size: int
    unterminated: bool = False

    def extended(self, entry: Entry, line: bytes) -> Chain:
        """Return the chain with one more entry, `line` with its line feed."""
        digest = sha256(line.rstrip(b"\n")).hexdigest()
        return Chain((*self.entries, entry), digest, self.size + len(line))

    @property
    def standing(self) -> tuple[Entry, ...]:
        """The removals that were not taken back."""
        taken_back = {entry.undoes for entry in self.entries if entry.kind == "undo"}
        return tuple(
            entry
            for entry in self.entries
            if entry.kind == "removal" and entry.sequence not in taken_back
        )

    @property
    def composed(self) -> dict[str, float]:
        """Epsilon and delta so far."""
        none = {"epsilon": 0.0, "delta": 0.0}
        return dict(self.entries[-1].composed) if self.entries else none

    def check(self, entry: Entry) -> None:
        """Refuse an entry that cannot come next: other weights, or samples removed already."""
        if self.entries and entry.before != self.entries[-1].after:
            checks.fail(
                "ledgerWeights",
                f"weights must be those after entry {len(self.entries)} of the ledger (SHA-256 "
                f"{self.entries[-1].after}), got {entry.before}",
            )
        standing = self.standing
        if entry.kind == "undo":
            last = standing[-1].sequence if standing else None
            if entry.undoes != last:
                checks.fail(
                    "ledgerUndo",
                    f"an undo must be of the last removal that stands (entry {last}), "
                    f"got entry {entry.undoes}",
                )
            return
        gone = {one for other in standing for one in (*other.ids, *other.samples)}
        for one in (*entry.ids, *entry.samples):
            if one in gone:
                checks.fail(
                    "alreadyRemoved", f"samples must not be removed already, got {one!r} again"
                )


def header() -> bytes:
    """Return the first line."""
    made = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return _sealed({**FORMAT, "time": made, "library": __version__})


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


def parse(data: bytes, name: str) -> Chain:
    """Read a ledger and check it.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its name, for messages.

    Returns
    -------
    Chain
        Without a last line that is torn: not whole, and not ended by a line feed.

    Raises
    ------
    LcodecError
        `lcodec:ledgerFormat` where the first line is not a ledger's, `lcodec:ledgerChain` where
        another is not as it was written or does not follow the one before.
    """
    first, _, rest = data.partition(b"\n")
    fields = _unsealed(first) or {}
    if {key: fields.get(key) for key in FORMAT} != FORMAT:
        checks.fail(
            "ledgerFormat", f"`{name}` must be a ledger of lcodec, version 1, got another file"
        )
    chain = Chain((), sha256(first).hexdigest(), len(first) + 1)
    *whole, tail = rest.split(b"\n")
    for number, line in enumerate(whole, start=2):
        chain = chain.extended(_entry(line, number, chain, name), line + b"\n")
    if _unsealed(tail) is None:
        return chain
    entry = _entry(tail, len(whole) + 2, chain, name)
    return replace(chain.extended(entry, tail), unterminated=True)


def _entry(line: bytes, number: int, chain: Chain, name: str) -> Entry:
    fields = _unsealed(line)
    if fields is None:
        _damaged(name, number, "as it was written", "one that was changed")
    if fields.pop("previous", None) != chain.last:
        _damaged(name, number, "the one after the line before", "one from elsewhere")
    try:
        entry = Entry(**fields)
    except TypeError:
        _damaged(name, number, "an entry of version 1", "other fields")
    entry = replace(entry, ids=tuple(entry.ids), samples=tuple(entry.samples))
    if entry.sequence != number - 1:
        _damaged(name, number, f"entry {number - 1}", f"entry {entry.sequence}")
    try:
        chain.check(entry)
    except LcodecError as error:
        _damaged(name, number, "an entry that can come here", str(error))
    return entry


def _damaged(name: str, number: int, rule: str, got: str) -> NoReturn:
    checks.fail("ledgerChain", f"line {number} of `{name}` must be {rule}, got {got}")
