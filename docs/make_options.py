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

Keywords of [`Scrubber`](scrub.md). On the command line, `--max-features` stands for `max_features`,
and so on. This page is made from the options themselves by `python docs/make_options.py`.

`preset="paper"` selects slices as Mehta et al. (CVPR 2022) do: `features="activation"` and
`response="loss"`. An option that is given itself counts before the preset.

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
