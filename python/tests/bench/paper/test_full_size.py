"""A set of the published size fits in memory: all of it, or a part of one with many rows or files.

The parts are measured in full size by python/tests/slow/test_full_size.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import machine
from bench.machine import CLEAR, grown_by
from python.tests.bench.paper.full_size import FORMATS, read

pytestmark = pytest.mark.skipif(not CLEAR.exists(), reason="peaks are read from Linux's /proc")
PARTS = {"celeba": 5, "market1501": 20, "vggface": 20}


@pytest.mark.parametrize("name", FORMATS)
def test_reading_takes_no_more_memory_than_its_size_allows(name: str, tmp_path: Path) -> None:
    read(name, tmp_path, PARTS.get(name, 1))


def test_growth_is_that_of_the_work_alone() -> None:
    """What was taken and freed before does not count, nor does what is still held."""
    freed = bytearray(2**25)
    del freed
    held = bytes(2**24)
    found, grown = grown_by(lambda: len(bytes(range(256)) * 2**15))
    assert (found, len(held)) == (2**23, 2**24)
    assert grown is not None
    assert 2**23 <= grown < 2**24
    assert (grown_by(int)[1] or 0) < 2**21


def test_growth_is_not_told_where_a_peak_is_not_forgotten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machine, "CLEAR", tmp_path)  # no file that can be written
    assert grown_by(lambda: 7) == (7, None)
