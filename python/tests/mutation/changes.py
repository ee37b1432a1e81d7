"""The changes: many of them were made once while no test failed.

Every `old` stands once in its file; `test_changes.py` holds this, so that a change of the code
does not leave its mutation behind.
"""

from __future__ import annotations

from python.tests.mutation.change import Equivalent
from python.tests.mutation.ledger import LEDGER
from python.tests.mutation.matlab import MATLAB
from python.tests.mutation.removal import REMOVAL
from python.tests.mutation.statistic import STATISTIC

CHANGES = (*STATISTIC, *LEDGER, *REMOVAL, *MATLAB)

EQUIVALENT = (
    Equivalent(
        "python/lcodec/neighbors/cpu/lists.py",
        "if bounds[r, g] > top:",
        "if bounds[r, g] >= top:",
        "The walk ends sooner without a proof, and the tree search finds the same value.",
    ),
    Equivalent(
        "matlab/private/nearestPlaces.m",
        "if K == 1 || size_ < 4",
        "if K == 1 || size_ < 2",
        "The bound holds whatever the groups are.",
    ),
)
