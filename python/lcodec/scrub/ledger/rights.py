"""Who may read a new file: nobody whom the files that it comes from, or replaces, keep out."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from lcodec.scrub import checks


@dataclass(frozen=True)
class Rights:
    """What others may do with a new file at most, and whose it is, if root makes it."""

    mode: int = 0o7777
    owner: tuple[int, int] | None = None

    @classmethod
    def like(cls, *paths: str | os.PathLike[str] | None) -> Rights:
        """Return the narrowest rights of some files, if any, and the first one's owner."""
        try:
            found = [os.stat(path) for path in paths if path is not None]
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            checks.fail("optionValue", f"`like` must be a file that is there, got: {reason}")
        if not found:
            return cls()
        mode = 0o666
        for each in found:
            mode &= each.st_mode | 0o600  # a file that its owner cannot write is of no use
        return cls(mode, (found[0].st_uid, found[0].st_gid))


def give(handle: int, rights: Rights, old: os.stat_result | None = None) -> None:
    """Give an open file the owner and the mode of the old one, or the owner in `rights`."""
    if not hasattr(os, "fchmod"):  # Windows
        return
    now = os.fstat(handle)
    owner = rights.owner if old is None else (old.st_uid, old.st_gid)
    mode = stat.S_IMODE(now.st_mode if old is None else old.st_mode & rights.mode)
    if owner is not None and owner != (now.st_uid, now.st_gid):
        try:
            os.fchown(handle, owner[0] if os.geteuid() == 0 else -1, owner[1])
        except OSError:  # another group has it: it may do no more than everybody
            mode &= ~0o070 | (mode & 0o007) << 3
    if old is not None or mode != stat.S_IMODE(now.st_mode):
        os.fchmod(handle, mode)
