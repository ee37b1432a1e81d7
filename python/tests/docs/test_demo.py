"""The demo does what the README says: it runs, and the scrubbed model is closer to the refit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "examples" / "forget_digits.py"


@pytest.mark.parametrize("seed", ["0", "3"])
def test_demo(seed: str, tmp_path: Path) -> None:
    command = [sys.executable, str(DEMO), "--output", str(tmp_path), "--seed", seed]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    results = json.loads((tmp_path / "forget_digits.json").read_text())

    rows = results["rows"]
    original, scrubbed = rows["original"], rows["scrubbed (LFOCI)"]
    drawn = rows["scrubbed (random, mean of 5)"]
    assert results["gradient_norm_trained"] > 1e-2  # in the ordinary way, not to the end
    assert len(results["forgotten_indices"]) == 20
    assert scrubbed["residual_ratio"] < 0.5
    assert scrubbed["kl_forgotten"] < 0.7 * original["kl_forgotten"]
    assert scrubbed["kl_test"] < 0.9 * original["kl_test"]
    assert scrubbed["kl_forgotten"] < drawn["kl_forgotten"]
    assert scrubbed["forgotten_loss"] > original["forgotten_loss"]
    assert 0.7 < drawn["parameters"] / scrubbed["parameters"] <= 1
    assert results["features"][0]["feature"] == "worst concave points"
    assert (tmp_path / "forget_digits.png").stat().st_size > 10_000
    assert all(name in printed for name in rows)
    assert str(tmp_path / "forget_digits.png") in printed
