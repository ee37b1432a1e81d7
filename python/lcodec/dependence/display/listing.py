"""A result as a list of rows with a title, and the ways to see it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from lcodec.checks import FloatArray, needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

MOST_ROWS = 30  # of a printed table
MOST_LETTERS = 60  # of a printed name


@dataclass(frozen=True)
class Listing:
    """Columns of a table by their headings, all as long.

    Where not all rows are printed, it is those with the largest values in the column `by`, and the
    first without it. Rows are printed in that order, too. The column `some` is printed only where
    it has a number.
    """

    title: str
    columns: dict[str, Sequence[Any]]
    by: str = ""
    some: str = ""

    def __str__(self) -> str:
        heads, rows, more = self._printed()
        if not rows:
            return self.title
        texts = [heads, *rows]
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        right = [self._is_numeric(head) for head in heads]
        lines = [
            "  ".join(
                cell.rjust(width) if numeric else cell.ljust(width)
                for cell, width, numeric in zip(row, widths, right, strict=True)
            ).rstrip()
            for row in texts
        ]
        return "\n".join([self.title, "", *lines, *([more] if more else [])])

    def to_html(self) -> str:
        """Return a table of HTML; what stands in names is text there, too."""
        heads, rows, more = self._printed()
        kinds = [
            ' style="text-align: right"' if self._is_numeric(head) else ' style="text-align: left"'
            for head in heads
        ]

        def line(tag: str, cells: Sequence[str]) -> str:
            marked = (
                f"<{tag}{kind}>{escape(cell)}</{tag}>"
                for kind, cell in zip(kinds, cells, strict=True)
            )
            return f"<tr>{''.join(marked)}</tr>"

        body = "\n".join(line("td", row) for row in rows)
        table = f"<table>\n<thead>{line('th', heads)}</thead>\n<tbody>\n{body}\n</tbody>\n</table>"
        parts = [f"<p>{escape(self.title)}</p>", table if rows else "", escape(more)]
        return "<div>\n" + "\n".join(part for part in parts if part) + "\n</div>"

    def to_frame(self) -> DataFrame:
        """Return all rows, in the order in which the result has them."""
        frame: DataFrame = needed("pandas", "tables", "`to_frame`").DataFrame(
            {head: list(values) for head, values in self.columns.items()}
        )
        return frame

    def order(self) -> list[int]:
        """Return the rows as they are printed, NaN last."""
        rows = range(len(next(iter(self.columns.values()))))
        if not self.by:
            return list(rows)
        values = np.asarray(self.columns[self.by], dtype=np.float64)
        return list(np.argsort(np.where(np.isnan(values), np.inf, -values), kind="stable").tolist())

    def _printed(self) -> tuple[list[str], list[list[str]], str]:
        order, columns = self.order(), dict(self.columns)
        if self.some and np.isnan(columns[self.some]).all():
            del columns[self.some]
        rows = [[_text(values[row]) for values in columns.values()] for row in order[:MOST_ROWS]]
        left = len(order) - len(rows)
        return list(columns), rows, f"{left} more rows: to_frame() has all" if left else ""

    def _is_numeric(self, head: str) -> bool:
        return not any(isinstance(value, str) for value in self.columns[head])


class Shown(ABC):
    """A result that can be printed, drawn, and made a table; it says how it is listed."""

    @abstractmethod
    def listing(self) -> Listing:
        """Return title and rows."""

    def __str__(self) -> str:
        """Return a small table."""
        return str(self.listing())

    def to_frame(self) -> DataFrame:
        """Return the result as a table of pandas, with all of its rows and digits.

        Returns
        -------
        pandas.DataFrame
            One row for each column, pair of columns or coefficient. Columns without names go by
            their numbers, from 0.

        Raises
        ------
        LcodecError
            ``lcodec:noPackage`` where pandas is not installed.
        """
        return self.listing().to_frame()

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the result with matplotlib.

        Colours are seen on light and on dark figures; texts and the figure have the colours of
        matplotlib's settings. At most 40 bars are drawn; names of more than 30 characters are cut.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The axes, for titles and saving.

        Raises
        ------
        LcodecError
            ``lcodec:noPackage`` where matplotlib is not installed.
        """
        return self._draw(ax)

    @abstractmethod
    def _draw(self, ax: Axes | None) -> Axes:
        """Draw the result; see `plot`."""

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return self.listing().to_html()


def pairs(
    matrix: FloatArray, places: Sequence[Sequence[int]], names: Sequence[str], value: str
) -> dict[str, Sequence[Any]]:
    """Return columns of predictors and responses, and of the entries of a matrix at these places.

    Rows and columns go by their names, or by their numbers from 0; `value` is the third heading.
    """
    labels: Sequence[Any] = names or range(len(matrix))
    return {
        "predictor": [labels[i] for i, _ in places],
        "response": [labels[j] for _, j in places],
        value: [float(matrix[i, j]) for i, j in places],
    }


def _text(value: object) -> str:
    """Return a cell: four decimals, or three digits where these would not do."""
    if isinstance(value, (float, np.floating)):
        size = abs(float(value))
        return f"{value:.2e}" if 0 < size < 1e-4 or 1e6 <= size < np.inf else f"{value:.4f}"
    text = " ".join(str(value).split())
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 3] + "..."
