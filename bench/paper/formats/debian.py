"""Read what Debian says of its packages, as `apt-cache dumpavail` prints it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any


def packages(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield the fields of each package; the lines of a longer one are joined by line breaks.

    Parameters
    ----------
    lines : iterable of str
        Paragraphs of `Name: value`, where a line that begins with a space goes on with the one
        before, with an empty line between packages
        (https://www.debian.org/doc/debian-policy/ch-controlfields.html).
    """
    fields: dict[str, str] = {}
    name = ""
    for line in [*lines, ""]:
        if not line.strip():
            if fields:
                yield fields
            fields = {}
        elif line.startswith(" "):
            fields[name] += "\n" + line.strip()
        else:
            name, _, value = line.rstrip("\n").partition(":")
            fields[name] = value.strip()


def command(
    parser: argparse.ArgumentParser,
    make: Callable[[argparse.Namespace], Any],
    write: Callable[[Path, Any], None],
) -> int:
    """Run the command line of a parser with one more argument, the file that is written.

    Return 2, with the message, where `make` refuses its options by a ValueError.
    """
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    try:
        found = make(options)
    except ValueError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    write(options.file, found)
    return 0
