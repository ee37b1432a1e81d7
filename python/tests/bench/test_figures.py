"""Every figure that a page speaks of is drawn from a committed account."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import figures

ROOT = Path(__file__).resolve().parents[3]
DRAWN = {
    "foci.svg": "CPU seconds of FOCI",
    "growth.svg": "exponent",
    "comparison.svg": "mean rank",
    "scrub-quality.svg": "share of parameters touched",
    "bullseye.svg": "false positive rate",
    "cifar.svg": "resnet18",
    "cifar-full.svg": "resnet18",
    "kfac.svg": "K-FAC",
    "kfac-full.svg": "K-FAC",
    "ledgar.svg": "micro-F1",
    "ledgar-debian.svg": "micro-F1",
    "mnist_2nn.svg": "KL(refit ‖ model) on the forgotten, nats",
    "mnist_logistic.svg": "KL(refit ‖ model) on the forgotten, nats",
    "mnist_logistic-published.svg": "norm of the retained gradient",
    "reid.svg": "points less the mean refit",
    "reid-orl.svg": "points less the mean refit",
    "retrain.svg": "one tenth",
    "retrain-published.svg": "one tenth",
    "speedup.svg": "seconds per greedy step and 1,000 rows",
    "spurious.svg": "gain of the row by FOCI for the column",
    "vggface.svg": "points less the mean refit",
    "vggface-orl.svg": "points less the mean refit",
}


def test_all_are_drawn_from_the_committed_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["figures", "--output", str(tmp_path / "new")])
    figures.main()
    found = {file.name: file.read_text("utf-8") for file in (tmp_path / "new").iterdir()}
    assert set(found) == set(DRAWN)
    for name, words in DRAWN.items():
        assert words in found[name], name


def test_results_are_json_and_nothing_else() -> None:
    folders = [ROOT / "bench" / "results", *(ROOT / "bench" / "paper").glob("*/results")]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert files
    assert {file.suffix for file in files} == {".json"}
