"""Facts: numbers computed with KPC 0.1.2 in R, on recorded data of CRAN FOCI and on drawn ones."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lcodec

GOLDEN = Path(__file__).resolve().parents[3] / "parity_tests" / "golden"


def golden(file: str) -> dict[str, Any]:
    """Return recorded cases."""
    cases: dict[str, Any] = json.loads((GOLDEN / file).read_text(encoding="utf-8"))["cases"]
    return cases


KPC = golden("kpc.json")
KPC_CASES = [(name, int(wanted)) for name, values in KPC.items() for wanted in values]


@pytest.mark.parametrize(("name", "wanted"), KPC_CASES)
def test_values_of_kpc_with_the_kernel_of_the_smaller_rank(name: str, wanted: int) -> None:
    """Huang, Deb & Sen (2022): k(y, y') = min(rank, rank'), K nearest rows, no ties among these."""
    if name == "drawn":
        X = np.random.default_rng(wanted).normal(size=(120, 3))
        y = X[:, 0] * X[:, 1] + X[:, 2]
    else:
        case = golden("foci_cases.json")[name]
        X, y = np.array(case["X"]), np.array(case["y"])
    given, alone = KPC[name][str(wanted)]
    asked = {"n_neighbors": wanted, "response": "ordered"}
    near_to = functools.partial(pytest.approx, rel=1e-12, abs=1e-15)
    assert lcodec.codec(y, X[:, :-1], X[:, -1], **asked) == near_to(given)
    # Theirs compares with the mean over pairs of different rows, ours with that over all pairs.
    n, rank = len(y), (y[:, None] >= y).sum(axis=1)
    own, all_pairs = rank.mean(), np.minimum.outer(rank, rank).mean()
    near = all_pairs + lcodec.codec(y, X[:, -1], **asked) * (own - all_pairs)
    others = (n * all_pairs - own) / (n - 1)
    assert (near - others) / (own - others) == near_to(alone)
