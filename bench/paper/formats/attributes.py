"""Read tables of attributes in CelebA's `list_attr_celeba.txt` or Kaggle's .csv; write the first.

The first line is the number of rows, the second the names of the attributes; then comes a line for
each image: its name, and -1 or 1 for each attribute, with spaces between them, some doubled
(https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html). The .csv has no count: its first line is
`image_id` and the names, and there are commas for the spaces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAME = "list_attr_celeba.txt"


@dataclass(frozen=True)
class Attributes:
    """A binary table.

    Attributes
    ----------
    names : tuple of str
        Of the p columns.
    rows : tuple of str
        Of the n images.
    values : numpy.ndarray of int8, shape (n, p)
        -1 or 1.
    """

    names: tuple[str, ...]
    rows: tuple[str, ...]
    values: NDArray[np.int8]


def either(file: Path) -> tuple[Path, str | None]:
    """Return a table's file and what separates its cells: .txt, spaces; or where only it is, .csv.

    Raises
    ------
    FileNotFoundError
        Where there is neither.
    """
    other = file.with_suffix(".csv")
    if not file.is_file() and other.is_file():
        file = other
    if not file.is_file():
        raise FileNotFoundError(f"{file} must be there, is not")
    return file, "," if file.suffix == ".csv" else None


def file_in(place: Path) -> tuple[Path, str | None]:
    """Return the file of a place, itself or that in a folder, and what separates its cells."""
    return either(place / NAME if place.is_dir() else place)


def read(file: Path | str) -> Attributes:
    """Return the table in a file, or in a folder that holds `list_attr_celeba.txt` or .csv.

    Parameters
    ----------
    file : path
        The file, or the folder.

    Raises
    ------
    FileNotFoundError
        Where there is none.
    ValueError
        Where the count, the names or a row are malformed; the message names the line.
    """
    file, separator = file_in(Path(file))
    lines = file.read_text(encoding="utf-8").splitlines()
    names, body = (_commas if separator else _counted)(file, lines)
    start = len(lines) - len(body) + 1
    _distinct(names, f"{file}, line {start - 1}: names of attributes")
    values = np.empty((len(body), len(names)), dtype=np.int8)
    rows = []
    for number, line in enumerate(body):
        row, *cells = line.split(separator) or [""]
        if len(cells) != len(names):
            raise ValueError(
                f"{file}, line {number + start}: must have {len(names)} values, got {len(cells)}"
            )
        wrong = [cell for cell in cells if cell not in ("1", "-1")]
        if wrong:
            raise ValueError(
                f"{file}, line {number + start}: values must be -1 or 1, got {wrong[0]!r}"
            )
        rows.append(row)
        values[number] = [int(cell) for cell in cells]
    _distinct(rows, f"{file}: names of images")
    return Attributes(names, tuple(rows), values)


def _counted(file: Path, lines: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return names and rows below a line of their count."""
    if len(lines) < 2 or not lines[0].strip().isdecimal():
        first = lines[0][:20] if lines else ""
        raise ValueError(f"{file} must begin with a line of the number of rows, got {first!r}")
    count = int(lines[0])
    if len(lines) - 2 != count:
        raise ValueError(f"{file} must have the {count} rows of line 1, got {len(lines) - 2}")
    return tuple(lines[1].split()), lines[2:]


def _commas(file: Path, lines: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return names and rows below a header of commas."""
    first, *names = (lines[0] if lines else "").split(",")
    if first != "image_id" or not names:
        raise ValueError(f"{file} must begin with image_id and names, got {first[:20]!r}")
    return tuple(names), lines[1:]


def _distinct(names: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} must be distinct, got {name!r} twice")
        seen.add(name)


def write(file: Path | str, table: Attributes) -> None:
    """Write a table.

    Parameters
    ----------
    file : path
        The file, which is overwritten.
    table : Attributes
        What to write.
    """
    lines = [str(len(table.rows)), " ".join(table.names)]
    for row, values in zip(table.rows, table.values.tolist(), strict=True):
        lines.append(f"{row} " + " ".join(f"{value:2d}" for value in values))
    Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")
