"""The account of one part: what was found, and on what; a JSON file that is never half written."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.machine import commit, describe

SCHEMA = "lcodec-bench-gpu-2"
FIELDS = (
    "name", "driver_version", "memory.total", "clocks.sm", "clocks.mem", "clocks.max.sm",
    "clocks.max.mem", "power.limit", "temperature.gpu", "utilization.gpu",
)  # fmt: skip
PACKAGES = (
    "cupy-cuda12x", "cupy-cuda13x", "torch", "numpy", "scipy", "numba", "pytest", "hypothesis",
)  # fmt: skip


class Account:
    """The JSON file of a part, written anew after every record.

    Parameters
    ----------
    file : path
        Where it is.
    part : str
        Name of the part.
    dry_run : bool
        Whether the CPU takes the device's place.
    """

    def __init__(self, file: Path, part: str, *, dry_run: bool) -> None:
        self._file, self._start, self._dry_run = file, time.monotonic(), dry_run
        self.content = head(part, dry_run=dry_run)
        write(file, self.content)

    def add(self, record: dict[str, Any]) -> None:
        """Keep a record and show it; one with ``"agrees": False`` makes the part fail."""
        self.content["results"].append(record)
        print(json.dumps(record), flush=True)
        write(self._file, self.content)

    def skip(self, reason: str) -> None:
        """Say that the part cannot run here."""
        self.content |= {"status": "skipped", "reason": reason}

    @property
    def agrees(self) -> bool:
        """Whether nothing differed or failed."""
        return agrees(self.content)

    def __enter__(self) -> Account:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is not None:
            self.content |= {"status": "failed", "reason": f"{type(error).__name__}: {error}"}
        elif self.content["status"] == "running":
            self.content["status"] = "done"
        self.content["seconds"] = time.monotonic() - self._start
        self.content["device_after"] = device(self._dry_run)
        write(self._file, self.content)


def head(part: str, *, dry_run: bool) -> dict[str, Any]:
    """Return an account without results."""
    return {
        "schema": SCHEMA,
        "part": part,
        "dry_run": dry_run,
        "status": "running",
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit() or os.environ.get("COMMIT"),
        "machine": describe(),
        "device": device(dry_run),
        "versions": versions(),
        "results": [],
    }


def agrees(content: dict[str, Any]) -> bool:
    """Return whether a part came to its end, or cannot run here, and nothing differed or failed."""
    ended = content["status"] in ("done", "skipped")
    return ended and all(record.get("agrees", True) for record in content["results"])


def write(file: Path, content: dict[str, Any]) -> None:
    """Write a file as a whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(new, file)


def missing() -> str | None:
    """Return why nothing can be measured on a CUDA device here; None where it can."""
    count = ctypes.c_int()
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return "there is no CUDA driver"
    status = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    if status or not count.value:
        return f"the CUDA driver finds no device (status {status})"
    if not any(find_spec(name) for name in ("cupy", "torch")):
        return "neither CuPy nor torch is installed"
    return None


def device(dry_run: bool) -> dict[str, str]:
    """Return what the driver says of the first device, as it is found."""
    if dry_run:
        return {"name": "none: the CPU in its place"}
    query = ["nvidia-smi", "--id=0", f"--query-gpu={','.join(FIELDS)}", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError) as error:
        return {"name": f"unknown: {error}"}
    return dict(zip(FIELDS, (value.strip() for value in done.stdout.split(",")), strict=True))


def versions() -> dict[str, str]:
    """Return the versions of the packages that take part."""
    import lcodec

    found = {"python": sys.version.split()[0], "lcodec": lcodec.__version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
