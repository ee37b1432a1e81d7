"""Answers on standard output: for people, as JSON, as CSV; and drawn to a file."""

from __future__ import annotations

import csv
import json
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lcodec import checks


def write(form: str, table: str, fields: Mapping[str, Any], frame: Any = None) -> None:
    """Print a text, or fields as JSON, or as CSV the rows of a frame, or without it the fields."""
    if form == "json":
        print(json.dumps(_plain(fields), indent=2, ensure_ascii=False, allow_nan=False))
    elif form == "csv" and frame is not None:
        print(frame.to_csv(index=False, lineterminator="\n"), end="")
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(fields)
        writer.writerow(
            "+".join(value) if isinstance(value, list) else value for value in fields.values()
        )
    else:
        print(table)


def check_plot(file: str) -> None:
    """Refuse a file that cannot be drawn to, before anything is computed."""
    needed = checks.needed("matplotlib.figure", "plot", "`--plot`")
    known = needed.Figure().canvas.get_supported_filetypes()
    if Path(file).suffix[1:].lower() not in known:
        checks.fail(
            "optionValue",
            f"`plot` must end with one of .{', .'.join(sorted(known))}, got '{file}'",
        )
    folder = Path(file).resolve().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK) or Path(file).is_dir():
        checks.fail("writeFailed", f"`--plot` must be in a folder to write to, got '{file}'")


def draw(result: Any, file: str) -> None:
    """Draw a result to a file."""
    checks.needed("matplotlib", "plot", "`--plot`").use("agg")
    try:
        result.plot().figure.savefig(file, dpi=150)
    except OSError as error:
        checks.fail("writeFailed", f"`--plot` must be a file to write to, got: {error}")


def _plain(value: Any) -> Any:
    """Return what JSON can hold; NaN, which it cannot, is null."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
