"""How often FOCI with a test at every step selects anything where nothing is to be found.

Slow: ``make test-slow`` runs it, ``make test`` does not. The tables are those of
bench/selection/rates.py; a rate of 2,000 tables has a standard error of 0.005.
"""

from __future__ import annotations

import pytest

from bench.selection import rates

TABLES = 2000


@pytest.mark.parametrize("kind", rates.NULL)
def test_the_first_step_keeps_its_level(kind: str) -> None:
    cell: dict[str, int] = {}
    for number in range(TABLES):
        rates.measure(f"null/{kind}", cell, number)
    rate = cell["selected"] / cell["tables"]
    print(f"\nfoci, stop='test', {kind}: {rate:.4f} select anything")
    assert 0.015 <= rate <= 0.06  # exact at most; equal coefficients make it less
