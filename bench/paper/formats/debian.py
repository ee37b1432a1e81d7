"""Read what Debian says of its packages, as `apt-cache dumpavail` prints it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


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
