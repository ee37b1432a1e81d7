"""Run the protocol: ``python -m bench.selection.compare``, or write the page: ``--report``.

The account is continued table by table where it exists and is of the same protocol.
``make compare`` makes the environment that has all packages.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench import machine
from bench.selection.compare import protocol

PACKAGES = (
    "lcodec", "numba", "numpy", "pandas", "pyFOCI", "scikit-learn", "scipy", "statsmodels",
    "xicorpy", "ISLP",
)  # fmt: skip
ACCOUNT = machine.ROOT / "bench" / "results" / "selection" / "compare.json"


def versions() -> dict[str, str | None]:
    """Return the versions of what is installed, None for what is not."""
    found: dict[str, str | None] = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    if found["lcodec"] is None:  # on the path, not installed
        import lcodec

        found["lcodec"] = lcodec.__version__
    return found


def run(names: list[str] | None, output: Path) -> None:
    """Run the tables that are asked for, all by default, and save after each."""
    from bench.selection.compare import experiment, tables

    plan = protocol.read()
    account: dict[str, Any] = {"schema": "lcodec-bench-selection-compare-1", "protocol": plan}
    account |= {"versions": versions(), "tables": {}}
    if output.exists():
        before = json.loads(output.read_text(encoding="utf-8"))
        if before["protocol"] != plan:
            raise SystemExit(f"{output} is of another protocol; name another file by --output")
        account = before
    for entry in plan["tables"]:
        name = entry["name"]
        if name in account["tables"] or (names and name not in names):
            continue
        start = time.process_time()
        facts = {"commit": machine.commit(), "machine": machine.describe()}
        table = tables.load(entry)
        rules = plan["folds"] | {"repeats": entry.get("repeats", plan["folds"]["repeats"])}
        cells = experiment.compare(table, plan, rules)
        account["tables"][name] = {
            **facts,
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "rows": table.X.shape[0],
            "columns": table.X.shape[1],
            "classes": len(set(table.y.tolist())) if table.classes else None,
            "digest": table.digest(),
            "names": table.names if table.X.shape[1] <= 100 else None,
            "cpu_seconds": round(time.process_time() - start, 1),
            "cells": cells,
        }
        print(name, f"{time.process_time() - start:.0f} CPU seconds", flush=True)
        save(account, output)


def save(account: dict[str, Any], output: Path) -> None:
    """Write the account, a cell of method and learner on each line."""
    text = (
        json.dumps(account).replace('{"method"', '\n{"method"').replace('"tables":', '\n"tables":')
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Run, or write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.selection.compare", description=__doc__)
    parser.add_argument("--output", type=Path, default=ACCOUNT, metavar="FILE")
    parser.add_argument("--tables", nargs="+", metavar="NAME")
    parser.add_argument("--report", action="store_true", help="write docs/comparison.md from FILE")
    options = parser.parse_args()
    if options.report:
        from bench.selection.compare import report

        report.write(json.loads(options.output.read_text(encoding="utf-8")))
    else:
        run(options.tables, options.output)


if __name__ == "__main__":
    main()
