"""The list of changes fits the code; `make mutate` makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from python.tests.mutation.change import Change
from python.tests.mutation.changes import CHANGES, EQUIVALENT

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.file}: {change.old[:40]}")
def test_each_change_can_be_made(change: Change) -> None:
    assert (ROOT / change.file).read_text(encoding="utf-8").count(change.old) == 1
    assert change.new != change.old
    for test in change.tests:
        assert (ROOT / test.split("::")[0]).exists()


def test_lines_said_to_be_equivalent_are_there() -> None:
    for line in EQUIVALENT:
        assert (ROOT / line.file).read_text(encoding="utf-8").count(line.old) == 1
        assert line.new != line.old
        assert line.why
