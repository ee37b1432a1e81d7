"""Rounds of measurements are all made and saved; a page changes between its marks alone."""

from __future__ import annotations

from pathlib import Path

from bench.rounds import in_rounds, write_between


def test_rounds_are_made_in_turn_and_saved_at_the_end() -> None:
    told: list[object] = []
    in_rounds(3, told.append, lambda: told.append("saved"))
    assert told == [0, 1, 2, "saved"]


def test_a_page_changes_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before <a>old<b> after", encoding="utf-8")
    write_between(page, "<a>", "<b>", "new")
    assert page.read_text(encoding="utf-8") == "before <a>new<b> after"
