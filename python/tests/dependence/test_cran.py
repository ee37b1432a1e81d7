"""Facts: numbers computed with CRAN FOCI 0.1.3 and XICOR 0.4.1 on the data that stands beside them.

CRAN orders its arguments codec(Y, Z, X), counts columns from 1 and calls the cumulative coefficient
stepT.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lcodec

GOLDEN = Path(__file__).resolve().parents[3] / "parity_tests" / "golden" / "foci_cases.json"
CASES: dict[str, dict[str, Any]] = json.loads(GOLDEN.read_text())["cases"]
FIXED = [name for name in CASES if not name.endswith("_RANDOM")]
SCALING = {"none": None, "scale": "std", "bounded": "range"}


def arrays(name: str) -> tuple[np.ndarray, np.ndarray]:
    case = CASES[name]
    return np.array(case["X"]).reshape(case["n"], case["p"]), np.array(case["y"])


def expected(name: str, start: str) -> list[dict[str, Any]]:
    found = [entry for entry in CASES[name]["expected"] if entry["fn"].startswith(start)]
    assert found, f"no {start} in {name}"
    return found


@pytest.mark.parametrize("name", FIXED)
def test_codec(name: str) -> None:
    X, y = arrays(name)
    p = X.shape[1]
    ours = {
        "codec(Y,x_i) for each i": [lcodec.codec(y, X[:, j]) for j in range(p)],
        "codec(Y,X)": [lcodec.codec(y, X)],
        "codec(Y,x_i|x_1) i=2..p": [lcodec.codec(y, X[:, j], X[:, 0]) for j in range(1, p)],
        "codec(Y,x_{2..p}|x_1)": [lcodec.codec(y, X[:, 1:], X[:, 0])],
        "codec(Y,x_1|x_{2..p})": [lcodec.codec(y, X[:, 0], X[:, 1:])],
    }
    compared = 0
    for entry in expected(name, "codec"):
        np.testing.assert_allclose(ours[entry["fn"]], entry["val"], rtol=0, atol=1e-12)
        compared += 1
    assert compared >= 3


@pytest.mark.parametrize("name", FIXED)
def test_foci(name: str) -> None:
    X, y = arrays(name)
    for entry in expected(name, "foci"):
        result = lcodec.foci(X, y, standardize=SCALING[entry["standardize"]], stop=entry["stop"])
        assert list(result.selected + 1) == entry["index"]
        np.testing.assert_allclose(result.cumulative, entry["stepT"], rtol=0, atol=1e-12)


def test_random_ties_are_within_four_standard_errors_of_the_average() -> None:
    X, y = arrays("xbin_n80_RANDOM")
    for entry in expected("xbin_n80_RANDOM", "codec"):
        error = entry["sd"] / np.sqrt(entry["reps"])
        assert abs(lcodec.codec(y, X) - entry["mean"]) < 4 * error
        draws = [lcodec.codec(y, X, ties="random", seed=s) for s in range(entry["reps"])]
        assert abs(np.mean(draws) - entry["mean"]) < 4 * error * np.sqrt(2)
        assert np.std(draws, ddof=1) == pytest.approx(entry["sd"], rel=0.1)
