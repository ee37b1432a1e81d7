"""FOCI and CODEC on a GPU beside the same call on all cores of this machine's CPU, in one run."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import numpy as np

import lcodec
from bench.gpu.account import Account
from bench.gpu.devices import opened
from bench.speed.data import product
from lcodec import threads
from python.tests.neighbors.device.places import Place

GIVEN = ((), (2,), (2, 0), (2, 0, 1))  # S of the steps that are timed
SIZES = {"rows": 1000, "columns": 100_000, "repetitions": 5}
SMALL = {"rows": 20, "columns": 60, "repetitions": 1}  # in a dry run


def run(account: Account, options: argparse.Namespace) -> None:
    """Time every case with CuPy, or where that is missing with torch."""
    sizes = SMALL if options.dry_run else SIZES
    sizes = {name: getattr(options, name) or size for name, size in sizes.items()}
    for library in ("CuPy", "torch without CuPy"):
        with opened(library, dry_run=options.dry_run) as place:
            if place is not None:
                for record in records(place, **sizes):
                    account.add({"library": library, **record})
                return
    account.skip("no library of arrays finds a device")


def records(place: Place, rows: int, columns: int, repetitions: int) -> Iterator[dict[str, Any]]:
    """Yield one record per case."""

    def compare(case: str, call: Callable[[Any, Any], list[Any]]) -> dict[str, Any]:
        gpu, found = timed(lambda: call(X_device, y_device), repetitions)
        cpu, expected = timed(lambda: call(X, y), 1)
        same = all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
        return {
            "case": case, "n": len(y), "p": X.shape[1], "gpu_seconds": gpu,
            "gpu_median": median(gpu), "cpu_seconds": cpu, "cpu_threads": threads.count(),
            "cpu_over_gpu": median(cpu) / median(gpu), "agrees": same,
        }  # fmt: skip

    X, y = product(rows, columns)
    X_device, y_device = place.make(X), place.make(y)
    for given in GIVEN:
        yield compare(
            f"step with {len(given)} columns chosen, with reading and checking the data",
            lambda X, y, given=given: [lcodec.codec_scores(X, y, given, standardize="none")],
        )
    for given in GIVEN:
        yield {"n": rows, "p": columns, **step(place, X_device, y, given, repetitions)}
    yield compare("whole FOCI", foci)
    X, y = product(10 * rows, max(3, columns // 100))
    X_device, y_device = place.make(X), place.make(y)
    yield compare("codec with all columns", lambda X, y: [lcodec.codec(y, X)])
    yield compare("whole FOCI", foci)


def step(
    place: Place, X: Any, y: np.ndarray, given: tuple[int, ...], repetitions: int
) -> dict[str, Any]:
    """Time the search of one step alone: its lists and the sums of all columns."""
    ranks = np.searchsorted(np.sort(y), y, side="right")
    numbers = np.setdiff1d(np.arange(X.shape[1]), given)
    columns, seconds = place.backend.columns_of(X), []
    for _ in range(repetitions + 1):  # the first one compiles
        search = place.search(columns, np.ones(X.shape[1]), ranks)
        search.start(given)
        place.wait()
        start = time.perf_counter()
        search.sums(numbers)
        seconds.append(time.perf_counter() - start)
    return {
        "case": f"search of a step with {len(given)} columns chosen",
        "gpu_seconds": seconds[1:],
        "gpu_median": median(seconds[1:]),
    }


def foci(X: Any, y: Any) -> list[Any]:
    """Return what must be equal bit for bit."""
    result = lcodec.foci(X, y, standardize="none")
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
