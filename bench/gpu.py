"""FOCI on a GPU beside the same call on this machine's CPU: seconds, and whether the bits agree.

``python -m bench.gpu --output FILE`` needs a CUDA device and CuPy; it takes a few minutes. The
device is left as it is found: its name, clocks and other load are written down, not set.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import lcodec
from bench.machine import commit, describe
from bench.speed.data import product

FIELDS = (
    "name", "driver_version", "memory.total", "clocks.sm", "clocks.mem", "clocks.max.sm",
    "clocks.max.mem", "power.limit", "temperature.gpu", "utilization.gpu",
)  # fmt: skip
PACKAGES = ("cupy-cuda12x", "cupy-cuda13x", "torch", "numpy", "numba")
GIVEN = ((), (2,), (2, 0), (2, 0, 1))  # S of the steps that are timed


def main() -> int:
    """Measure, print and write; 1 when an output differs from the CPU's."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__)
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--columns", type=int, default=100_000)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    import cupy

    account: dict[str, Any] = {
        "schema": "lcodec-bench-gpu-1",
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": describe(),
        "device": device(),
        "versions": versions(),
        "results": [],
    }
    for record in records(cupy, options.rows, options.columns, options.repetitions):
        account["results"].append(record)
        print(json.dumps(record), flush=True)
        options.output.write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")
    return int(not all(record.get("same_bits", True) for record in account["results"]))


def records(cupy: Any, n: int, p: int, repetitions: int) -> Any:
    """Yield one record per case."""
    X, y = product(n, p)
    X_device, y_device = cupy.asarray(X), cupy.asarray(y)

    def compare(case: str, on_gpu: Callable[[], Any], on_cpu: Callable[[], Any]) -> dict[str, Any]:
        gpu, found = timed(on_gpu, repetitions)
        cpu, expected = timed(on_cpu, 1)
        same = all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
        return {
            "case": case, "n": n, "p": p, "gpu_seconds": gpu, "gpu_median": median(gpu),
            "cpu_seconds": cpu, "cpu_over_gpu": median(cpu) / median(gpu), "same_bits": same,
        }  # fmt: skip

    for given in GIVEN:
        yield compare(
            f"step with {len(given)} columns chosen, with reading and checking the data",
            lambda given=given: [
                lcodec.codec_scores(X_device, y_device, given, standardize="none")
            ],
            lambda given=given: [lcodec.codec_scores(X, y, given, standardize="none")],
        )
    for given in GIVEN:
        yield {"n": n, "p": p, **step(cupy, X_device, y, given, repetitions)}
    yield compare(
        "whole FOCI",
        lambda: outputs(lcodec.foci(X_device, y_device, standardize="none")),
        lambda: outputs(lcodec.foci(X, y, standardize="none")),
    )
    n, p = 10 * n, max(3, p // 100)
    X, y = product(n, p)
    X_device, y_device = cupy.asarray(X), cupy.asarray(y)
    yield compare(
        "codec with all columns",
        lambda: [lcodec.codec(y_device, X_device)],
        lambda: [lcodec.codec(y, X)],
    )
    yield compare(
        "whole FOCI",
        lambda: outputs(lcodec.foci(X_device, y_device, standardize="none")),
        lambda: outputs(lcodec.foci(X, y, standardize="none")),
    )


def step(cupy: Any, X: Any, y: Any, given: tuple[int, ...], repetitions: int) -> dict[str, Any]:
    """Time the search of one step alone: its lists and the sums of all columns."""
    from lcodec.neighbors.cuda import CudaSearch, CupyDevice

    ranks = np.searchsorted(np.sort(y), y, side="right")
    numbers = np.setdiff1d(np.arange(X.shape[1]), given)
    seconds = []
    for _ in range(repetitions + 1):  # the first one compiles
        search = CudaSearch(X.T, np.ones(X.shape[1]), ranks, device=CupyDevice(X))
        search.start(given)
        cupy.cuda.get_current_stream().synchronize()
        start = time.perf_counter()
        search.sums(numbers)
        seconds.append(time.perf_counter() - start)
    return {
        "case": f"search of a step with {len(given)} columns chosen",
        "gpu_seconds": seconds[1:],
        "gpu_median": median(seconds[1:]),
    }


def outputs(result: lcodec.SelectionResult) -> list[Any]:
    """Return what must be equal bit for bit."""
    return [result.selected, result.scores, result.cumulative]


def timed(call: Callable[[], Any], repetitions: int) -> tuple[list[float], Any]:
    """Return the seconds of each call after a first one that compiles, and the result.

    Results come back to the host, so that a call ends when the device has finished.
    """
    result, seconds = call(), []
    for _ in range(repetitions):
        start = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - start)
    return seconds, result


def device() -> dict[str, str]:
    """Return what the driver says of the first device, as it is found."""
    query = ["nvidia-smi", "--id=0", f"--query-gpu={','.join(FIELDS)}", "--format=csv,noheader"]
    line = subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()
    return dict(zip(FIELDS, (one.strip() for one in line.split(",")), strict=True))


def versions() -> dict[str, str]:
    """Return the versions of the packages that take part."""
    found = {"python": sys.version.split()[0], "lcodec": lcodec.__version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    sys.exit(main())
