"""Which ids are accepted, and how they are written for people.

Whatever is accepted here can be written by every output: the ledger, reports, pages, terminals.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from lcodec.scrub import checks

DIGITS = 640  # the most that Python turns into text and back under each of its settings
BOUND = 10**DIGITS


def writable(id: object) -> bool:
    """Return whether an id is a whole number, not too long, or text without lone surrogates."""
    if isinstance(id, int):
        return not isinstance(id, bool) and -BOUND < id < BOUND
    if not isinstance(id, str):
        return False
    try:
        return id.isascii() or bool(id.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def check_ids(ids: Sequence[int | str], name: str) -> None:
    """Refuse ids that some output could not hold: `lcodec:idType`."""
    bad = next((at for at, id in enumerate(ids) if not writable(id)), None)
    if bad is None:
        return
    if isinstance(ids[bad], int):
        rule, got = f"at most {DIGITS} digits", "a longer number"
    else:
        rule = "text that UTF-8 can hold (decode the labels' bytes with errors='replace')"
        got = f"a lone surrogate in {ids[bad]!r:.80}"
    checks.fail("idType", f"`{name}` must be of {rule}, got {got} at position {bad}")


def shown(id: int | str) -> str:
    r"""Return an id as JSON without characters that move the cursor, break lines or are invisible.

    Numbers and texts differ, and JSON readers get the same id back.

    Examples
    --------
    >>> from lcodec.scrub.samples.ids import shown
    >>> print(shown(17), shown("17"), shown("a\nb"), shown("é"))
    17 "17" "a\nb" "é"
    """
    if not isinstance(id, str):
        return str(id)
    text = json.dumps(id, ensure_ascii=False)
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def listed(ids: Sequence[int | str], most: int, count: int | None = None) -> str:
    """Return the first ids with commas between, and how many more there are.

    There are `count` of them in all, where not all are given.
    """
    more = (len(ids) if count is None else count) - len(ids[:most])
    return ", ".join(map(shown, ids[:most])) + (f" and {more:,} more" if more else "")
