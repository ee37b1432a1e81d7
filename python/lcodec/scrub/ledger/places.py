"""Where files go: what lies there already, and whether two names are one file."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from lcodec.scrub import checks

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link",
}
UNFINISHED = re.compile(r"\..+\.[a-z0-9_]+\.partial")
"""Names of files that are being written, or were when their process was killed."""


def kind(found: os.stat_result) -> str:
    """Return what is there, for messages."""
    return KINDS.get(stat.S_IFMT(found.st_mode), "a file")


def real_file(path: str | os.PathLike[str], what: str = "`path`") -> Path:
    """Return where a file is or will be, with all links followed.

    `lcodec:writeFailed` where something else than a regular file is: a device or a FIFO would be
    replaced by a file, or wait for ever. `what` is the argument, for messages.
    """
    try:
        name = os.fsdecode(path)
    except TypeError:
        checks.fail(
            "optionType", f"{what} must be a str or an os.PathLike, got {type(path).__name__}"
        )
    if not name:
        checks.fail("writeFailed", f"{what} must name a file, got an empty name")
    found = None
    try:
        found = os.stat(name)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:  # a NUL in it, say, is a ValueError
        reason = error.strerror if isinstance(error, OSError) else str(error)
        checks.fail("writeFailed", f"{what} must name a file, got {name!a}: {reason}")
    if found is None and os.path.basename(name) in ("", ".", ".."):
        checks.fail("writeFailed", f"{what} must name a file, got `{name}`, a folder")
    if found is not None and not stat.S_ISREG(found.st_mode):
        checks.fail(
            "writeFailed",
            f"{what} must be a regular file or a new one, got `{name}`, {kind(found)}",
        )
    place = Path(os.path.realpath(name))
    if UNFINISHED.fullmatch(place.name):
        checks.fail(
            "writeFailed",
            f"{what} must have a name that unfinished files do not have, got `{name}`",
        )
    return place


@dataclass(frozen=True)
class Place:
    """A real path that something is read from or written to.

    A "file" and the "own" folder of a ledger's steps are for one purpose; a "shared" folder may
    hold other files, too.
    """

    name: str  # for messages, such as "`--output`"
    path: Path
    kind: Literal["file", "own", "shared"] = "file"


def lock_of(ledger: Path) -> Path:
    """Return the lock beside a ledger's file."""
    return ledger.with_name(f"{ledger.name}.lock")


def steps_of(ledger: Path) -> Path:
    """Return the folder of the steps beside a ledger's file."""
    return ledger.with_name(f"{ledger.name}.steps")


def ledger_places(ledger: Path, name: str) -> list[Place]:
    """Return the places that a ledger needs for itself; `name` is the argument's."""
    return [
        Place(name, ledger),
        Place(f"the lock of {name}", lock_of(ledger)),
        Place(f"the steps of {name}", steps_of(ledger), "own"),
    ]


def apart(written: Sequence[Place], read: Sequence[Place] = ()) -> None:
    """Refuse places of which one would destroy another, by whatever names or links.

    What is only read may be anywhere among itself, but not where something is written.
    `lcodec:samePath`.
    """
    pairs = [*combinations(written, 2), *((one, other) for one in written for other in read)]
    for one, other in pairs:
        if _clash(one, other):
            checks.fail(
                "samePath",
                f"{one.name} and {other.name} must be different files, got `{one.path}` and "
                f"`{other.path}`, which are the same or one in the other",
            )


def _clash(one: Place, other: Place) -> bool:
    return (one.kind != "shared" and _holds(one.path, other.path)) or (
        other.kind != "shared" and _holds(other.path, one.path)
    )


def _holds(outer: Path, inner: Path) -> bool:
    return any(_same(outer, path) for path in (inner, *inner.parents))


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return os.path.samefile(one, other)  # a hard link, too
    if one.exists() or other.exists():
        return False
    return _new(one) == _new(other)


def _new(path: Path) -> tuple[object, str]:
    """Return what tells new files apart: some file systems take names by their letters only."""
    folder: object = path.parent
    if path.parent.exists():
        found = path.parent.stat()
        folder = (found.st_dev, found.st_ino)
    return folder, unicodedata.normalize("NFC", path.name).casefold()
