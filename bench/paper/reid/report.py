"""Tables, verdict and figure of reid, computed from the account alone."""

from __future__ import annotations

from pathlib import Path

from bench.paper.journal import Record
from bench.paper.persons import figure
from bench.paper.persons.report import Share
from bench.paper.persons.report import verdict as of_persons
from bench.paper.removal.report import Columns
from bench.paper.removal.report import report as tables

COLUMNS: Columns = {
    "person, %": ("person_accuracy", True),
    "its probability, %": ("person_probability", True),
    "others, %": ("others_accuracy", True),
    "mAP of the person, %": ("person_map", True),
    "mAP of others, %": ("others_map", True),
    "mAP on the test, %": ("test_map", True),
    "rank 1 on the test, %": ("test_rank1", True),
    "KL on forgotten": ("kl_forgotten", False),
    "KL on others": ("kl_test", False),
}
GOES = (
    Share("person_accuracy", "the accuracy on the person's images"),
    Share("person_map", "the person's mAP inside the training set"),
)
STAYS = (
    Share("others_accuracy", "the accuracy on the others' images"),
    Share("test_map", "mAP on the persons of the test"),
)
SURE = Share("person_probability", "the probability of the person on its images")


def verdict(account: Record) -> list[str]:
    """Return sentences on the person and on the others."""
    return of_persons(account, GOES, STAYS)


def report(account: Record) -> str:
    """Return a table for each case and checkpoint, and the verdict, as Markdown."""
    return tables(account, COLUMNS, verdict)


def draw(account: Record, file: Path) -> None:
    """Draw the person's accuracy, and the others' beside the refit."""
    figure.draw(account, file, GOES[0], STAYS[0], SURE)
