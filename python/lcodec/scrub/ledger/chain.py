"""The lines of a ledger, each sealed and tied to the line before by its hash.

A line is a JSON object whose last member is its seal, made of the line's bytes without it:
`sha256`, their SHA-256, or, in a ledger with a key, `hmac_sha256`, their HMAC-SHA256. `previous`
is the SHA-256 of all bytes of the line before, without its line feed.

Without a key the chain shows accidents and edits by those who do not know it: whoever can write
the file can also seal all the lines anew. A key, or the hash of a line kept elsewhere, shows that.
With a key, who can write the file but does not have it cannot forge a line.
"""

from __future__ import annotations

import hmac
import os
import stat
from array import array
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any, NoReturn, TypeAlias

from lcodec import __version__
from lcodec.scrub import checks
from lcodec.scrub.ledger.entry import Entry
from lcodec.scrub.ledger.schema import dumps, entry_fault, fields_of
from lcodec.scrub.samples.retained import Id

FORMAT = {"format": "lcodec-ledger", "version": 1}
SEAL, KEYED_SEAL = b',"sha256":"', b',"hmac_sha256":"'
LONGEST = 2**28
"""Most bytes of a line: beyond it reading one would be a burden. Ids of some million samples."""


KEY_BYTES = range(32, 4097)


class Key:
    """A secret that tags the lines of a ledger by HMAC-SHA256.

    It is not in its `repr`, and no report, ledger or message holds it.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return f"Key({self.name})"

    @property
    def name(self) -> str:
        """By this a ledger knows its key; it tells nothing of the secret."""
        return self.tag(b"the name of a key of an lcodec-ledger")[:16]

    def tag(self, body: bytes) -> str:
        """Return the tag of some bytes, 64 hexadecimal digits."""
        return hmac.digest(self._secret, body, "sha256").hex()


Secret: TypeAlias = "str | os.PathLike[str] | bytes | Key | None"
"""A key: the path of its file, or its bytes; None for none."""


def to_key(secret: object, name: str) -> Key | None:
    """Return the key, read from its file where a path was given; `name` is the argument's.

    `lcodec:keyFile` for a file that is not there, or that others than its owner and group can
    read or write, and for a key of fewer than 32 bytes or more than 4,096.
    """
    if secret is None or isinstance(secret, Key):
        return secret
    if isinstance(secret, (str, os.PathLike)):
        data = _read(os.fspath(secret), name)
    elif isinstance(secret, bytes):
        data = secret
    else:
        got = type(secret).__name__
        checks.fail("optionType", f"`{name}` must be the path of a key file or bytes, got {got}")
    if len(data) not in KEY_BYTES:
        got = f"{len(data)}" if len(data) < KEY_BYTES.stop else "more"
        rule = f"{KEY_BYTES.start} to {KEY_BYTES.stop - 1} bytes long"
        _refuse(name, f"{rule} (`head -c 32 /dev/urandom > FILE` makes one)", f"{got} bytes")
    return Key(data)


def _read(path: str, name: str) -> bytes:
    try:
        # Without waiting, where it is a pipe; what it is, is asked of the open file.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                _refuse(name, "a regular file", f"`{path}`, which is none")
            if os.name == "posix" and found.st_mode & (stat.S_IROTH | stat.S_IWOTH):
                mode = f"mode {stat.S_IMODE(found.st_mode):04o} of `{path}`"
                _refuse(name, f"a secret (`chmod 600 {path}`; if it was seen, a new one)", mode)
            return file.read(KEY_BYTES.stop)
    except OSError as error:
        _refuse(name, "a file", f"`{path}`: {error.strerror or type(error).__name__}")


def _refuse(name: str, rule: str, got: str) -> NoReturn:
    checks.fail("keyFile", f"`{name}` must be {rule}, got {got}")


@dataclass
class Standing:
    """Where the entries so far lead: the removals that stand, and what they have spent.

    The removals that were not taken back are there by their numbers and sizes, in order, and
    the ids and the hashes of samples are theirs, each with the number of its removal; those that
    were taken back still count in `composed`.
    """

    removals: array[int] = field(default_factory=lambda: array("q"))
    sizes: array[int] = field(default_factory=lambda: array("q"))
    ids: dict[Id, int] = field(default_factory=dict)
    samples: dict[str, int] = field(default_factory=dict)
    composed: Mapping[str, float] = field(default_factory=lambda: {"epsilon": 0.0, "delta": 0.0})
    last: Entry | None = None

    def add(self, entry: Entry) -> None:
        """Go one entry further."""
        if entry.undoes is None:
            self.removals.append(entry.sequence)
            self.sizes.append(entry.forgotten)
            self.ids.update(dict.fromkeys(entry.ids, entry.sequence))
            self.samples.update(dict.fromkeys(entry.samples, entry.sequence))
        else:
            self.removals.pop()
            self.sizes.pop()
            for id in entry.ids:
                del self.ids[id]
            for sample in entry.samples:
                del self.samples[sample]
        self.composed, self.last = entry.composed, entry

    def with_entry(self, entry: Entry) -> Standing:
        """Return where one more entry leads, and stay as it is."""
        after = Standing(
            self.removals[:],
            self.sizes[:],
            dict(self.ids),
            dict(self.samples),
            self.composed,
            self.last,
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
            self._check_undo(entry)
        else:
            again: list[Id] = [id for id in entry.ids if id in self.ids]
            again += [sample for sample in entry.samples if sample in self.samples]
            if again:
                checks.fail(
                    "alreadyRemoved", f"samples must not be removed already, got {again[0]!r} again"
                )

    def _check_undo(self, entry: Entry) -> None:
        top = self.removals[-1] if self.removals else None
        if entry.undoes is None or entry.undoes != top:
            checks.fail(
                "ledgerUndo",
                f"an undo must be of the last removal that stands (entry {top}), "
                f"got entry {entry.undoes}",
            )
        theirs = all(self.ids.get(id) == top for id in entry.ids)
        theirs = theirs and all(self.samples.get(sample) == top for sample in entry.samples)
        if not theirs or entry.forgotten != self.sizes[-1]:
            checks.fail(
                "ledgerUndo", f"an undo must name the samples of entry {top}, got other samples"
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


def header(key: Key | None = None) -> bytes:
    """Return the first line."""
    named = {} if key is None else {"key": key.name}
    return _sealed(dumps({**FORMAT, "time": now(), "library": __version__, **named}), key)


def now() -> str:
    """Return the time as entries hold it."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def to_line(entry: Entry, previous: str, key: Key | None = None) -> bytes:
    """Return the line for an entry, with its line feed; `previous` is the hash of the last one.

    `lcodec:ledgerEntry` where the entry is none that could be read again.
    """
    try:
        body = dumps({**asdict(entry), "previous": previous})
        fields = fields_of(body[:-1])
        fault = fields if isinstance(fields, str) else entry_fault(fields)
    except (TypeError, ValueError, RecursionError) as error:
        fault = f"be JSON, got: {error}"
    line = b"" if fault else _sealed(body, key)
    if len(line) > LONGEST:
        fault = f"have at most {LONGEST} bytes, got {len(line)}"
    if fault:
        checks.fail("ledgerEntry", f"an entry must {fault}")
    return line


def _sealed(text: bytes, key: Key | None) -> bytes:
    name, tag = _seal(text[:-1], key)
    return text[:-1] + name + tag + b'"}\n'


def _seal(body: bytes, key: Key | None) -> tuple[bytes, bytes]:
    if key is None:
        return SEAL, sha256(body).hexdigest().encode("ascii")
    return KEYED_SEAL, key.tag(body).encode("ascii")


def unsealed(line: bytes, key: Key | None) -> bytes | None:
    """Return a line up to its seal, None where it is not as it was written."""
    body, seal, rest = line.rpartition(SEAL if key is None else KEYED_SEAL)
    if not seal or not hmac.compare_digest(rest, _seal(body, key)[1] + b'"}'):
        return None
    return body
