"""A ledger's file while one process has it, and nobody else writes to it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from lcodec.scrub import checks
from lcodec.scrub.ledger.chain import Chain
from lcodec.scrub.ledger.files import (
    PLAIN,
    Lock,
    cannot_write,
    is_current,
    write_all,
    write_atomically,
)
from lcodec.scrub.ledger.rights import Rights


class Held:
    """A ledger's file, open for writing in this process alone.

    There are two locks: one beside the file, which says who has it, and one on the file itself,
    in case the first is deleted or the file has a second name.
    """

    def __init__(self, path: Path, header: bytes, rights: Rights) -> None:
        self._path = path
        self._handle, self._begun = -1, False
        self._lock = Lock(path, Rights.like(path) if path.exists() else rights)
        try:
            if not path.exists() or path.stat().st_size == 0:
                write_atomically(path, header, rights)
            handle = os.open(path, os.O_RDWR | os.O_APPEND | PLAIN)
            try:
                self._lock.check(handle)
            except BaseException:
                os.close(handle)
                raise
            self._handle = self._lock.keep(handle)
            self.check()
        except OSError as error:
            self.release()
            cannot_write(path, error)
        except BaseException:
            self.release()
            raise

    def mend(self, chain: Chain) -> Chain:
        """Cut off a torn last line, or end a whole one; return the chain as it is then."""
        try:
            os.ftruncate(self._handle, chain.size)
            if chain.unterminated:
                write_all(self._handle, b"\n")
                chain = replace(chain, size=chain.size + 1, unterminated=False)
            os.fsync(self._handle)
        except OSError as error:
            cannot_write(self._path, error)
        return chain

    def check(self, size: int | None = None) -> None:
        """Refuse to write in a forked process, after `release`, or to another file.

        `size` is what the file has, where it is known.
        """
        here, self._begun = os.getpid(), False
        if here != self._lock.process:
            checks.fail(
                "ledgerLocked",
                f"`{self._path}` must be written by process {self._lock.process}, which opened "
                f"it, got its fork {here}; close it before the fork, and open it in one of both",
            )
        if self._handle not in self._lock:
            checks.fail("ledgerClosed", f"ledger `{self._path}` must be open for writing")
        if not is_current(self._handle, self._path) or (
            size is not None and os.fstat(self._handle).st_size != size
        ):
            checks.fail(
                "ledgerReplaced",
                f"`{self._path}` must be the file that was opened, with what was written to it, "
                "got a changed or another one; close the ledger, and look into the file",
            )

    def is_mine(self) -> bool:
        """Return whether the file is open, and was opened by this process."""
        return self._handle in self._lock and os.getpid() == self._lock.process

    def append(self, line: bytes, size: int) -> None:
        """Write a line, on the disk when this returns, after as many bytes as were there."""
        self.check(size)
        self._begun = True
        write_all(self._handle, line)
        os.fsync(self._handle)

    def cut(self, size: int) -> None:
        """Take back what an `append` has written, if it came so far; others' lines stay."""
        if self._begun:
            try:
                os.ftruncate(self._handle, size)
            except OSError as error:
                cannot_write(self._path, error)

    def release(self) -> None:
        """Let others have the file."""
        self._lock.release()
