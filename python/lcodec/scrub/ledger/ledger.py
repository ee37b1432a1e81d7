"""The ledger: what was removed, in an order that a killed process cannot spoil.

A ledger is a text file of JSON lines, a header and then one line per entry. Each line ends with
the SHA-256 of its own bytes up to there, and holds the SHA-256 of the line before: a line that
is edited, left out or moved by accident shows. What a file cannot show by itself is that lines at
its end are gone, or that somebody wrote all of it anew: for this there is a key, and the hash of
the last line, to be kept elsewhere.

The order of a removal is: new values to `<ledger>.steps/<number>.pt`, entry to the ledger, both
on the disk; then the weights change. A process killed in between leaves an entry whose step can
be taken again, to the same bits, by `Ledger.replay`.
"""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import NoReturn

import torch
from torch import nn

from lcodec import __version__
from lcodec.scrub import checks
from lcodec.scrub.ledger.chain import Secret, header, now, to_key, to_line
from lcodec.scrub.ledger.entry import Entry
from lcodec.scrub.ledger.files import cannot_write
from lcodec.scrub.ledger.held import Held
from lcodec.scrub.ledger.places import real_file
from lcodec.scrub.ledger.reader import load, parse
from lcodec.scrub.ledger.rights import Rights
from lcodec.scrub.ledger.steps import Step, Steps, apply_step, difference
from lcodec.scrub.ledger.weights import State, fingerprint
from lcodec.scrub.samples.retained import Id


class Ledger:
    """Record of removals, open for one process at a time.

    Parameters
    ----------
    path : path-like
        File of the ledger; made where there is none. The last line may be torn, by a process
        killed while it wrote: it is cut off, as its weights were never changed.
    read_only : bool, default False
        Only look: nothing is locked, made or changed, and nothing can be appended.
    key : path-like or bytes, optional
        A secret of 32 to 4,096 bytes, in a file or as it is, that seals the lines by
        HMAC-SHA256. A ledger that was begun with a key goes on only with it.
    like : path-like, optional
        A file, such as of the weights, whose rights a new ledger gets at most, and whose owner,
        if root makes it.

    Attributes
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    LcodecError
        `lcodec:ledgerLocked` where another process has it, `lcodec:ledgerFormat` where the file
        is no ledger, `lcodec:ledgerChain` where a line was changed, left out or moved and the
        others are as they were, `lcodec:ledgerKey` and `lcodec:keyFile` where the key is not the
        ledger's or cannot be used, `lcodec:writeFailed` where it cannot be written, or is
        no regular file.

    Examples
    --------
    >>> import tempfile
    >>> from lcodec.scrub import Ledger
    >>> with tempfile.TemporaryDirectory() as folder, Ledger(f"{folder}/ledger.jsonl") as ledger:
    ...     len(ledger.entries), ledger.removed, ledger.composed
    (0, frozenset(), (0.0, 0.0))
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        read_only: bool = False,
        key: Secret = None,
        like: str | os.PathLike[str] | None = None,
    ) -> None:
        self.path = real_file(path, "`ledger`")
        self._key = to_key(key, "key")
        self._steps = Steps(self.path)
        self._file: Held | None = None
        if read_only:
            there = self.path.exists()
            key, name = self._key, str(self.path)
            self._chain = load(name, key) if there else parse(header(key), name, key)
            return
        self._steps.check()
        self._turn = threading.Lock()
        self._file = Held(self.path, header(self._key), Rights.like(like))
        try:
            self._chain = self._file.mend(load(self.path, self._key))
            self._steps.clean(len(self._chain.entries))
        except BaseException:
            self._file.release()
            raise

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse `copy` and `pickle`: a copy would write to files that are no longer the same."""
        checks.fail(
            "ledgerCopy",
            f"a ledger must stay where it was opened, got a copy or pickle of `{self.path}`; "
            "copy the model, and make a scrubber of it with a ledger of its own or none",
        )

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, in order."""
        return self._chain.entries

    @property
    def anchor(self) -> str:
        """SHA-256 of the last line. Kept elsewhere, it shows later that nothing was rewritten."""
        return self._chain.last

    @property
    def removed(self) -> frozenset[Id]:
        """Ids of the samples that are removed; those taken back are not among them."""
        return frozenset(self._chain.standing.ids)

    @property
    def removed_samples(self) -> frozenset[str]:
        """Hashes of the samples without ids that are removed."""
        return frozenset(self._chain.standing.samples)

    @property
    def standing(self) -> tuple[Entry, ...]:
        """The removals that were not taken back, in order."""
        entries = self._chain.entries
        return tuple(entries[number - 1] for number in self._chain.standing.removals)

    @property
    def composed(self) -> tuple[float, float]:
        """Epsilon and delta of all removals with noise, added up (basic composition)."""
        total = self._chain.standing.composed
        return total["epsilon"], total["delta"]

    def commit(self, model: nn.Module, replaced: State, entry: Entry) -> Entry:
        """Append an entry and then change the weights, in this order.

        Parameters
        ----------
        model : torch.nn.Module
            The model, with the weights before.
        replaced : mapping of str to torch.Tensor
            New values of whole parameters, by the names of `named_parameters`.
        entry : Entry
            From `removal_entry` or `undo_entry`.

        Returns
        -------
        Entry
            As it stands in the ledger.

        Raises
        ------
        LcodecError
            See `append`; the weights are then what they were.
        """
        parameters = dict(model.named_parameters())
        change = difference(parameters, replaced)
        entry = replace(entry, before=fingerprint(model), after=fingerprint(model, replaced))
        entry = self.append(entry, change.forward)
        apply_step(parameters, change.forward)
        return entry

    def append(self, entry: Entry, step: Step) -> Entry:
        """Write the new values and then the entry; both are on the disk when this returns.

        Parameters
        ----------
        entry : Entry
            With the fingerprints `before` and `after`; the ledger adds the number, the time,
            the version, the hash of the step and the composed epsilon and delta.
        step : mapping of str to (positions, values)
            See `difference`.

        Returns
        -------
        Entry
            As it stands in the ledger.

        Raises
        ------
        LcodecError
            `lcodec:ledgerWeights` where `before` is not the last entry's `after`,
            `lcodec:alreadyRemoved` where a sample is, `lcodec:ledgerUndo` where an undo is not
            of the last standing removal, `lcodec:writeFailed`, `lcodec:ledgerClosed`,
            `lcodec:ledgerLocked` in a fork of the process that opened the ledger, and
            `lcodec:ledgerReplaced` where the file is another one now. The ledger is then
            unchanged.
        """
        file = self.held()
        with self._turn:
            return self._append(file, entry, step)

    def held(self) -> Held:
        """Return the file to write to, if this process still has it; else raise, see `append`."""
        if self._file is None:
            checks.fail("ledgerClosed", f"ledger `{self.path}` must be open for writing")
        self._file.check()
        return self._file

    def _append(self, file: Held, entry: Entry, step: Step) -> Entry:
        chain = self._chain
        chain.standing.check(entry)
        number = len(chain.entries) + 1
        try:
            entry = replace(
                entry,
                sequence=number,
                time=now(),
                library=__version__,
                composed=chain.standing.compose(entry.noise or {}),
                step=self._steps.write(number, step),
            )
            line = to_line(entry, chain.last, self._key)
            file.append(line, chain.size)
            self._chain = chain.extended(entry, line)
        except BaseException as error:
            if self._chain is chain:  # else it is interrupted, but done
                file.cut(chain.size)
                self._steps.take_back(number)
            if isinstance(error, OSError):
                cannot_write(self.path, error)
            raise
        return entry

    def replay(self, model: nn.Module) -> int:
        """Take the steps again that the weights of a model lack, to the same bits.

        Parameters
        ----------
        model : torch.nn.Module
            With the weights after any entry, or before the first one. It is changed when all
            steps have been checked, or not at all.

        Returns
        -------
        int
            How many steps were taken; 0 where the weights are those after the last entry.

        Raises
        ------
        LcodecError
            `lcodec:ledgerWeights` where the weights are none that the ledger knows,
            `lcodec:ledgerStep` where the file of a step is gone or damaged.
        """
        return len(self.retake(model))

    def retake(self, model: nn.Module) -> list[tuple[Entry, Step]]:
        """Take the steps as `replay` does; return each entry, and the values from before it."""
        entries = self.entries
        have = fingerprint(model)
        known = [entries[0].before if entries else have, *(entry.after for entry in entries)]
        if have not in known:
            checks.fail(
                "ledgerWeights",
                f"weights must be those after the last entry of `{self.path}` "
                f"(SHA-256 {known[-1]}) or after an earlier one, got {have}",
            )
        # Weights come again after an undo: from the last time on there are the fewest steps.
        start = len(known) - 1 - known[::-1].index(have)
        parameters = dict(model.named_parameters())
        moved: dict[str, torch.Tensor] = {}
        taken: list[tuple[Entry, Step]] = []
        for entry in entries[start:]:
            step = self._steps.read(entry)
            before = {name: moved.get(name, parameters[name]).detach() for name in step}
            touched = {name: tensor.clone() for name, tensor in before.items()}
            apply_step(touched, step)
            moved.update(touched)
            taken.append((entry, difference(before, touched).back))
            have = fingerprint(model, moved)
            if have != entry.after:
                checks.fail(
                    "ledgerStep",
                    f"step {entry.sequence} must lead to weights of SHA-256 {entry.after}, "
                    f"got {have}",
                )
        with torch.no_grad():
            for name, tensor in moved.items():
                parameters[name].copy_(tensor)
        return taken

    def settle(self) -> None:
        """Delete the files of the steps, once the weights have been saved.

        Nothing is deleted by a ledger that is closed, only to be read, or of another process.
        """
        if self._file is not None and self._file.is_mine():
            self._steps.settle(self.entries)

    def close(self) -> None:
        """Let other processes use the ledger; this happens, too, when nothing refers to it."""
        if self._file is not None:
            self._file.release()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def to_ledger(ledger: str | os.PathLike[str] | Ledger | None, key: Secret) -> Ledger | None:
    """Return the ledger, opened with the key where a path was given."""
    if key is not None and (ledger is None or isinstance(ledger, Ledger)):
        checks.fail("missingOption", "`ledger` must be given as a path for `ledger_key`")
    if ledger is None or isinstance(ledger, Ledger):
        return ledger
    return Ledger(ledger, key=to_key(key, "ledger_key"))
