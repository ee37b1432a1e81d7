"""Tables, verdict and figure of vggface, computed from the account alone."""

from __future__ import annotations

from pathlib import Path

from bench.paper.journal import Record
from bench.paper.persons import figure
from bench.paper.persons.report import Share
from bench.paper.persons.report import verdict as of_persons
from bench.paper.removal.report import Columns
from bench.paper.removal.report import report as tables

COLUMNS: Columns = {
    "identity, %": ("identity_accuracy", True),
    "its probability, %": ("identity_probability", True),
    "others, %": ("others_accuracy", True),
    "others held out, %": ("held_out_accuracy", True),
    "KL on forgotten": ("kl_forgotten", False),
    "KL on others held out": ("kl_test", False),
    "residual": ("residual", False),
}
GOES = (
    Share("identity_accuracy", "the accuracy on the identity's images"),
    Share("identity_probability", "the probability of the identity on its images"),
)
STAYS = (Share("held_out_accuracy", "the accuracy on the others' held-out images"),)


def verdict(account: Record) -> list[str]:
    """Return sentences on the identity and on the others."""
    return of_persons(account, GOES, STAYS)


def report(account: Record) -> str:
    """Return a table for each checkpoint, and the verdict, as Markdown."""
    return tables(account, COLUMNS, verdict)


def draw(account: Record, file: Path) -> None:
    """Draw the identity's accuracy and that of the others beside the refit."""
    figure.draw(account, file, GOES[0], STAYS[0], GOES[1])
