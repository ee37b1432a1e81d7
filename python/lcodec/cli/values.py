"""What the values of flags become; argparse says the name of the function in its errors."""

from __future__ import annotations

import csv


def number_of_bytes(text: str) -> int:
    """Return the bytes of "2GiB", "512MiB" and the like, or of a plain number."""
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if text.endswith(unit):
            return int(float(text.removesuffix(unit)) * size)
    return int(text)


def list_of_names(text: str) -> list[str]:
    """Return names with commas between."""
    return [name.strip() for name in text.split(",") if name.strip()]


def column_names(text: str) -> list[str]:
    """Return names of columns as a line of a CSV file has them: quotes keep commas."""
    rows = list(csv.reader([text], skipinitialspace=True))
    return [name.strip() for row in rows for name in row if name.strip()]


def neighbors(text: str) -> int | str:
    """Return a number of neighbours, or "auto"."""
    return text if text == "auto" else int(text)


number_of_bytes.__name__, list_of_names.__name__ = "number of bytes", "list of names"
column_names.__name__, neighbors.__name__ = "list of columns", "number or auto"
