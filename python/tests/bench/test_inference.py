"""The account of level and power of the test without x, and the page that shows it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bench.inference import power


def test_the_page_shows_the_account() -> None:
    account = json.loads(power.ACCOUNT.read_text(encoding="utf-8"))
    page = power.PAGE.read_text(encoding="utf-8")
    assert power.tables(account) == page.split(power.BEGIN)[1].split(power.END)[0]


def test_cells_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "NEIGHBORS", (1, 3))
    account = power.measure(4, (50,))
    assert len(account["cells"]) == 2 * (len(power.NULLS) + 2 * len(power.SHAPES))
    assert {cell["sets"] for cell in account["cells"]} == {1, 4}
    assert "| y = 0.3 z + e | 50 |" in power.tables(account)


def test_nulls_have_no_link() -> None:
    for draw, _ in power.NULLS.values():
        y, z = draw(np.random.default_rng(0), 4000)
        assert abs(np.corrcoef(np.column_stack((y, z)).T)[0, 1:]).max() < 0.06
