"""A table from a file or from standard input, as a frame of pandas with the names of the file."""

from __future__ import annotations

import csv
import gzip
import io
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from lcodec import checks

if TYPE_CHECKING:
    from pandas import DataFrame

SEPARATORS = ",;\t|"


class Form(NamedTuple):
    """How a text file is written."""

    separator: str | None = None  # None for the most frequent one of line 1
    decimal: str = "."
    encoding: str = "utf-8-sig"  # with or without a byte order mark
    na_values: Sequence[str] = ()
    header: bool = True


def read(source: str, form: Form) -> DataFrame:
    """Return the table in a file, or in standard input for "-"; names can stand twice."""
    data = _bytes(source)
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as error:
            checks.fail("tableFile", f"`{source}` must be a whole gzip file, got: {error}")
    pandas = checks.needed("pandas", "tables", "the command line")
    if data.startswith(b"PAR1"):
        checks.needed("pyarrow", "tables", "a Parquet file")
        try:
            frame: DataFrame = pandas.read_parquet(io.BytesIO(data))
        except Exception as error:
            checks.fail("tableFile", f"`{source}` must be a Parquet file, got: {error}")
        return frame
    return _text_table(data, source, form, pandas)


def _bytes(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        checks.fail("tableFile", f"`{source}` must be a file that can be read, got: {reason}")


def _text_table(data: bytes, source: str, form: Form, pandas: Any) -> DataFrame:
    if data.startswith(b"PK\x03\x04"):
        _refuse(source, "a spreadsheet or an archive; save the sheet as CSV")
    try:
        text = data.decode(form.encoding)
    except LookupError:
        checks.fail("optionValue", f"`encoding` must be one of Python's, got '{form.encoding}'")
    except UnicodeError:
        kind = form.encoding.removesuffix("-sig")
        _refuse(source, f"bytes that are not {kind}; try --encoding cp1252, or utf-16")
    if "\0" in text:
        _refuse(source, "zero bytes, as no text has; try --encoding utf-16")
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        _refuse(source, "nothing")
    separator = _separator(first, form)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), **_how(separator))
        heads = next(row for row in rows if len(row) > 1 or any(row))
    except csv.Error as error:
        _refuse(source, f"a line 1 that cannot be read: {error}")
    if form.header and not any(heads):
        _refuse(source, "a line 1 without names")
    with warnings.catch_warnings():
        warnings.simplefilter("error", pandas.errors.ParserWarning)
        try:
            frame: DataFrame = pandas.read_csv(
                io.StringIO(text), sep=separator, decimal=form.decimal, index_col=False,
                header=0 if form.header else None, names=range(len(heads)), skipinitialspace=True,
                na_values=list(form.na_values), low_memory=False, **_exactly(pandas),
            )  # fmt: skip
        except pandas.errors.ParserWarning:
            _refuse(source, f"rows with more cells than the {len(heads)} of line 1")
        except (pandas.errors.ParserError, ValueError) as error:
            _refuse(source, str(error).strip())
    names = [name.strip() for name in heads] if form.header else list(map(str, frame.columns))
    return _named(frame, names)


def _named(frame: DataFrame, names: list[str]) -> DataFrame:
    """Return the frame with its names, without row labels and empty columns, which have none."""
    frame.columns = names
    keep = [bool(name) or not frame.iloc[:, k].isna().all() for k, name in enumerate(names)]
    if not names[0] and len(names) > 1:
        keep[0] = False
        note("the first column has no name: it is taken for the labels of the rows and left out")
    frame.columns = [name or f"column {k + 1}" for k, name in enumerate(names)]
    return frame.loc[:, keep]


def _separator(first: str, form: Form) -> str:
    separator = form.separator
    if separator is None:
        outside = "".join(first.split('"')[::2])
        known = SEPARATORS.replace(form.decimal, "")
        separator = max(known, key=outside.count)
    separator = {"tab": "\t", "\\t": "\t"}.get(separator, separator)
    for name, value in (("separator", separator), ("decimal", form.decimal)):
        if len(value) != 1:
            checks.fail("optionValue", f"`{name}` must be one character, got '{value}'")
    if separator == form.decimal:
        checks.fail("optionValue", f"`separator` must not be that of decimals, got '{separator}'")
    return separator


def _exactly(pandas: Any) -> dict[str, str]:
    """Return what makes an older pandas read decimals to the nearest double, as 3.1 does anyway."""
    version = tuple(map(int, pandas.__version__.split(".")[:2]))
    return {"float_precision": "round_trip"} if version < (3, 1) else {}


def _how(separator: str) -> dict[str, Any]:
    return {"delimiter": separator, "skipinitialspace": True}


def _refuse(source: str, what: str) -> NoReturn:
    checks.fail("tableFormat", f"`{source}` must be CSV, TSV or Parquet, got {what}")


def note(text: str) -> None:
    """Say on standard error what was made of the table."""
    print(f"lcodec: note: {text}", file=sys.stderr)
