"""Resident memory of this process, now and at its peak."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def resident_bytes() -> int | None:
    """Return the resident memory now; None where the system does not say."""
    return _status("VmRSS")


def peak_bytes() -> int:
    """Return the largest resident memory since `reset_peak`, or since the start without Linux."""
    peak = _status("VmHWM")
    if peak is not None:
        return peak
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def reset_peak() -> None:
    """Forget the peak so far, where that is possible."""
    with contextlib.suppress(OSError):  # not Linux, or a container that forbids it
        CLEAR.write_text("5", encoding="ascii")


def _status(field: str) -> int | None:
    if not STATUS.exists():
        return None
    for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return None
