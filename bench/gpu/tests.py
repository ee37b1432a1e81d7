"""The device tests, those of a real GPU first; tests that need a package that is missing are told.

Nothing is asked of pytest's configuration but its markers: plugins may be missing here, and another
version of a package may warn.
"""

from __future__ import annotations

import argparse
import os
import re
from typing import Any

import pytest

from bench.gpu.account import Account
from bench.machine import ROOT

FOLDER = ROOT / "python" / "tests" / "neighbors" / "device"
ON_A_GPU = "test_gpu.py"
FLAGS = (
    "-o", "addopts=", "-p", "no:cacheprovider", "-W", "default", "--quiet",
    "--continue-on-collection-errors",
)  # fmt: skip
EXAMPLES, FEW = "100", "3"  # of each law, where the environment does not say; in a dry run
TEXT = 2000  # characters of a reason that are kept


def run(account: Account, options: argparse.Namespace) -> None:
    """Run them, and keep the outcome of each."""
    files = [FOLDER / ON_A_GPU, FOLDER]
    if options.dry_run:
        files = [
            FOLDER / ON_A_GPU,
            f"{FOLDER / 'test_torch_tiles.py'}::test_order_of_operations[0]",
        ]
    os.environ["EXAMPLES"] = FEW if options.dry_run else os.environ.get("EXAMPLES", EXAMPLES)
    outcomes = Outcomes(account)
    code = pytest.main([*FLAGS, *map(str, files)], plugins=[outcomes])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
        raise RuntimeError(f"pytest ended with {code!r}")
    if not options.dry_run and not outcomes.on_a_gpu:
        account.add({"case": f"{ON_A_GPU} finds the device", "outcome": "failed", "agrees": False})


class Outcomes:
    """A plugin of pytest that keeps what came of every test."""

    def __init__(self, account: Account) -> None:
        self._account, self.on_a_gpu = account, 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the call of a test, or what happened instead or after it."""
        if report.when == "call" or not report.passed:
            self.on_a_gpu += report.passed and ON_A_GPU in report.nodeid
            self._keep(report, report.outcome, seconds=report.duration)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep a file that could not be read; one that lacks a package is skipped."""
        if not report.passed:
            lacks = re.search(r"No module named '[^']+'", report.longreprtext)
            self._keep(report, "skipped" if lacks else report.outcome, lacks and lacks[0])

    def _keep(self, report: Any, outcome: str, reason: str | None = None, **more: float) -> None:
        record = {"case": report.nodeid, "outcome": outcome, "agrees": outcome != "failed", **more}
        if outcome != "passed":
            record["reason"] = (reason or _reason(report))[-TEXT:]
        self._account.add(record)


def _reason(report: Any) -> str:
    """Return why a test was skipped, or how it failed."""
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
