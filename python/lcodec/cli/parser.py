"""The command line, `lcodec` or `python -m lcodec`: what it takes, and how it ends.

Only what reads the arguments is here, so that help and mistakes come at once; torch is imported
when there is something to do.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lcodec import LcodecError, __version__
from lcodec.checks import needed
from lcodec.cli import matlab
from lcodec.cli.statistics import flags
from lcodec.cli.values import list_of_names, number_of_bytes

DONE, BAD_INPUT, REFUSED, DAMAGED, INTERRUPTED, UNREAD = 0, 2, 3, 4, 130, 141

GUARDS = (
    "budgetSpent",
    "budgetTooSmall",
    "constantResponse",
    "emptySelection",
    "guard",
    "memoryLimit",
    "negativeCurvature",
    "noDescent",
    "noGain",
    "noMargin",
    "nonFinite",
    "notPositiveDefinite",
)
"""Ids of what refuses a removal whose arguments are right."""

FILES = (
    "ledgerAnchor",
    "ledgerChain",
    "ledgerFormat",
    "ledgerKey",
    "ledgerLocked",
    "ledgerReplaced",
    "ledgerStep",
    "ledgerWeights",
    "undoWeights",
    "weightsFormat",
    "writeFailed",
)
"""Ids of what is wrong with the ledger or a file."""

CODES = {
    **{f"lcodec:{id}": REFUSED for id in GUARDS},
    **{f"lcodec:{id}": DAMAGED for id in FILES},
}

EXIT_CODES = """\
exit codes:
  0    done; also where the ledger says that it was done before
  1    an error in the given functions (with a traceback)
  2    a wrong argument or wrong input
  3    refused by a guard: memory, budget, not finite, not positive definite, ...
  4    ledger or weights damaged, locked, not matching, or not writable
  130  interrupted
  141  whoever read the output, such as `head`, left before the end
Unless it is 0, the weights are what they were; run the same command again to go on.
"""

EXAMPLE = """\
example:
  lcodec scrub --model train:make_model --weights model.pt --data train:training_data \\
      --forget 17,42 --loss cross_entropy --weight-decay 1e-4 \\
      --output model-new.pt --ledger ledger.jsonl --report report

  with a file train.py that holds

  def make_model():      # the architecture; the weights come from the file
      return torch.nn.Linear(64, 10)

  def training_data():   # (inputs, targets), (inputs, targets, ids) or a Dataset
      return inputs, targets
"""

NEEDED = (
    ("model", "MODULE:NAME", "makes the model"),
    ("weights", "FILE", "its trained weights"),
    ("data", "MODULE:NAME", "gives all the training data"),
    (
        "forget",
        "IDS",
        "ids with commas between, or a file with one per line (@FILE where its name is a number), "
        "or a JSON list, which can hold any label; an id is the position in the data, from 0, or "
        "the label that the data function gives",
    ),
    ("loss", "LOSS", "cross_entropy, mse or MODULE:NAME"),
    ("output", "FILE", "the new weights, .safetensors or as torch.save; not with --plan"),
)
RECORD = (
    (
        "ledger",
        "FILE",
        "record of removals: with it, a run that was killed is completed by the same command, and "
        "no sample is removed twice",
    ),
    (
        "ledger-key",
        "FILE",
        "key that seals the ledger, 32 bytes or more: without it nobody can write entries that "
        "`lcodec ledger verify --key` takes for genuine",
    ),
    ("report", "PATH", "report as FILE.json, as FILE.html, or both in a folder"),
    (
        "test",
        "MODULE:NAME",
        "gives (inputs, targets) never trained on: to measure on, and for a membership attack",
    ),
    ("refit", "FILE", "weights of a model trained without the samples, to compare with"),
)
"""Name, metavar and help of the options that are not the scrubber's."""

OPTIONS: dict[str, list[tuple[str, str | None, str]]] = {
    **json.loads(Path(__file__).with_name("flags.json").read_text(encoding="utf-8")),
    "noise for a certificate (all of the first five, or none)": [
        ("epsilon", "NUMBER", "of one removal"),
        ("delta", "NUMBER", "of one removal"),
        ("strong_convexity", "NUMBER", "of the objective"),
        ("lipschitz", "NUMBER", "bound on the gradient of one sample's loss"),
        ("hessian_lipschitz", "NUMBER", "Lipschitz constant of its Hessian"),
        ("scope", "NAME", "selected or all: the parameters that get noise (all)"),
    ],
    "device": [("device", "NAME", "such as cpu or cuda (cpu)")],
}
"""By group, the name of an option, its metavar, None for a flag without value, and its help."""


TYPES: dict[str, Callable[[str], object]] = {
    "COUNT": int,
    "NUMBER": float,
    "BYTES|MiB": number_of_bytes,
    "NAME,NAME,...": list_of_names,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of `lcodec`."""
    top = argparse.ArgumentParser(
        prog="lcodec",
        description="Conditional dependence in tables (foci, codec, graph, xi), and removing "
        "samples from a trained network (scrub, ledger); matlab-path names the MATLAB files.",
    )
    top.add_argument("--version", action="version", version=f"lcodec {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    flags.add(commands)
    _add_scrub(commands)
    _add_ledger(commands)
    commands.add_parser(
        "matlab-path",
        help="print the folder with the MATLAB files",
        description="Print the folder with the functions for MATLAB and GNU Octave; give it to "
        "`addpath` there.",
    )
    return top


def _add_scrub(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    scrub = commands.add_parser(
        "scrub",
        help="remove samples from a trained model",
        usage="lcodec scrub --model MODULE:NAME --weights FILE --data MODULE:NAME --forget IDS\n"
        "                    --loss LOSS (--output FILE [--undo] | --plan) [options]",
        description="Remove samples from a trained model, see with --plan what that changes, or "
        "take it back with --undo.",
        epilog=f"{EXAMPLE}\n{EXIT_CODES}",
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=30
        ),
        allow_abbrev=False,
    )
    needed = scrub.add_argument_group("needed (NAME is a function without arguments)")
    for name, metavar, text in NEEDED:
        needed.add_argument(f"--{name}", metavar=metavar, required=name != "output", help=text)
    more = scrub.add_argument_group("plan, record and report")
    more.add_argument("--plan", action="store_true", help="say what would change, change nothing")
    more.add_argument(
        "--undo",
        action="store_true",
        help="take the last removal of --ledger back; everything else as in the command that made "
        "it, whose --weights must still hold the weights from before",
    )
    for name, metavar, text in RECORD:
        more.add_argument(f"--{name}", metavar=metavar, help=text)
    for title, options in OPTIONS.items():
        group = scrub.add_argument_group(title)
        for name, kind, text in options:
            how: dict[str, Any] = {"action": "store_true"}
            if kind is not None:
                how = {"type": TYPES.get(kind, str), "metavar": kind}
            # Without a default: the scrubber knows its own.
            flag = f"--{name.replace('_', '-')}"
            group.add_argument(flag, **how, default=argparse.SUPPRESS, help=text)


def _add_ledger(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ledger = commands.add_parser("ledger", help="check a record of removals")
    actions = ledger.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser(
        "verify",
        help="show the entries and check the chain",
        description="Show the entries of a ledger and check that no line was changed, moved or "
        "left out while the others stayed as they were. Whoever can write the file could have "
        "written all of it anew: --contains and --key show that. Nothing is locked or written.",
        epilog=EXIT_CODES.splitlines()[0] + "\n  0    the chain is whole\n  2    no such file\n"
        "  4    the chain is broken, lacks the line of --contains or has another key, or the\n"
        "       weights are not those of the last entry\n"
        "  141  whoever read the output left, and the chain was not checked to its end\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.add_argument("file", metavar="FILE", help="the ledger")
    verify.add_argument(
        "--contains",
        metavar="HASH",
        help="check that a line has this SHA-256, which an earlier run showed for the last line "
        "and which was kept elsewhere",
    )
    verify.add_argument("--key", metavar="FILE", help="check that this key seals every line")
    verify.add_argument("--weights", metavar="FILE", help="check that the last entry is of these")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; argparse itself exits with 2.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the name of the program; by default those of the process.
    """
    given = parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # an id that it cannot show is no reason to fail
        sys.stdout.reconfigure(errors="backslashreplace")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # where the functions are, as with python -m
    words: Callable[[object], str] = str
    codes = CODES
    try:
        if given.command in flags.COMMANDS:
            from lcodec.cli.statistics import commands

            words = partial(commands.as_flags, given.command)
            codes = {"lcodec:writeFailed": DAMAGED}  # no guards: all else is wrong input
            return commands.run(given)
        if given.command == "matlab-path":
            print(matlab.folder())
            return DONE
        needed("torch", "torch", f"`lcodec {given.command}`")
        from lcodec.cli import scrub as command

        return command.ledger(given) if given.command == "ledger" else command.scrub(given)
    except LcodecError as error:
        print(f"lcodec: error [{error.id}]: {words(error)}", file=sys.stderr)
        return codes.get(error.id, BAD_INPUT)
    except KeyboardInterrupt:
        print("lcodec: interrupted; run the same command again to go on", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return UNREAD
    finally:
        try:
            sys.stdout.flush()
        except BrokenPipeError:  # else Python flushes once more, and complains
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
