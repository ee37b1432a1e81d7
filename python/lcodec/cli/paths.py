"""The files that a command reads and writes: told apart before any of them is touched."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from lcodec.cli.named import ids_file
from lcodec.scrub import checks
from lcodec.scrub.ledger.files import try_to_write, write_atomically
from lcodec.scrub.ledger.places import Place, apart, ledger_places, real_file
from lcodec.scrub.ledger.rights import Rights


@dataclass(frozen=True)
class Paths:
    """Real paths: they stay the same if a given function changes the working folder."""

    output: Path | None
    ledger: Path | None
    reports: tuple[Path, ...]
    weights: Path | None

    def write_report(self, path: Path, text: str) -> None:
        """Write a report, for those only who may read what it comes from."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            checks.fail("writeFailed", f"`--report` must be a folder or a file, got: {error}")
        sources = [each for each in (self.weights, self.ledger) if each and each.exists()]
        # Names of files may hold what is no text.
        write_atomically(path, text.encode("utf-8", "backslashreplace"), Rights.like(*sources))


def paths(arguments: argparse.Namespace) -> Paths:
    """Return the files, and refuse those that cannot be written or would destroy another.

    `lcodec:missingOption`, `lcodec:writeFailed` and `lcodec:samePath`.
    """
    if arguments.output is None and not arguments.plan:
        checks.fail("missingOption", "`--output` must be given, unless --plan is")
    if arguments.undo and arguments.plan:
        checks.fail("optionValue", "`--undo` must not be given with --plan")
    if arguments.undo and arguments.ledger is None:
        checks.fail("missingOption", "`--ledger` must be given, too, for --undo")
    if arguments.ledger_key is not None and arguments.ledger is None:
        checks.fail("missingOption", "`--ledger` must be given, too, for --ledger-key")
    output, ledger = (
        None if given is None else real_file(given, f"`--{name}`")
        for name, given in (("output", arguments.output), ("ledger", arguments.ledger))
    )
    written = [] if output is None else [Place("`--output`", output)]
    others, reports = _reports(arguments.report)
    if ledger is not None:
        others += ledger_places(ledger, "`--ledger`")
    weights = _there(arguments.weights)
    if weights is not None:  # the output may take their place
        apart(others, [Place("`--weights`", weights)])
    sources = {
        "`--forget`": ids_file(arguments.forget),
        "`--ledger-key`": arguments.ledger_key,
        "`--refit`": arguments.refit,
    }
    read = [Place(name, path) for name, given in sources.items() if (path := _there(given))]
    apart([*written, *others], read)
    if output is not None and not arguments.plan:
        _try(output, "--output")
    for report in reports:
        _try(report, "--report", new_folder=len(reports) > 1)
    return Paths(output, ledger, reports, weights)


def _there(name: str | None) -> Path | None:
    """Return the real path of a file that is only read; None where there is none."""
    return Path(os.path.realpath(name)) if name is not None and os.path.isfile(name) else None


def _reports(given: str | None) -> tuple[list[Place], tuple[Path, ...]]:
    if given is None:
        return [], ()
    if Path(given).suffix in (".json", ".html"):
        file = real_file(given, "`--report`")
        return [Place("`--report`", file)], (file,)
    if not given or "\0" in given:
        checks.fail("writeFailed", f"`--report` must be a folder or a file, got {given!a}")
    folder = Path(os.path.realpath(given))
    names = ("report.json", "report.html")
    files = tuple(real_file(folder / name, "`--report`") for name in names)
    places = [Place(f"{name} in `--report`", file) for name, file in zip(names, files, strict=True)]
    return [*places, Place("`--report`", folder, "shared")], files


def _try(file: Path, option: str, new_folder: bool = False) -> None:
    folder = file.parent
    while new_folder and not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        checks.fail("writeFailed", f"`{option}` must be in a folder to write to, got '{folder}'")
    if folder == file.parent:
        try_to_write(file)
