"""Draw the figures of the accounts: ``python -m bench.figures``, from the JSON alone.

Without a FILE it draws those of all accounts in this repository that have figures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from bench.paper.__main__ import experiment
from bench.scrub.report import draw as quality_figure
from bench.selection.compare.figure import draw as comparison_figure
from bench.speed.figures import draw as speed_figures

FOLDER = Path(__file__).resolve().parent


def accounts() -> list[Path]:
    """Return the accounts of this repository that have figures."""
    results = FOLDER / "results"
    names = ("speed/full.json", "scrub/quality.json", "selection/compare.json")
    own = [results / name for name in names]
    return [*own, *sorted(FOLDER.glob("paper/*/results/*.json"))]


def draw(account: dict[str, Any], folder: Path, stem: str = "small") -> list[Path]:
    """Draw the figures of one account into a folder and return their files.

    `stem` is that of the account's file: an experiment may have several besides `small.json`.
    """
    if account.get("schema") == "lcodec-bench-1":
        return speed_figures(account, folder)
    if account.get("schema") == "lcodec-bench-scrub-quality-1":
        return [quality_figure(account, folder / "scrub-quality.svg")]
    if account.get("schema") == "lcodec-bench-selection-compare-1":
        return [comparison_figure(account, folder / "comparison.svg")]
    name = account["experiment"]
    file = folder / (f"{name}.svg" if stem == "small" else f"{name}-{stem}.svg")
    experiment(name).draw(account, file)
    return [file]


def main() -> None:
    """Draw, and name every file."""
    parser = argparse.ArgumentParser(prog="python -m bench.figures", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", default=accounts())
    parser.add_argument("--output", type=Path, default=Path("bench_output"), metavar="FOLDER")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for file in options.files:
        for figure in draw(json.loads(file.read_text(encoding="utf-8")), options.output, file.stem):
            print(figure)


if __name__ == "__main__":
    main()
