"""What is made from the code is as it was made last."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_flags_and_page_are_those_of_the_options() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "make_options.py"))["pages"]()
    assert {path.name for path in pages} == {"flags.json", "scrub-options.md"}
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, "run `python docs/make_options.py`"
