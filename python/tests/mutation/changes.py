"""The changes: each was made once while no test failed.

Every `old` stands once in its file; `test_changes.py` holds this, so that a change of the code
does not leave its mutation behind.
"""

from __future__ import annotations

from typing import NamedTuple


class Change(NamedTuple):
    """One line as it is and as it must not be, and the tests that tell the difference."""

    file: str  # from the root of the repository
    old: str
    new: str
    tests: tuple[str, ...]  # arguments of pytest, or files of matlab/tests


STATISTIC = (
    Change(
        "python/lcodec/dependence/greedy.py",
        "np.argmax(sums[0] if len(tables) == 1 else mean)",
        "np.argmax(mean)",
        ("python/tests/dependence",),
    ),
)

CHANGES = STATISTIC
