"""Committed results: of clean code, and told by their README as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.paper import journal
from bench.paper.__main__ import FOLDER, NAMES, experiment, main, marks

RESULTS = sorted(FOLDER.glob("*/results/*.json"))


def test_every_experiment_has_a_result() -> None:
    assert {file.parents[1].name for file in RESULTS} == set(NAMES)


@pytest.mark.parametrize("file", RESULTS, ids=lambda file: file.parents[1].name)
def test_result_is_of_committed_code(file: Path) -> None:
    account = journal.read(file)
    assert account["commit"]
    assert account["dirty"] is False
    assert account["experiment"] == file.parents[1].name


@pytest.mark.parametrize("file", RESULTS, ids=lambda file: f"{file.parents[1].name}-{file.stem}")
def test_readme_says_what_the_result_says(file: Path) -> None:
    name = file.parents[1].name
    page = (FOLDER / name / "README.md").read_text("utf-8")
    begin, end = marks(file.stem)
    told = page.split(begin)[1].split(end)[0].strip()
    assert told == experiment(name).report(journal.read(file)).strip()
    assert f"python -m bench.paper {name} --small" in page


def test_report_of_a_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = FOLDER / "speedup" / "results" / "small.json"
    assert main(["--report", str(file), "--output", str(tmp_path)]) == 0
    assert capsys.readouterr().out == (tmp_path / "small.md").read_text("utf-8")
    assert journal.read(tmp_path / "small.json") == journal.read(file)
    assert (tmp_path / "small.svg").stat().st_size > 0
    assert main(["--report", str(tmp_path / "small.md")]) == 2
