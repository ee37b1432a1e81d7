"""What is made from the code is as it was made last."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_pages_and_flags_are_those_of_the_code() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "make_pages.py"))["pages"]()
    assert {path.name for path in pages} == {"errors.md", "flags.json", "scrub-options.md"}
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, "run `python docs/make_pages.py`"
