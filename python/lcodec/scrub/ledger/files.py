"""Writing a file so that it is the old or the new one, whatever happens in between; and a lock."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import weakref
from pathlib import Path
from typing import Any, NoReturn

from lcodec.scrub import checks
from lcodec.scrub.ledger.places import kind, lock_of, real_file
from lcodec.scrub.ledger.rights import Rights, give

# Not there on Windows, or only there.
PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
ATTEMPTS = 20  # each fails only if another process sweeps in the moment before the lock


def write_atomically(
    path: str | os.PathLike[str], data: bytes | memoryview, rights: Rights | None = None
) -> None:
    """Replace a file as a whole, and return when it is on the disk.

    The bytes go to a temporary file in the same directory, which is flushed to the disk and
    then renamed. On any error the old file is as it was and the temporary one is gone. A link
    is followed, and an existing file keeps its mode, within `rights`, and as far as the system
    allows its owner. `lcodec:writeFailed` with what the system said, such as a full disk, or
    where there is no regular file but a device, say.
    """
    target = real_file(path)
    try:
        _sweep(target)
        handle, partial, locked = _begin(target, rights or Rights())
        try:
            try:
                write_all(handle, data)
                os.fsync(handle)
                if locked:  # as long as it is, no sweep takes it for one that was left behind
                    os.replace(partial, target)
            finally:
                os.close(handle)
            if not locked:  # Windows renames no open file
                os.replace(partial, target)
        except BaseException:  # KeyboardInterrupt too
            with contextlib.suppress(OSError):
                os.unlink(partial)
            raise
        sync_directory(target.parent)
    except OSError as error:
        cannot_write(path, error)


def try_to_write(path: str | os.PathLike[str]) -> None:
    """Raise what `write_atomically` would, as far as it can be known; change nothing."""
    target = real_file(path)
    try:
        handle, partial, _ = _begin(target, Rights())
        os.close(handle)
        os.unlink(partial)
    except OSError as error:
        cannot_write(path, error)


def _begin(target: Path, rights: Rights) -> tuple[int, Path, bool]:
    """Return an open temporary file with the rights of the target, and whether it is locked."""
    old = target.stat() if target.exists() else None
    for attempt in range(ATTEMPTS):
        partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
        # The system itself takes the umask away from the mode of a new file.
        mode = 0o600 if old else 0o666 & rights.mode
        handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | PLAIN, mode)
        try:
            locked = swept = False
            try:
                _lock(handle)
                locked = True
                swept = not is_current(handle, partial)
            except BlockingIOError:
                swept = True
            except OSError:  # there are no locks: then nobody sweeps, either
                pass
            if not swept or attempt == ATTEMPTS - 1:
                give(handle, rights, old)
                return handle, partial, locked
        except BaseException:
            os.close(handle)
            with contextlib.suppress(OSError):
                os.unlink(partial)
            raise
        os.close(handle)
        with contextlib.suppress(OSError):
            os.unlink(partial)
    raise AssertionError("the last attempt returns")


def _sweep(target: Path) -> None:
    """Delete temporary files that were left by processes killed while writing this file."""
    with contextlib.suppress(OSError), os.scandir(target.parent) as found:
        ours = re.compile(rf"\.{re.escape(target.name)}\.[a-z0-9_]+\.partial")
        left = [each.path for each in found if ours.fullmatch(each.name)]
        for partial in left:
            sweep(Path(partial))


def sweep(partial: Path) -> None:
    """Delete a temporary file, unless it is being written."""
    with contextlib.suppress(OSError):  # it is being written, a link, or gone
        handle = os.open(partial, os.O_RDWR | PLAIN)
        try:
            _lock(handle)
            if stat.S_ISREG(os.fstat(handle).st_mode) and is_current(handle, partial):
                os.unlink(partial)
        finally:
            os.close(handle)


def _lock(handle: int) -> None:
    """Lock an open file until it is closed or the process ends.

    BlockingIOError where it is locked, another OSError where there are no locks.
    """
    fcntl = _fcntl()
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _fcntl() -> Any:
    try:
        import fcntl
    except ImportError:
        raise OSError(errno.ENOSYS, "Python has no fcntl here, as on Windows") from None
    return fcntl


def is_current(handle: int, path: Path) -> bool:
    """Return whether an open file still has this name."""
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except FileNotFoundError:
        return False


def write_all(handle: int, data: bytes | memoryview) -> None:
    """Write all the bytes to an open file; the system may take them in parts."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def sync_directory(path: Path) -> None:
    """Flush a directory, so that a file made, renamed or deleted in it stays so."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows opens none
        return
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def cannot_write(path: str | os.PathLike[str], error: OSError) -> NoReturn:
    """Raise `lcodec:writeFailed` with what the system said."""
    reason = error.strerror or type(error).__name__
    checks.fail("writeFailed", f"`{os.fspath(path)}` must be writable, got: {reason}")


_locks: weakref.WeakSet[Lock] = weakref.WeakSet()
"""Those that this process holds."""


class Lock:
    """Exclusive use of a path, held until `release` or the end of the process.

    The lock is on `<path>.lock`, a file beside it that holds the number of the process and is
    gone once the lock is released, or is garbage. A process that was killed leaves the file, but
    not the lock. A forked process does not have it. `lcodec:ledgerLocked` where another process,
    or another part of this one, holds it.
    """

    def __init__(self, path: str | os.PathLike[str], rights: Rights | None = None) -> None:
        self.process = os.getpid()
        self._of = Path(path)
        self._path = lock_of(self._of)
        self._handles: list[int] = []
        # Of a list and not of this object, so that it happens when this object is garbage.
        self.release = weakref.finalize(self, _release, self._handles, self._path, self.process)
        _locks.add(self)
        try:
            _fcntl()  # before there is a file: Windows deletes none that is open
        except OSError as error:
            self._no_locks(error)
        while not self._handles:
            try:
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT | PLAIN, 0o666)
            except OSError as error:
                self._in_the_way(error)
            try:
                self.check(handle)
                # The holder deletes the file: what was opened may be gone by now.
                if is_current(handle, self._path):
                    self._write(handle, rights or Rights())
                    self._handles.append(handle)
            finally:
                if not self._handles:
                    os.close(handle)

    def check(self, handle: int) -> None:
        """Lock an open file, or say who has it."""
        try:
            _lock(handle)
        except BlockingIOError:
            self._say_who(handle)
        except OSError as error:
            if is_current(handle, self._path) and os.fstat(handle).st_size == 0:
                os.unlink(self._path)
            self._no_locks(error)

    def _no_locks(self, error: OSError) -> NoReturn:
        reason = error.strerror or type(error).__name__
        checks.fail(
            "writeFailed",
            f"`{self._of}` must be where files can be locked, got: {reason}; "
            "have it on a local disk, or do without a ledger",
        )

    def _say_who(self, handle: int) -> NoReturn:
        holder = ""
        with contextlib.suppress(OSError):
            if not self._handles:  # else it is the number of this process
                holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
        here = [lock for lock in _locks if lock.has(handle)]
        if here:
            way = ", which is this very process; `close()` the ledger, or the scrubber, that has it"
        else:
            way = "; wait until it ends"
        who = str(os.getpid()) if here else holder if holder.isdecimal() else "unknown"
        checks.fail(
            "ledgerLocked",
            f"`{self._of}` must be free to use, got one that process {who} holds{way}",
        )

    def _in_the_way(self, error: OSError) -> NoReturn:
        with contextlib.suppress(OSError):
            found = os.lstat(self._path)
            if not stat.S_ISREG(found.st_mode):
                checks.fail(
                    "writeFailed",
                    f"`{self._path}` must be free for the lock, got {kind(found)}; move it away",
                )
        cannot_write(self._path, error)

    def _write(self, handle: int, rights: Rights) -> None:
        """Note the process; a file that is none of ours is left alone."""
        found = os.fstat(handle)
        mine = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
        if not mine or not re.fullmatch(rb"[0-9]*\n?", os.read(handle, 64)):
            checks.fail(
                "writeFailed",
                f"`{self._path}` must be free for the lock, got a file of something else; "
                "move it away",
            )
        try:
            if os.geteuid() == 0:  # so that the owner of the ledger can have it after a kill
                give(handle, rights)
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            write_all(handle, f"{os.getpid()}\n".encode("ascii"))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            cannot_write(self._path, error)

    def has(self, handle: int) -> bool:
        """Return whether an open file is among those that are kept here."""
        wanted = os.fstat(handle)
        return any(os.path.samestat(os.fstat(each), wanted) for each in self._handles)

    def __contains__(self, handle: int) -> bool:
        return handle in self._handles

    def keep(self, handle: int) -> int:
        """Close another file, too, when the lock is released, or in a forked process."""
        self._handles.append(handle)
        return handle

    def forget(self) -> None:
        """Close the files and keep nobody out: what a forked process does."""
        while self._handles:
            os.close(self._handles.pop())


def _release(handles: list[int], path: Path, process: int) -> None:
    """Give a lock up; in a forked process it is another's."""
    if handles and os.getpid() == process:
        with contextlib.suppress(OSError):
            if is_current(handles[0], path):
                os.unlink(path)
    while handles:
        os.close(handles.pop())


def _after_fork() -> None:
    for lock in list(_locks):
        lock.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
