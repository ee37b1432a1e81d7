"""Debian's tags as a table of attributes, a row for each package that has some.

    apt-cache dumpavail | python -m bench.paper.speedup.debian debian-tags.txt

Columns are the tags that most packages have, with the most frequent first; of two that the same
packages have, the second is left out.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable

import numpy as np

from bench.paper.formats.attributes import Attributes, write
from bench.paper.formats.debian import command, packages


def table(lines: Iterable[str], columns: int) -> Attributes:
    """Return a table of 1 where a package has a tag, else -1, with packages in order of name.

    Parameters
    ----------
    lines : iterable of str
        As `apt-cache dumpavail` prints them.
    columns : int
        How many tags.

    Raises
    ------
    ValueError
        Where there are fewer.
    """
    tags = {
        fields["Package"]: {one.strip() for one in fields["Tag"].split(",")}
        for fields in packages(lines)
        if "Tag" in fields
    }
    rows = tuple(sorted(tags))
    counts = Counter(tag for name in rows for tag in tags[name])
    found: dict[bytes, tuple[str, np.ndarray]] = {}
    for tag in sorted(counts, key=lambda tag: (-counts[tag], tag)):
        values = np.array([1 if tag in tags[name] else -1 for name in rows], dtype=np.int8)
        found.setdefault(values.tobytes(), (tag, values))
        if len(found) == columns:
            names, values_of_each = zip(*found.values(), strict=True)
            return Attributes(names, rows, np.stack(values_of_each, axis=1))
    raise ValueError(f"--columns must be at most {len(found)}, the tags that differ, got {columns}")


def main() -> int:
    """Read `apt-cache dumpavail` from the standard input and write the file."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.paper.speedup.debian",
        description="Write Debian's tags as a table of attributes, from apt-cache dumpavail.",
    )
    parser.add_argument("--columns", type=int, default=40, help="the most frequent (%(default)s)")
    return command(parser, lambda options: table(sys.stdin, options.columns), write)


if __name__ == "__main__":
    sys.exit(main())
