"""The parts one after the other, each in a process of its own that ends when its time is up."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.gpu.account import agrees, head, write
from bench.machine import ROOT

SHARES = {"bits": 0.3, "timings": 0.25, "removal": 0.2, "tests": 0.25}  # of the time, in order
RESERVE = 5  # seconds for what is done between the parts
THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run(folder: Path, minutes: float, *, dry_run: bool) -> bool:
    """Run every part within the minutes, and return whether all of them agree.

    Time that a part leaves goes to those after it, in proportion to their shares.
    """
    end = time.monotonic() + 60 * minutes - RESERVE
    accounts, left = [], sum(SHARES.values())
    for part, share in SHARES.items():
        limit = max(0.0, end - time.monotonic()) * share / left
        left -= share
        print(f"{part}: at most {limit:.0f} s", flush=True)
        accounts.append(run_part(part, folder, limit, dry_run=dry_run))
    for content in accounts:
        print(line(content))
    print(f"accounts: {folder}")
    return all(agrees(content) for content in accounts)


def run_part(part: str, folder: Path, limit: float, *, dry_run: bool) -> dict[str, Any]:
    """Run one part, and return its account as the file now has it."""
    file = folder.absolute() / f"{part}.json"
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bench.gpu", "--part", part, "--folder", str(file.parent)]
    code = limited(command + ["--dry-run"] * dry_run, limit, environment(dry_run))
    content = head(part, dry_run=dry_run)  # for a process that did not come to write its own
    if file.exists():
        content = json.loads(file.read_text(encoding="utf-8"))
    if code is None:
        content |= {"status": "overran", "reason": f"killed after {limit:.0f} s"}
    elif content["status"] == "running":
        content |= {"status": "failed", "reason": f"its process ended with code {code}"}
    content["limit_seconds"] = limit
    write(file, content)
    return content


def environment(dry_run: bool) -> dict[str, str]:
    """Return the environment of a part: this tree's code, and on a device all cores of the CPU."""
    kept = {name: value for name, value in os.environ.items() if dry_run or name not in THREADS}
    return kept | {"PYTHONPATH": f"{ROOT / 'python'}{os.pathsep}{ROOT}"}


def limited(command: list[str], seconds: float, environment: dict[str, str]) -> int | None:
    """Return a command's exit code; None where it was killed, with all that it had started."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def line(content: dict[str, Any]) -> str:
    """Return what came of a part, in one line."""
    judged = [record["agrees"] for record in content["results"] if "agrees" in record]
    reason = f" ({content['reason']})" if "reason" in content else ""
    return f"{content['part']}: {content['status']}{reason}, {sum(judged)} of {len(judged)} agree"
