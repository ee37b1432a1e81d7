"""Measure removals from networks trained as in practice, and make the tables of the account."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from bench.scrub.practice import journal
from bench.scrub.practice.alternatives import Alternative, applying
from bench.scrub.practice.cells import cells
from bench.scrub.practice.methods import METHODS, NOTHING
from bench.scrub.practice.networks import DEVELOPMENT, HALVES, SETTINGS
from bench.scrub.practice.removals import KINDS
from bench.scrub.practice.report import report
from bench.scrub.practice.rules import RULES
from bench.scrub.practice.selections import SELECTIONS
from bench.scrub.practice.sequence import sequence
from lcodec.scrub import Scrubber

SEEDS = 3
SMALL = ("one sample", "one class")  # kinds of removal with --small


def main() -> None:
    """Measure or report."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.scrub.practice", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--half", choices=HALVES, default=DEVELOPMENT, help="of the networks")
    parser.add_argument("--networks", nargs="+", choices=SETTINGS, help="instead of a half")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, help="of removals (all)")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of training (%(default)s)")
    parser.add_argument("--small", action="store_true", help="few rows and epochs: seconds")
    parser.add_argument(
        "--data", type=Path, metavar="DIR",
        help="folder with mnist and fashion, each with its four files as published; without it "
        "the networks that need them are left out",
    )  # fmt: skip
    parser.add_argument("--output", type=Path, metavar="FILE", help="account, lines of JSON")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--methods", nargs="+", choices=METHODS, help="beside doing nothing (all)")
    what.add_argument("--rules", action="store_true", help="the rules for steps, not the methods")
    what.add_argument("--selections", action="store_true", help="the selections, not the methods")
    what.add_argument(
        "--sequence", action="store_true", help="remove 100 samples one by one instead"
    )
    parser.add_argument(
        "--report", nargs="+", type=Path, metavar="FILE",
        help="only the tables, of one or more accounts together",
    )  # fmt: skip
    options = parser.parse_args()
    if options.report:
        print(report(*journal.read(options.report)))
        return
    if options.output is None:
        parser.error("--output or --report must be given")
    names = options.networks or [name for name, one in SETTINGS.items() if one.half == options.half]
    if options.sequence:
        run_sequences(options.output, names, options.seeds, options.data)
        return
    kinds = tuple(options.kinds or (SMALL if options.small else KINDS))
    run(
        options.output,
        names,
        options.seeds,
        kinds,
        options.data,
        small=options.small,
        alternatives=RULES if options.rules else SELECTIONS if options.selections else None,
        chosen=tuple(options.methods or METHODS),
    )


def run(
    file: Path,
    names: list[str],
    seeds: int,
    kinds: tuple[str, ...],
    folder: Path | None,
    *,
    small: bool,
    alternatives: Mapping[str, Alternative] | None = None,
    chosen: tuple[str, ...] = METHODS,
) -> None:
    """Measure what the account lacks of cells; seed by seed, so that it is even at any time."""
    torch.set_num_threads(1)
    settings = [SETTINGS[name] for name in names]
    for one in [one for one in settings if one.folder and folder is None]:
        print(f"{one.name} is left out: it needs --data")
        settings.remove(one)
    done = {journal.place(one): one["methods"] for one in journal.begin(file, small=small)}
    warm_up()
    methods = chosen if alternatives is None else tuple(alternatives)
    apply = applying(alternatives or {})
    plan = [(seed, one) for seed in range(seeds) for one in settings]
    for seed, one in tqdm(plan, leave=False, disable=None):
        setting = one.smaller() if small else one
        missing = {}
        for kind in kinds:
            known = done.get(journal.place({"network": one.name, "seed": seed, "kind": kind}), ())
            lacking = tuple(name for name in methods if name not in known)
            if lacking:  # doing nothing is measured again, as what others are compared with
                missing[kind] = tuple(dict.fromkeys((NOTHING, *lacking)))
        for record in cells(setting, seed, missing, folder, apply):
            journal.write(file, record)


def run_sequences(file: Path, names: list[str], seeds: int, folder: Path | None) -> None:
    """Remove samples one by one, for the networks and seeds that the account lacks."""
    torch.set_num_threads(1)
    done = {(one["network"], one["seed"]) for one in journal.begin(file, small=False)}
    warm_up()
    for seed, name in [(seed, name) for seed in range(seeds) for name in names]:
        setting = SETTINGS[name]
        if (name, seed) in done or (setting.folder and folder is None):
            continue
        for record in list(sequence(setting, seed, folder)):  # whole, or it is run again
            journal.write(file, record)


def warm_up() -> None:
    """Compile and import once, so that no cell's seconds count it."""
    rows, numbers = torch.arange(60.0).reshape(20, 3).sin(), torch.arange(20.0)[:, None].cos()
    forms: tuple[dict[str, Any], ...] = ({"select": "all"}, {"preset": "paper"}, {})
    for given in forms:
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
        options: dict[str, Any] = {"perturbations": 500, "damping": 1.0, **given}
        Scrubber(model, torch.nn.MSELoss(), (rows, numbers), **options).remove([0])


if __name__ == "__main__":
    main()
