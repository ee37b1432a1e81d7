"""Whether FOCI and CODEC have the CPU's bits on the device, on the data that breaks such code.

The laws and the nasty tables are those of the device tests; here they are a first answer within
minutes, library by library. The examples are the same in every run, so that one that fails can be
looked at elsewhere.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench.gpu.account import Account
from bench.gpu.devices import LIBRARIES, opened
from parity_tests import strategies
from python.tests.neighbors.device import laws
from python.tests.neighbors.device.places import Place

EXAMPLES, FEW = 100, 3  # of each law; in a dry run
PUBLIC = ("codec", "lcodec", "codec_scores", "foci", "lfoci", "foci_graph")
SHAPE, SMALL_SHAPE = (1000, 100), (40, 4)
ERROR = 2000  # characters of an error that are kept
Law = tuple[str, Callable[..., None], dict[str, st.SearchStrategy[Any]]]


def run(account: Account, options: argparse.Namespace) -> None:
    """Hold every law with the arrays of every library that is there."""
    dry_run = options.dry_run
    there = False
    for library in LIBRARIES:
        with opened(library, dry_run=dry_run) as place:
            if place is None:
                continue
            there = True
            # Tensors go to CuPy's search where CuPy is: only the way there is new.
            inner = [] if library == "torch through CuPy" else searches(place)
            for name, check, drawn in [*inner, *public(place)]:
                record = held(check, drawn, FEW if dry_run else EXAMPLES)
                account.add({"library": library, "law": name, **record})
            account.add({"library": library, "law": "larger tables", **tables(place, dry_run)})
    if not there:
        account.skip("no library of arrays finds a device")


def searches(place: Place) -> list[Law]:
    """Return the laws of the search and of the statistics of columns."""

    def search(case: laws.Case, memory: int | None) -> None:
        def make(columns: np.ndarray, *rest: Any, **options: Any) -> Any:
            return place.search(place.make(columns), *rest, memory=memory, **options)

        laws.check_search(make, case)

    def nearest(case: laws.Case, step: int) -> None:
        laws.check_nearest(place.backend, place.make(case.columns), case, step)

    def columns(tables: list[np.ndarray], seed: int) -> None:
        table = np.ascontiguousarray(tables[0].T)
        laws.check_columns(place.backend, place.make, table)
        laws.check_noise(place.backend, place.make, table, seed)

    wide = laws.cases(max_columns=40)
    return [
        ("search", search, {"case": laws.cases(), "memory": st.sampled_from([1, None])}),
        ("nearest rows", nearest, {"case": wide, "step": st.integers(0, 1)}),
        (
            "statistics of columns, and noise",
            columns,
            {"tables": strategies.tables((1,)), "seed": st.integers(0, 2**53 - 1)},
        ),
    ]


def public(place: Place) -> Iterator[Law]:
    """Yield the laws of the public functions."""
    for name in PUBLIC:

        def same(data: st.DataObject, name: str = name) -> None:
            laws.check_public(data, name, place.make)

        yield name, same, {"data": st.data()}


def held(
    check: Callable[..., None], drawn: dict[str, st.SearchStrategy[Any]], examples: int
) -> dict[str, Any]:
    """Hold a law with examples, and return how many there were and whether all of them agree."""
    count = 0

    def counted(**one: Any) -> None:
        nonlocal count
        count += 1
        check(**one)

    plan = settings(
        max_examples=examples, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    record = judged(plan(given(**drawn)(counted)))
    return {"examples": count, **record}


def tables(place: Place, dry_run: bool) -> dict[str, Any]:
    """Compare FOCI and CODEC on larger tables of every kind, with every rule for ties."""
    n, p = SMALL_SHAPE if dry_run else SHAPE
    kinds = strategies.KINDS[1:2] if dry_run else strategies.KINDS
    pairs = [(kind, ties) for kind in kinds for ties in ("average", "random", "first")]

    def all_of_them() -> None:
        for kind, ties in pairs:
            laws.check_table(place.make, kind, n, p, ties)

    return {"examples": len(pairs), "n": n, "p": p, **judged(all_of_them)}


def judged(check: Callable[[], None]) -> dict[str, Any]:
    """Run a check; return its seconds, whether it agrees, and else the error."""
    start, error = time.perf_counter(), None
    try:
        check()
    except Exception as caught:  # whatever it is, the other laws are still of interest
        notes = getattr(caught, "__notes__", [])
        error = "\n".join([f"{type(caught).__name__}: {caught}", *notes])[:ERROR]
    record = {"seconds": time.perf_counter() - start, "agrees": error is None}
    return record if error is None else {**record, "error": error}
