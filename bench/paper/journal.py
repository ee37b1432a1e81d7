"""The journal of a run: JSON lines, the first a header and then one for each record, flushed.

A record has its place in the run (such as seed, method and step) and what was measured there. A
run that was killed is gone on with where the journal ends; each time, a line tells of the session.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.machine import commit, describe

Record = dict[str, Any]
PACKAGES = ("lcodec", "numpy", "scipy", "scikit-learn", "torch")
COMPARED = ("experiment", "data", "device", "config")
"""What a journal must have in common with the run that goes on with it."""


def header(name: str, config: Mapping[str, Any], data: Mapping[str, str], device: str) -> Record:
    """Return the first line of a journal.

    Parameters
    ----------
    name : str
        Of the experiment.
    config : mapping
        All options.
    data : mapping
        "source", in words, and "sha256".
    device : str
        Where tensors are.
    """
    return {
        "experiment": name,
        "config": dict(config),
        "data": dict(data),
        "device": device,
        **session(),
    }


def session() -> Record:
    """Return when, by what code and on what machine."""
    found = commit()
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": None if found is None else found.rstrip("+"),
        "dirty": found is not None and found.endswith("+"),
        "machine": describe(),
        "versions": {package: version(package) for package in PACKAGES},
    }


class Journal:
    """A file of records, to which this run adds.

    Parameters
    ----------
    file : path
        Made where there is none.
    head : dict
        As `header` returns it.
    resume : bool, default False
        Whether to go on with what is there.

    Raises
    ------
    ValueError
        Where there is a journal and `resume` is not asked for, or the one that is there is of
        other options or data.
    """

    def __init__(self, file: Path, head: Record, *, resume: bool = False) -> None:
        self.file = file
        self.head = head
        self.records: list[Record] = []
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size:
            if not resume:
                raise ValueError(
                    f"{file} must not be there yet; go on with it by --resume, or give another "
                    "--output"
                )
            _cut_torn_line(file)
        if file.exists() and file.stat().st_size:
            found = read(file)
            _refuse_another(file, found, head)
            self.records = found["records"]
            self._line({"session": session()})
        else:
            self._line(head)

    def write(self, record: Record) -> None:
        """Add a record, and have it on the disk when this returns."""
        self._line(record)
        self.records.append(record)

    def find(self, **place: Any) -> list[Record]:
        """Return the records at this place, in order."""
        return [
            record
            for record in self.records
            if all(record.get(name) == value for name, value in place.items())
        ]

    def account(self) -> Record:
        """Return the header, with the records."""
        return self.head | {"records": self.records}

    def _line(self, values: Record) -> None:
        text = json.dumps(values, ensure_ascii=False, allow_nan=False)
        with self.file.open("a", encoding="utf-8") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())


def as_json(account: Record) -> str:
    """Return an account as JSON, a line for each record."""
    head = {name: value for name, value in account.items() if name != "records"}
    start = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}")
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in account["records"])
    return f'{start},\n "records": [\n{lines}\n ]\n}}\n'


def read(file: Path) -> Record:
    """Return the account in a journal, or in JSON: the header with the `records`.

    Raises
    ------
    ValueError
        Where the file is neither.
    """
    text = file.read_text(encoding="utf-8")
    try:
        if file.suffix == ".json":
            found = json.loads(text)
        else:
            whole = text[: text.rfind("\n") + 1]
            lines = [json.loads(line) for line in whole.splitlines()]
            records = [line for line in lines[1:] if "session" not in line]
            found = (lines[0] if lines else {}) | {"records": records}
    except json.JSONDecodeError as error:
        raise ValueError(f"{file} must hold JSON, got: {error}") from error
    if "experiment" not in found:
        raise ValueError(f"{file} must begin with the header of a journal, has none")
    return found


def _cut_torn_line(file: Path) -> None:
    """Cut a last line that is not whole: the run was killed while it wrote it."""
    content = file.read_bytes()
    if not content.endswith(b"\n"):
        with file.open("r+b") as stream:
            stream.truncate(content.rfind(b"\n") + 1)


def _refuse_another(file: Path, there: Record, now: Record) -> None:
    now = json.loads(json.dumps(now))  # tuples are lists there
    differences = [
        difference
        for name in COMPARED
        for difference in _differences(name, there.get(name), now.get(name))
    ]
    if differences:
        raise ValueError(f"{file} must be of the same options and data: {'; '.join(differences)}")


def _differences(name: str, there: Any, now: Any) -> list[str]:
    if isinstance(there, dict) and isinstance(now, dict):
        return [
            difference
            for key in dict.fromkeys([*there, *now])
            for difference in _differences(f"{name}.{key}", there.get(key), now.get(key))
        ]
    return [] if there == now else [f"{name} is {there!r} there, {now!r} now"]
