"""Run an experiment of the paper: ``python -m bench.paper mnist_2nn --small``.

``list`` instead of a name prints those that there are, with time and memory of --small. A run
writes a journal, then its account as JSON, its tables with a verdict, and a figure.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

import torch

from bench.machine import ROOT
from bench.paper import journal, settings
from bench.paper.runs import Experiment, Run
from bench.rounds import write_between

FOLDER = Path(__file__).resolve().parent
NAMES = (
    "mnist_logistic", "mnist_2nn", "cifar", "vggface", "ledgar", "reid", "bullseye", "spurious",
    "speedup", "kfac", "retrain",
)  # fmt: skip
"""The experiments, in the order of `list`."""


def marks(stem: str) -> tuple[str, str]:
    """Return what the report of an account stands between in an experiment's README.md."""
    name = "report" if stem == "small" else stem
    return f"<!-- begin {name} -->", f"<!-- end {name} -->"


def experiment(name: str) -> Experiment:
    """Return an experiment by its name."""
    found: Experiment = import_module(f"bench.paper.{name}").EXPERIMENT
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 2 where it, the data or a journal is refused."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.name == "list":
            print(listing())
        elif options.report is not None:
            _report(options.report, options.output, readme=options.readme)
        else:
            _run(options, parser)
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return 0


def listing() -> str:
    """Return a line for each experiment."""
    width = max(map(len, NAMES))
    return "\n".join(
        f"{name:{width}}  {found.small:16}  {found.question}"
        for name, found in ((name, experiment(name)) for name in NAMES)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.paper", description=__doc__)
    add = parser.add_argument
    add("name", nargs="?", choices=["list", *NAMES], metavar="NAME", help="experiment, or 'list'")
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--small", action="store_true", help="bundled or generated data; minutes")
    data.add_argument("--data", type=Path, metavar="DIR", help="the data as they are published")
    data.add_argument("--report", type=Path, metavar="FILE", help="only tables and figure, from it")
    add("--device", default="auto", help="torch device; auto takes CUDA where it is (%(default)s)")
    add("--removals", type=_count, metavar="N", help="samples removed one by one")
    add("--seeds", type=_seeds, metavar="0,1", help="of training")
    add("--methods", type=_names, metavar="A,B", help="those of config.toml with these names")
    add("--weights", type=Path, metavar="PATH", help="trained weights to start from")
    add("--published", action="store_true", help="network, data and training of the authors' code")
    add("--resume", action="store_true", help="go on with the journal that is there")
    add("--output", type=Path, metavar="DIR", help="(bench_output/paper/NAME)")
    add("--readme", action="store_true", help="with --report: put it into the experiment's README")
    return parser


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def _seeds(text: str) -> list[int]:
    seeds = [int(part) for part in text.split(",")]
    if min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise argparse.ArgumentTypeError(f"must be distinct numbers from 0 on, got {text}")
    return seeds


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if options.name is None:
        parser.error("NAME must be given, or 'list', or --report")
    found = experiment(options.name)
    if not (options.small or options.data or found.generated):
        parser.error("--small or --data must be given")
    config = settings.chosen(
        settings.read(FOLDER / found.name, small=options.small, published=options.published),
        removals=options.removals, seeds=options.seeds, methods=options.methods,
        weights=options.weights,
    )  # fmt: skip
    device = device_of(options.device)
    output = options.output or ROOT / "bench_output" / "paper" / found.name
    stem = "-".join(
        part
        for part, wanted in (
            ("published", options.published),
            ("small", options.small),
            ("full", not options.small),
        )
        if wanted
    )
    account = execute(found, config, options.data, output / stem, device, resume=options.resume)
    _write(found, account, output / stem)


def execute(
    found: Experiment,
    config: settings.Config,
    folder: Path | None,
    stem: Path,
    device: torch.device,
    *,
    resume: bool = False,
) -> journal.Record:
    """Run an experiment and return its account.

    Parameters
    ----------
    found : Experiment
        What to run.
    config : dict
        Its options.
    folder : path or None
        Of the data as published; None for the small ones.
    stem : path
        The journal is this with ".jsonl"; the folder of this name holds weights and ledgers.
    device : torch.device
        Where tensors are.
    resume : bool, default False
        Whether to go on with the journal that is there.
    """
    data = found.load(folder, config)
    about = {"source": data.source, "sha256": data.sha256}
    head = journal.header(found.name, config, about, device.type)
    run = Run(journal.Journal(stem.with_suffix(".jsonl"), head, resume=resume), stem, device)
    try:
        found.run(config, data, run)
    finally:
        run.close()
    return run.journal.account()


def device_of(name: str) -> torch.device:
    """Return a torch device; "auto" is CUDA where there is one.

    Raises
    ------
    ValueError
        Where there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"--device must be one that is here, got {name}: {reason}") from error
    return torch.device(name)


def _report(file: Path, output: Path | None, *, readme: bool) -> None:
    account = journal.read(file)
    found = experiment(account["experiment"])
    _write(found, account, (output or ROOT / "bench_output" / "paper" / found.name) / file.stem)
    if readme:
        page = FOLDER / found.name / "README.md"
        write_between(page, *marks(file.stem), f"\n{found.report(account)}\n")


def _write(found: Experiment, account: journal.Record, stem: Path) -> None:
    """Write account, tables and figure, and print the tables."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_suffix(".json").write_text(journal.as_json(account), encoding="utf-8")
    report = found.report(account)
    stem.with_suffix(".md").write_text(report + "\n", encoding="utf-8")
    found.draw(account, stem.with_suffix(".svg"))
    print(report)


if __name__ == "__main__":
    sys.exit(main())
