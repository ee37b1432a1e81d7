"""The account of what FOCI selects is continued, not begun again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.selection import rates


def test_a_run_continues_the_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "rates.json"
    monkeypatch.setattr(rates, "RESAMPLES", 19)

    def run(*arguments: str) -> dict[str, dict[str, int]]:
        monkeypatch.setattr("sys.argv", ["rates", "--output", str(output), *arguments])
        rates.main()
        return json.loads(output.read_text(encoding="utf-8"))["cells"]

    run("--parts", "null", "--tables", "1")
    cells = run("--parts", "null", "later", "--tables", "2")
    assert {cell["tables"] for cell in cells.values()} == {2}
    assert [*cells] == [f"null/{kind}" for kind in rates.NULL] + [
        f"later/{kind}" for kind in rates.LATER
    ]
    output.unlink()
    assert run("--parts", "null", "later", "--tables", "2") == cells
