"""What `lcodec scrub` and `lcodec ledger` do, once the arguments are read."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from torch import nn

from lcodec.cli import named as given
from lcodec.cli.measures import measured, on_removed, samples
from lcodec.cli.messages import plain_warnings
from lcodec.cli.page import html
from lcodec.cli.paths import Paths, paths
from lcodec.scrub import checks
from lcodec.scrub.ledger.chain import now, to_key
from lcodec.scrub.ledger.entry import Entry
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.reader import Reader, opened
from lcodec.scrub.ledger.weights import fingerprint, load_weights
from lcodec.scrub.measures import versions
from lcodec.scrub.samples.ids import listed
from lcodec.scrub.samples.retained import Id
from lcodec.scrub.scrubber import Scrubber
from lcodec.scrub.writing import earlier, save, take_back

NOTHING_TO_UNDO = "nothing left to do: the ledger says that this removal was taken back"
NOTHING_LEFT = "nothing left to do: the ledger says that these samples are removed"


def scrub(arguments: argparse.Namespace) -> int:
    """Remove the samples, take that back, or show with `--plan` what it changes.

    Whatever fails is raised.
    """
    files = paths(arguments)
    model = given.model(arguments)
    data, labels = given.data(arguments.data)
    ids = given.ids(arguments.forget, labels)
    loss = given.loss(arguments.loss)
    options = given.options(arguments)
    with ExitStack() as stack:
        stack.enter_context(plain_warnings(given.as_flags))
        ledger = None
        if files.ledger is not None:
            key = to_key(arguments.ledger_key, "--ledger-key")
            read_only = arguments.plan
            ledger = Ledger(files.ledger, read_only=read_only, key=key, like=files.weights)
            stack.enter_context(ledger)
            _catch_up(model, ledger, files.output)
            if arguments.undo:
                undone = _take_back(model, ledger, ids, arguments.weights)
                save(model, ledger, cast("Path", files.output), files.weights)
                if not _is_told(files, undone):
                    _write_report(files, arguments, {}, undone, {}, ledger)
                return 0
        scrubber = Scrubber(model, loss, data, ids=labels, ledger=ledger, **options)
        gone = frozenset() if ledger is None else ledger.removed
        left = [id for id in ids if id not in gone]
        test = None if arguments.test is None else given.call(arguments.test, "--test")
        if arguments.plan:
            plan = _plan(scrubber, left)
            if plan is not None:
                _write_report(files, arguments, options, plan, {}, None)
            return 0
        refit = None if arguments.refit is None else given.model(arguments, "refit")
        removed = samples(data, labels, model, left) if left else None
        found = [] if removed is None else [measured(model, loss, removed, test, refit)]
        report = _remove(scrubber, left) if left else _from_ledger(ledger, ids)
        # The same bits again where nothing was left to do: the run may have been killed here.
        scrubber.save(cast("Path", files.output), like=files.weights)
        extra: dict[str, Any] = {}
        if removed is not None:
            found.append(measured(model, loss, removed, test, refit))
            if refit is not None:
                found.append(measured(refit, loss, removed, test, refit))
                extra["refit"] = on_removed(refit, loss, removed)
            extra["measures"] = {name: tuple(one[name] for one in found) for name in found[0]}
        if removed is not None or not _is_told(files, report):
            _write_report(files, arguments, options, report, extra, ledger)
    return 0


def ledger(arguments: argparse.Namespace) -> int:
    """Show the entries of a ledger, each once it was checked; the chain is whole at the end."""
    key = to_key(arguments.key, "--key")
    with opened(arguments.file) as stream:
        reader = Reader(stream, arguments.file, key, arguments.contains)
        for entry in reader:
            print(_one_line(entry))
    last, composed = reader.standing.last, reader.standing.composed
    print(f"chain    whole, {reader.count} entries; its last line has SHA-256 {reader.last}")
    if key is not None:
        print(f"key      {key.name} seals every line")
    if arguments.contains is not None:
        print(f"anchor   the line with SHA-256 {arguments.contains} is there")
    if reader.torn:
        print(f"torn     {reader.torn} bytes at the end, which were never acted on")
    if any(composed.values()):
        print(f"noise    epsilon {composed['epsilon']:.4g}, delta {composed['delta']:.4g} in all")
    if last is not None:
        print(f"weights  SHA-256 {last.after}")
    if arguments.weights is not None and last is not None:
        have = fingerprint(load_weights(arguments.weights))
        if have != last.after:
            checks.fail(
                "ledgerWeights",
                f"`{arguments.weights}` must hold the weights of the last entry, SHA-256 "
                f"{last.after}, got {have}",
            )
        print(f"         as in {arguments.weights}")
    return 0


def _one_line(entry: Entry) -> str:
    what = "removal" if entry.undoes is None else f"undo of {entry.undoes}"
    names = listed(entry.ids, 8) or "samples without ids"
    return f"{entry.sequence:>7}  {entry.time}  {what} of {entry.forgotten}: {names}"


def _catch_up(model: nn.Module, ledger: Ledger, output: Path | None) -> None:
    """Bring the model to the ledger's last entry, from the output where that is there already."""
    entries = ledger.entries
    if output is not None and entries and os.path.isfile(output):
        state = load_weights(output)
        if fingerprint(state) == entries[-1].after:
            model.load_state_dict(state)
    ledger.replay(model)


def _plan(scrubber: Scrubber, ids: Sequence[Id]) -> dict[str, Any] | None:
    plan = scrubber.plan(ids) if ids else None
    print(NOTHING_LEFT if plan is None else plan)
    return None if plan is None else plan.to_dict()


def _remove(scrubber: Scrubber, ids: Sequence[Id]) -> dict[str, Any]:
    report = scrubber.remove(ids)
    print(report)
    return report.to_dict()


def _from_ledger(ledger: Ledger | None, ids: Sequence[Id]) -> dict[str, Any]:
    """Say of the last removal of some of these samples what a report would."""
    print(NOTHING_LEFT)
    entries = () if ledger is None else ledger.standing
    last = [entry for entry in entries if set(ids) & set(entry.ids)][-1]
    return {
        **last.removal,
        "forgotten": last.forgotten,
        "ids": list(last.ids),
        "noise": last.noise,
        "entry": last.sequence,
        "sha256_before": last.before,
        "sha256_after": last.after,
    }


def _take_back(model: nn.Module, ledger: Ledger, ids: Sequence[Id], weights: str) -> dict[str, Any]:
    """Take the last removal in force back, if that is not done; say what a report would."""
    wanted = set(ids)
    last = ledger.entries[-1] if ledger.entries else None
    if last is not None and last.undoes is not None and set(last.ids) <= wanted:
        print(NOTHING_TO_UNDO)
    else:
        written = earlier(model, ledger, weights, "`--weights`")
        entry = cast("Entry", written.entry)
        if not entry.ids or not set(entry.ids) <= wanted:
            checks.fail(
                "ledgerUndo",
                f"`--forget` must hold the samples of the last removal in force for --undo, entry "
                f"{entry.sequence} of {listed(entry.ids, 8) or 'samples without ids'}, got "
                f"{listed(ids, 8)}",
            )
        take_back(model, ledger, written)
        last = ledger.entries[-1]
        print(f"entry {last.sequence} takes entry {entry.sequence} back: {listed(entry.ids, 8)}")
    return {
        "forgotten": last.forgotten,
        "ids": list(last.ids),
        "undoes": last.undoes,
        "entry": last.sequence,
        "sha256_before": last.before,
        "sha256_after": last.after,
    }


def _is_told(files: Paths, report: Mapping[str, Any]) -> bool:
    """Return whether reports of this removal are there, which may say more than the ledger can."""
    weights = [report["sha256_before"], report["sha256_after"]]
    texts = [path.read_text(encoding="utf-8") for path in files.reports if path.is_file()]
    told = [all(each in text for each in weights) for text in texts]
    return len(told) == len(files.reports) and all(told)


def _write_report(
    files: Paths,
    arguments: argparse.Namespace,
    options: Mapping[str, Any],
    report: Mapping[str, Any],
    of_models: Mapping[str, Any],
    ledger: Ledger | None,
) -> None:
    extra = {
        "measures": {},
        **of_models,
        "ledger": _ledger_facts(report, ledger),
        "command": {
            name: value
            for name, value in vars(arguments).items()
            if name in ("model", "weights", "data", "loss", "output", "test", "refit") and value
        }
        | {"date": now(), "versions": ", ".join(f"{name} {v}" for name, v in versions().items())},
        "options": given.shown(arguments, options),
    }
    for path in files.reports:
        if path.suffix == ".json":
            text = json.dumps({"report": report, **extra}, indent=2, default=str, allow_nan=False)
        else:
            text = html(report, extra)
        files.write_report(path, text)


def _ledger_facts(report: Mapping[str, Any], ledger: Ledger | None) -> dict[str, Any]:
    if ledger is None:
        return {}
    epsilon, delta = ledger.composed
    facts = {
        "File": str(ledger.path),
        "Entry": report.get("entry"),
        "SHA-256 of the weights before": report.get("sha256_before"),
        "SHA-256 of the weights after": report.get("sha256_after"),
    }
    return facts | ({"Epsilon so far": epsilon, "Delta so far": delta} if epsilon or delta else {})
