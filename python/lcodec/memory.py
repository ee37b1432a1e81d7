"""How much memory a search may take unless the user says."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_UNKNOWN = 2**32  # a machine that does not say what it has


def default_limit() -> int:
    """Return a quarter of the machine's memory, or of the container's share of it, in bytes."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        total = _UNKNOWN
    with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total // 4
