"""What the commands that measure a table take. No option has a default: the library knows its own.

Names and meanings are those of the Python functions.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from textwrap import fill
from typing import Any, NamedTuple

from lcodec.cli.values import column_names, neighbors, number_of_bytes

COMMANDS = ("foci", "codec", "graph", "xi")

EXIT_CODES = """\
exit codes:
  0    done
  1    an error in the program (with a traceback)
  2    a wrong argument or wrong input
  4    the plot cannot be written
  130  interrupted
  141  whoever read the output, such as `head`, left before the end
The answer is on standard output; notes, warnings and errors are on standard error.
"""


class Flag(NamedTuple):
    """An option: the commands that have it, its metavar, choices or constant, and its help."""

    commands: str
    metavar: str
    help: str
    type: Callable[[str], object] = str
    choices: tuple[str, ...] = ()


SEVERAL = "NAME,NAME,..."
FLAGS: dict[str, dict[str, Flag]] = {
    "columns": {
        "target": Flag("foci", "NAME", "the column to explain (needed)"),
        "response": Flag("codec", "NAME", "the column to explain (needed)"),
        "of": Flag(
            "codec", SEVERAL, "columns whose effect on it is measured (needed)", column_names
        ),
        "x": Flag("xi", "NAME", "the column that may tell (needed)"),
        "y": Flag("xi", "NAME", "the column to explain (needed)"),
        "given": Flag("foci codec", SEVERAL, "columns that are known already", column_names),
        "columns": Flag("foci graph", SEVERAL, "use only these columns (all)", column_names),
        "exclude": Flag("foci graph", SEVERAL, "leave these columns out", column_names),
        "categories": Flag(
            "foci codec", SEVERAL,
            "columns of codes without order; text is taken so anyway", column_names,
        ),
    },
    "method": {
        "neighbors": Flag(
            "foci codec graph", "K|auto", "nearest rows that count (1)", neighbors
        ),
        "stop": Flag("foci", "", "when to end (gain)", choices=("gain", "test", "never")),
        "max-features": Flag("foci graph", "COUNT", "select at most so many", int),
        "min-gain": Flag("foci graph", "NUMBER", "end at a gain not above this (0)", float),
        "method": Flag(
            "codec", "", "of --test; by default the one that fits the data",
            choices=("moments", "permutation", "asymptotic", "local_permutation"),
        ),
        "level": Flag(
            "foci codec xi", "NUMBER",
            "of the test of `foci` (0.05), or of --interval (0.95)", float,
        ),
        "n-resamples": Flag(
            "foci codec xi", "COUNT", "exchanges of a test (999), subsamples of an interval (200)",
            int,
        ),
        "subsample-size": Flag("codec xi", "COUNT", "rows in a subsample of --interval", int),
        "shuffle-neighbors": Flag(
            "foci codec", "COUNT", "rows near enough to exchange with, of a test (5)", int
        ),
        "standardize": Flag(
            "foci codec graph", "", "units of the columns (std)", choices=("std", "range", "none")
        ),
        "ties": Flag(
            "foci codec graph xi", "", "rows at equal distance (average)",
            choices=("average", "random", "first"),
        ),
        "seed": Flag("foci codec graph xi", "NUMBER", "of all that is random (0)", int),
        "n-jobs": Flag("foci codec graph", "COUNT", "threads (all)", int),
        "memory-limit": Flag("foci graph", "BYTES|MiB", "memory of the search", number_of_bytes),
    },
    "reading": {
        "missing": Flag(
            "foci codec graph xi", "", "rows with empty cells (refuse)", choices=("refuse", "drop")
        ),
        "na-values": Flag(
            "foci codec graph xi", "TEXT,TEXT,...", "texts that stand for empty cells, beside NA",
            column_names,
        ),
        "separator": Flag("foci codec graph xi", "CHARACTER", "between cells (as in line 1)"),
        "decimal": Flag("foci codec graph xi", "CHARACTER", "decimal point (.)"),
        "date-format": Flag(
            "foci codec graph xi", "FORMAT", "of dates, such as %%d.%%m.%%Y (2026-11-29)"
        ),
        "encoding": Flag("foci codec graph xi", "NAME", "of the file (utf-8)"),
    },
    "answer": {
        "format": Flag(
            "foci codec graph xi", "", "of the answer (table)", choices=("table", "json", "csv")
        ),
        "plot": Flag("foci graph", "FILE", "draw the answer: .png, .pdf, .svg"),
    },
}  # fmt: skip
SWITCHES = {
    "test": ("codec", "test whether the effect is there"),
    "interval": ("codec xi", "give a standard error and an interval"),
    "no-header": ("foci codec graph xi", "line 1 is a row; columns are called 0, 1, 2, ..."),
    "progress": ("foci", "show how far it has come"),
}
NEEDED = ("target", "response", "of", "x", "y")

WHAT = {
    "foci": (
        "choose the columns that explain a column",
        "Choose columns one by one, each the one that explains most of what is left of --target, "
        "and end by itself (FOCI).",
        """\
  lcodec foci data.csv --target price
  lcodec foci data.csv --target price --given size --stop test --plot price.png
  lcodec foci patients.tsv --target diagnosis --exclude id,name --missing drop
  zcat data.csv.gz | lcodec foci - --target price --format json
""",
    ),
    "codec": (
        "measure how much columns explain of a column",
        "Measure how much the columns --of explain of --response, beyond those of --given: 0 is "
        "nothing, 1 is all (CODEC).",
        """\
  lcodec codec data.csv --response price --of size,rooms
  lcodec codec data.csv --response price --of garden --given size --test --interval
""",
    ),
    "graph": (
        "choose for every column the columns that explain it",
        "Run FOCI for every column on all others, and list or draw the edges.",
        """\
  lcodec graph data.csv --plot graph.png
  lcodec graph data.csv --exclude id,name --format csv > edges.csv
""",
    ),
    "xi": (
        "measure whether a column is a function of another",
        "Measure whether --y is a function of --x: 0 is independence, 1 a function "
        "(Chatterjee's correlation).",
        """\
  lcodec xi data.csv --x hour --y load
  lcodec xi data.csv --x hour --y load --interval --format json
""",
    ),
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parsers of these commands."""
    for command, (short, long, examples) in WHAT.items():
        parser = commands.add_parser(
            command,
            help=short,
            description=fill(long, 79),
            epilog=f"examples:\n{examples}\n{EXIT_CODES}",
            formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
                prog, max_help_position=30
            ),
            allow_abbrev=False,
        )
        parser.add_argument(
            "data", metavar="FILE",
            help="CSV, TSV or Parquet, also compressed by gzip; - is standard input",
        )  # fmt: skip
        for title, flags in FLAGS.items():
            group = parser.add_argument_group(title)
            for name, flag in flags.items():
                if command in flag.commands.split():
                    _add_flag(group, name, flag, command)
            _add_switches(group, title, command)


def options_of(arguments: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Return those of these options of the library that were given."""
    return {name: vars(arguments)[name] for name in names if hasattr(arguments, name)}


def _add_flag(group: argparse._ArgumentGroup, name: str, flag: Flag, command: str) -> None:
    how: dict[str, Any] = {"type": flag.type, "metavar": flag.metavar}
    if flag.choices:
        choices = flag.choices[:2] if (command, name) == ("xi", "ties") else flag.choices
        how = {"choices": choices}
    names = [f"--{name}"]
    dest = name.replace("-", "_")
    if name == "neighbors":
        names, dest = ["--neighbors", "--n-neighbors"], "n_neighbors"
    elif name == "response":
        dest = "target"  # `response` says what its values mean
    group.add_argument(
        *names, dest=dest, default=argparse.SUPPRESS, required=name in NEEDED, help=flag.help, **how
    )


def _add_switches(group: argparse._ArgumentGroup, title: str, command: str) -> None:
    there = {"method": ("test", "interval", "progress"), "reading": ("no-header",)}
    for name in there.get(title, ()):
        commands, text = SWITCHES[name]
        if command in commands.split():
            group.add_argument(f"--{name}", action="store_true", help=text)
    if title == "method" and command != "graph":
        kinds = group.add_mutually_exclusive_group()
        meanings = {
            "nominal": "the values to explain are classes without order, as text always is",
            "ordered": "larger numbers to explain mean more, though there are few of them",
        }
        for kind in ("ordered",) if command == "xi" else meanings:
            kinds.add_argument(
                f"--{kind}", action="store_const", const=kind, dest="response",
                default=argparse.SUPPRESS, help=meanings[kind],
            )  # fmt: skip
