"""The last stage: record a removal in the ledger, where there is one, and change the weights."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.ledger.entry import Entry, removal_entry, undo_entry
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.places import Place, apart, ledger_places, real_file
from lcodec.scrub.ledger.steps import Step, apply_step, difference
from lcodec.scrub.ledger.weights import fingerprint, load_weights, save_weights
from lcodec.scrub.report import RemovalReport
from lcodec.scrub.request import Request


@dataclass(frozen=True, eq=False)
class Asked:
    """What a removal starts from: the request, and what is needed to write it."""

    request: Request
    positions: Sequence[int]  # of the samples in the retained data
    hashes: tuple[str, ...] = ()  # of samples without ids, for a ledger
    before: str = ""  # fingerprint of the weights, for a ledger


@dataclass(frozen=True, eq=False)
class Written:
    """A removal that was written, and can be taken back."""

    after: str  # fingerprint of the weights
    back: Step  # the values that they had before
    entry: Entry | None  # as it stands in the ledger
    positions: Sequence[int] = ()  # of the samples in the retained data
    samples: int = 0  # how many


def known_weights(model: nn.Module, ledger: Ledger, hashes: Sequence[str]) -> str:
    """Return the fingerprint of a model that has the weights of a ledger's last entry.

    `hashes` are of samples without ids that are to be removed, and must not have been already.
    """
    have = fingerprint(model)
    if ledger.entries and ledger.entries[-1].after != have:
        checks.fail(
            "ledgerWeights",
            "`model` must have the weights of the ledger's last entry, got others; "
            "`resume` brings earlier ones up to date",
        )
    gone = ledger.removed_samples
    for row, sample in enumerate(hashes):
        if sample in gone:
            checks.fail(
                "alreadyRemoved",
                f"`samples` must not have been removed already, got row {row}, which was",
            )
    return have


def write(
    model: nn.Module,
    ledger: Ledger | None,
    moved: Mapping[str, torch.Tensor],
    report: RemovalReport,
    asked: Asked,
) -> tuple[RemovalReport, Written]:
    """Record a removal, and then change the weights to what has `moved`.

    The report comes back with the number of the entry, where there is a ledger.
    """
    parameters = dict(model.named_parameters())
    change = difference(parameters, moved)
    after = fingerprint(model, moved)
    entry = None
    if ledger is not None:
        noise = None if report.noise is None else vars(report.noise)
        entry = removal_entry(
            report,
            ids=report.ids or (),
            samples=asked.hashes,
            noise=noise,
            options=report.options,
        )
        entry = ledger.append(replace(entry, before=asked.before, after=after), change.forward)
        report = replace(
            report, entry=entry.sequence, sha256_before=entry.before, sha256_after=entry.after
        )
    apply_step(parameters, change.forward)
    return report, Written(after, change.back, entry, asked.positions, report.forgotten)


def in_force(done: Sequence[Written], taken: Sequence[tuple[Entry, Step]]) -> list[Written]:
    """Return the removals that can be taken back after entries of a ledger were carried out."""
    found = list(done)
    for entry, back in taken:
        if entry.undoes is None:
            found.append(Written(entry.after, back, entry, samples=entry.forgotten))
        elif found and found[-1].entry is not None and found[-1].entry.sequence == entry.undoes:
            found.pop()
    return found


def earlier(
    model: nn.Module, ledger: Ledger | None, path: str | os.PathLike[str], name: str
) -> Written:
    """Return the ledger's last removal in force, by a file of the weights before it.

    `name` is the argument's that gave the file, for messages.
    """
    if ledger is None:
        checks.fail("noLedger", f"`ledger` must be given for {name}, got none")
    if not ledger.standing:
        checks.fail("nothingToUndo", f"`{ledger.path}` must hold a removal in force, got none")
    entry = ledger.standing[-1]
    state = load_weights(path)
    own = dict(model.named_parameters())
    values = {part: tensor for part, tensor in state.items() if part in own}
    have = fingerprint(state)
    if have != entry.before or fingerprint(model, values) != entry.before:
        checks.fail(
            "undoWeights",
            f"{name} must hold the weights from before entry {entry.sequence} of the ledger "
            f"(SHA-256 {entry.before}), which keeps none once the new ones are saved, got {have}",
        )
    back = difference(own, values).forward
    return Written(ledger.entries[-1].after, back, entry, samples=entry.forgotten)


def take_back(model: nn.Module, ledger: Ledger | None, written: Written) -> None:
    """Record that a removal is taken back, and put the weights back that were there before it."""
    if fingerprint(model) != written.after:
        checks.fail("undoWeights", "`model` must be as `remove` left it, got other weights")
    if ledger is not None and written.entry is not None:
        entry = undo_entry(written.entry)
        ledger.append(
            replace(entry, before=written.after, after=written.entry.before), written.back
        )
    apply_step(dict(model.named_parameters()), written.back)


def save(
    model: nn.Module,
    ledger: Ledger | None,
    path: str | os.PathLike[str],
    like: str | os.PathLike[str] | None = None,
) -> None:
    """Write the weights, and let the ledger drop the steps that they hold."""
    if ledger is not None:
        apart([Place("`path`", real_file(path)), *ledger_places(ledger.path, "`ledger`")])
    save_weights(model.state_dict(), path, like=like)
    if ledger is not None:
        ledger.settle()
