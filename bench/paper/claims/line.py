"""One number of an account, and what it says of a claim."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from bench.paper.journal import Record
from bench.paper.statistics import LESS, MORE, Estimate, compared

SLICES, NOISE = "FOCI", "Noise only"
FOR, AGAINST, OPEN = "for", "against", "open"
STAND_INS = {
    "cifar/full": "CIFAR-10 from JPEG copies",
    "vggface/orl": "ORL's faces",
    "reid/orl": "ORL's faces",
}


@dataclass(frozen=True)
class Line:
    """One number, and whether it speaks for the claim."""

    where: str
    what: str
    number: str
    says: str


Lines = Iterator[Line]


def where(account: Record) -> str:
    """Return the experiment and what it ran on."""
    source = STAND_INS.get(
        f"{account['experiment']}/{account['file']}", str(account["data"]["source"]).split(",")[0]
    )
    return f"[{account['experiment']}](../bench/paper/{account['experiment']}), {source}"


def says_of(found: Estimate, wanted: str) -> str:
    """Return what a ratio says where a claim wants it to be LESS or MORE than 1."""
    word = compared(found)
    if word == wanted:
        return FOR
    return AGAINST if word in (LESS, MORE) else OPEN


def interval(found: Estimate) -> str:
    """Return a mean with its interval, in words."""
    centre, low, high = (f"{round(end, 9):.3g}" for end in (found.mean, found.low, found.high))
    return centre if math.isinf(found.low) else f"{centre} ({low} to {high})"
