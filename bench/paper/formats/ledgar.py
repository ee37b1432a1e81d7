"""Read and write labelled provisions in the format of LEDGAR.

UTF-8, a line of JSON for each provision: ``{"provision": "...", "label": ["...", ...], "source":
"..."}`` (Tuggener, von Däniken, Peetz & Cieliebak, LEDGAR, LREC 2020).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROTOTYPES = (
    "amendments", "assignments", "assigns", "counterparts", "entire agreements", "expenses",
    "governing laws", "notices", "severability", "successors", "survival", "terminations",
    "waivers",
)  # fmt: skip
MANY = 100
"""Beyond so many labels, the prototypes alone are used, as the corpus' authors do."""


@dataclass(frozen=True)
class Provision:
    """A clause of a contract.

    Attributes
    ----------
    text : str
        Not blank.
    labels : tuple of str
        Distinct, at least one.
    source : str
        The file it is from.
    """

    text: str
    labels: tuple[str, ...]
    source: str


def read(file: Path | str) -> list[Provision]:
    """Return the provisions in a file, or in a folder that holds one file ``*.jsonl``.

    Parameters
    ----------
    file : path
        The file, or the folder.

    Raises
    ------
    FileNotFoundError
        Where there is none.
    ValueError
        Where a line is malformed, or a folder holds more than one file; the message names it.
    """
    file = _only(Path(file))
    with file.open("rb") as lines:
        found = [_provision(line, f"{file}, line {at}") for at, line in enumerate(lines, start=1)]
    if not found:
        raise ValueError(f"{file} must hold a line of JSON for each provision, is empty")
    return found


def _only(path: Path) -> Path:
    if path.is_dir():
        files = sorted(path.glob("*.jsonl"))
        if len(files) > 1:
            names = ", ".join(file.name for file in files)
            raise ValueError(f"{path} must hold one file *.jsonl, got {names}; give the file")
        path = files[0] if files else path / "*.jsonl"
    if not path.is_file():
        raise FileNotFoundError(f"{path} must be there, is not")
    return path


def _provision(line: bytes, where: str) -> Provision:
    try:
        values = json.loads(line.decode("utf-8").rstrip("\r\n"))
    except ValueError as error:  # of JSON and of UTF-8
        raise ValueError(f"{where}: must be JSON in UTF-8, got: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(f"{where}: must be a JSON object, got {_short(values)}")
    missing = [name for name in ("provision", "label", "source") if name not in values]
    if missing:
        raise ValueError(f'{where}: must have "{missing[0]}", got {_short(sorted(values))}')
    text, labels, source = values["provision"], values["label"], values["source"]
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f'{where}: "provision" must be text, not blank, got {_short(text)}')
    if not isinstance(labels, list) or not labels or not all(map(_is_label, labels)):
        raise ValueError(
            f'{where}: "label" must be a list of one or more labels, got {_short(labels)}'
        )
    if len(set(labels)) < len(labels):
        raise ValueError(f"{where}: labels must be distinct, got {_short(labels)}")
    if not isinstance(source, str):
        raise ValueError(f'{where}: "source" must be text, got {_short(source)}')
    return Provision(text, tuple(labels), source)


def _is_label(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def write(file: Path | str, provisions: Sequence[Provision]) -> None:
    """Write provisions.

    Parameters
    ----------
    file : path
        The file, which is overwritten.
    provisions : sequence of Provision
        What to write.
    """
    with Path(file).open("w", encoding="utf-8", newline="\n") as stream:
        for one in provisions:
            values = {"provision": one.text, "label": list(one.labels), "source": one.source}
            stream.write(json.dumps(values, ensure_ascii=False) + "\n")


def classes(provisions: Sequence[Provision]) -> list[str]:
    """Return all labels, sorted: a label's place in it is its class."""
    return sorted({label for one in provisions for label in one.labels})


def prototypical(provisions: Sequence[Provision]) -> list[Provision]:
    """Return provisions with only the thirteen prototypical labels, where there are many labels.

    Those that have none of them are left out. With at most 100 labels all are returned as they are.
    """
    if len(classes(provisions)) <= MANY:
        return list(provisions)
    kept = [
        Provision(one.text, tuple(x for x in one.labels if x in PROTOTYPES), one.source)
        for one in provisions
    ]
    return [one for one in kept if one.labels]
