"""Measurements that go on in rounds, and the pages that show their accounts."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def in_rounds(rounds: int, measure: Callable[[int], None], save: Callable[[], None]) -> None:
    """Call `measure` with every number below `rounds`; save every ten seconds, and at the end.

    An interrupted run has then counted all cells about equally often.
    """
    saved = time.monotonic()
    for number in range(rounds):
        measure(number)
        if time.monotonic() - saved > 10:
            save()
            saved = time.monotonic()
    save()


def write_between(page: Path, begin: str, end: str, part: str) -> None:
    """Replace what stands between two marks of a page."""
    before, rest = page.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    page.write_text(before + begin + part + end + after, encoding="utf-8")
