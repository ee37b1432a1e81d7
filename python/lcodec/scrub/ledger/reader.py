"""Reading a ledger: line by line, each checked as it comes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO, NoReturn

from lcodec import LcodecError
from lcodec.scrub import checks
from lcodec.scrub.ledger.chain import (
    KEYED_SEAL,
    LONGEST,
    Chain,
    Key,
    Secret,
    Standing,
    to_key,
    unsealed,
)
from lcodec.scrub.ledger.entry import Entry
from lcodec.scrub.ledger.schema import entry_fault, fields_of, header_fault, is_sha


class Reader:
    """The entries of a ledger, one by one, each once its line was checked.

    It holds no more of them than which samples are removed, and by which entry. What comes
    before a bad line is right, but only at the end is the whole chain known to be.

    Parameters
    ----------
    stream : binary file
        At its start.
    name : str
        The file's, for messages.
    key : Key, optional
        Of a ledger that is sealed with one.
    contains : str, optional
        The SHA-256 of a line, noted when it was the last one: it must be there.

    Attributes
    ----------
    standing : Standing
        Where the entries so far lead.
    count : int
        How many there were.
    last : str
        SHA-256 of the last line so far.
    size : int
        Bytes of the whole lines so far.
    unterminated : bool
        Whether the last line is whole but lacks its line feed.
    torn : int
        Bytes of a last line that is neither whole nor ended by a line feed; it is left out.

    Raises
    ------
    LcodecError
        While it goes on: `lcodec:ledgerFormat` where the first line is not a ledger's,
        `lcodec:ledgerKey` where the key is not its own, `lcodec:ledgerChain` where a line is not
        as it was written or does not follow the one before, `lcodec:ledgerAnchor` at the end.
    """

    def __init__(
        self, stream: BinaryIO, name: str, key: Key | None = None, contains: str | None = None
    ) -> None:
        self._stream, self._name, self._key = stream, name, key
        self._wanted = None if contains is None else contains.lower()
        if self._wanted is not None and not is_sha(self._wanted):
            checks.fail(
                "optionValue",
                f"`contains` must be the SHA-256 of a line, 64 hexadecimal digits, "
                f"got {contains!r}",
            )
        self.standing, self.count = Standing(), 0
        self.last, self.size, self.unterminated, self.torn = "", 0, False, 0

    def __iter__(self) -> Iterator[Entry]:
        found = self._go_on(self._first())
        while line := self._line():
            number = self.count + 2
            if len(line) > LONGEST:
                self._damaged(number, f"at most {LONGEST} bytes long", "a longer one")
            self.unterminated = not line.endswith(b"\n")
            if self.unterminated and unsealed(line, self._key) is None:
                self.unterminated, self.torn = False, len(line)
                break
            entry = self._entry(line.removesuffix(b"\n"), number)
            self.standing.add(entry)
            self.count += 1
            found = self._go_on(line) or found
            yield entry
        if self._wanted is not None and not found:
            checks.fail(
                "ledgerAnchor",
                f"`{self._name}` must contain the line with SHA-256 {self._wanted}, got a ledger "
                "without it: lines at its end are gone, or it was written anew",
            )

    def _line(self) -> bytes:
        try:
            return self._stream.readline(LONGEST + 1)
        except OSError as error:
            _unreadable(self._name, error)

    def _go_on(self, line: bytes) -> bool:
        """Note a line that was checked, and say whether it is the one that must be there."""
        self.last = sha256(line.removesuffix(b"\n")).hexdigest()
        self.size += len(line)
        return self.last == self._wanted

    def _first(self) -> bytes:
        line = self._line()
        text = line.removesuffix(b"\n")
        body, keyed, _ = text.rpartition(KEYED_SEAL)
        if not keyed:
            body = unsealed(text, None) or b""
        fields = fields_of(body)
        if isinstance(fields, str) or header_fault(fields) or text == line:
            checks.fail(
                "ledgerFormat",
                f"`{self._name}` must be a ledger of lcodec, version 1, got another file",
            )
        self._check_key(fields.get("key") if keyed else None)
        if keyed and unsealed(text, self._key) is None:
            self._damaged(1, "as it was written", "one that was changed")
        return line

    def _check_key(self, named: str | None) -> None:
        """Refuse a ledger that is sealed with another key than this one, or with none."""
        if named == (None if self._key is None else self._key.name):
            return
        if self._key is None:
            rule, got = f"opened with its key (`{named}`)", "no key"
        elif named is None:
            rule, got = "sealed with the key", "a ledger without one; a key needs a new ledger"
        else:
            rule, got = f"opened with its key (`{named}`)", f"the key `{self._key.name}`"
        checks.fail("ledgerKey", f"`{self._name}` must be {rule}, got {got}")

    def _entry(self, line: bytes, number: int) -> Entry:
        body = unsealed(line, self._key)
        if body is None:
            self._damaged(number, "as it was written", "one that was changed")
        fields = fields_of(body)
        fault = fields if isinstance(fields, str) else entry_fault(fields)
        if isinstance(fields, str) or fault:
            checks.fail("ledgerChain", f"line {number} of `{self._name}` must {fault}")
        if fields.pop("previous") != self.last:
            self._damaged(number, "the one after the line before", "one from elsewhere")
        if fields["sequence"] != number - 1:
            self._damaged(number, f"entry {number - 1}", f"entry {fields['sequence']}")
        fields["ids"], fields["samples"] = tuple(fields["ids"]), tuple(fields["samples"])
        entry = Entry(**fields)
        try:
            self.standing.check(entry)
        except LcodecError as error:
            self._damaged(number, "an entry that can come here", str(error))
        composed = self.standing.compose(entry.noise or {})
        if entry.composed != composed:
            rule = f"with the sum {composed} as `composed`"
            self._damaged(number, rule, str(entry.composed))
        return entry

    def _damaged(self, number: int, rule: str, got: str) -> NoReturn:
        checks.fail("ledgerChain", f"line {number} of `{self._name}` must be {rule}, got {got}")


def opened(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a ledger to read it; `lcodec:ledgerFile` where there is no readable file."""
    try:
        return open(path, "rb")
    except OSError as error:
        _unreadable(os.fspath(path), error)


def _unreadable(name: str, error: OSError) -> NoReturn:
    reason = error.strerror or type(error).__name__
    checks.fail("ledgerFile", f"ledger must be a readable file, got `{name}`: {reason}")


def load(path: str | os.PathLike[str], key: Key | None = None) -> Chain:
    """Read a whole ledger, as `Reader` does; `lcodec:ledgerFile` where there is no such file."""
    with opened(path) as stream:
        return _chain(Reader(stream, os.fspath(path), key))


def parse(data: bytes, name: str, key: Key | None = None) -> Chain:
    """Read the bytes of a ledger, as `Reader` does; `name` is its file's, for messages."""
    return _chain(Reader(BytesIO(data), name, key))


def _chain(reader: Reader) -> Chain:
    entries = tuple(reader)
    return Chain(entries, reader.standing, reader.last, reader.size, reader.unterminated)


def read_entries(
    path: str | os.PathLike[str], *, key: Secret = None, contains: str | None = None
) -> Iterator[Entry]:
    """Check a ledger and give its entries one by one, for ledgers too long to hold in memory.

    Nothing is locked or changed. What comes before a bad line is right; the whole chain is
    known to be right only once the iteration has come to its end.

    Parameters
    ----------
    path : path-like
        File of the ledger.
    key : path-like or bytes, optional
        The key that the ledger is sealed with: its file, or the bytes themselves.
    contains : str, optional
        The SHA-256 of a line, as `lcodec ledger verify` shows that of the last one, noted
        earlier and elsewhere. The ledger must contain that line.

    Yields
    ------
    Entry
        In order; without a torn last line, which was never acted on.

    Raises
    ------
    LcodecError
        As `verify` does, when the iteration comes to it.

    Examples
    --------
    >>> import tempfile
    >>> from lcodec.scrub import Ledger, read_entries
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Ledger(f"{folder}/ledger.jsonl").close()
    ...     sum(entry.forgotten for entry in read_entries(f"{folder}/ledger.jsonl"))
    0
    """
    with opened(path) as stream:
        yield from Reader(stream, os.fspath(path), to_key(key, "key"), contains)


def verify(
    path: str | os.PathLike[str], *, key: Secret = None, contains: str | None = None
) -> tuple[Entry, ...]:
    """Check a ledger without locking or changing it.

    Without `key` and `contains` this finds accidents: lines that were edited, left out or moved.
    It does not find a ledger that was written anew as a whole, or that lacks lines at its end.
    `contains` finds both up to the line that was noted, and `key` finds what was written by
    anybody who does not have it. See docs/scrub-ledger.md.

    Parameters
    ----------
    path : path-like
        File of the ledger.
    key : path-like or bytes, optional
        The key that the ledger is sealed with: its file, or the bytes themselves.
    contains : str, optional
        The SHA-256 of a line, as `lcodec ledger verify` shows that of the last one, noted
        earlier and elsewhere. The ledger must contain that line.

    Returns
    -------
    tuple of Entry
        In order; without a torn last line, which was never acted on. `read_entries` gives them
        one by one.

    Raises
    ------
    LcodecError
        `lcodec:ledgerFile` where there is no such file, `lcodec:keyFile` where the key cannot be
        used, `lcodec:ledgerKey` where the ledger is sealed with another key or without one,
        `lcodec:ledgerAnchor` where it does not contain the line, and `lcodec:ledgerFormat` and
        `lcodec:ledgerChain` as for `Ledger`.

    Examples
    --------
    >>> import tempfile
    >>> from lcodec.scrub import Ledger, verify
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Ledger(f"{folder}/ledger.jsonl").close()
    ...     verify(f"{folder}/ledger.jsonl")
    ()
    """
    return tuple(read_entries(path, key=key, contains=contains))
