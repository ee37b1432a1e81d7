"""What machine this is, never its name, and how much of its memory this process takes."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[1]
STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")
T = TypeVar("T")


def describe() -> dict[str, Any]:
    """Return processor, cores, memory, system and load."""
    return {
        "cpu": _cpu(),
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load": load(),
    }


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> float:
    """Return the load average of the last minute."""
    return round(os.getloadavg()[0], 2)


def commit() -> str | None:
    """Return the commit that is measured, with a + when files differ from it; None outside Git."""
    head = _git("rev-parse", "--short", "HEAD")
    if head is None:
        return None
    return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


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


def reset_peak() -> bool:
    """Forget the peak so far; return whether that is possible."""
    try:
        CLEAR.write_text("5", encoding="ascii")
    except OSError:  # not Linux, or a container that forbids it
        return False
    return True


def grown_by(work: Callable[[], T]) -> tuple[T, int | None]:
    """Return what some work returns, and by how many bytes this process was larger at its peak.

    What is free but still held is given back to the system before. None where the system does not
    forget an earlier peak.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)  # of glibc
    before = resident_bytes() if reset_peak() else None
    result = work()
    return result, None if before is None else max(0, peak_bytes() - before)


def _status(field: str) -> int | None:
    if not STATUS.exists():
        return None
    for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return None
