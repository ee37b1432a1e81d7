"""What a change is."""

from __future__ import annotations

from typing import NamedTuple


class Change(NamedTuple):
    """One line as it is and as it must not be, and the tests that tell the difference."""

    file: str  # from the root of the repository
    old: str
    new: str
    tests: tuple[str, ...]  # arguments of pytest, or files of matlab/tests


class Equivalent(NamedTuple):
    """A line that may as well be another one, and why: no test can tell."""

    file: str
    old: str
    new: str
    why: str


def changes_of(file: str, tests: str, *pairs: tuple[str, str]) -> tuple[Change, ...]:
    """Return changes of one file, old and new, that the same tests catch (a list with spaces)."""
    return tuple(Change(file, old, new, tuple(tests.split())) for old, new in pairs)
