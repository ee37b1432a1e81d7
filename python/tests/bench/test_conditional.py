"""The account of the conditional test: it is continued, not begun again, and the page shows it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.conditional import levels, report


def test_a_run_continues_the_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "levels.json"

    def run(*arguments: str) -> list[dict]:
        common = ["levels", "--output", str(output), "--rows", "30", "--columns", "2"]
        monkeypatch.setattr("sys.argv", [*common, "--noise", "0.5", "--adjust", "none", *arguments])
        levels.main()
        return json.loads(output.read_text(encoding="utf-8"))["cells"]

    run("--shapes", "sum", "--sets", "2")
    cells = run("--shapes", "sum", "wave", "--sets", "4")
    assert [(cell["shape"], cell["none"]["sets"]) for cell in cells] == [("sum", 4), ("wave", 4)]
    output.unlink()
    assert run("--shapes", "sum", "wave", "--sets", "4") == cells


def test_only_linked_noise_is_dependent() -> None:
    for shape, (f, g, _) in levels.SHAPES.items():
        for link in (0.0, 2.0):
            y, z, x = levels.draw(shape, 4000, 3, 0.5, link, 1)
            correlation = np.corrcoef(y - f(x), z - g(x))[0, 1]
            assert correlation > 0.8 if link else abs(correlation) < 0.06


def test_the_page_shows_the_account() -> None:
    account = json.loads(report.ACCOUNT.read_text(encoding="utf-8"))
    page = report.PAGE.read_text(encoding="utf-8")
    assert page.split(report.BEGIN)[1].split(report.END)[0] == report.tables(account)


def test_a_table_has_shares_and_the_number_of_sets() -> None:
    counts = {"sets": 40, "rejected": 3, "warned": 0}
    cells = [
        {"n": 9, "shape": "sum", "p": 1, "noise": 0.2, "link": 0.0, "kernel": counts},
        {"n": 9, "shape": "sum", "p": 5, "noise": 0.2, "link": 0.0,
         "kernel": {"sets": 20, "rejected": 10, "warned": 19}},
    ]  # fmt: skip
    assert report.table(cells, "kernel")[2:] == ["| 9 | sum | 0.2 | 20 to 40 | 8 | 50 (95) |"]
    assert len(report.table(cells, "none")) == 2
