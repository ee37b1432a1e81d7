"""Which removals stand after some entries of a ledger, and which entry may come next."""

from __future__ import annotations

from collections.abc import Iterable

from lcodec.scrub import checks
from lcodec.scrub.ledger.entry import Entry, Id


class Standing:
    """The removals that were not taken back.

    Parameters
    ----------
    entries : iterable of Entry
        From the first one on, each of which may come after those before.

    Attributes
    ----------
    removals : dict of int to Entry
        By their numbers, in order.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.removals: dict[int, Entry] = {}
        self._gone: set[Id] = set()
        self._last: Entry | None = None
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Go one entry further."""
        if entry.undoes is None:
            self.removals[entry.sequence] = entry
            self._gone.update(entry.ids, entry.samples)
        else:
            back = self.removals.pop(entry.undoes)
            self._gone.difference_update(back.ids, back.samples)
        self._last = entry

    def check(self, entry: Entry) -> None:
        """Refuse an entry that cannot come next.

        Raises
        ------
        LcodecError
            `lcodec:ledgerWeights` where it is of other weights than the last entry left,
            `lcodec:alreadyRemoved` where a sample was removed before, `lcodec:ledgerUndo` where
            it takes back another removal than the last one that stands.
        """
        last = self._last
        if last is not None and entry.before != last.after:
            checks.fail(
                "ledgerWeights",
                f"weights must be those after entry {last.sequence} of the ledger (SHA-256 "
                f"{last.after}), got {entry.before}",
            )
        if entry.kind == "undo":
            top = next(reversed(self.removals), None)
            if entry.undoes is None or entry.undoes != top:
                checks.fail(
                    "ledgerUndo",
                    f"an undo must be of the last removal that stands (entry {top}), "
                    f"got entry {entry.undoes}",
                )
        else:
            for one in (*entry.ids, *entry.samples):
                if one in self._gone:
                    checks.fail(
                        "alreadyRemoved", f"samples must not be removed already, got {one!r} again"
                    )
