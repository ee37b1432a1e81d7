"""The account of intervals: it is continued, not begun again, and the page shows it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.inference import coverage, report


def test_a_run_continues_the_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "coverage.json"
    monkeypatch.setattr(coverage, "PAIRS", 1000)

    def run(sets: int) -> list[dict]:
        common = ["coverage", "--output", str(output), "--rows", "20", "--sets", str(sets)]
        monkeypatch.setattr("sys.argv", [*common, "--models", "classes", "line"])
        coverage.main()
        return json.loads(output.read_text(encoding="utf-8"))["cells"]

    run(1)
    cells = run(2)
    assert [cell["sets"] for cell in cells] == [2, 2]
    output.unlink()
    assert run(2) == cells


def test_truths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Independence, and y = z + e with e and z normal, whose correlation squared is 1/2."""
    monkeypatch.setattr(coverage, "PAIRS", 200_000)
    rng = np.random.default_rng(0)
    assert coverage.DEVELOPMENT["independent"].truth(rng) == pytest.approx(0, abs=0.005)
    line = coverage.DEVELOPMENT["line"].truth(rng)
    assert line == pytest.approx(3 / np.pi * np.arcsin(0.75) - 0.5, abs=0.005)


def test_the_page_shows_the_account() -> None:
    account = json.loads(report.ACCOUNT.read_text(encoding="utf-8"))
    page = report.PAGE.read_text(encoding="utf-8")
    assert report.BEGIN + report.tables(account) + report.END in page
