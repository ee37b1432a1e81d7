"""How long a removal takes, and how much memory: the record behind bench/results/scrub/speed.json.

``python -m bench.scrub.speed`` measures every case, each in a process of its own on one thread, and
prints a summary; ``--only removal`` measures one, ``--output FILE`` keeps the account as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.machine import commit, describe

SCHEMA = "lcodec-bench-scrub-1"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
PACKAGES = ("lcodec", "numba", "numpy", "scikit-learn", "scipy", "torch")
NAMES = ("perturbation", "rank-one", "resnet18", "removal")


def main() -> None:
    """Measure, print a summary and keep the account."""
    parser = argparse.ArgumentParser(prog="python -m bench.scrub.speed", description=__doc__)
    parser.add_argument("--only", choices=NAMES)
    parser.add_argument("--output", type=Path, metavar="FILE", help="added to, if it exists")
    parser.add_argument("--in-this-process", choices=NAMES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.in_this_process:
        from bench.scrub.cases import CASES  # torch is loaded where it is measured

        print(json.dumps(CASES[options.in_this_process]()))
        return
    account: dict[str, Any] = {"schema": SCHEMA, "cases": {}}
    if options.output and options.output.exists():
        account = json.loads(options.output.read_text(encoding="utf-8"))
    for name in [options.only] if options.only else NAMES:
        account["cases"][name] = measure(name)
        print(f"{name}: {summary(name, account['cases'][name])}", flush=True)
        if options.output:
            options.output.write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")


def measure(name: str) -> dict[str, Any]:
    """Run one case in a process of its own, and say where, when and with what."""
    command = [sys.executable, "-m", "bench.scrub.speed", "--in-this-process", name]
    environment = os.environ | dict.fromkeys(THREADS, "1")
    machine = describe()
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return {
        "command": f"python -m bench.scrub.speed --only {name}",
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": machine,
        "load_after": describe()["load"],
        "versions": {package: version(package) for package in PACKAGES},
        **json.loads(done.stdout.splitlines()[-1]),
    }


def summary(name: str, case: dict[str, Any]) -> str:
    """Return one line, or for the removal one per way, with what the case is about."""
    if name == "perturbation":
        ratio = min(case["one_by_one_seconds"]) / min(case["batched_seconds"])
        return (
            f"{ratio:.1f} times faster in batches, values equal to {case['largest_difference']:.1e}"
        )
    if name == "removal":
        return "".join(f"\n  {line}" for line in removal_lines(case))
    return (
        f"{case['parameters']} parameters in {case['seconds']:.1f} s, "
        f"{case['peak_bytes'] / 2**20:.0f} MiB at the peak"
    )


def removal_lines(case: dict[str, Any]) -> list[str]:
    """Return a line per way: its seconds, and how often lcodec fits into them."""
    lines = []
    for name, way in case["ways"].items():
        own = case["ways"].get(name.split(",")[0].replace("naive", "lcodec"))
        ratio = way["cpu_median"] / own["cpu_median"] if own and own is not way else None
        stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in way["stages"].items())
        lines.append(
            f"{name}: {way['cpu_median']:.2f} CPU s (wall: {stages}); "
            f"selection {way['select_share']:.1%}"
            + (f"; lcodec is {ratio:.0f} times as fast" if ratio else "")
        )
    return lines


if __name__ == "__main__":
    main()
