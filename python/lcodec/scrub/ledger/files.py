"""Writing a file so that it is the old or the new one, whatever happens in between; and a lock."""

from __future__ import annotations

import contextlib
import os
import tempfile
from glob import escape
from pathlib import Path
from typing import NoReturn

from lcodec.scrub import checks


def write_atomically(path: str | os.PathLike[str], data: bytes | memoryview) -> None:
    """Replace a file as a whole, and return when it is on the disk.

    The bytes go to a temporary file in the same directory, which is flushed to the disk and
    then renamed. On any error the old file is as it was and the temporary one is gone. A link
    is followed, and an existing file keeps its mode. `lcodec:writeFailed` with what the system
    said, such as a full disk.
    """
    target = Path(os.path.realpath(path))
    try:
        _sweep(target)
        handle, partial = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=".partial"
        )
        try:
            try:
                with contextlib.suppress(OSError):  # where there are no locks
                    _lock(handle)  # so that no sweep takes it for one that was left behind
                os.fchmod(handle, _mode(target))
                write_all(handle, data)
                os.fsync(handle)
                os.replace(partial, target)
            finally:
                os.close(handle)
        except BaseException:  # KeyboardInterrupt too
            with contextlib.suppress(OSError):
                os.unlink(partial)
            raise
        sync_directory(target.parent)
    except OSError as error:
        cannot_write(path, error)


def _sweep(target: Path) -> None:
    """Delete temporary files that were left by processes killed while writing this file."""
    for partial in target.parent.glob(f".{escape(target.name)}.*.partial"):
        with contextlib.suppress(OSError):  # it is being written, or gone
            handle = os.open(partial, os.O_RDWR)
            try:
                _lock(handle)
                os.unlink(partial)
            finally:
                os.close(handle)


def _lock(handle: int) -> None:
    """Lock an open file or raise BlockingIOError; the lock ends with the process."""
    import fcntl  # not there on Windows, where the rest of the package works

    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_all(handle: int, data: bytes | memoryview) -> None:
    """Write all the bytes to an open file; the system may take them in parts."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def sync_directory(path: Path) -> None:
    """Flush a directory, so that a file made, renamed or deleted in it stays so."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def cannot_write(path: str | os.PathLike[str], error: OSError) -> NoReturn:
    """Raise `lcodec:writeFailed` with what the system said."""
    reason = error.strerror or type(error).__name__
    checks.fail("writeFailed", f"`{os.fspath(path)}` must be writable, got: {reason}")


def _mode(target: Path) -> int:
    try:
        return target.stat().st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)  # the only way to read it
        os.umask(mask)
        return 0o666 & ~mask


class Lock:
    """Exclusive use of a path, held until `release` or the end of the process.

    The lock is on `<path>.lock`, a file beside it that holds the number of the process and is
    gone once the lock is released. A process that was killed leaves the file, but not the lock.
    `lcodec:ledgerLocked` where another process, or another part of this one, holds it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = f"{os.fspath(path)}.lock"
        while True:
            try:
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            except OSError as error:
                cannot_write(self._path, error)
            try:
                _lock(handle)
            except BlockingIOError:
                holder = os.read(handle, 32).decode("ascii", "replace").strip()
                os.close(handle)
                checks.fail(
                    "ledgerLocked",
                    f"`{os.fspath(path)}` must be free to use, "
                    f"got one that process {holder or 'unknown'} holds",
                )
            # The holder deletes the file: what was opened may be a file that is gone by now.
            if self._is_current(handle):
                break
            os.close(handle)
        self._handle = handle
        try:
            os.ftruncate(handle, 0)
            write_all(handle, f"{os.getpid()}\n".encode("ascii"))
        except OSError as error:
            self.release()
            cannot_write(self._path, error)

    def _is_current(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self._path))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give the lock up; a second call does nothing."""
        if self._handle >= 0:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            os.close(self._handle)
            self._handle = -1
