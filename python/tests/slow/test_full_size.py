"""Reading a set of the published size takes the memory that bench/paper/README.md says.

Slow: ``make test-slow`` runs it, ``make test`` reads parts of those with many files or rows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.machine import CLEAR
from python.tests.bench.paper.full_size import FORMATS, read


@pytest.mark.skipif(not CLEAR.exists(), reason="peaks are read from Linux's /proc")
@pytest.mark.parametrize("name", FORMATS)
def test_reading_all_of_it_fits_in_memory(name: str, tmp_path: Path) -> None:
    found = read(name, tmp_path)
    print(f"\n{name}: {found.files:,} files, {found.seconds:.1f} s, {found.peak:.0f} MiB")
