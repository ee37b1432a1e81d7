"""The account: lines of JSON, one for each session and one for each cell, written as they come."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.machine import commit, describe

SCHEMA = "lcodec-bench-scrub-practice-1"


def begin(file: Path, *, small: bool) -> list[dict[str, Any]]:
    """Return the cells that an account has, and open a session in it.

    Raises
    ------
    ValueError
        Where the account was made at another size.
    """
    found, sessions = read([file]) if file.exists() else ([], [])
    if any(session["small"] != small for session in sessions):
        raise ValueError(f"{file} was made {'without' if small else 'with'} --small")
    session = {
        "schema": SCHEMA,
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": describe(),
        "small": small,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if text and not text.endswith("\n"):  # interrupted while it was written
        file.write_text(text[: text.rfind("\n") + 1], encoding="utf-8")
    write(file, session)
    return found


def write(file: Path, line: dict[str, Any]) -> None:
    """Add a line."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def read(files: Sequence[Path]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the cells and the sessions of accounts, or of JSON lists of the same lines."""
    lines = []
    for file in files:
        if file.suffix == ".json":
            lines += json.loads(file.read_text(encoding="utf-8"))
            continue
        for text in file.read_text(encoding="utf-8").splitlines(keepends=True):
            if text.endswith("\n"):
                lines.append(json.loads(text))
    cells = [line for line in lines if "schema" not in line]
    return cells, [line for line in lines if "schema" in line]
