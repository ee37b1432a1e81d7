"""Debian's package descriptions as provisions, a label for each section.

    apt-cache dumpavail | python -m bench.paper.ledgar.debian FILE --sections games,...

It is the first line of a description. Sections with too few packages, and packages whose line is
there already, are left out.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterable, Iterator

from bench.paper.formats.debian import command, packages
from bench.paper.formats.ledgar import Provision, write

SHORTEST = 4  # words of a description


def provisions(lines: Iterable[str]) -> Iterator[Provision]:
    """Yield the description of each package, with its section, from the fields of `apt-cache`."""
    seen: set[str] = set()
    for fields in packages(lines):
        text = fields.get("Description", "").split("\n")[0]
        if len(re.findall(r"\w+", text)) >= SHORTEST and text not in seen and "Section" in fields:
            seen.add(text)
            yield Provision(text, (fields["Section"].split("/")[-1],), fields["Package"])


def drawn(found: Iterable[Provision], sections: Iterable[str], clauses: int) -> list[Provision]:
    """Return so many provisions of each section, drawn by a fixed seed.

    Raises
    ------
    ValueError
        Where a section has fewer.
    """
    every = sorted(found, key=lambda one: one.source)
    rng = random.Random(0)
    kept = []
    for section in sections:
        own = [one for one in every if one.labels == (section,)]
        if len(own) < clauses:
            raise ValueError(f"--clauses must be at most {len(own)}, those of {section}")
        kept += rng.sample(own, clauses)
    return kept


def main() -> int:
    """Read `apt-cache dumpavail` from the standard input and write the file."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.paper.ledgar.debian",
        description="Write package descriptions of Debian as provisions, from apt-cache dumpavail.",
    )
    parser.add_argument("--clauses", type=int, default=200, help="of each section (%(default)s)")
    parser.add_argument("--sections", required=True, help="names, with commas between them")
    return command(
        parser,
        lambda options: drawn(provisions(sys.stdin), options.sections.split(","), options.clauses),
        write,
    )


if __name__ == "__main__":
    sys.exit(main())
