"""The key of a ledger: with it, who can write the file but has no key cannot forge a line."""

from __future__ import annotations

import hmac
import os
import stat
from typing import NoReturn, TypeAlias

from lcodec.scrub import checks

SHORTEST, LONGEST = 32, 4096


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
    if not SHORTEST <= len(data) <= LONGEST:
        got = f"{len(data)}" if len(data) <= LONGEST else "more"
        _refuse(
            name,
            f"{SHORTEST} to {LONGEST} bytes long (`head -c 32 /dev/urandom > FILE` makes one)",
            f"{got} bytes",
        )
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
            return file.read(LONGEST + 1)
    except OSError as error:
        _refuse(name, "a file", f"`{path}`: {error.strerror or type(error).__name__}")


def _refuse(name: str, rule: str, got: str) -> NoReturn:
    checks.fail("keyFile", f"`{name}` must be {rule}, got {got}")
