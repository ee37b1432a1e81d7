"""Write what is made from the options of the scrubber: `python docs/make_options.py`.

The flags of the command line, which must come without importing torch, and a page of docs. A test
compares both with the options.
"""

from __future__ import annotations

import json
from pathlib import Path

from lcodec.scrub import documentation

ROOT = Path(__file__).resolve().parents[1]

INTRODUCTION = """\
# Options of the scrubber

This page lists the keywords of [`Scrubber`](scrub.md). On the command line, `max_features` is
`--max-features`, and so on. `python docs/make_options.py` makes this page from the options
themselves.

`preset="paper"` selects slices as Mehta et al. (CVPR 2022) do: `features="activation"` and
`response="loss"`. An option that you give takes precedence over the preset.

"""


def pages() -> dict[Path, str]:
    """Return the files and their texts."""
    return {
        ROOT / "python/lcodec/cli/flags.json": json.dumps(documentation.flags(), indent=1) + "\n",
        ROOT / "docs/scrub-options.md": INTRODUCTION + documentation.table(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
