"""The table whose attributes are each explained by the others."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.paper.formats import attributes
from bench.paper.runs import checksum
from bench.paper.settings import Config


@dataclass(frozen=True)
class Table:
    """Attributes in columns, -1 or 1.

    Attributes
    ----------
    names : tuple of str
        Of the columns.
    values : numpy.ndarray of float64, shape (n, p)
        The table.
    source : str
        What it is, for the account.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    source: str

    @property
    def sha256(self) -> str:
        """Hash of all values."""
        return checksum([self.values])

    def split(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
        """Return the other columns, this one, and the names of the others."""
        at = self.names.index(name)
        rest = [other for other in self.names if other != name]
        return np.delete(self.values, at, axis=1), self.values[:, at], rest


def load(folder: Path | None, config: Config) -> Table:
    """Return the first rows of a table in CelebA's format, or of a generated one without a folder.

    Parameters
    ----------
    folder : path or None
        The file, or where `list_attr_celeba.txt` lies.
    config : dict
        Its table `data` has `rows` and, for the generated table, `columns`.

    Raises
    ------
    ValueError
        Where there are fewer rows.
    """
    rows = config["data"]["rows"]
    if folder is not None:
        file, _ = attributes.file_in(folder)
        found, source = attributes.read(file), f"{file.name}, the first {rows} rows"
    else:
        source = "generated table, each attribute of up to three earlier ones"
        with tempfile.TemporaryDirectory() as small:
            file = Path(small) / attributes.NAME
            attributes.write(file, generated(rows, config["data"]["columns"]))
            found = attributes.read(file)
    if len(found.values) < rows:
        raise ValueError(f"{folder} must hold the {rows} rows of `rows`, got {len(found.values)}")
    values = found.values[:rows].astype(np.float64)
    return Table(found.names, values, source)


def generated(rows: int, columns: int) -> attributes.Attributes:
    """Return a table in which an attribute is more often 1 where those it depends on are."""
    rng = np.random.default_rng(0)
    values = np.empty((rows, columns), dtype=np.int8)
    for column in range(columns):
        causes = rng.permutation(column)[:3]
        pull = 1.2 * values[:, causes].sum(axis=1) - 0.5
        values[:, column] = np.where(rng.random(rows) < 1 / (1 + np.exp(-pull)), 1, -1)
    names = tuple(f"attribute_{column}" for column in range(columns))
    return attributes.Attributes(names, tuple(f"{row:06d}.jpg" for row in range(rows)), values)
